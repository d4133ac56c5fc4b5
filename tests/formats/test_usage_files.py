"""Usage files of both kinds give the same kind of row, and none of them loses one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.formats.cmep import CmepProfile
from ter_pipelines.formats.usage_files import (
    Row,
    cmep_rows,
    green_button_rows,
    touched,
    whole_span,
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
    assert touched(rows) == [Span(begin, begin.replace(hour=7))]
    assert touched([]) == []
    assert whole_span([]) is None


def test_two_values_far_apart_do_not_touch_what_lies_between() -> None:
    first, last = datetime(1970, 1, 1, tzinfo=UTC), START_UTC

    spans = touched(feed_rows(reading(1, START), reading(1, 0), reading(1, 900)))

    assert spans == [
        Span(first, first.replace(minute=30)),
        Span(last, last.replace(minute=15)),
    ]
    assert whole_span(spans) == Span(first, last.replace(minute=15))


def test_values_less_than_a_day_apart_are_one_stretch() -> None:
    hour = 3600

    near = touched(feed_rows(reading(1, START), reading(1, START + 22 * hour + 900)))
    far = touched(feed_rows(reading(1, START), reading(1, START + 22 * hour + 901)))

    assert near == [Span(START_UTC, START_UTC + timedelta(hours=22, minutes=30))]
    assert [span.start_utc - START_UTC for span in far] == [
        timedelta(0),
        timedelta(hours=22, seconds=901),
    ]


def test_an_interval_of_a_year_touches_its_first_day_and_is_refused_later() -> None:
    (span,) = touched(feed_rows(reading(1, START, 366 * 86_400)))

    assert span == Span(START_UTC, START_UTC + timedelta(days=1))


def test_what_is_neither_usage_nor_refused_touches_nothing() -> None:
    gas = feed_rows(reading(12, START), uom=169)
    refused = file_rows(line("202411040600,,1.25", purpose="PROFILE"))

    assert touched(gas) == []
    assert len(touched(refused)) == 1


@pytest.mark.parametrize(
    ("value", "constant", "step"),
    [
        ("1000.000", "1", "0.001"),
        ("1000.001", "1", "0.001"),
        ("1000", "1", "1"),
        ("1E3", "1", "1"),
        ("1000.0", "40", "4"),
        ("0.0000001", "1", "0.000001"),
    ],
)
def test_the_step_of_a_dial_is_the_last_place_it_was_sent_with(
    value: str, constant: str, step: str
) -> None:
    dial = {"units": "KWHREG", "interval": "", "constant": constant}

    (row,) = file_rows(line(f"202411040500,,{value}", **dial))
    (interval,) = file_rows(line(f"202411040600,,{value}"))

    assert row["step_kwh"] == Decimal(step)
    assert interval["step_kwh"] is None


@pytest.mark.parametrize(
    ("value", "power", "step"),
    [("5000000", 0, "0.001"), ("5000.0", 3, "0.1"), ("5000", 3, "1")],
)
def test_the_step_of_a_feeds_dial_has_its_multiplier(
    value: str, power: int, step: str
) -> None:
    kind = {"accumulationBehaviour": 1, "powerOfTenMultiplier": power}

    (row,) = feed_rows(reading(value, START), **kind)

    assert (row["energy_kwh"], row["step_kwh"]) == (Decimal(5000), Decimal(step))
    assert row["value_text"] == value


def test_a_step_beyond_all_bounds_is_refused() -> None:
    dial = {"units": "KWHREG", "interval": "", "constant": "1E12"}

    (row,) = file_rows(line("202411040500,,0", **dial))

    assert (row["reason"], row["step_kwh"]) == ("usage.bad_value", None)
    assert row["explanation"].startswith("step: got")


def test_power_that_failed_is_marked() -> None:
    sent = line("202411040600,R2,0,202411040700,R4,1", version="20080501")

    failed, back = file_rows(sent)

    assert (failed["marks"], back["marks"]) == ("OUTAGE", "RESTORATION")
    assert (failed["quality"], failed["reason"]) == ("R2", "")
