"""How the intervals of a channel's day stand, and why: from rows and back to rows."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from ter_pipelines.metering.vee.day_channels import ChannelDay, ChannelKey, Row
from ter_pipelines.metering.vee.findings import UsageFinding
from ter_pipelines.metering.vee.raw_estimates import is_good, is_hole
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    MISSING,
    RAW,
    SUSPECT,
    Interval,
    Mark,
    State,
    total_kwh,
)
from ter_pipelines.vocab.vee_settings import VeeSettings

VEE = "vee"
SOURCE = "source"
_STATES_TOLD = frozenset({RAW, SUSPECT, ESTIMATED, ADJUSTED})


@dataclass(frozen=True)
class Standing:
    """An interval as it stands, and why.

    Args:
        interval: As it stands.
        told: Row of `core/interval_usage` it was told by, of a gap the one whose value
            was taken out; None if there is none.
        rules: Codes of the rules that spoke.
        method: How it was estimated, or who changed it; empty for neither.
        changed_by: A person, or `vee`.
        reason: What the person said, or what the estimate rests on.
    """

    interval: Interval
    told: Row | None
    rules: tuple[str, ...] = ()
    method: str = ""
    changed_by: str = VEE
    reason: str = ""

    def row(self, key: ChannelKey) -> dict[str, Any]:
        """Give the row of `core/validated_usage`."""
        is_told = self.told is not None and self.interval.state != MISSING
        return {
            **key._asdict(),
            "interval_start_utc": self.interval.interval_start_utc,
            "duration_seconds": self.interval.duration_seconds,
            "energy_kwh": self.interval.energy_kwh,
            "state": self.interval.state,
            "rules_failed": ",".join(self.rules),
            "method": self.method,
            "version": self.told["version"] if self.told and is_told else 0,
        }


@dataclass(frozen=True)
class JudgedChannel:
    """A channel's day after the rules and the edits.

    Args:
        day: The channel and its time.
        standings: In order of time; they cover the time.
        findings: All that the rules found.
    """

    day: ChannelDay
    standings: list[Standing]
    findings: list[UsageFinding]

    def holes(self, settings: VeeSettings) -> list[Interval]:
        """Give the intervals that the gap policy is about."""
        return [s.interval for s in self.standings if is_hole(s.interval, settings)]

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of `core/validated_usage`."""
        return [standing.row(self.day.key) for standing in self.standings]

    def total_kwh(self) -> Decimal | None:
        """Give the energy of the time; None unless all of it is good."""
        intervals = [standing.interval for standing in self.standings]
        if not all(is_good(interval) for interval in intervals):
            return None
        return total_kwh(intervals, self.day.window)


def interval_of(row: Row) -> Interval:
    """Give the interval of a row of `core/interval_usage`, before any rule."""
    quality = row["quality"]
    state = quality if quality in _STATES_TOLD else SUSPECT
    return Interval(
        row["interval_start_utc"],
        row["duration_seconds"],
        row["energy_kwh"],
        cast("State", state),
        marks_of(row["marks"]),
        row["version"],
    )


def marks_of(text: str) -> frozenset[Mark]:
    """Read marks by comma.

    >>> marks_of("OUTAGE") == frozenset({Mark.OUTAGE}), marks_of("") == frozenset()
    (True, True)
    """
    return frozenset(Mark[name] for name in (text or "").split(",") if name)
