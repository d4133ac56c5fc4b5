"""Rules about time: whose it is, when it was, how it is cut, and what is not there."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ter_pipelines.metering.vee.findings import (
    CLOCK_OFF,
    CROSSES_THE_HOUR,
    DUPLICATE,
    IN_THE_FUTURE,
    NO_VALUE,
    OFF_THE_GRID,
    WRONG_COUNT,
    WRONG_LENGTH,
    WRONG_METER,
    UsageFinding,
    found,
)
from ter_pipelines.metering.vee.series import (
    HOUR_SECONDS,
    Channel,
    Interval,
    begin_of_step,
    seconds_of,
    uncovered,
    with_values,
)
from ter_pipelines.vocab.clock import HOUR, Span
from ter_pipelines.vocab.units import plain

SECOND = timedelta(seconds=1)
MeterAt = Callable[[datetime], str | None]


@dataclass(frozen=True)
class ClockCheck:
    """What a device's clock showed at a reference time."""

    reference_utc: datetime
    device_utc: datetime


def find_wrong_meter(
    channel: Channel, intervals: Sequence[Interval], meter_at: MeterAt
) -> list[UsageFinding]:
    """Find intervals whose meter was not the installed one from first to last second.

    Args:
        channel: With the meter that the data says it is of.
        intervals: In any order.
        meter_at: Which meter was installed for this channel at an instant.
    """
    findings = []
    for interval, _ in with_values(intervals):
        ends = (interval.interval_start_utc, interval.end_utc - SECOND)
        installed = dict.fromkeys(meter_at(instant) for instant in ends)
        if set(installed) != {channel.meter_id}:
            seen = ", ".join(meter or "no meter" for meter in installed)
            findings.append(
                found(
                    WRONG_METER,
                    channel.subject,
                    interval.span,
                    limit=seen,
                    observed=channel.meter_id,
                )
            )
    return findings


def find_in_the_future(
    channel: Channel, intervals: Sequence[Interval], now: datetime, tolerance: timedelta
) -> list[UsageFinding]:
    """Find intervals that end later than now and the tolerance."""
    return [
        found(
            IN_THE_FUTURE,
            channel.subject,
            interval.span,
            limit=_seconds(tolerance),
            observed=_seconds(interval.end_utc - now),
        )
        for interval, _ in with_values(intervals)
        if interval.end_utc > now + tolerance
    ]


def find_clock_off(
    channel: Channel, checks: Sequence[ClockCheck], window: Span, tolerance: timedelta
) -> list[UsageFinding]:
    """Find comparisons of clocks that are off, each with the time since the last.

    Args:
        channel: Whose device it is.
        checks: Comparisons made during the window, in any order.
        window: The first comparison speaks of the time since it began.
        tolerance: Most difference in either direction.
    """
    findings = []
    previous = window.start_utc
    for check in sorted(checks, key=lambda c: c.reference_utc):
        offset = check.device_utc - check.reference_utc
        if abs(offset) > tolerance:
            findings.append(
                found(
                    CLOCK_OFF,
                    channel.subject,
                    Span(min(previous, check.reference_utc), check.reference_utc),
                    limit=_seconds(tolerance),
                    observed=_seconds(offset),
                )
            )
        previous = check.reference_utc
    return findings


def find_wrong_count(
    channel: Channel, intervals: Sequence[Interval], days: Iterable[Span]
) -> list[UsageFinding]:
    """Find local days that do not have as many values as they have steps.

    Values that begin at the same time count once.

    Args:
        channel: With its interval.
        intervals: Of any days, in any order.
        days: Local days: 23, 24 or 25 hours, or the part a device is expected for.
    """
    starts = sorted({i.interval_start_utc for i, _ in with_values(intervals)})
    findings = []
    for day in days:
        expected = seconds_of(day) // channel.interval_seconds
        observed = bisect_left(starts, day.end_utc) - bisect_left(starts, day.start_utc)
        if observed != expected:
            findings.append(
                found(
                    WRONG_COUNT,
                    channel.subject,
                    day,
                    limit=str(expected),
                    observed=str(observed),
                )
            )
    return findings


def find_wrong_length(
    channel: Channel, intervals: Sequence[Interval]
) -> list[UsageFinding]:
    """Find intervals that are not as long as the channel's are."""
    return [
        found(
            WRONG_LENGTH,
            channel.subject,
            interval.span,
            limit=str(channel.interval_seconds),
            observed=str(interval.duration_seconds),
        )
        for interval, _ in with_values(intervals)
        if interval.duration_seconds != channel.interval_seconds
    ]


def find_off_the_grid(
    channel: Channel, intervals: Sequence[Interval]
) -> list[UsageFinding]:
    """Find intervals that do not begin on the channel's grid, and by how much."""
    return [
        found(
            OFF_THE_GRID,
            channel.subject,
            interval.span,
            limit="0",
            observed=_seconds(
                interval.interval_start_utc
                - begin_of_step(interval.interval_start_utc, channel.step)
            ),
        )
        for interval, _ in with_values(intervals)
        if not channel.has_on_grid(interval.interval_start_utc)
    ]


def find_crossing_hours(
    subject: str, intervals: Sequence[Interval]
) -> list[UsageFinding]:
    """Find intervals that reach over the end of the hour they begin in."""
    findings = []
    for interval, _ in with_values(intervals):
        hour = begin_of_step(interval.interval_start_utc, HOUR)
        from_the_hour = interval.end_utc - hour
        if from_the_hour > HOUR:
            findings.append(
                found(
                    CROSSES_THE_HOUR,
                    subject,
                    interval.span,
                    limit=str(HOUR_SECONDS),
                    observed=_seconds(from_the_hour),
                )
            )
    return findings


def find_duplicates(
    channel: Channel, intervals: Sequence[Interval]
) -> list[UsageFinding]:
    """Find starts with different values; the same value again is no finding."""
    by_start: dict[datetime, dict[tuple[int, Decimal], Interval]] = {}
    for interval, energy_kwh in with_values(intervals):
        values = by_start.setdefault(interval.interval_start_utc, {})
        values[interval.duration_seconds, energy_kwh] = interval
    return [
        found(
            DUPLICATE,
            channel.subject,
            Span(start, max(interval.end_utc for interval in values.values())),
            limit="1",
            observed=str(len(values)),
            kwh=" ".join(plain(kwh) for kwh in sorted(kwh for _, kwh in values)),
        )
        for start, values in by_start.items()
        if len(values) > 1
    ]


def find_gaps(
    channel: Channel, intervals: Sequence[Interval], window: Span
) -> list[UsageFinding]:
    """Find the time of a window that no value covers, each gap once."""
    covered = (interval.span for interval, _ in with_values(intervals))
    return [
        found(NO_VALUE, channel.subject, gap, limit="0", observed=str(seconds_of(gap)))
        for gap in uncovered(covered, window)
    ]


def _seconds(time: timedelta) -> str:
    return plain(Decimal(time // timedelta(microseconds=1)).scaleb(-6))
