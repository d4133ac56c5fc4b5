"""Estimates made to agree with a register, to the last digit.

Within a register's window: factor = (register difference - known intervals) / sum of
raw estimates. A factor beyond its limits is not used, and nothing in that window is
estimated: a person decides. Outside every window the raw estimate is rounded alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ter_pipelines.metering.vee.findings import (
    FACTOR_BEYOND_LIMITS,
    REGISTER_NOT_COVERED,
    UsageFinding,
    found,
)
from ter_pipelines.metering.vee.raw_estimates import Method, RawEstimate, is_known
from ter_pipelines.metering.vee.registers import RegisterWindow
from ter_pipelines.metering.vee.rounding import (
    places_of,
    rounded,
    share_out,
    shown,
)
from ter_pipelines.metering.vee.series import Channel, Interval, Slots, cut
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.units import plain
from ter_pipelines.vocab.vee_settings import VeeSettings


@dataclass(frozen=True)
class Scaling:
    """How estimates were scaled to a register.

    Args:
        window: What the register counted, and when.
        known_kwh: Sum of the window's intervals that were not estimated now.
        raw_kwh: Sum of the raw estimates, exact.
    """

    window: RegisterWindow
    known_kwh: Decimal
    raw_kwh: Fraction

    @property
    def needed_kwh(self) -> Decimal:
        """Give what the estimates must add up to."""
        return self.window.difference_kwh - self.known_kwh

    @property
    def factor(self) -> Fraction | None:
        """Give needed over raw; 1 where both are 0, None where only raw is."""
        if self.raw_kwh:
            return Fraction(self.needed_kwh) / self.raw_kwh
        return None if self.needed_kwh else Fraction(1)


@dataclass(frozen=True)
class Estimate:
    """The estimate of one interval, rounded, with all that it came from.

    Args:
        target: The interval it stands for.
        energy_kwh: The estimate.
        method: How the raw estimate was made.
        inputs: The intervals it was made from.
        scaling: How it was scaled; None where no register brackets it.
    """

    target: Interval
    energy_kwh: Decimal
    method: Method
    inputs: tuple[Interval, ...]
    scaling: Scaling | None = None

    @property
    def lineage(self) -> str:
        """Say in a line what it came from, exact enough to find every input."""
        inputs = ", ".join(
            f"{iso_utc(i.interval_start_utc)} version {i.version}" for i in self.inputs
        )
        text = f"{self.method} from {inputs}" if inputs else str(self.method)
        if self.scaling is None:
            return text
        needed = plain(self.scaling.needed_kwh)
        raw = shown(self.scaling.raw_kwh, places=6)
        start = iso_utc(self.scaling.window.span.start_utc)
        return (
            f"{text}; scaled from {raw} to {needed} kWh of the register since {start}"
        )


@dataclass(frozen=True)
class Estimation:
    """Estimates in order of time, and what a person must decide."""

    estimates: list[Estimate]
    review: list[UsageFinding]


def scale_to_registers(
    channel: Channel,
    raws: Sequence[RawEstimate],
    slots: Slots,
    windows: Sequence[RegisterWindow],
    settings: VeeSettings,
) -> Estimation:
    """Scale raw estimates to the register windows they lie in, and round once.

    Args:
        channel: Whose estimates they are.
        raws: In any order.
        slots: All intervals of the channel.
        windows: None overlaps another; each begins and ends on the channel's grid.
        settings: The limits of the factor.
    """
    left = {raw.target.interval_start_utc: raw for raw in raws}
    estimates: list[Estimate] = []
    review: list[UsageFinding] = []
    for window in windows:
        starts = [piece.start_utc for piece in cut(window.span, channel.step)]
        inside = [left.pop(start) for start in starts if start in left]
        if not inside:
            continue
        known = _known_kwh(starts, inside, slots)
        if known is None:
            review.append(_not_covered(channel, window, len(inside)))
            continue
        raw_kwh = sum((raw.energy_kwh for raw in inside), start=Fraction(0))
        scaling = Scaling(window, known, raw_kwh)
        if _is_within_limits(scaling, settings):
            estimates += _scaled(inside, scaling)
        else:
            review.append(_beyond_limits(channel, scaling, settings))
    estimates += [_alone(raw) for raw in left.values()]
    estimates.sort(key=lambda estimate: estimate.target.interval_start_utc)
    return Estimation(estimates, review)


def _known_kwh(
    starts: Sequence[datetime], inside: Sequence[RawEstimate], slots: Slots
) -> Decimal | None:
    """Add up what stands in a window beside the estimates; None if a part does not."""
    estimated = {raw.target.interval_start_utc for raw in inside}
    total = Decimal(0)
    for start in starts:
        if start in estimated:
            continue
        slot = slots.get(start)
        if slot is None or slot.energy_kwh is None or not is_known(slot):
            return None
        total += slot.energy_kwh
    return total


def _is_within_limits(scaling: Scaling, settings: VeeSettings) -> bool:
    lowest, highest = settings.lowest_scale_factor, settings.highest_scale_factor
    factor = scaling.factor
    return factor is not None and Fraction(lowest) <= factor <= Fraction(highest)


def _scaled(inside: Sequence[RawEstimate], scaling: Scaling) -> list[Estimate]:
    factor = scaling.factor or Fraction(0)
    places = max(places_of([scaling.needed_kwh]), *(raw.places for raw in inside))
    parts = [raw.energy_kwh * factor for raw in inside]
    shares = share_out(scaling.needed_kwh, parts, places)
    return [
        Estimate(raw.target, energy_kwh, raw.method, raw.inputs, scaling)
        for raw, energy_kwh in zip(inside, shares, strict=True)
    ]


def _alone(raw: RawEstimate) -> Estimate:
    energy_kwh = rounded(raw.energy_kwh, raw.places)
    return Estimate(raw.target, energy_kwh, raw.method, raw.inputs)


def _beyond_limits(
    channel: Channel, scaling: Scaling, settings: VeeSettings
) -> UsageFinding:
    lowest, highest = settings.lowest_scale_factor, settings.highest_scale_factor
    factor = scaling.factor
    return found(
        FACTOR_BEYOND_LIMITS,
        channel.subject,
        scaling.window.span,
        limit=f"{plain(lowest)} to {plain(highest)}",
        observed="none" if factor is None else shown(factor, places=3),
        needed_kwh=plain(scaling.needed_kwh),
        raw_kwh=shown(scaling.raw_kwh, places=3),
    )


def _not_covered(
    channel: Channel, window: RegisterWindow, estimates: int
) -> UsageFinding:
    return found(
        REGISTER_NOT_COVERED,
        channel.subject,
        window.span,
        limit="every interval",
        observed="some without a value",
        estimates_not_used=str(estimates),
    )
