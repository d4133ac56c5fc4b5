"""Time: UTC instants, half-open intervals, local operating days of 23, 24 or 25 hours.

Nothing here reads the clock; `now` is always a parameter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
_YEARS = range(1900, 2200)


@dataclass(frozen=True)
class Span:
    """A half-open stretch of time `[start_utc, end_utc)`."""

    start_utc: datetime
    end_utc: datetime

    def __contains__(self, instant: datetime) -> bool:
        """Tell whether the instant lies inside."""
        return self.start_utc <= instant < self.end_utc


def day_span(operating_day: date, zone: ZoneInfo) -> Span:
    """Give the UTC span of a local day.

    >>> span = day_span(date(2025, 11, 2), ZoneInfo("America/New_York"))
    >>> (span.end_utc - span.start_utc) // HOUR
    25
    """
    return Span(_midnight(operating_day, zone), _midnight(operating_day + DAY, zone))


def month_span(billing_month: str, zone: ZoneInfo) -> Span:
    """Give the UTC span of a local calendar month written `2025-11`.

    >>> span = month_span("2025-11", ZoneInfo("America/New_York"))
    >>> (span.end_utc - span.start_utc) // HOUR
    721
    """
    days = days_of_month(billing_month)
    return Span(_midnight(days[0], zone), _midnight(days[-1] + DAY, zone))


def interval_starts_utc(
    operating_day: date, zone: ZoneInfo, *, interval_minutes: int = 60
) -> list[datetime]:
    """Give the UTC start of every interval of a local day, in order.

    >>> starts = interval_starts_utc(date(2025, 3, 9), ZoneInfo("America/New_York"))
    >>> len(starts), starts[0].isoformat()
    (23, '2025-03-09T05:00:00+00:00')
    """
    span = day_span(operating_day, zone)
    step = timedelta(minutes=interval_minutes)
    return [
        span.start_utc + i * step
        for i in range((span.end_utc - span.start_utc) // step)
    ]


def operating_day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Give the local day an instant falls on.

    >>> operating_day_of(datetime(2025, 11, 1, 3, 59, tzinfo=UTC),
    ...                  ZoneInfo("America/New_York"))
    datetime.date(2025, 10, 31)
    """
    return instant.astimezone(zone).date()


def days_between(first: date, last: date) -> list[date]:
    """Give every day from first to last, both included."""
    return [first + i * DAY for i in range((last - first).days + 1)]


def days_of_month(billing_month: str) -> list[date]:
    """Give every day of a calendar month.

    >>> len(days_of_month("2025-11"))
    30
    """
    first = date.fromisoformat(f"{billing_month}-01")
    next_month = (first + timedelta(days=31)).replace(day=1)
    return days_between(first, next_month - DAY)


def month_of(day: date) -> str:
    """Give the billing month a day belongs to, written `2025-11`."""
    return f"{day:%Y-%m}"


def contiguous_ranges(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Give the ranges (first, last) that cover exactly these days, in order.

    >>> d = date.fromisoformat
    >>> list(contiguous_ranges([d("2025-11-03"), d("2025-11-01"), d("2025-11-02")]))
    [(datetime.date(2025, 11, 1), datetime.date(2025, 11, 3))]
    """
    ordered = sorted(set(days))
    first = 0
    for i, day in enumerate(ordered):
        if i + 1 == len(ordered) or ordered[i + 1] != day + DAY:
            yield ordered[first], day
            first = i + 1


def parse_day(text: str) -> date:
    """Read a day written `2025-11-02`.

    Raises:
        ValueError: If it is not a day of the years 1900 to 2199 written like that.

    >>> parse_day("2025-11-02")
    datetime.date(2025, 11, 2)
    """
    day = date.fromisoformat(text)
    if day.year not in _YEARS or str(day) != text:
        raise ValueError(f"{text!r} is not a day of 1900 to 2199 such as 2025-11-02")
    return day


def parse_instant(text: str) -> datetime:
    """Read an instant that states its offset; give it in UTC.

    Unpadded parts are taken (`2022-02-23T0:0:0+0000`, as the TER price partner
    writes them), a missing offset is not.

    Raises:
        ValueError: If the text is not a date and time with an offset, of the years
            1900 to 2199.

    >>> parse_instant("2022-02-23T0:0:0+0000").isoformat()
    '2022-02-23T00:00:00+00:00'
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset")
    if instant.year not in _YEARS:
        raise ValueError(f"{text!r} is not in the years 1900 to 2199")
    return instant.astimezone(UTC)


def iso_utc(instant: datetime) -> str:
    """Write an instant as `2025-11-02T05:00:00Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
