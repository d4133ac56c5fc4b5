"""Gaps filled, or left with the reason: which method for which gap.

Up to the longest interpolated gap, a line; beyond it, like days, then a class profile;
then registers. Nothing is overwritten: `changes_of` gives new versions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee.findings import (
    CONTROLLABLE_DEVICE,
    HELD,
    NO_REFERENCE,
    NOT_A_WHOLE_INTERVAL,
    Rule,
    UsageFinding,
    found,
)
from ter_pipelines.metering.vee.interpolation import interpolate
from ter_pipelines.metering.vee.like_days import (
    ClassProfile,
    estimate_from_days,
    estimate_from_profile,
    reference_days,
)
from ter_pipelines.metering.vee.raw_estimates import (
    ZERO,
    RawEstimate,
    is_hole,
    runs_of,
)
from ter_pipelines.metering.vee.registers import Registers
from ter_pipelines.metering.vee.scaling import (
    Estimate,
    Estimation,
    scale_to_registers,
)
from ter_pipelines.metering.vee.series import (
    ESTIMATED,
    Channel,
    Interval,
    Slots,
    fill_missing,
    in_order,
    newest,
    overlap,
    slots_of,
)
from ter_pipelines.metering.vee.states import Cause, Change, change
from ter_pipelines.vocab.clock import Span, operating_day_of
from ter_pipelines.vocab.vee_settings import GapPolicy, VeeSettings

Run = Sequence[Interval]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What an estimate may rest on beside the channel's intervals.

    Args:
        zone: Of the local clock.
        registers: The register of this channel, if it has one.
        event_days: Local days with an event, on which use was not usual.
        class_profile: kWh of an interval by type of day and clock time.
    """

    zone: ZoneInfo
    registers: Registers | None = None
    event_days: frozenset[date] = frozenset()
    class_profile: ClassProfile = field(default_factory=dict)


def policy_at(
    now: datetime, *, cut_off_utc: datetime, settings: VeeSettings
) -> GapPolicy:
    """Say what becomes of gaps: held before the cut-off, then as the programme says."""
    return "hold" if now < cut_off_utc else settings.gap_policy


def resolve_gaps(
    policy: GapPolicy,
    channel: Channel,
    intervals: Sequence[Interval],
    window: Span,
    evidence: Evidence,
    settings: VeeSettings,
) -> Estimation:
    """Do with a window's gaps what the policy says.

    Args:
        policy: From `policy_at`.
        channel: Whose gaps they are.
        intervals: See `estimate`.
        window: Where gaps are resolved.
        evidence: See `estimate`.
        settings: See `estimate`.
    """
    if policy == "estimate":
        return estimate(channel, intervals, window, evidence, settings)
    slots = slots_of(channel, _filled(channel, intervals, window))
    holes = _holes_in(window, slots, settings)
    if policy == "zero":
        return Estimation([Estimate(hole, Decimal(0), ZERO, ()) for hole in holes], [])
    runs = runs_of(holes, channel.step)
    return Estimation([], [_review(HELD, channel, run) for run in runs])


def estimate(
    channel: Channel,
    intervals: Sequence[Interval],
    window: Span,
    evidence: Evidence,
    settings: VeeSettings,
) -> Estimation:
    """Estimate every gap of a window.

    Args:
        channel: Whose gaps they are.
        intervals: All that is known of the channel, in any order; what lies outside
            the window is only rested on.
        window: Where gaps are estimated; time without a value is one.
        evidence: What else an estimate may rest on.
        settings: How it is done.

    Returns:
        The estimates, and a finding for every gap that a person must decide.
    """
    filled = _filled(channel, intervals, window)
    slots = slots_of(channel, filled)
    longest = timedelta(seconds=settings.interpolation_seconds)
    raws: list[RawEstimate] = []
    long_runs: list[Run] = []
    for run in runs_of(_holes_in(window, slots, settings), channel.step):
        line = interpolate(run, slots, channel.step, longest)
        raws += line
        if not line:
            long_runs.append(run)
    review = _odd_intervals(channel, filled, window, settings)
    if long_runs:
        likened, undecided = _liken(channel, long_runs, slots, evidence, settings)
        raws += likened
        review += undecided
    registers = evidence.registers
    windows = registers.windows(channel) if registers else []
    scaled = scale_to_registers(channel, raws, slots, windows, settings)
    return Estimation(scaled.estimates, [*review, *scaled.review])


def changes_of(estimation: Estimation, *, who: str, when_utc: datetime) -> list[Change]:
    """Give the new version of every estimated interval."""
    return [
        change(
            made.target,
            ESTIMATED,
            made.energy_kwh,
            Cause(f"estimate.{made.method}", who, when_utc, made.lineage),
        )
        for made in estimation.estimates
    ]


def _liken(
    channel: Channel,
    runs: Sequence[Run],
    slots: Slots,
    evidence: Evidence,
    settings: VeeSettings,
) -> tuple[list[RawEstimate], list[UsageFinding]]:
    """Estimate long runs from like days, each local day by itself."""
    if channel.is_controllable and not settings.controllable_from_like_days:
        return [], [_review(CONTROLLABLE_DEVICE, channel, run) for run in runs]
    zone = evidence.zone
    known = reference_days(channel, slots, zone, evidence.event_days)
    raws: list[RawEstimate] = []
    review = []
    for run in runs:
        for part in _by_local_day(run, zone):
            made = estimate_from_days(
                part, known, zone, settings
            ) or estimate_from_profile(
                part, evidence.class_profile, zone, settings.holidays
            )
            raws += made
            if not made:
                review.append(_review(NO_REFERENCE, channel, part))
    return raws, review


def _filled(
    channel: Channel, intervals: Sequence[Interval], window: Span
) -> list[Interval]:
    """Make missing time visible, from the first interval to the last."""
    starts = [interval.interval_start_utc for interval in intervals]
    ends = [interval.end_utc for interval in intervals]
    extent = Span(min([window.start_utc, *starts]), max([window.end_utc, *ends]))
    return fill_missing(channel, newest(intervals), extent)


def _by_local_day(run: Run, zone: ZoneInfo) -> list[list[Interval]]:
    days = groupby(run, key=lambda i: operating_day_of(i.interval_start_utc, zone))
    return [list(part) for _, part in days]


def _holes_in(window: Span, slots: Slots, settings: VeeSettings) -> list[Interval]:
    return [
        slot
        for start, slot in slots.items()
        if start in window and is_hole(slot, settings)
    ]


def _odd_intervals(
    channel: Channel,
    intervals: Sequence[Interval],
    window: Span,
    settings: VeeSettings,
) -> list[UsageFinding]:
    return [
        _review(NOT_A_WHOLE_INTERVAL, channel, [interval])
        for interval in in_order(intervals)
        if overlap(interval.span, window)
        and is_hole(interval, settings)
        and not channel.fits(interval)
    ]


def _review(rule: Rule, channel: Channel, run: Run) -> UsageFinding:
    span = Span(run[0].interval_start_utc, run[-1].end_utc)
    return found(
        rule,
        channel.subject,
        span,
        limit="0 intervals left",
        observed=f"{len(run)} intervals left",
    )
