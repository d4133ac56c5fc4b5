"""Short gaps: a straight line between the good values on both sides.

The good values must stand no further apart than the longest gap. An outage, an
estimate or a failed value between them counts to that distance and is no end-point.
Where the channel's intervals begin or end beside the gap, the one side counts flat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from ter_pipelines.metering.vee.raw_estimates import (
    FLAT,
    INTERPOLATED,
    Method,
    RawEstimate,
    energy_of,
    is_good,
    raw_estimate,
)
from ter_pipelines.metering.vee.series import Interval, Slots


@dataclass(frozen=True)
class _Side:
    """The nearest good value on a side, None if there is none, and what lies before."""

    good: Interval | None
    skipped: int


def interpolate(
    run: Sequence[Interval], slots: Slots, step: timedelta, longest: timedelta
) -> list[RawEstimate]:
    """Estimate a run of holes from its sides; nothing if it is too long or alone.

    Args:
        run: Holes, one after the other.
        slots: All intervals of the channel.
        step: Length of one.
        longest: Most time between the good values.
    """
    most = longest // step
    before = _look(run[0], -step, slots, most)
    after = _look(run[-1], step, slots, most)
    between = before.skipped + len(run) + after.skipped
    ends = [side.good for side in (before, after) if side.good is not None]
    if between > most or not ends:
        return []
    first, last = energy_of(ends[0]), energy_of(ends[-1])
    method: Method = INTERPOLATED if len(ends) > 1 else FLAT
    return [
        raw_estimate(
            hole,
            first + (last - first) * Fraction(before.skipped + i, between + 1),
            method,
            ends,
        )
        for i, hole in enumerate(run, start=1)
    ]


def _look(hole: Interval, step: timedelta, slots: Slots, most: int) -> _Side:
    """Look from a hole to one side, as far as a line may reach."""
    at = hole.interval_start_utc + step
    for skipped in range(most):
        slot = slots.get(at)
        if slot is None or is_good(slot):
            return _Side(slot, skipped)
        at += step
    return _Side(None, most)
