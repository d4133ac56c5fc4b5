"""Long gaps: the average of the same local clock times on like days.

A day is of a type: weekday, Saturday, or Sunday, which holidays are too. It is a
reference only if it is whole and good from end to end: nothing missing, doubtful or
estimated, no outage, no event. So no estimate rests on another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee.raw_estimates import (
    ALL_DAYS,
    CLASS_PROFILE,
    LIKE_DAYS,
    SAME_TYPE_DAYS,
    Method,
    RawEstimate,
    energy_of,
    is_good,
    raw_estimate,
)
from ter_pipelines.metering.vee.rounding import places_of
from ter_pipelines.metering.vee.series import Channel, Interval, Mark, Slots, seconds_of
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.vee_settings import VeeSettings

DayType = Literal["weekday", "saturday", "sunday"]
ClassProfile = Mapping[tuple[DayType, time], Decimal]
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True)
class ReferenceDay:
    """A whole good day: its intervals by local clock time.

    A time that the autumn day has twice has two intervals.
    """

    day: date
    at: Mapping[time, Sequence[Interval]]

    def has(self, times: Iterable[time]) -> bool:
        """Tell whether every time exists; on the spring day an hour does not."""
        return all(clock in self.at for clock in times)


def day_type(day: date, holidays: frozenset[date]) -> DayType:
    """Give the type of a local day.

    >>> day_type(date(2025, 11, 27), frozenset({date(2025, 11, 27)}))
    'sunday'
    """
    if day in holidays or day.weekday() == _SUNDAY:
        return "sunday"
    return "saturday" if day.weekday() == _SATURDAY else "weekday"


def clock_of(instant: datetime, zone: ZoneInfo) -> time:
    """Give the local clock time of an instant, without which of two it was."""
    return instant.astimezone(zone).time().replace(fold=0)


def reference_days(
    channel: Channel, slots: Slots, zone: ZoneInfo, event_days: frozenset[date]
) -> list[ReferenceDay]:
    """Find the days that estimates may rest on."""
    by_day: dict[date, list[Interval]] = {}
    for start, interval in slots.items():
        by_day.setdefault(start.astimezone(zone).date(), []).append(interval)
    return [
        ReferenceDay(day, _by_clock(intervals, zone))
        for day, intervals in by_day.items()
        if day not in event_days
        and len(intervals) * channel.interval_seconds == seconds_of(day_span(day, zone))
        and all(is_good(i) and Mark.RESTORATION not in i.marks for i in intervals)
    ]


def choose_days(
    day: date,
    times: Iterable[time],
    known: Sequence[ReferenceDay],
    settings: VeeSettings,
) -> tuple[Method, list[ReferenceDay]]:
    """Choose the days to average, nearest first, the earlier of two as near.

    Like days near by; else days of the same type at any distance; else all days.

    Args:
        day: Day of the gap.
        times: Local clock times that are needed.
        known: Days that estimates may rest on.
        settings: How many, how near, and the holidays.
    """
    wanted = list(times)
    usable = sorted(
        (other for other in known if other.has(wanted)),
        key=lambda other: (abs(other.day - day), other.day),
    )
    wanted_type = day_type(day, settings.holidays)
    same = [o for o in usable if day_type(o.day, settings.holidays) == wanted_type]
    within = settings.reference_within_days
    near = [other for other in same if abs((other.day - day).days) <= within]
    if near:
        return LIKE_DAYS, near[: settings.reference_days]
    if same:
        return SAME_TYPE_DAYS, same[: settings.fallback_days]
    return ALL_DAYS, usable


def estimate_from_days(
    holes: Sequence[Interval],
    known: Sequence[ReferenceDay],
    zone: ZoneInfo,
    settings: VeeSettings,
) -> list[RawEstimate]:
    """Estimate holes of one local day; nothing if there is no day to rest on.

    Both of the repeated autumn hour's intervals take the reference day's single one.
    """
    day = holes[0].interval_start_utc.astimezone(zone).date()
    times = [clock_of(hole.interval_start_utc, zone) for hole in holes]
    method, chosen = choose_days(day, times, known, settings)
    if not chosen:
        return []
    return [
        raw_estimate(
            hole,
            _mean([_mean([energy_of(i) for i in day.at[clock]]) for day in chosen]),
            method,
            [interval for day in chosen for interval in day.at[clock]],
        )
        for hole, clock in zip(holes, times, strict=True)
    ]


def estimate_from_profile(
    holes: Sequence[Interval],
    profile: ClassProfile,
    zone: ZoneInfo,
    holidays: frozenset[date],
) -> list[RawEstimate]:
    """Estimate holes of one local day from a class profile; all of them or none.

    Args:
        holes: In order.
        profile: kWh of one interval by type of day and local clock time.
        zone: Of the local clock.
        holidays: Local days that count as Sundays.
    """
    values = []
    for hole in holes:
        local = hole.interval_start_utc.astimezone(zone)
        key = day_type(local.date(), holidays), clock_of(local, zone)
        if key not in profile:
            return []
        values.append(profile[key])
    return [
        RawEstimate(hole, Fraction(kwh), CLASS_PROFILE, (), places_of([kwh]))
        for hole, kwh in zip(holes, values, strict=True)
    ]


def _by_clock(
    intervals: Iterable[Interval], zone: ZoneInfo
) -> dict[time, list[Interval]]:
    by_clock: dict[time, list[Interval]] = {}
    for interval in intervals:
        clock = clock_of(interval.interval_start_utc, zone)
        by_clock.setdefault(clock, []).append(interval)
    return by_clock


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, start=Fraction(0)) / len(values)
