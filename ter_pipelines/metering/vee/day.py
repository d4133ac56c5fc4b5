"""A channel's day: every rule, every edit, then what becomes of its gaps.

Rows of `core/interval_usage` in, intervals with the reasons for their state out. All
is made anew from what the sources told, so a newer value of a source begins as RAW
again, and the same inputs give the same day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.metering.mapping import MeterMap
from ter_pipelines.metering.vee.day_channels import (
    ChannelDay,
    ChannelKey,
    Row,
    key_of,
)
from ter_pipelines.metering.vee.edits import ACCEPT, EDIT, REJECT, Edit, newest_of
from ter_pipelines.metering.vee.findings import (
    DURING_OUTAGE,
    KVARH_MISMATCH,
    NO_VALUE,
    ON_INACTIVE_METER,
    Effect,
    UsageFinding,
    speaking_of,
)
from ter_pipelines.metering.vee.registers import Registers
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    HOUR_SECONDS,
    MISSING,
    SUSPECT,
    VALID,
    Channel,
    Interval,
    fill_missing,
    overlap,
)
from ter_pipelines.metering.vee.standings import (
    SOURCE,
    VEE,
    JudgedChannel,
    Standing,
    interval_of,
)
from ter_pipelines.metering.vee.time_rules import MeterAt, find_wrong_meter
from ter_pipelines.metering.vee.total_rules import (
    find_high_or_low,
    find_zero_consumption,
)
from ter_pipelines.metering.vee.validation import Known, check, judge
from ter_pipelines.metering.vee.value_rules import Limits, rated_limits
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.vee_settings import VeeSettings

_OF_ONE_INTERVAL = {
    DURING_OUTAGE.code, KVARH_MISMATCH.code, ON_INACTIVE_METER.code,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DayFacts:
    """What every channel of a day is held against.

    Args:
        zone: Of the local day.
        settings: The programme's limits.
        limits: Least and most net energy of one device in an hour.
        meter_map: Which meter is whose.
        edits: That touch the day, in the order they were made.
        registers: Of channels that have one, with readings of the day.
        like_totals: Totals of like days before, by channel.
    """

    zone: ZoneInfo
    settings: VeeSettings
    limits: Limits
    meter_map: MeterMap
    edits: Sequence[Edit] = ()
    registers: Mapping[ChannelKey, Registers] = field(default_factory=dict)
    like_totals: Mapping[ChannelKey, Sequence[Decimal]] = field(default_factory=dict)


def hourly_limits(key: ChannelKey, net: Limits, settings: VeeSettings) -> Limits:
    """Give what a channel can have in an hour.

    Args:
        key: Which channel; one of what is received can have as much as net can have
            below zero.
        net: The programme's limits of net energy; below zero is received.
        settings: With the allowance for the rating.
    """
    given, taken = -net.lowest_kwh, net.highest_kwh
    if key.direction == "received":
        given, taken = Decimal(0), given
    elif key.direction == "delivered":
        given = Decimal(0)
    factor = settings.device_limit_factor
    return rated_limits(import_kw=taken, export_kw=given, factor=factor)


def judge_channel(day: ChannelDay, facts: DayFacts) -> JudgedChannel:
    """Hold a channel's day against every rule, and do what persons decided.

    The present that values must not lie after is when the newest of them came: no rule
    asks for the clock, and the same inputs give the same day.
    """
    told = {interval_of(row).span: row for row in day.rows}
    rejections = _rejections(day, facts.edits, told)
    given = [interval_of(r) for span, r in told.items() if span not in rejections]
    intervals = [
        _edited(day, facts.edits, interval)
        for interval in fill_missing(day.channel, given, day.window)
    ]
    known = _known(day, facts)
    findings = check(day.channel, intervals, known, facts.settings)
    judged = judge(intervals, findings, who=VEE, when_utc=known.now)
    kept = fill_missing(day.channel, judged.intervals, day.window)
    taken_out = {*rejections, *(interval.span for interval in judged.rejected)}
    standings = [
        Standing(_versioned(interval, told), _told_of(interval, told, taken_out), codes)
        for interval, codes in zip(
            kept, _codes_by_interval(kept, findings), strict=True
        )
    ]
    decided = [_decided(day, facts.edits, standing) for standing in standings]
    why = [_rejected(standing, rejections) for standing in decided]
    return JudgedChannel(day, why, findings)


def take_as_sound(day: ChannelDay, facts: DayFacts) -> JudgedChannel:
    """Take a whole day that a survey found clean; give what `judge_channel` would.

    No rule doubts any of it, so only what its total may be noted for is looked at.
    """
    standings = [
        Standing(replace(interval_of(row), state=VALID), row) for row in day.rows
    ]
    standings.sort(key=lambda standing: standing.interval.interval_start_utc)
    intervals = [standing.interval for standing in standings]
    history_kwh = _known(day, facts).history_kwh
    findings = [
        *find_high_or_low(
            day.channel, intervals, day.window, history_kwh, facts.settings
        ),
        *find_zero_consumption(day.channel, intervals, day.window),
    ]
    return JudgedChannel(day, standings, findings)


def find_strays(rows: Iterable[Row], facts: DayFacts) -> list[UsageFinding]:
    """Find the rows of no mapped device; they are nobody's usage."""
    findings = []
    for row in rows:
        key = key_of(row)
        channel = Channel(str(key), key.meter_id, HOUR_SECONDS)
        meter_at = _meter_at(key, facts.meter_map)
        findings += find_wrong_meter(channel, [interval_of(row)], meter_at)
    return findings


