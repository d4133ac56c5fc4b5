"""CMEP files line by line: others' forms, and that one bad line spoils no other."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.formats.cmep import CmepProfile, findings_of, read_lines
from ter_pipelines.formats.cmep.headers import MOST_TRIPLES
from ter_pipelines.formats.cmep.reader import LONGEST_LINE
from tests.formats.cmep_lines import (
    body_of,
    codes,
    ends,
    hourly,
    line,
    read,
    values,
)

GOLDEN = (Path(__file__).parents[1] / "examples" / "cmep_2024-11-03.dat").read_bytes()
GOOD = line("202411030500,R,1.250,202411030600,R,1.100")
LIMITS = CmepProfile(has_limits=True)


def test_the_worked_day_has_the_sums_and_times_that_were_computed() -> None:
    lines, findings = read(GOLDEN)

    used, given_back, used_register, given_register = (values([one]) for one in lines)
    assert (sum(v or 0 for v in used), sum(v or 0 for v in given_back)) == (
        Decimal("25.125"),
        Decimal("8.350"),
    )
    assert [str(v) for v in used_register] == ["1234.500", "1259.625"]
    assert [str(v) for v in given_register] == ["88.250", "96.600"]
    hours = ends(lines[:1])
    assert (hours[0], hours[1], hours[-1]) == (
        "2024-11-03 05:00", "2024-11-03 06:00", "2024-11-04 05:00",
    )  # fmt: skip
    assert [set(one.durations_seconds) for one in lines] == [{3600}, {3600}, {0}, {0}]
    assert findings == []


def test_the_worked_day_in_compact_form_is_286_characters_and_the_same() -> None:
    full = GOLDEN.splitlines()[0].decode().split(",")
    fields = ["" if i > 14 and (i - 14) % 3 == 0 else f for i, f in enumerate(full)]
    compact = body_of(",".join(fields))

    lines, findings = read(compact)

    assert len(compact) == 286
    assert lines[0].record == read(GOLDEN)[0][0].record
    assert findings == []


@pytest.mark.parametrize(
    ("key", "fields", "meter"),
    [
        ("SPS:130000", ("50123456", "774411", ""), "774411"),
        ("SPS:003000", ("", "", "774411"), "774411"),
        ("SPS:310000", ("774411", "50123456", ""), "774411"),
        ("SPS:120000", ("50123456", "REP1", ""), "REP1"),
        ("SPS:234000", ("REP1", "774411", "3"), "774411"),
        ("", ("UTIL", "", "774411"), "774411"),
    ],
)
def test_a_sensus_key_says_which_field_is_the_meter(
    key: str, fields: tuple[str, str, str], meter: str
) -> None:
    receiver, customer, field_8 = fields
    text = line(
        "202411030500,R0,1.5", sender="SENSUS", version="20080501",
        sender_customer=key, receiver=receiver, receiver_customer=customer,
        meter=field_8,
    )  # fmt: skip

    [one], findings = read(body_of(text))

    assert one.record.meter_id == meter
    assert (one.header.receiver_id, findings) == (receiver, [])


@pytest.mark.parametrize(
    "key", ["SPS:100000", "SPS:150000", "SPS:004000", "SPS:030000"]
)
def test_a_sensus_key_that_names_no_meter_refuses_the_line(key: str) -> None:
    text = line(
        "202411030500,R0,1.5", sender="SENSUS", sender_customer=key,
        receiver="50123456", receiver_customer="", meter="4",
    )  # fmt: skip

    lines, findings = read(body_of(text))

    assert lines == []
    assert codes(findings) == ["bad_header"]
    assert key in findings[0].reason


@pytest.mark.parametrize("count", [24, 48, 96, 288])
def test_a_nisc_day_of_any_grain_reads_in_one_line(count: int) -> None:
    interval = f"00000{1440 // count // 60}{1440 // count % 60:02}"
    triples = "202411030600,A,1.5" + ",,A,1.5" * (count - 2) + ",,N0,"
    register = line("202411030500,A,8012.4", sender="DCSI", receiver="",
                    units="KWHREG", interval="00000000")  # fmt: skip
    text = line(triples, sender="DCSI", receiver="", interval=interval)

    lines, findings = read(body_of(register, text))

    assert values(lines[1:]) == [Decimal("1.5")] * (count - 1) + [None]
    assert set(lines[1].durations_seconds) == {86_400 // count}
    assert {lines[1].quality(r) for r in lines[1].record.readings} == {"R", "N"}
    assert findings == []


def test_a_file_of_the_first_ter_application_reads_with_its_profile() -> None:
    text = line("202203150400,R,0.25,202203150500,R,0.5", sender_customer="None",
                receiver_customer="None", interval="60", constant="1.0")  # fmt: skip
    register = line("202203150500,R,12.75", interval="0", units="KWHREG",
                    constant="1.0")  # fmt: skip
    body = f"{text}\n{register}\n".encode()

    lines, findings = read(body, CmepProfile(is_start_stamped=True))

    assert ends(lines) == ["2022-03-15 05:00", "2022-03-15 06:00", "2022-03-15 05:00"]
    assert [str(v) for v in values(lines)] == ["0.25", "0.5", "12.75"]
    assert lines[0].header.sender_customer_id == ""
    assert codes(findings) == [
        "line_end", "word_for_empty", "padded_interval", "padded_interval",
    ]  # fmt: skip
    assert {finding.severity for finding in findings} == {"remarked"}


def test_the_constant_multiplies_all_but_pulses_exactly() -> None:
    triples = "202411030500,R,1.250,202411030600,R,0.1"

    lines, _ = read(body_of(
        line(triples, constant="120"), line(triples, constant=""),
        line(triples, constant="0.5", units="PULSE"), line(triples, constant="1.2D-1"),
    ))  # fmt: skip

    assert [str(v) for v in values(lines)] == [
        "150.000", "12.0", "1.250", "0.1", "1.250", "0.1", "0.15000", "0.012",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "purpose", ["SUMMARY", "HISTORY", "PROFILE", "TEMPLATE", "REJECT"]
)
def test_only_ok_and_resend_are_usage(purpose: str) -> None:
    texts = [line("202411030500,R,1", purpose=p) for p in ("OK", purpose, "RESEND")]

    lines, findings = read(body_of(*texts))

    assert [one.is_usage for one in lines] == [True, False, True]
    assert [(f.line_number, f.severity) for f in findings] == [(2, "not_usage")]
    assert purpose in findings[0].reason


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (GOOD.replace("MEPMD01", "MEPMD02"), "other_record"),
        (GOOD.replace("MEPMD01", "MLA01"), "other_record"), ("", "other_record"),
        (GOOD.replace("KWH", "kWh-DelRateA"), "bad_header"),
        (GOOD.replace("TER0001", ""), "bad_header"),
        (GOOD + ",202411030700,R,3", "truncated_record"),
        (GOOD.rsplit(",", 3)[0], "truncated_record"),
        (GOOD.rsplit(",", 7)[0], "truncated_record"),
        (GOOD.replace("NHEC", "NH\0EC"), "unreadable_line"),
        (GOOD.replace("NHEC", "NH\xc9C"), "unreadable_line"),
        (GOOD.replace("NHEC", '"NHEC'), "unreadable_line"),
        (GOOD.replace("NHEC", "NH\tC"), "unreadable_line"),
        (GOOD.replace(",2,", f",{MOST_TRIPLES},"), "truncated_record"),
        (GOOD.replace(",2,", f",{MOST_TRIPLES + 1},"), "over_limit"),
        ("," * 200_000, "other_record"), ("x" * 200_000, "unreadable_line"),
    ],
)  # fmt: skip
def test_a_bad_line_is_found_and_spoils_no_other(bad: str, code: str) -> None:
    lines, findings = read(body_of(GOOD, bad, GOOD))

    assert [one.line_number for one in lines] == [1, 3]
    assert codes(findings) == [code]
    assert (findings[0].line_number, findings[0].severity) == (2, "refused")


@pytest.mark.parametrize("over", [0, 1])
def test_a_line_of_a_mebibyte_is_read_and_a_longer_one_is_not(over: int) -> None:
    padding = LONGEST_LINE + over - len(body_of(GOOD))
    blanks = " " * (padding // 10)
    long = GOOD.replace(",", f"{blanks},", 10) + " " * (padding % 10)

    lines, findings = read(body_of(GOOD, long, GOOD))

    assert [one.line_number for one in lines] == ([1, 3] if over else [1, 2, 3])
    assert codes(findings) == ["unreadable_line"] * over


class CountedBytes(BytesIO):
    """A file that remembers the most it was asked for."""

    most = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.most = max(self.most, size or -1)
        assert size is not None
        assert size > 0
        return super().readline(size)


def test_a_file_without_line_ends_is_never_held() -> None:
    source = CountedBytes(b"x" * (3 * LONGEST_LINE))

    [finding] = [f for item in read_lines(source) for f in findings_of(item)]

    assert source.most == LONGEST_LINE + 1
    assert (finding.code, len(finding.sent)) == ("cmep.unreadable_line", 120)


def test_a_file_cut_anywhere_never_gives_a_value_that_was_not_sent() -> None:
    body = body_of(GOOD, GOOD.replace("TER0001", "TER0002"))
    whole = {(r.end_utc, r.value) for one in read(body)[0] for r in one.record.readings}

    for length in range(len(body)):
        lines, findings = read(body[:length])

        got = {(r.end_utc, r.value) for one in lines for r in one.record.readings}
        assert got <= whole
        is_cut = length not in {0, len(body) // 2}
        assert bool(findings) == is_cut


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(GOLDEN) - 1), st.integers(0, 40))
def test_no_bytes_make_reading_fail(junk: bytes, at: int, gone: int) -> None:
    body = GOLDEN[:at] + junk + GOLDEN[at + gone :]

    for profile in (CmepProfile(), LIMITS, CmepProfile(is_start_stamped=True)):
        lines, findings = read(body, profile)

        assert len(lines) + len(findings) > 0


def test_limits_are_held_where_asked() -> None:
    many = line(hourly(["202411030500"]) + ",,R,1" * 48)
    long = line("202411030500,R,1.250" + f",,R,1.25{'0' * 36}" * 47)
    wide = line(f"202411030500,R,1,202411030600,N,{'0' * 256}")
    fits = line(f"202411030500,R,1,202411030600,N,{'0' * 255}")

    lines, findings = read(body_of(GOOD, many, long, wide, fits), LIMITS)

    assert [one.line_number for one in lines] == [1, 5]
    assert codes(findings) == ["over_limit"] * 3
    for finding, limit in zip(findings, ("48", "2048", "256"), strict=True):
        assert limit in finding.reason
    assert read(body_of(GOOD, many, long, wide, fits))[1] == []
