"""What becomes of the gaps of a channel's day, after the rules and the edits."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee.day_channels import Row
from ter_pipelines.metering.vee.estimation import Evidence, resolve_gaps
from ter_pipelines.metering.vee.findings import UsageFinding
from ter_pipelines.metering.vee.registers import (
    EventKind,
    Register,
    RegisterEvent,
    RegisterReading,
    Registers,
)
from ter_pipelines.metering.vee.scaling import Estimate
from ter_pipelines.metering.vee.series import (
    ESTIMATED,
    Channel,
    Interval,
    overlap,
)
from ter_pipelines.metering.vee.standings import VEE, JudgedChannel, Standing, marks_of
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.vee_settings import GapPolicy, VeeSettings

_KINDS: Mapping[str, EventKind] = {
    "RESET": "reset",
    "ROLLOVER": "rollover",
    "EXCHANGE": "exchange",
}


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What estimates may rest on beside the day itself.

    Args:
        zone: Of the local clock.
        around: Intervals of the channel before and after the day, as they were told:
            without those that VEE estimated.
        registers: The channel's register, if it has one.
        heard_from: Gaps before this instant are left: the device was not heard yet,
            and nobody said since when it is there. None where that was said.
    """

    zone: ZoneInfo
    around: Sequence[Interval] = ()
    registers: Registers | None = None
    heard_from: datetime | None = None


def resolve_channel(
    judged: JudgedChannel,
    policy: GapPolicy,
    surroundings: Surroundings,
    settings: VeeSettings,
) -> JudgedChannel:
    """Do with the day's gaps what the policy says; `hold` leaves them as they are.

    A register whose window reaches beyond the day is shared with the gaps of the other
    days in it, which are estimated here, too, to know this day's part.
    """
    day, zone = judged.day, surroundings.zone
    window = _from(day.window, surroundings.heard_from)
    if policy == "hold" or window is None:
        return judged
    own = [standing.interval for standing in judged.standings]
    reach = _reach(day.channel, window, surroundings)
    evidence = Evidence(zone=zone, registers=surroundings.registers)
    estimation = resolve_gaps(
        policy, day.channel, [*surroundings.around, *own], reach, evidence, settings
    )
    made = {
        estimate.target.span: estimate
        for estimate in estimation.estimates
        if estimate.target.interval_start_utc in window
    }
    holes = {hole.span for hole in judged.holes(settings)}
    standings = [
        _estimated(standing, made[standing.interval.span])
        if standing.interval.span in made
        else _left(standing, estimation.review, holes)
        for standing in judged.standings
    ]
    return replace(judged, standings=standings)


def neighbour_of(row: Row) -> Interval:
    """Give the interval of a row of `core/validated_usage` with its `marks`."""
    return Interval(
        row["interval_start_utc"],
        row["duration_seconds"],
        row["energy_kwh"],
        row["state"],
        marks_of(row["marks"]),
        row["version"],
    )


def registers_of(rows: Iterable[Row]) -> Registers | None:
    """Make a channel's register from rows of `core/register_reading`.

    The least step is the coarsest that a reading of it states. How far a register
    counts is not known, so a rollover bounds no window.
    """
    listed = list(rows)
    if not listed:
        return None
    steps = [row["step_kwh"] for row in listed if row["step_kwh"] is not None]
    readings = [RegisterReading(r["read_at"], r["reading_kwh"]) for r in listed]
    events = [
        RegisterEvent(row["read_at"], _KINDS[row["event"]])
        for row in listed
        if row["event"]
    ]
    return Registers(Register(max(steps, default=Decimal(0))), readings, events)


def _from(window: Span, heard_from: datetime | None) -> Span | None:
    start = max(window.start_utc, heard_from or window.start_utc)
    return Span(start, window.end_utc) if start < window.end_utc else None


def _reach(channel: Channel, window: Span, surroundings: Surroundings) -> Span:
    registers = surroundings.registers
    windows = registers.windows(channel) if registers else []
    touching = [w.span for w in windows if overlap(w.span, window)]
    start = min([window.start_utc, *(span.start_utc for span in touching)])
    end = max([window.end_utc, *(span.end_utc for span in touching)])
    return Span(max(start, surroundings.heard_from or start), end)


def _estimated(standing: Standing, estimate: Estimate) -> Standing:
    interval = replace(
        standing.interval, state=ESTIMATED, energy_kwh=estimate.energy_kwh
    )
    return replace(
        standing,
        interval=interval,
        method=str(estimate.method),
        changed_by=VEE,
        reason=estimate.lineage,
    )


def _left(
    standing: Standing, review: Sequence[UsageFinding], holes: Container[Span]
) -> Standing:
    """Say of a gap that was not filled why not."""
    span = standing.interval.span
    if span not in holes:
        return standing
    codes = (finding.code for finding in review if overlap(finding.span, span))
    return replace(standing, rules=tuple(dict.fromkeys([*standing.rules, *codes])))