def _rejections(
    day: ChannelDay, edits: Sequence[Edit], told: Mapping[Span, Row]
) -> dict[Span, Edit]:
    """Find the values a person took out, of those that came before the word did."""
    return {
        span: edit
        for span, row in told.items()
        if (edit := _newest(day, edits, span))
        and edit.action == REJECT
        and row["received_at"] <= edit.made_at
    }


def _told_of(
    interval: Interval, told: Mapping[Span, Row], taken_out: Iterable[Span]
) -> Row | None:
    """Give the row that told an interval, or the value that a gap lacks."""
    if interval.state != MISSING:
        return told.get(interval.span)
    lost = (span for span in taken_out if overlap(span, interval.span))
    return next((told[span] for span in sorted(lost, key=lambda s: s.start_utc)), None)


def _versioned(interval: Interval, told: Mapping[Span, Row]) -> Interval:
    """Give an interval the version of what the source told: estimates name it."""
    row = told.get(interval.span)
    if row is None or interval.state == MISSING:
        return interval
    return replace(interval, version=row["version"])


def _edited(day: ChannelDay, edits: Sequence[Edit], interval: Interval) -> Interval:
    edit = _newest(day, edits, interval.span)
    if edit is None or edit.action != EDIT:
        return interval
    energy_kwh = edit.share_of(interval)
    return replace(interval, state=ADJUSTED, energy_kwh=energy_kwh)


def _decided(day: ChannelDay, edits: Sequence[Edit], standing: Standing) -> Standing:
    """Say who changed an interval; what a person accepts of doubted values stands."""
    interval = standing.interval
    edit = _newest(day, edits, interval.span)
    if edit and edit.action == EDIT and interval.state == ADJUSTED:
        return _by_person(standing, edit)
    if edit and edit.action == ACCEPT and _is_accepted(standing, edit):
        accepted = replace(interval, state=ADJUSTED)
        return _by_person(replace(standing, interval=accepted), edit)
    if interval.state in {ESTIMATED, ADJUSTED}:
        return replace(standing, method=SOURCE)
    return standing


def _is_accepted(standing: Standing, edit: Edit) -> bool:
    """Tell whether a doubted value is the one the person saw, not a newer one."""
    told = standing.told
    is_seen = told is not None and told["received_at"] <= edit.made_at
    return is_seen and standing.interval.state == SUSPECT


def _rejected(standing: Standing, rejections: Mapping[Span, Edit]) -> Standing:
    """Say who took out the value that a gap lacks."""
    if standing.interval.state != MISSING:
        return standing
    span = standing.interval.span
    made = [edit for taken, edit in rejections.items() if overlap(taken, span)]
    return _by_person(standing, made[-1]) if made else standing


def _by_person(standing: Standing, edit: Edit) -> Standing:
    method = f"{edit.action} by {edit.made_by}"
    return replace(standing, method=method, changed_by=edit.made_by, reason=edit.reason)


def _newest(day: ChannelDay, edits: Sequence[Edit], span: Span) -> Edit | None:
    return newest_of(edits, day.key.device, day.key.direction, span)


def _known(day: ChannelDay, facts: DayFacts) -> Known:
    came = (row["received_at"] for row in day.rows)
    is_alike = (
        not day.channel.is_controllable or facts.settings.controllable_from_like_days
    )
    return Known(
        window=day.window,
        zone=facts.zone,
        now=max(came, default=day.window.end_utc),
        meter_at=_meter_at(day.key, facts.meter_map),
        limits=hourly_limits(day.key, facts.limits, facts.settings),
        registers=facts.registers.get(day.key),
        history_kwh=facts.like_totals.get(day.key, ()) if is_alike else (),
    )


def _meter_at(key: ChannelKey, meter_map: MeterMap) -> MeterAt:
    def meter_at(instant: datetime) -> str | None:
        return meter_map.meter_at(key.device, instant)

    return meter_at


def _codes_by_interval(
    intervals: Sequence[Interval], findings: Sequence[UsageFinding]
) -> list[tuple[str, ...]]:
    rejecting = speaking_of(findings, Effect.REJECT)
    doubting = speaking_of(findings, Effect.SUSPECT)
    notes = [f for f in findings if f.code in _OF_ONE_INTERVAL]
    found = []
    for interval in intervals:
        is_missing = interval.state == MISSING
        speaking = rejecting if is_missing else [*doubting, *notes]
        codes = [f.code for f in speaking if overlap(f.span, interval.span)]
        if is_missing and not codes:
            codes = [NO_VALUE.code]
        found.append(tuple(dict.fromkeys(codes)))
    return found
