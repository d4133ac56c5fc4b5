"""CMEP time: stamps `CCYYMMDDHHMM` and durations `MMDDHHMM`, in UTC or a local zone."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise

_STAMP = re.compile("([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_YEARS = range(1900, 2200)
_SHOWN = 20
_MINUTE = timedelta(minutes=1)


def instants_of(text: str, zone: tzinfo = UTC) -> tuple[datetime, ...]:
    """Read a stamp; 2400 is not an hour.

    Returns:
        One UTC instant, or two in order in the hour that autumn repeats.

    Raises:
        ValueError: If it is not twelve digits that name a minute of the years 1900 to
            2199, or the zone's clocks skip it.

    >>> [instant.isoformat() for instant in instants_of("202411030500")]
    ['2024-11-03T05:00:00+00:00']
    """
    first = _local(text, zone)
    if zone is UTC:
        return (first,)
    both = {first.astimezone(UTC), first.replace(fold=1).astimezone(UTC)}
    wall = first.replace(tzinfo=None)
    real = [i for i in both if i.astimezone(zone).replace(tzinfo=None) == wall]
    if not real:
        raise ValueError(f"got time {text}, which the clocks of {zone} skip")
    return tuple(sorted(real))


def step(
    instant: datetime, interval: str, zone: tzinfo = UTC, *, times: int = 1
) -> datetime:
    """Give the UTC instant one interval later.

    Months and days are the zone's calendar's, counted from the instant, its day
    clamped to the month's last. Hours and minutes are elapsed time.

    Args:
        instant: Where to count from, of the years 1900 to 2199.
        interval: `MMDDHHMM` as a duration, or empty.
        zone: Whose calendar it is.
        times: 1 forward, -1 back.

    Raises:
        ValueError: If the interval is empty or zero.

    >>> step(datetime(2024, 1, 31, tzinfo=UTC), "01000000").isoformat()
    '2024-02-29T00:00:00+00:00'
    """
    if is_empty(interval):
        raise ValueError("got an empty time, and no interval to fill it in with")
    months, days, elapsed = _parts_of(interval)
    if months or days:
        local = instant.astimezone(zone)
        instant = _by_calendar(local, times * months, times * days)
    return instant + times * elapsed


def require_year(instant: datetime) -> datetime:
    """Give the instant back.

    Raises:
        ValueError: If it is not in the years 1900 to 2199.
    """
    if instant.year not in _YEARS:
        raise ValueError(f"got {instant}, expected a time of the years 1900 to 2199")
    return instant


def is_empty(interval: str) -> bool:
    """Tell whether an interval states no duration."""
    return not interval.strip("0")


def interval_between(instants: Sequence[datetime]) -> str:
    """Work out the interval from the ends of several, in order and without repeats.

    Returns:
        The shortest step as `MMDDHHMM`, if every other is a multiple of it; empty if
        that cannot be told.

    >>> hours = [datetime(2024, 11, 3, h, tzinfo=UTC) for h in (5, 6, 8)]
    >>> interval_between(hours), interval_between(hours[:1])
    ('00000100', '')
    """
    steps = [after - before for before, after in pairwise(instants)]
    shortest = min(steps, default=timedelta(0))
    if not shortest or any(length % shortest for length in steps):
        return ""
    hours, minutes = divmod(shortest // _MINUTE, 60)
    days, hours = divmod(hours, 24)
    text = f"00{days:02}{hours:02}{minutes:02}"
    return text if len(text) == len("MMDDHHMM") else ""


def _local(text: str, zone: tzinfo) -> datetime:
    found = _STAMP.fullmatch(text)
    if found:
        year, month, day, hour, minute = map(int, found.groups())
        try:
            if year in _YEARS:
                return datetime(year, month, day, hour, minute, tzinfo=zone)
        except ValueError:
            pass
    raise ValueError(f"got time {text[:_SHOWN]!r}, expected CCYYMMDDHHMM in {zone}")


@lru_cache
def _parts_of(interval: str) -> tuple[int, int, timedelta]:
    months, days, hours, minutes = (int(interval[i : i + 2]) for i in range(0, 8, 2))
    return months, days, timedelta(hours=hours, minutes=minutes)


def _by_calendar(local: datetime, months: int, days: int) -> datetime:
    years, month = divmod(local.month - 1 + months, 12)
    last_day = monthrange(local.year + years, month + 1)[1]
    moved = local.replace(
        year=local.year + years, month=month + 1, day=min(local.day, last_day)
    )
    return (moved + timedelta(days=days)).astimezone(UTC)
