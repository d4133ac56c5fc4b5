"""The table [cmep_out]: what a partner wants of our files, with a message per field."""

from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.vocab.cmep_out import CmepFlags, CmepOut, read_cmep_out
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.programme import parse_programme
from tests.house.tree import ROOT

PROGRAMME = (ROOT / "examples" / "programme.toml").read_text()


def test_left_out_it_is_as_specified() -> None:
    assert read_cmep_out({}) == (CmepOut(), {})


def test_the_example_says_what_is_written_anyway() -> None:
    assert parse_programme(PROGRAMME).cmep_out == CmepOut()


def test_every_field_can_be_told() -> None:
    given = {
        "sender_customer_id": "S-1", "receiver_customer_id": "R-1", "purpose": "RESEND",
        "resend_purpose": "OK", "zone": "America/New_York", "repeated_hour": "order",
        "max_triples": 96, "max_line": 4096, "registers": "closing", "times": "full",
        "trailing_crc": "crc16arc", "least_decimals": 0, "most_decimals": 5,
        "file_name": "{sender}{receiver}{date}{time}{job}.cme", "monthly": False,
        "daily": True, "flags": {"valid": "A", "raw": "R 00 00", "missing": "N0"},
    }  # fmt: skip

    told, errors = read_cmep_out(given)

    assert errors == {}
    assert told.zone == ZoneInfo("America/New_York")
    assert told.flags == CmepFlags(valid="A", raw="R 00 00", missing="N0")
    assert (told.max_triples, told.monthly, told.daily) == (96, False, True)


def test_utc_is_the_zone_that_is_left_out() -> None:
    assert read_cmep_out({"zone": "UTC"})[0] == CmepOut()


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("sender_customer_id", "TOO-LONG-FOR-IT", "12 visible"),
        ("receiver_customer_id", "A,B", "12 visible"),
        ("purpose", "CORRECT", "OK, RESEND"),
        ("zone", "Atlantis", "IANA zone"),
        ("repeated_hour", "guess", "refuse, order"),
        ("max_triples", 0, "1 to 50000"),
        ("max_triples", True, "1 to 50000"),
        ("max_line", 255, "256 to"),
        ("registers", "both", "opening_and_closing"),
        ("times", "short", "full, compact"),
        ("trailing_crc", "md5", "none, empty, crc16arc"),
        ("least_decimals", 7, "0 to 6"),
        ("most_decimals", 2, "least_decimals or more"),
        ("file_name", "{sender}.dat", "{job}"),
        ("file_name", "{job}/x", "letters, digits"),
        ("file_name", "{job:x}", "plain {job}"),
        ("file_name", "{job}{user}", "{date}, {job}"),
        ("file_name", "{job", "expected '}'"),
        ("monthly", "False", "true or false"),
        ("daily", 1, "true or false"),
        ("colour", "red", "is not a field"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_expected(
    field: str, wrong: object, said: str
) -> None:
    _, errors = read_cmep_out({field: wrong})

    assert list(errors) == [field]
    assert said in errors[field][0]


@pytest.mark.parametrize(
    ("flag", "wrong"), [("valid", "N"), ("missing", "R"), ("raw", "X"), ("odd", "A")]
)
def test_a_wrong_flag_is_named(flag: str, wrong: str) -> None:
    _, errors = read_cmep_out({"flags": {flag: wrong}})

    assert list(errors) == [f"flags.{flag}"]


def test_local_times_are_never_left_out() -> None:
    _, errors = read_cmep_out({"zone": "America/New_York", "times": "compact"})

    assert "clocks change" in errors["times"][0]


def test_a_programme_names_the_wrong_fields_of_its_partner() -> None:
    text = PROGRAMME.replace('times = "full"', 'times = "short"')

    with pytest.raises(FieldError) as refused:
        parse_programme(text)

    assert list(refused.value.fields) == ["cmep_out.times"]
