"""A meter's month: registers carried from day to day, silent hours as missing."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.formats.cmep import metered_hour, month_records
from ter_pipelines.vocab.clock import interval_starts_utc

NEW_YORK = ZoneInfo("America/New_York")
DAYS = [
    interval_starts_utc(date(2025, 11, day), NEW_YORK, interval_minutes=60)
    for day in (1, 2, 3)
]
START = datetime(2025, 11, 2, 5, tzinfo=UTC)
ENERGY = (Decimal("1.250"), Decimal(0))


def test_registers_go_on_from_one_day_to_the_next() -> None:
    billed = {
        start: metered_hour(start, ENERGY, heard_seconds=3600, missing_seconds=0)
        for day in DAYS
        for start in day
    }

    records = month_records("M1", billed, DAYS, (Decimal(100), Decimal(7)), "OK")

    registers = [r for r in records if r.units == "KWHREG"]
    read = [[reading.value for reading in r.readings] for r in registers]
    assert read == [
        [100, 130],
        [130, Decimal("161.25")],
        [Decimal("161.25"), Decimal("191.25")],
    ]
    given = [r.readings[-1].value for r in records if r.units == "GKWHREG"]
    assert given == [7, 7, 7]


def test_an_hour_nobody_billed_is_missing() -> None:
    records = month_records("M1", {}, DAYS, (Decimal(0), Decimal(0)), "OK")

    hourly = [r for r in records if r.units == "KWH"]
    assert [len(r.readings) for r in hourly] == [24, 25, 24]
    assert {x.flag for r in hourly for x in r.readings} == {"N"}
    assert {x.value for r in hourly for x in r.readings} == {None}


@pytest.mark.parametrize(
    ("heard", "missing", "flag", "value"),
    [
        (3600, 0, "", Decimal("1.250")),
        (1, 3599, "R", Decimal("1.250")),
        (3600, 3600, "R", Decimal("1.250")),
        (0, 3600, "N", None),
    ],
)
def test_the_flag_says_how_much_was_heard(
    heard: int, missing: int, flag: str, value: Decimal | None
) -> None:
    hour = metered_hour(START, ENERGY, heard_seconds=heard, missing_seconds=missing)

    assert (hour.flag, hour.import_kwh) == (flag, value)
    assert hour.end_utc == datetime(2025, 11, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("heard", "missing", "quality", "flag"),
    [
        (3600, 0, "E", "E"),
        (3600, 0, "A", "A"),
        (1800, 1800, "E", "R"),
        (0, 3600, "E", "N"),
    ],
)
def test_a_whole_hour_carries_the_flag_of_its_worst_value(
    heard: int, missing: int, quality: str, flag: str
) -> None:
    hour = metered_hour(
        START,
        ENERGY,
        heard_seconds=heard,
        missing_seconds=missing,
        quality=quality,
    )

    assert hour.flag == flag
