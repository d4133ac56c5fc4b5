"""Usage files of both kinds give the same kind of row, and none of them loses one."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.formats.cmep import CmepProfile
from ter_pipelines.formats.usage_files import (
    Row,
    cmep_rows,
    green_button_rows,
    touched,
)
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.errors import FormatError
from tests.formats.cmep_lines import body_of, line
from tests.formats.espi_feeds import WH, house, reading

START = 1572678000
START_UTC = datetime(2019, 11, 2, 7, tzinfo=UTC)


def feed_rows(*readings: str, **kind: object) -> list[Row]:
    body = house(*readings, **{**WH, **kind})
    return list(green_button_rows(body.encode(), "feed.xml"))


def file_rows(*lines: str, profile: CmepProfile | None = None) -> list[Row]:
    return list(cmep_rows(body_of(*lines), profile or CmepProfile(), "file.txt"))


@pytest.mark.parametrize(
    ("flow", "direction"), [(1, "delivered"), (19, "received"), (4, "net")]
)
def test_a_green_button_reading_is_energy_in_a_direction(
    flow: int, direction: str
) -> None:
    (row,) = feed_rows(reading(1109, START), flowDirection=flow)

    assert (row["direction"], row["energy_kwh"]) == (direction, Decimal("1.109"))
    assert row["interval_start_utc"] == START_UTC
    assert (row["duration_seconds"], row["state"], row["reason"]) == (900, "RAW", "")


@pytest.mark.parametrize("flow", [0, 20])
def test_energy_in_no_direction_is_refused_and_not_guessed(flow: int) -> None:
    (row,) = feed_rows(reading(1109, START), flowDirection=flow)

    assert (row["direction"], row["energy_kwh"]) == ("", None)
    assert row["reason"] == "usage.no_direction"
    assert f"got flow direction {flow}" in row["explanation"]


def test_gas_is_no_energy_and_nothing_is_wrong_with_it() -> None:
    (row,) = feed_rows(reading(12, START), uom=169)

    assert (row["direction"], row["reason"], row["unit"]) == ("", "", "uom 169")


def test_a_dial_is_a_register_and_no_energy_of_an_interval() -> None:
    (row,) = feed_rows(reading(5_000_000, START), accumulationBehaviour=1)

    assert row["is_register"]
    assert row["energy_kwh"] == Decimal(5000)


def test_what_cannot_be_placed_keeps_entry_and_reason() -> None:
    (row,) = feed_rows(reading(7, "1721154384.66136"))

    assert row["interval_start_utc"] is None
    assert row["reason"] == "time.fractional"
    assert "line" in row["reference"]
    assert row["value_text"] == "7"


def test_energy_beyond_all_bounds_is_refused() -> None:
    (row,) = feed_rows(reading(10**14, START))

    assert (row["energy_kwh"], row["reason"]) == (None, "usage.bad_value")


def test_a_broken_feed_is_refused_whole() -> None:
    body = house(reading(1, START)).encode()[:-40]

    with pytest.raises(FormatError, match=r"feed\.xml"):
        list(green_button_rows(body, "feed.xml"))


@pytest.mark.parametrize(
    ("units", "direction"),
    [("KWH", "delivered"), ("GKWH", "received"), ("NKWH", "net"), ("KVARH", "")],
)
def test_a_cmep_value_is_energy_in_the_direction_of_its_unit(
    units: str, direction: str
) -> None:
    (row,) = file_rows(line("202411040600,,1.25", units=units))

    assert row["direction"] == direction
    assert row["energy_kwh"] == (Decimal("1.25") if direction else None)
    assert row["interval_start_utc"] == datetime(2024, 11, 4, 5, tzinfo=UTC)
    assert (row["duration_seconds"], row["device_id"]) == (3600, "TER0001")
    assert row["reference"] == "line 1 value 1"


@pytest.mark.parametrize(
    ("flag", "state"),
    [("", "RAW"), ("R", "RAW"), ("E", "ESTIMATED"), ("A", "ADJUSTED")],
)
def test_a_cmep_flag_is_a_state(flag: str, state: str) -> None:
    (row,) = file_rows(line(f"202411040600,{flag},1.25"))

    assert (row["state"], row["quality"]) == (state, flag)


def test_a_missing_value_is_not_zero() -> None:
    (row,) = file_rows(line("202411040600,N,0"))

    assert (row["energy_kwh"], row["reason"]) == (None, "usage.no_new_value")


@pytest.mark.parametrize("purpose", ["PROFILE", "TEMPLATE", "REJECT"])
def test_a_line_for_another_purpose_is_never_usage(purpose: str) -> None:
    (row,) = file_rows(line("202411040600,,1.25", purpose=purpose))

    assert (row["energy_kwh"], row["reason"]) == (None, "cmep.other_purpose")


def test_a_dial_reading_is_an_instant() -> None:
    (row,) = file_rows(line("202411040500,,11823.4", units="KWHREG", interval=""))

    assert row["is_register"]
    assert row["interval_start_utc"] == datetime(2024, 11, 4, 5, tzinfo=UTC)
    assert (row["direction"], row["energy_kwh"]) == ("delivered", Decimal("11823.4"))


def test_a_bad_value_keeps_its_line_and_the_good_ones_stay() -> None:
    good, bad = file_rows(line("202411040600,,1.25,202411040700,Q,1.5"))

    assert good["energy_kwh"] == Decimal("1.25")
    assert (bad["reason"], bad["reference"]) == ("cmep.bad_flag", "line 1 value 2")


def test_local_times_are_read_in_the_partners_zone() -> None:
    profile = CmepProfile(zone=ZoneInfo("America/New_York"))

    (row,) = file_rows(line("202411040100,,1.25"), profile=profile)

    assert row["interval_start_utc"] == datetime(2024, 11, 4, 5, tzinfo=UTC)


def test_a_file_without_a_line_of_cmep_is_refused_with_the_first_reason() -> None:
    with pytest.raises(FormatError, match=r"file\.txt: got no line of CMEP .*line 1"):
        file_rows("hello")


def test_rows_touch_from_the_first_start_to_the_last_end() -> None:
    rows = file_rows(line("202411040600,,1.25,202411040700,,1.5"))

    begin = datetime(2024, 11, 4, 5, tzinfo=UTC)
    assert touched(rows) == Span(begin, begin.replace(hour=7))
    assert touched([]) is None
