"""A raw estimate: an exact fraction for one interval, and what it was made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final, Literal

from ter_pipelines.metering.vee.rounding import places_of
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    MISSING,
    SUSPECT,
    VALID,
    Interval,
    Mark,
)
from ter_pipelines.vocab.vee_settings import VeeSettings

Method = Literal[
    "interpolated", "flat", "like_days", "same_type_days", "all_days", "class_profile",
    "zero",
]  # fmt: skip
INTERPOLATED: Final = "interpolated"
FLAT: Final = "flat"
LIKE_DAYS: Final = "like_days"
SAME_TYPE_DAYS: Final = "same_type_days"
ALL_DAYS: Final = "all_days"
CLASS_PROFILE: Final = "class_profile"
ZERO: Final = "zero"

_GOOD = frozenset({VALID, ADJUSTED})
_KNOWN = frozenset({VALID, ADJUSTED, ESTIMATED})


@dataclass(frozen=True)
class RawEstimate:
    """What an interval's energy would be, before registers and rounding.

    Args:
        target: The interval to estimate.
        energy_kwh: Exact.
        method: How it was made.
        inputs: The intervals it was made from.
        places: Decimal places that rounding keeps.
    """

    target: Interval
    energy_kwh: Fraction
    method: Method
    inputs: tuple[Interval, ...]
    places: int


def raw_estimate(
    target: Interval, energy_kwh: Fraction, method: Method, inputs: Sequence[Interval]
) -> RawEstimate:
    """Make a raw estimate that keeps as many places as its inputs have."""
    given = [i.energy_kwh for i in inputs if i.energy_kwh is not None]
    return RawEstimate(target, energy_kwh, method, tuple(inputs), places_of(given))


def energy_of(interval: Interval) -> Fraction:
    """Give the energy of an interval that has some, exactly."""
    return Fraction(interval.energy_kwh or 0)


def is_hole(interval: Interval, settings: VeeSettings) -> bool:
    """Tell whether an interval is to be estimated."""
    if interval.state == SUSPECT:
        return settings.estimates_suspect
    return interval.state == MISSING


def is_known(interval: Interval) -> bool:
    """Tell whether an interval's energy stands."""
    return interval.state in _KNOWN


def is_good(interval: Interval) -> bool:
    """Tell whether an estimate may rest on a value: sound, and no outage."""
    return interval.state in _GOOD and Mark.OUTAGE not in interval.marks


def runs_of(holes: Sequence[Interval], step: timedelta) -> list[list[Interval]]:
    """Part holes, which are in order, into runs without anything between."""
    runs: list[list[Interval]] = []
    for hole in holes:
        if runs and runs[-1][-1].interval_start_utc + step == hole.interval_start_utc:
            runs[-1].append(hole)
        else:
            runs.append([hole])
    return runs
