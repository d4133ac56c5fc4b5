"""Rules about one value: what its source said, its sign, and what a device can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ter_pipelines.metering.vee.findings import (
    BEYOND_DEVICE_LIMIT,
    DURING_OUTAGE,
    IN_TEST_MODE,
    KVARH_MISMATCH,
    NEGATIVE,
    ON_INACTIVE_METER,
    OVERFLOWED,
    SUSPECT_QUALITY,
    UsageFinding,
    found,
)
from ter_pipelines.metering.vee.rounding import shown
from ter_pipelines.metering.vee.series import (
    HOUR_SECONDS,
    RAW,
    SUSPECT,
    Channel,
    Interval,
    Mark,
    in_order,
    overlap,
    with_values,
)
from ter_pipelines.vocab.units import plain

_RULE_OF_MARK = {
    Mark.TEST_MODE: IN_TEST_MODE,
    Mark.OVERFLOW: OVERFLOWED,
    Mark.OUTAGE: DURING_OUTAGE,
}


@dataclass(frozen=True)
class Limits:
    """The least and the most net energy one device can have in an hour, kWh."""

    lowest_kwh: Decimal
    highest_kwh: Decimal


def rated_limits(*, import_kw: Decimal, export_kw: Decimal, factor: Decimal) -> Limits:
    """Give a device's limits from its rated power.

    Args:
        import_kw: Most it can take.
        export_kw: Most it can give; 0 for a load.
        factor: Allowance for the rating, such as 1.1.

    >>> rated_limits(import_kw=Decimal(5), export_kw=Decimal(0), factor=Decimal("1.1"))
    Limits(lowest_kwh=Decimal('0.0'), highest_kwh=Decimal('5.5'))
    """
    return Limits(Decimal(0) - export_kw * factor, import_kw * factor)


def find_marked(channel: Channel, intervals: Sequence[Interval]) -> list[UsageFinding]:
    """Find intervals that the source marks as test, overflow or outage."""
    return [
        found(
            rule,
            channel.subject,
            interval.span,
            limit="not marked",
            observed=mark.name,
        )
        for interval in in_order(intervals)
        for mark, rule in _RULE_OF_MARK.items()
        if mark in interval.marks
    ]


def find_suspect_quality(
    subject: str, intervals: Sequence[Interval]
) -> list[UsageFinding]:
    """Find intervals that came in as SUSPECT."""
    return [
        found(SUSPECT_QUALITY, subject, interval.span, limit=RAW, observed=SUSPECT)
        for interval in in_order(intervals)
        if interval.state == SUSPECT
    ]


def find_negative(
    channel: Channel, intervals: Sequence[Interval]
) -> list[UsageFinding]:
    """Find energy below zero on a channel of one direction."""
    if channel.direction == "net":
        return []
    return [
        found(
            NEGATIVE,
            channel.subject,
            interval.span,
            limit="0",
            observed=plain(energy_kwh),
        )
        for interval, energy_kwh in with_values(intervals)
        if energy_kwh < 0
    ]


def find_beyond_device_limit(
    subject: str, intervals: Sequence[Interval], limits: Limits
) -> list[UsageFinding]:
    """Hold energy against the limits' share of its time, without a division."""
    findings = []
    for interval, energy_kwh in with_values(intervals):
        seconds = interval.duration_seconds
        scaled = energy_kwh * HOUR_SECONDS
        if not limits.lowest_kwh * seconds <= scaled <= limits.highest_kwh * seconds:
            is_low = scaled < limits.lowest_kwh * seconds
            hourly = limits.lowest_kwh if is_low else limits.highest_kwh
            findings.append(
                found(
                    BEYOND_DEVICE_LIMIT,
                    subject,
                    interval.span,
                    limit=shown(hourly * seconds, HOUR_SECONDS, places=6),
                    observed=plain(energy_kwh),
                )
            )
    return findings


def find_on_inactive_meter(
    channel: Channel, intervals: Sequence[Interval]
) -> list[UsageFinding]:
    """Find energy during the time in which the meter is switched off in the books."""
    return [
        found(
            ON_INACTIVE_METER,
            channel.subject,
            interval.span,
            limit="0",
            observed=plain(energy_kwh),
        )
        for interval, energy_kwh in with_values(intervals)
        if energy_kwh and any(overlap(interval.span, off) for off in channel.inactive)
    ]


def find_kvarh_mismatch(
    channel: Channel,
    intervals: Sequence[Interval],
    kvarh: Mapping[datetime, Decimal],
) -> list[UsageFinding]:
    """Find reactive energy without active energy, and the reverse.

    Args:
        channel: Of the active energy.
        intervals: Its intervals.
        kvarh: Reactive energy by start; a start that is not in it is not judged.
    """
    return [
        found(
            KVARH_MISMATCH,
            channel.subject,
            interval.span,
            limit="both or neither",
            observed=f"{plain(energy_kwh)} kWh {plain(reactive)} kVARh",
        )
        for interval, energy_kwh in with_values(intervals)
        if (reactive := kvarh.get(interval.interval_start_utc)) is not None
        and bool(reactive) != bool(energy_kwh)
    ]
