"""Windows of requests: whole local days, tiled, 23- and 25-hour days included."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.metering.request_windows import request_windows
from ter_pipelines.vocab.clock import HOUR, day_span
from ter_pipelines.vocab.errors import InputError

ZONE = ZoneInfo("America/New_York")
PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        (date(2025, 3, 8), datetime(2025, 3, 8, 5, tzinfo=UTC), 24),
        (date(2025, 3, 9), datetime(2025, 3, 9, 5, tzinfo=UTC), 23),
        (date(2025, 11, 2), datetime(2025, 11, 2, 4, tzinfo=UTC), 25),
        (date(2025, 11, 3), datetime(2025, 11, 3, 5, tzinfo=UTC), 24),
    ],
)
def test_one_day_is_one_window_of_its_hours(
    day: date, start: datetime, hours: int
) -> None:
    (window,) = request_windows(day, day, ZONE)

    assert (window.start_utc, window.end_utc) == (start, start + hours * HOUR)


def test_28_days_are_one_window_and_29_are_two() -> None:
    first = date(2025, 2, 20)

    (whole,) = request_windows(first, date(2025, 3, 19), PACIFIC)
    longer = request_windows(first, date(2025, 3, 20), PACIFIC)

    assert whole.end_utc - whole.start_utc == timedelta(days=28, hours=-1)
    assert longer == [whole, day_span(date(2025, 3, 20), PACIFIC)]


def test_two_years_are_26_windows_of_28_days_and_one_of_two() -> None:
    windows = request_windows(date(2024, 1, 1), date(2025, 12, 30), ZONE)

    assert len(windows) == 27
    assert windows[-1].end_utc - windows[-1].start_utc == timedelta(days=2)


def test_a_last_day_before_the_first_is_refused() -> None:
    with pytest.raises(InputError, match="2025-11-02 to 2025-11-01"):
        request_windows(date(2025, 11, 2), date(2025, 11, 1), ZONE)


@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 400),
    most_days=st.integers(1, 40),
)
def test_windows_tile_the_days_and_none_is_too_long(
    first: date, days: int, most_days: int
) -> None:
    last = first + timedelta(days=days)

    windows = request_windows(first, last, ZONE, most_days=most_days)

    assert windows[0].start_utc == day_span(first, ZONE).start_utc
    assert windows[-1].end_utc == day_span(last, ZONE).end_utc
    assert all(a.end_utc == b.start_utc for a, b in pairwise(windows))
    longest = max(w.end_utc - w.start_utc for w in windows)
    assert longest <= timedelta(days=most_days, hours=1)
