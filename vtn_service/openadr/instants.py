"""Instants and durations as OpenADR writes them."""

import re
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
_DURATION = re.compile(
    r"([+-])?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?"
)
_WEEKS = re.compile(r"P?(\d+)W")


def iso_utc(instant: datetime) -> str:
    """Write an instant as `2025-11-02T05:00:00Z`, the part of a second cut off.

    >>> iso_utc(datetime(2025, 11, 2, 5, 0, 0, 7, tzinfo=UTC))
    '2025-11-02T05:00:00Z'
    """
    text = instant.astimezone(UTC).isoformat(timespec="seconds")
    return text.removesuffix("+00:00") + "Z"


def parse_instant(text: str) -> datetime | None:
    """Read an instant that states its offset; None if it is none.

    >>> parse_instant("2025-11-02T05:00:00Z").isoformat()
    '2025-11-02T05:00:00+00:00'
    >>> parse_instant("2025-11-02T05:00:00") is None
    True
    """
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is UTC:  # as nearly always
            return instant
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def parse_duration(text: str) -> timedelta | None:
    """Read a duration; None if it is none or has no fixed length (months, years).

    >>> parse_duration("PT1H"), parse_duration("-P1DT30M"), parse_duration("P1M")
    (datetime.timedelta(seconds=3600), datetime.timedelta(days=-2, seconds=84600), None)
    """
    try:
        if weeks := _WEEKS.fullmatch(text):
            return timedelta(weeks=int(weeks[1]))
        parts = _DURATION.fullmatch(text)
        if parts is None or parts[2] or parts[3]:
            return None
        days, hours, minutes, seconds = (int(part or 0) for part in parts.groups()[3:])
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except (OverflowError, ValueError):
        return None
    return -length if parts[1] == "-" else length


def iso_duration(length: timedelta) -> str:
    """Write a duration that is not negative, in hours, minutes and seconds.

    >>> iso_duration(timedelta(hours=25)), iso_duration(timedelta(0))
    ('PT25H', 'PT0S')
    """
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "H"), (minutes, "M"), (seconds, "S")]
    return "PT" + ("".join(f"{n}{unit}" for n, unit in parts if n) or "0S")
