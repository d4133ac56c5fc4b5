"""Which operating day a reported value belongs to.

A value is stored on the local day it begins. One whose time cannot be read, lies
before the programme began or after the day following its receipt has no such day: it
is stored with the first value of its report that has one, or on the day the report was
received, so that it is seen and not lost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import (
    DAY,
    Span,
    days_between,
    operating_day_of,
    parse_instant,
)

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Calendar:
    """The days there are: from the programme's first to the day after receipt."""

    zone: ZoneInfo
    first_day: date

    def day_of_receipt(self, received_at: datetime) -> date:
        """Give the local day of receipt, or the first there is."""
        return max(operating_day_of(received_at, self.zone), self.first_day)

    def day_of(self, start_text: str, received_at: datetime) -> date | None:
        """Give the day a value begins on; None if there is no such day."""
        try:
            start = parse_instant(start_text)
        except (ValueError, OverflowError):
            return None
        return self.day_at(start, received_at)

    def day_at(self, start: datetime, received_at: datetime) -> date | None:
        """Give the day of an instant; None if there is no such day."""
        try:
            day = operating_day_of(start, self.zone)
        except OverflowError:
            return None
        last = self.day_of_receipt(received_at) + DAY
        return day if self.first_day <= day <= last else None


def place_values(
    start_texts: Sequence[str], received_at: datetime, calendar: Calendar
) -> list[date]:
    """Give the day of every value of one report, in order."""
    days = [calendar.day_of(text, received_at) for text in start_texts]
    known = (day for day in days if day is not None)
    fallback = next(known, calendar.day_of_receipt(received_at))
    return [day or fallback for day in days]


def days_touched(
    spans: Iterable[Span], received_at: datetime, calendar: Calendar
) -> list[date]:
    """Give every day a report's values may have been placed on.

    Args:
        spans: The time its readable values touch.
        received_at: When the report was acknowledged.
        calendar: The days there are.
    """
    received = calendar.day_of_receipt(received_at)
    found = set()
    for span in spans:
        first = operating_day_of(span.start_utc, calendar.zone)
        last = operating_day_of(
            max(span.end_utc - MOMENT, span.start_utc), calendar.zone
        )
        begin, end = max(first, calendar.first_day), min(last, received + DAY)
        found.update(days_between(begin, end))
    return sorted(found) or [received]
