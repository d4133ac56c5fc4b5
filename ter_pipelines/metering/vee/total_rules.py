"""Rules about many values together: a day's spike, a register's sum, a period's total.

A total is only judged where values cover its time exactly once: what is missing is the
gap rule's to say.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from ter_pipelines.metering.vee.findings import (
    HIGH_USAGE,
    LOW_USAGE,
    SPIKE,
    SUM_CHECK,
    ZERO_CONSUMPTION,
    Rule,
    UsageFinding,
    found,
)
from ter_pipelines.metering.vee.registers import RegisterWindow
from ter_pipelines.metering.vee.rounding import shown
from ter_pipelines.metering.vee.series import (
    Channel,
    Interval,
    Mark,
    overlap,
    total_kwh,
    with_values,
)
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.units import plain
from ter_pipelines.vocab.vee_settings import VeeSettings

_THIRD = 2


def find_spikes(
    channel: Channel,
    intervals: Sequence[Interval],
    days: Iterable[Span],
    settings: VeeSettings,
    agreeing: Sequence[Span] = (),
) -> list[UsageFinding]:
    """Find a day's highest value where it stands out above the third highest.

    A day is not judged if it has too few values or its third highest is not above 0,
    nor is a device that follows prices or dispatch unless the settings say so.

    Args:
        channel: Whose intervals they are.
        intervals: Of any days, in any order.
        days: Local days.
        settings: The ratio, and what is left out.
        agreeing: Time whose sum check passed; counts only if the settings say so.
    """
    if channel.is_controllable and not settings.spike_of_controllable:
        return []
    values = with_values(intervals)
    if settings.spike_leaves_out_restoration:
        values = [(i, kwh) for i, kwh in values if Mark.RESTORATION not in i.marks]
    exempt = agreeing if settings.spike_exempt_when_sum_agrees else ()
    findings = []
    for day in days:
        if any(_contains(span, day) for span in exempt):
            continue
        of_day = [(i, kwh) for i, kwh in values if i.interval_start_utc in day]
        findings += _spikes_of(channel, of_day, settings)
    return findings


def find_sum_differences(
    channel: Channel,
    intervals: Sequence[Interval],
    windows: Sequence[RegisterWindow],
    settings: VeeSettings,
) -> list[UsageFinding]:
    """Find windows whose intervals do not add up to what the register counted."""
    findings = []
    for window in windows:
        total = total_kwh(intervals, window.span)
        if total is not None:
            findings += find_sum_difference(
                SUM_CHECK, channel.subject, window, total, settings
            )
    return findings


def find_sum_difference(
    rule: Rule,
    subject: str,
    window: RegisterWindow,
    total: Decimal,
    settings: VeeSettings,
) -> list[UsageFinding]:
    """Find that a window's intervals do not add up to what the register counted.

    Args:
        rule: By which they are held against each other.
        subject: Whose intervals they are.
        window: What the register counted.
        total: What the intervals add up to, kWh.
        settings: How many steps of the register they may differ.
    """
    if _agrees(total, window, settings):
        return []
    difference = window.difference_kwh - total
    return [
        found(
            rule,
            subject,
            window.span,
            limit=plain(settings.sum_check_resolutions * window.step_kwh),
            observed=plain(difference),
            intervals_kwh=plain(total),
            register_kwh=plain(window.difference_kwh),
            percent=_percent(difference, window.difference_kwh),
        )
    ]


def spans_that_agree(
    intervals: Sequence[Interval],
    windows: Sequence[RegisterWindow],
    settings: VeeSettings,
) -> list[Span]:
    """Give the windows whose intervals add up to what the register counted."""
    return [
        window.span
        for window in windows
        if (total := total_kwh(intervals, window.span)) is not None
        and _agrees(total, window, settings)
    ]


def find_high_or_low(
    channel: Channel,
    intervals: Sequence[Interval],
    period: Span,
    history_kwh: Sequence[Decimal],
    settings: VeeSettings,
) -> list[UsageFinding]:
    """Find a period's total far from the average of like periods.

    Args:
        channel: Whose intervals they are.
        intervals: In any order.
        period: Such as a day or a billing month.
        history_kwh: Totals of like periods; nothing is judged without any, or if
            their average is not above 0.
        settings: The ratios.
    """
    total = total_kwh(intervals, period)
    sum_kwh = sum(history_kwh, start=Decimal(0))
    if total is None or sum_kwh <= 0:
        return []
    scaled = total * len(history_kwh)
    if scaled < settings.lowest_usage_ratio * sum_kwh:
        rule, limit = LOW_USAGE, settings.lowest_usage_ratio
    elif scaled > settings.highest_usage_ratio * sum_kwh:
        rule, limit = HIGH_USAGE, settings.highest_usage_ratio
    else:
        return []
    return [
        found(
            rule,
            channel.subject,
            period,
            limit=plain(limit),
            observed=shown(scaled, sum_kwh, places=3),
            total_kwh=plain(total),
            average_kwh=shown(sum_kwh, len(history_kwh), places=3),
        )
    ]


def find_zero_consumption(
    channel: Channel, intervals: Sequence[Interval], period: Span
) -> list[UsageFinding]:
    """Find a period with values while the meter is active, all of them zero."""
    active = [
        energy_kwh
        for interval, energy_kwh in with_values(intervals)
        if interval.interval_start_utc in period
        and not any(overlap(interval.span, off) for off in channel.inactive)
    ]
    if not active or any(active):
        return []
    return [
        found(
            ZERO_CONSUMPTION,
            channel.subject,
            period,
            limit="not all 0",
            observed=f"{len(active)} values of 0",
        )
    ]


def _spikes_of(
    channel: Channel,
    of_day: Sequence[tuple[Interval, Decimal]],
    settings: VeeSettings,
) -> list[UsageFinding]:
    if len(of_day) < settings.spike_least_values:
        return []
    ranked = sorted((kwh for _, kwh in of_day), reverse=True)
    highest, third = ranked[0], ranked[_THIRD]
    if third <= 0 or highest - third <= settings.spike_ratio * third:
        return []
    return [
        found(
            SPIKE,
            channel.subject,
            interval.span,
            limit=plain(settings.spike_ratio),
            observed=shown(highest - third, third, places=4),
            highest_kwh=plain(highest),
            third_kwh=plain(third),
        )
        for interval, kwh in of_day
        if kwh == highest
    ]


def _agrees(total: Decimal, window: RegisterWindow, settings: VeeSettings) -> bool:
    limit = settings.sum_check_resolutions * window.step_kwh
    return abs(window.difference_kwh - total) <= limit


def _contains(outer: Span, inner: Span) -> bool:
    return outer.start_utc <= inner.start_utc and inner.end_utc <= outer.end_utc


def _percent(part: Decimal, whole: Decimal) -> str:
    return shown(part * 100, whole, places=3) if whole else "of 0"
