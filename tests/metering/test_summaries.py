"""Values summed up by the hour and by local days of 23, 24 and 25 hours."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.metering.summaries import summarize

ZONE = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
BEGIN = datetime(2025, 11, 1, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """A value."""

    read_at: datetime
    value: Decimal
    unit: str = "V"
    quality: str = "GOOD"


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        (datetime(2025, 11, 1, 4, tzinfo=UTC), 24),
        (datetime(2025, 11, 2, 4, tzinfo=UTC), 25),
        (datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
    ],
)
def test_a_local_day_is_summed_up_whole(midnight: datetime, hours: int) -> None:
    said = [Said(midnight + i * HOUR, Decimal(i)) for i in range(-1, hours + 1)]

    days = summarize(said, "day", ZONE)

    assert [day.count for day in days] == [1, hours, 1]
    assert days[1].span.end_utc - days[1].span.start_utc == hours * HOUR
    assert (days[1].first, days[1].last) == (Decimal(0), Decimal(hours - 1))


def test_an_hour_has_its_first_instant_and_not_the_next_hours() -> None:
    last = HOUR - timedelta(microseconds=1)
    said = [Said(BEGIN + after, Decimal(1)) for after in (0 * HOUR, last, HOUR)]

    assert [hour.count for hour in summarize(said, "hour", ZONE)] == [2, 1]


def test_what_is_doubted_is_counted_apart() -> None:
    said = [Said(BEGIN, Decimal(5), quality="IMPLAUSIBLE")]

    (hour,) = summarize(said, "hour", ZONE)

    assert (hour.count, hour.doubted, hour.mean, hour.minimum) == (0, 1, None, None)


def test_values_of_two_units_are_never_added() -> None:
    said = [Said(BEGIN, Decimal(1), "kW"), Said(BEGIN + HOUR / 2, Decimal(900), "W")]

    hours = summarize(said, "hour", ZONE)

    assert [(hour.unit, hour.total) for hour in hours] == [
        ("kW", Decimal(1)),
        ("W", Decimal(900)),
    ]


def test_a_mean_is_rounded_half_away_from_zero() -> None:
    halves = [Said(BEGIN, Decimal("-0.000000001")), Said(BEGIN, Decimal(0))]

    (hour,) = summarize(halves, "hour", ZONE)

    assert hour.mean == Decimal("-0.000000001")


@given(st.lists(st.tuples(st.integers(0, 5000), st.decimals("-1e9", "1e9", places=6))))
def test_hours_lose_nothing(given_values: list[tuple[int, Decimal]]) -> None:
    said = [
        Said(BEGIN + timedelta(minutes=minutes), value)
        for minutes, value in sorted(given_values)
    ]

    hours = summarize(said, "hour", ZONE)

    assert sum(hour.count for hour in hours) == len(said)
    assert sum(hour.total for hour in hours) == sum(each.value for each in said)
    assert all(a.span.end_utc <= b.span.start_utc for a, b in pairwise(hours))


def test_no_values_make_no_summaries() -> None:
    assert summarize([], "day", ZONE) == []
