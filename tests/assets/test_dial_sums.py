"""Dials read days apart, and what the usage of all days between adds up to."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.assets.surroundings import dial_sums
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import DAY, HOUR, day_span, interval_starts_utc
from tests.assets.dials import (
    MIDNIGHT,
    THREE_DAYS,
    ZONE,
    read_dial,
    stand,
    sums,
)
from tests.assets.validating import NOV_3, NOV_4, NOV_5


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Give a lake with three days of an hourly kWh: 72 kWh."""
    result = Lake(tmp_path / "data")
    for day in THREE_DAYS:
        stand(result, day, ["1"] * 24)
    return result


@pytest.mark.parametrize("state", ["VALID", "SUSPECT", "ESTIMATED", "ADJUSTED"])
def test_every_value_that_stands_counts(lake: Lake, state: str) -> None:
    stand(lake, NOV_4, ["2"] * 24, state=state)
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + 72 * HOUR, "110")

    assert sums(lake, NOV_3, NOV_5) == [(0, 72, Decimal(10), Decimal(96))]


@pytest.mark.parametrize("hour", [0, 12, 23])
@pytest.mark.parametrize("day", THREE_DAYS)
def test_a_window_with_a_gap_is_not_judged(lake: Lake, day: date, hour: int) -> None:
    stand(lake, day, ["1"] * hour + [None] + ["1"] * (23 - hour))
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + 72 * HOUR, "110")

    assert sums(lake, NOV_3, NOV_5) == []


def test_a_window_that_reaches_beyond_what_was_heard_is_not_judged(lake: Lake) -> None:
    read_dial(lake, MIDNIGHT - HOUR, "100")
    read_dial(lake, MIDNIGHT + 60 * HOUR, "110")
    read_dial(lake, MIDNIGHT + 73 * HOUR, "120")

    assert sums(lake, NOV_3, NOV_5) == []


def test_a_window_of_one_day_is_left_to_that_day(lake: Lake) -> None:
    for day in range(4):
        read_dial(lake, MIDNIGHT + day * DAY, str(100 + 10 * day))
    read_dial(lake, MIDNIGHT + 30 * HOUR, "115")

    assert sums(lake, NOV_3, NOV_5) == []


def test_dials_read_each_morning_are_held_against_both_days(lake: Lake) -> None:
    for day, kwh in enumerate(("100", "124", "150")):
        read_dial(lake, MIDNIGHT + 6 * HOUR + day * DAY, kwh)

    first = (6, 30, Decimal(24), Decimal(24))
    second = (30, 54, Decimal(26), Decimal(24))
    assert sums(lake, NOV_3, NOV_3) == [first]
    assert sums(lake, NOV_4, NOV_4) == [first, second]
    assert sums(lake, NOV_5, NOV_5) == [second]


def test_a_reading_inside_an_interval_bounds_no_window(lake: Lake) -> None:
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + timedelta(hours=30, minutes=30), "111")
    read_dial(lake, MIDNIGHT + timedelta(hours=40, microseconds=1), "112")
    read_dial(lake, MIDNIGHT + 72 * HOUR, "172")

    assert sums(lake, NOV_3, NOV_5) == [(0, 72, Decimal(72), Decimal(72))]


def test_where_an_interval_begins_is_the_channels(lake: Lake) -> None:
    for day in (NOV_3, NOV_4):
        stand(lake, day, ["1"] * 48, minutes=30)
    read_dial(lake, MIDNIGHT + HOUR / 2, "100")
    read_dial(lake, MIDNIGHT + DAY + HOUR / 2, "148")

    assert sums(lake, NOV_3, NOV_4) == [(0.5, 24.5, Decimal(48), Decimal(48))]


@pytest.mark.parametrize("event", ["RESET", "ROLLOVER", "EXCHANGE"])
@pytest.mark.parametrize("minutes", [30, 0])
def test_what_happened_to_the_dial_between_leaves_nothing_to_compare(
    lake: Lake, event: str, minutes: int
) -> None:
    read_dial(lake, MIDNIGHT, "100")
    happened = MIDNIGHT + timedelta(hours=30, minutes=minutes)
    read_dial(lake, happened, "1", event=event)
    read_dial(lake, MIDNIGHT + 72 * HOUR, "172")

    after = [(30, 72, Decimal(171), Decimal(42))] if minutes == 0 else []
    assert sums(lake, NOV_3, NOV_5) == after


@pytest.mark.parametrize("days", [31, 32])
def test_windows_are_31_days_long_at_most(lake: Lake, days: int) -> None:
    for n in range(days):
        stand(lake, NOV_3 + n * DAY, ["1"] * 24)
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + days * DAY, "200")
    last = NOV_3 + (days - 1) * DAY

    found = [(0, 744, Decimal(100), Decimal(744))] if days == 31 else []
    for first, until in ((NOV_3, NOV_3), (last, last), (NOV_3, last)):
        assert sums(lake, first, until) == found


@pytest.mark.parametrize(
    ("first", "days", "hours"),
    [(date(2025, 11, 1), 30, 721), (date(2026, 3, 1), 31, 743)],
)
def test_a_month_is_as_long_as_the_clock_makes_it(
    tmp_path: Path, first: date, days: int, hours: int
) -> None:
    lake = Lake(tmp_path / "data")
    for n in range(days):
        day = first + n * DAY
        stand(lake, day, ["1"] * len(interval_starts_utc(day, ZONE)))
    read_dial(lake, day_span(first, ZONE).start_utc, "1000")
    read_dial(lake, day_span(first + days * DAY, ZONE).start_utc, "1100")
    last = first + (days - 1) * DAY

    (found,) = dial_sums(lake, [last], ZONE)

    assert found.total_kwh == hours
    assert found.window.difference_kwh == 100


def test_the_coarser_step_of_two_readings_is_the_step(lake: Lake) -> None:
    read_dial(lake, MIDNIGHT, "100", step_kwh=Decimal("0.1"))
    read_dial(lake, MIDNIGHT + 36 * HOUR, "136", step_kwh=None)
    read_dial(lake, MIDNIGHT + 72 * HOUR, "172", step_kwh=None)

    found = dial_sums(lake, THREE_DAYS, ZONE)

    assert [one.window.step_kwh for one in found] == [Decimal("0.1"), 0]


def test_dials_of_another_channel_meter_or_time_do_not_matter(lake: Lake) -> None:
    for changes in ({"direction": "received"}, {"meter_id": "M9"}):
        read_dial(lake, MIDNIGHT, "100", **changes)
        read_dial(lake, MIDNIGHT + 48 * HOUR, "110", **changes)
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + 48 * HOUR, "148")

    assert sums(lake, NOV_3, NOV_4) == [(0, 48, Decimal(48), Decimal(48))]
    assert sums(lake, NOV_5, NOV_5) == []
