"""CMEP time: stamps `CCYYMMDDHHMM` in UTC and durations `MMDDHHMM`."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from ter_pipelines.formats.cmep.records import CmepRecord

_STAMP = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_SHOWN = 20


def parse_stamp(text: str) -> datetime:
    """Read a stamp; 2400 is not an hour.

    Raises:
        ValueError: If it is not twelve digits that name a minute.

    >>> parse_stamp("202411030500").isoformat()
    '2024-11-03T05:00:00+00:00'
    """
    found = _STAMP.fullmatch(text)
    if found:
        year, month, day, hour, minute = map(int, found.groups())
        try:
            return datetime(year, month, day, hour, minute, tzinfo=UTC)
        except ValueError:
            pass
    raise ValueError(f"got time {text[:_SHOWN]!r}, expected CCYYMMDDHHMM in UTC")


def step(instant: datetime, interval: str) -> datetime:
    """Give the instant one interval later.

    Months are calendar months counted from the instant, its day clamped to the
    month's last.

    Args:
        instant: Where to count from.
        interval: `MMDDHHMM` as a duration, or empty.

    Raises:
        ValueError: If the interval is empty or zero, or leads out of the calendar.

    >>> step(datetime(2024, 1, 31, tzinfo=UTC), "01000000").isoformat()
    '2024-02-29T00:00:00+00:00'
    """
    if not interval.strip("0"):
        raise ValueError("got an empty time, and no interval to fill it in with")
    months, days, hours, minutes = (int(interval[i : i + 2]) for i in range(0, 8, 2))
    years, month = divmod(instant.month - 1 + months, 12)
    try:
        last_day = monthrange(instant.year + years, month + 1)[1]
        moved = instant.replace(
            year=instant.year + years, month=month + 1, day=min(instant.day, last_day)
        )
        return moved + timedelta(days=days, hours=hours, minutes=minutes)
    except (ValueError, OverflowError):
        raise ValueError(
            f"got an empty time, and {interval} after {instant} is no time"
        ) from None


def find_contradiction(record: CmepRecord) -> str:
    """Say where the given times do not keep the stated interval; empty if they do."""
    if not record.interval.strip("0"):
        return ""
    ends = [reading.end_utc for reading in record.readings]
    for before, after in pairwise(ends):
        if after != step(before, record.interval):
            return f"{after:%Y%m%d%H%M} is not {record.interval} after the time before"
    return ""
