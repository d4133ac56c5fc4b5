"""Every reported value is stored on some day that exists, its own where it has one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.placing import Calendar, days_touched, place_values
from ter_pipelines.vocab.clock import Span, iso_utc

CALENDAR = Calendar(ZoneInfo("America/New_York"), date(2025, 10, 1))
RECEIVED = datetime(2025, 11, 4, 6, tzinfo=UTC)
RECEIPT_DAY = date(2025, 11, 4)


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("2025-11-03T04:59:59Z", date(2025, 11, 2)),
        ("2025-11-03T05:00:00Z", date(2025, 11, 3)),
        ("2025-11-02T05:30:00Z", date(2025, 11, 2)),
        ("2025-10-01T04:00:00Z", date(2025, 10, 1)),
        ("2025-11-06T04:59:59Z", date(2025, 11, 5)),
        ("2025-10-01T03:59:59Z", None),
        ("2025-11-06T05:00:00Z", None),
        ("2025-11-03T05:00:00", None),
        ("nonsense", None),
        ("", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59Z", None),
    ],
)
def test_a_value_has_the_local_day_it_begins_on_if_there_is_one(
    start: str, day: date | None
) -> None:
    assert CALENDAR.day_of(start, RECEIVED) == day


def test_a_value_without_a_day_goes_with_the_first_of_its_report_that_has_one() -> None:
    starts = ["nonsense", "2025-11-02T12:00:00Z", "2025-11-03T12:00:00Z", ""]

    assert place_values(starts, RECEIVED, CALENDAR) == [
        date(2025, 11, 2), date(2025, 11, 2), date(2025, 11, 3), date(2025, 11, 2),
    ]  # fmt: skip


def test_a_report_without_any_day_is_seen_on_the_day_of_receipt() -> None:
    starts = ["nonsense", "1999-01-01T00:00:00Z"]

    assert place_values(starts, RECEIVED, CALENDAR) == [RECEIPT_DAY, RECEIPT_DAY]


def test_before_the_programme_began_its_first_day_is_the_day_of_receipt() -> None:
    early = datetime(2025, 9, 1, tzinfo=UTC)

    assert place_values(["nonsense"], early, CALENDAR) == [date(2025, 10, 1)]


@given(
    offsets=st.lists(st.integers(-60 * 24, 10 * 24), min_size=1, max_size=6),
    bad=st.booleans(),
)
@settings(deadline=None)
def test_the_days_a_report_touches_hold_every_value_of_it(
    offsets: list[int],
    bad: bool,  # noqa: FBT001
) -> None:
    starts = [RECEIVED + timedelta(hours=offset) for offset in offsets]
    texts = [iso_utc(start) for start in starts] + ["nonsense"] * bad

    spans = [Span(start, start + timedelta(hours=1)) for start in starts]

    touched = days_touched(spans, RECEIVED, CALENDAR)

    assert set(place_values(texts, RECEIVED, CALENDAR)) <= set(touched)
    assert min(touched) >= CALENDAR.first_day
