"""Every rule over one channel's window, in order, and the state each interval gets.

One finding does not stop the next rule. What is rejected is judged by itself but counts
in no total.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee import time_rules, total_rules, value_rules
from ter_pipelines.metering.vee.findings import Effect, UsageFinding, speaking_of
from ter_pipelines.metering.vee.registers import Registers
from ter_pipelines.metering.vee.series import (
    ESTIMATED,
    RAW,
    SUSPECT,
    VALID,
    Channel,
    Interval,
    State,
    days_in,
    in_order,
    overlap,
)
from ter_pipelines.metering.vee.states import Cause, Change, change
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.vee_settings import VeeSettings


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a channel's window is held against.

    Args:
        window: Whole local days, or the part of them the device is mapped for.
        zone: Of the local days.
        now: The present.
        meter_at: Which meter is installed for this channel at an instant.
        limits: What the device can take and give.
        clock_checks: Comparisons of the device's clock during the window.
        registers: The register of this channel, if it has one.
        history_kwh: Totals of like periods.
        kvarh: Reactive energy by start.
    """

    window: Span
    zone: ZoneInfo
    now: datetime
    meter_at: time_rules.MeterAt
    limits: value_rules.Limits
    clock_checks: Sequence[time_rules.ClockCheck] = ()
    registers: Registers | None = None
    history_kwh: Sequence[Decimal] = ()
    kvarh: Mapping[datetime, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """What validation made of a window.

    Args:
        intervals: The newest version of each, without those rejected, in order.
        changes: From RAW to VALID or SUSPECT.
        rejected: Intervals that are no usage of this channel, for quarantine.
        findings: All that the rules found.
    """

    intervals: list[Interval]
    changes: list[Change]
    rejected: list[Interval]
    findings: list[UsageFinding]


def check(
    channel: Channel, intervals: Sequence[Interval], known: Known, settings: VeeSettings
) -> list[UsageFinding]:
    """Hold every rule against a channel's window.

    Args:
        channel: Whose intervals they are.
        intervals: Of the window, in any order.
        known: What they are held against.
        settings: The limits.

    Returns:
        Findings in the order of the rules.
    """
    states = {RAW, SUSPECT} | ({ESTIMATED} if settings.revalidates_estimates else set())
    fresh = [i for i in intervals if i.state in states]
    whose = _identify(channel, fresh, known, settings)
    rejecting = _spans(speaking_of(whose, Effect.REJECT))
    kept = [i for i in intervals if not _is_rejected(i, rejecting)]
    return [
        *whose,
        *_check_time(channel, fresh, kept, known, settings),
        *_check_values(channel, fresh, known, settings),
        *_check_totals(channel, kept, known, settings),
    ]


def judge(
    intervals: Iterable[Interval],
    findings: Sequence[UsageFinding],
    *,
    who: str,
    when_utc: datetime,
) -> Judged:
    """Give every RAW interval the state its findings ask for.

    What is estimated, adjusted or judged already keeps its state.
    """
    rejecting = _spans(speaking_of(findings, Effect.REJECT))
    doubting = speaking_of(findings, Effect.SUSPECT)
    newest, changes, rejected = [], [], []
    for interval in in_order(intervals):
        if _is_rejected(interval, rejecting):
            rejected.append(interval)
            continue
        if interval.state != RAW:
            newest.append(interval)
            continue
        rules = [f.code for f in doubting if overlap(f.span, interval.span)]
        state: State = SUSPECT if rules else VALID
        cause = Cause(",".join(dict.fromkeys(rules)), who, when_utc)
        changes.append(change(interval, state, interval.energy_kwh, cause))
        newest.append(changes[-1].after)
    return Judged(newest, changes, rejected, list(findings))


def _identify(
    channel: Channel, fresh: Sequence[Interval], known: Known, settings: VeeSettings
) -> list[UsageFinding]:
    tolerance = timedelta(seconds=settings.clock_tolerance_seconds)
    return [
        *time_rules.find_wrong_meter(channel, fresh, known.meter_at),
        *time_rules.find_in_the_future(channel, fresh, known.now, tolerance),
    ]


def _check_time(
    channel: Channel,
    fresh: Sequence[Interval],
    kept: Sequence[Interval],
    known: Known,
    settings: VeeSettings,
) -> list[UsageFinding]:
    tolerance = timedelta(seconds=settings.clock_tolerance_seconds)
    days = days_in(known.window, known.zone)
    return [
        *time_rules.find_clock_off(
            channel, known.clock_checks, known.window, tolerance
        ),
        *time_rules.find_wrong_count(channel, kept, days),
        *time_rules.find_wrong_length(channel, fresh),
        *time_rules.find_off_the_grid(channel, fresh),
        *time_rules.find_crossing_hours(channel.subject, fresh),
        *time_rules.find_duplicates(channel, fresh),
        *time_rules.find_gaps(channel, kept, known.window),
    ]


def _check_values(
    channel: Channel, fresh: Sequence[Interval], known: Known, settings: VeeSettings
) -> list[UsageFinding]:
    kvarh = known.kvarh if settings.checks_kvarh else {}
    return [
        *value_rules.find_marked(channel, fresh),
        *value_rules.find_suspect_quality(channel.subject, fresh),
        *value_rules.find_negative(channel, fresh),
        *value_rules.find_beyond_device_limit(channel.subject, fresh, known.limits),
        *value_rules.find_kvarh_mismatch(channel, fresh, kvarh),
        *value_rules.find_on_inactive_meter(channel, fresh),
    ]


def _check_totals(
    channel: Channel, kept: Sequence[Interval], known: Known, settings: VeeSettings
) -> list[UsageFinding]:
    days = days_in(known.window, known.zone)
    windows = known.registers.windows(channel) if known.registers else []
    agreeing = total_rules.spans_that_agree(kept, windows, settings)
    return [
        *total_rules.find_spikes(channel, kept, days, settings, agreeing),
        *total_rules.find_sum_differences(channel, kept, windows, settings),
        *(known.registers.find_steps(channel) if known.registers else []),
        *total_rules.find_high_or_low(
            channel, kept, known.window, known.history_kwh, settings
        ),
        *total_rules.find_zero_consumption(channel, kept, known.window),
    ]


def _spans(findings: Iterable[UsageFinding]) -> set[Span]:
    return {finding.span for finding in findings}


def _is_rejected(interval: Interval, spans: Collection[Span]) -> bool:
    """Tell whether it is reported data that was rejected; estimates stand."""
    return interval.state in {RAW, SUSPECT} and interval.span in spans
