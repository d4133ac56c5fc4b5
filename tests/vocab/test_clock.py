"""Local days of 23, 24 and 25 hours tile time; instants state their offset."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.vocab.clock import (
    DAY,
    HOUR,
    Span,
    contiguous_ranges,
    day_span,
    days_between,
    days_of_month,
    interval_starts_utc,
    iso_utc,
    month_of,
    month_span,
    operating_day_of,
    parse_instant,
)

NEW_YORK = ZoneInfo("America/New_York")
SHORT_DAY, PLAIN_DAY, LONG_DAY = (
    date(2025, 3, 9),
    date(2025, 3, 10),
    date(2025, 11, 2),
)
DAYS = st.dates(date(1970, 1, 2), date(2100, 12, 30))
ZONES = st.sampled_from(
    ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Tokyo", "UTC"]
).map(ZoneInfo)


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_a_local_day_has_as_many_hours_as_the_clock_change_leaves(
    day: date, hours: int
) -> None:
    starts = interval_starts_utc(day, NEW_YORK)

    assert len(starts) == len(set(starts)) == hours
    assert all(later - earlier == HOUR for earlier, later in pairwise(starts))
    assert {operating_day_of(start, NEW_YORK) for start in starts} == {day}


@pytest.mark.parametrize(
    ("day", "quarters"), [(SHORT_DAY, 92), (PLAIN_DAY, 96), (LONG_DAY, 100)]
)
def test_a_local_day_has_four_quarters_to_each_of_its_hours(
    day: date, quarters: int
) -> None:
    starts = interval_starts_utc(day, NEW_YORK, interval_minutes=15)

    assert len(starts) == quarters


def test_the_repeated_hour_is_two_instants() -> None:
    starts = interval_starts_utc(LONG_DAY, NEW_YORK)

    locals_at_one = [s for s in starts if s.astimezone(NEW_YORK).hour == 1]
    assert [iso_utc(s) for s in locals_at_one] == [
        "2025-11-02T05:00:00Z",
        "2025-11-02T06:00:00Z",
    ]


def test_a_span_holds_its_start_and_not_its_end() -> None:
    span = day_span(PLAIN_DAY, NEW_YORK)

    assert span.start_utc in span
    assert span.end_utc - timedelta(microseconds=1) in span
    assert span.end_utc not in span
    assert span.start_utc - timedelta(microseconds=1) not in span


@given(day=DAYS, zone=ZONES)
@settings(deadline=None, max_examples=60)
def test_days_tile_time(day: date, zone: ZoneInfo) -> None:
    today, tomorrow = day_span(day, zone), day_span(day + DAY, zone)

    assert today.start_utc < today.end_utc == tomorrow.start_utc
    assert operating_day_of(today.start_utc, zone) == day
    last_instant = today.end_utc - timedelta(microseconds=1)
    assert operating_day_of(last_instant, zone) == day


@pytest.mark.parametrize(
    ("month", "hours", "days"),
    [("2025-11", 721, 30), ("2025-03", 743, 31), ("2024-02", 696, 29),
     ("2025-12", 744, 31)],
)  # fmt: skip
def test_a_month_is_its_local_days(month: str, hours: int, days: int) -> None:
    span = month_span(month, NEW_YORK)

    every_day = [day_span(day, NEW_YORK) for day in days_of_month(month)]
    assert (span.end_utc - span.start_utc) // HOUR == hours
    assert len(every_day) == days
    assert span == Span(every_day[0].start_utc, every_day[-1].end_utc)
    assert {month_of(day) for day in days_of_month(month)} == {month}


@given(days=st.lists(st.dates(date(2025, 1, 1), date(2025, 2, 28))))
@settings(deadline=None)
def test_ranges_hold_exactly_the_days_and_never_touch(days: list[date]) -> None:
    ranges = list(contiguous_ranges(days))

    held = [day for first, last in ranges for day in days_between(first, last)]
    assert held == sorted(set(days))
    for (_, last), (first, _) in pairwise(ranges):
        assert first - last > DAY


def test_no_days_are_no_ranges() -> None:
    assert list(contiguous_ranges([])) == []


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-11-02T05:00:00Z", datetime(2025, 11, 2, 5, tzinfo=UTC)),
        ("2025-11-02T01:00:00-04:00", datetime(2025, 11, 2, 5, tzinfo=UTC)),
        ("2025-11-02T01:00:00-05:00", datetime(2025, 11, 2, 6, tzinfo=UTC)),
        ("2022-03-08T0:1:0+0000", datetime(2022, 3, 8, 0, 1, tzinfo=UTC)),
        ("1900-01-01T00:00:00Z", datetime(1900, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_into_utc(text: str, instant: datetime) -> None:
    read = parse_instant(text)

    assert read == instant
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2025-11-02", "2025-11-02T05:00:00", "2025-02-30T00:00:00Z",
        "2025-11-02T05:60:00Z", "0001-01-01T00:00:00+05:00", "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_what_is_not_an_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_instant(text)


def test_an_instant_written_is_the_instant_read() -> None:
    instant = datetime(2025, 11, 2, 5, 30, tzinfo=UTC)

    assert iso_utc(instant.astimezone(NEW_YORK)) == "2025-11-02T05:30:00Z"
    assert parse_instant(iso_utc(instant)) == instant
