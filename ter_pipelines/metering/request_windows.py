"""In which pieces usage of many days is asked for: windows of whole local days."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import Span, day_span
from ter_pipelines.vocab.errors import InputError

MOST_DAYS = 28


def request_windows(
    first_day: date, last_day: date, zone: ZoneInfo, *, most_days: int = MOST_DAYS
) -> list[Span]:
    """Give the windows that tile a range of local days, in order of time.

    Each begins and ends at a local midnight, so that a day of 23 or 25 hours is whole.

    Args:
        first_day: First local day.
        last_day: Last one, included.
        zone: Of the days.
        most_days: Most days of one window, 1 or more.

    Raises:
        InputError: If the last day is before the first.

    >>> d = date.fromisoformat
    >>> (span,) = request_windows(d("2025-11-02"), d("2025-11-02"),
    ...                           ZoneInfo("America/New_York"))
    >>> span.end_utc - span.start_utc
    datetime.timedelta(days=1, seconds=3600)
    """
    if last_day < first_day:
        raise InputError(
            f"days {first_day} to {last_day}: expected the last not before the first"
        )
    windows = []
    while first_day <= last_day:
        last = min(first_day + timedelta(days=most_days - 1), last_day)
        start, end = day_span(first_day, zone), day_span(last, zone)
        windows.append(Span(start.start_utc, end.end_utc))
        first_day = last + timedelta(days=1)
    return windows
