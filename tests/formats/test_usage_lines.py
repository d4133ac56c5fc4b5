"""Usage files as lines: CSV and three kinds of JSON, hostile until read."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.formats.price_lines import read_price_lines
from ter_pipelines.formats.statement_lines import read_statements
from ter_pipelines.formats.usage_lines import read_usage_lines
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.metered import MeteredInterval

CSV = b"meter_id,interval_start_utc,duration_seconds,energy_kwh"
ROW = "0012,2024-11-03T04:00:00Z,3600,1.25"
OURS = {
    "meter_id": "0012",
    "interval_start_utc": "2024-11-03T04:00:00Z",
    "duration_seconds": 3600,
    "energy_kwh": "1.25",
}
GREEN = {
    "usage_point": "UsagePoint/1",
    "flow_direction": 19,
    "interval_start_utc": "2024-11-03T04:00:00Z",
    "duration_seconds": 900,
    "energy_wh": "312.5",
    "quality": None,
}
CMEP = {
    "meter_id": "0012",
    "units": "GKWH",
    "interval_end_utc": "2024-11-03T05:00:00Z",
    "duration_seconds": 3600,
    "value": "1.25",
    "flag": "E",
    "purpose": "OK",
    "sender_id": "SOMEBODY",
}


def lines(*objects: object) -> bytes:
    return "\n".join(json.dumps(each) for each in objects).encode()


def one(body: bytes) -> MeteredInterval:
    (found,) = read_usage_lines(body, "usage").intervals
    return found


def said(found: MeteredInterval) -> tuple[str, str, str, int, Decimal | None, str]:
    return (
        found.meter_id,
        found.direction,
        iso_utc(found.interval_start_utc),
        found.duration_seconds,
        found.energy_kwh,
        found.quality,
    )


def test_csv_and_json_say_the_same() -> None:
    by_csv = one(CSV + b"\r\n" + ROW.encode() + b"\r\n")

    assert said(by_csv) == (
        "0012",
        "net",
        "2024-11-03T04:00:00Z",
        3600,
        Decimal("1.250000"),
        "METERED",
    )
    assert said(one(b"\xef\xbb\xbf" + lines(OURS))) == said(by_csv)
    assert by_csv.place == "usage, line 2"


def test_optional_columns_are_read() -> None:
    header = CSV + b",direction,quality,version,device_id\n"

    found = one(header + f"{ROW},received,ESTIMATED,3,ev-1\n".encode())

    assert (found.direction, found.quality) == ("received", "ESTIMATED")
    assert (found.version, found.device_id) == (3, "ev-1")


def test_what_green_button_read_prints_is_read() -> None:
    assert said(one(lines(GREEN))) == (
        "UsagePoint/1",
        "received",
        "2024-11-03T04:00:00Z",
        900,
        Decimal("0.3125"),
        "METERED",
    )


def test_what_cmep_read_prints_is_read_by_the_end_of_its_interval() -> None:
    assert said(one(lines(CMEP))) == (
        "0012",
        "received",
        "2024-11-03T04:00:00Z",
        3600,
        Decimal("1.25"),
        "ESTIMATED",
    )
    assert one(lines(CMEP | {"purpose": "RESEND"})).version == 2
    assert one(lines(CMEP | {"value": None, "flag": "N32"})).energy_kwh is None


def test_what_is_no_energy_is_left_out_and_counted() -> None:
    found = read_usage_lines(
        lines(
            GREEN | {"energy_wh": None},
            CMEP | {"units": "KWHREG"},
            CMEP | {"units": "KW"},
            CMEP | {"purpose": "TEST"},
        ),
        "usage",
    )

    assert found.intervals == []
    assert sorted(found.left_out.values()) == [1, 1, 2]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1: got the columns none"),
        (b"meter_id,kwh\n", "line 1: got the columns meter_id, kwh"),
        (CSV + b",colour\n", "line 1: got the columns"),
        (CSV + b",meter_id\n", "line 1: got the columns"),
        (CSV + b"\n1,2\n", "line 2: got 2 fields, expected 4"),
        (CSV + b'\n"1,2\n', "line 2"),
        (b"\xff", "not UTF-8"),
        (CSV + b"\n0012,2024-11-03T04:00:00,3600,1\n", "line 2: .* no UTC offset"),
        (CSV + b"\n0012,2024-11-03T04:00:00Z,0,1\n", "line 2: got '0', expected"),
        (CSV + b"\n0012,2024-11-03T04:00:00Z,1.5,1\n", "line 2: got '1.5'"),
        (CSV + b"\n0012,2024-11-03T04:00:00Z,3600,NaN\n", "line 2: got 'NaN'"),
        (CSV + b"\n0012,2024-11-03T04:00:00Z,3600,1e9\n", "line 2: .* less than"),
        (CSV + b"\n<b>,2024-11-03T04:00:00Z,3600,1\n", "line 2: .* expected meter_id"),
        (lines(OURS | {"quality": "GOOD"}), "line 1: quality: got 'GOOD'"),
        (lines(OURS | {"direction": 1}), "line 1: direction: got 1"),
        (lines(OURS, OURS | {"energy_kwh": [1]}), "line 2: got a list"),
        (lines(OURS, [1]), "line 2: got a list, expected an object"),
        (lines(OURS | {"meter_id": 12}), "line 1: got the number 12"),
        (lines({"meter_id": "1"}), "line 1: got the fields meter_id"),
        (b'{"meter_id": "1"', "line 1: JSON parse error"),
        (lines(GREEN | {"flow_direction": 20}), "line 1: flow_direction: got 20"),
        (lines(CMEP | {"flag": "X"}), "line 1: got flag 'X'"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        read_usage_lines(body, "usage")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_a_reader(body: bytes) -> None:
    for read in (read_usage_lines, read_price_lines, read_statements):
        for start in (b"", b"{", CSV + b"\n"):
            _read_or_refuse(read, start + body)


def _read_or_refuse(read: Any, body: bytes) -> None:  # noqa: ANN401
    with suppress(FormatError):
        read(body, "file")


PRICE = {
    "interval_start_utc": "2024-11-03T04:00:00Z",
    "duration_seconds": 3600,
    "price_per_kwh": "0.03512",
    "currency": "USD",
    "components": {"energy": "0.04", "loss": "-0.00488"},
}


def test_prices_are_read_with_their_components() -> None:
    energy, loss = read_price_lines(lines(PRICE), "prices")

    assert (energy.component, loss.component) == ("energy", "loss")
    assert energy.price_per_kwh + loss.price_per_kwh == Decimal("0.03512")
    without = {k: v for k, v in PRICE.items() if k != "components"}
    (whole,) = read_price_lines(lines(without), "prices")
    assert (whole.component, whole.price_per_kwh) == ("price", Decimal("0.03512"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price_per_kwh": "0.03513"}, "got components of 0.03512"),
        ({"price_per_kwh": "1e-9", "components": None}, "at most 8 places"),
        ({"components": ["energy"]}, "components: got a list"),
        ({"currency": None}, "as `ter prices read` prints them"),
        ({"interval_start_utc": "today"}, "today"),
        ({"duration_seconds": "long"}, "got 'long'"),
    ],
)
def test_a_price_that_cannot_be_read_is_named(
    change: dict[str, object], reason: str
) -> None:
    with pytest.raises(FormatError, match=f"line 2: .*{reason}"):
        read_price_lines(lines(PRICE, PRICE | change), "prices")


STATEMENT = {
    "meter_id": "0012",
    "billing_month": "2024-11",
    "version": 1,
    "currency": "USD",
    "content_sha256": "ab",
    "lines": [{"line_code": "total", "amount": "3.60"}],
}


def test_a_statement_is_read_for_the_next_version() -> None:
    ((row,),) = read_statements(lines(STATEMENT), "before")

    assert row == {
        "meter_id": "0012",
        "billing_month": "2024-11",
        "version": 1,
        "currency": "USD",
        "content_sha256": "ab",
        "line_code": "total",
        "amount": Decimal("3.60"),
    }


@pytest.mark.parametrize(
    "change",
    [
        {"meter_id": 12},
        {"lines": None},
        {"lines": []},
        {"lines": ["total"]},
        {"lines": [{"line_code": "total"}]},
        {"version": "first"},
    ],
)
def test_what_is_no_statement_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FormatError, match="before, line 1"):
        read_statements(lines(STATEMENT | change), "before")
