"""The cheapest plan of a battery: the optimum's levels, followed in whole watts.

Every power is a whole number of watts and every limit is kept exactly; rounding leaves
the end short of what is wanted by what one watt stores in the last interval, at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from ter_pipelines.dispatch.battery import POWER_PLACES, Battery
from ter_pipelines.dispatch.orders import Setpoint
from ter_pipelines.dispatch.solver import cheapest_levels

_STEPS_A_KW = 10**POWER_PLACES
_NOISE = Fraction(1, 100)  # of a step: what the solver's floats may be off


@dataclass(frozen=True)
class PricedInterval:
    """A price of the day.

    Args:
        start_utc: When it begins.
        duration_seconds: For how long.
        price_per_kwh: In the programme's currency.
    """

    start_utc: datetime
    duration_seconds: int
    price_per_kwh: Decimal

    @property
    def hours(self) -> Fraction:
        """Give its length, h."""
        return Fraction(self.duration_seconds, 3600)


def cheapest_plan(
    prices: Sequence[PricedInterval], battery: Battery, *, start_soc: Decimal
) -> tuple[Setpoint, ...]:
    """Give what a battery is to do at given prices, so that it costs least.

    Args:
        prices: In order of time; one interval or more.
        battery: With its limits.
        start_soc: State of charge it begins with, within its limits.

    Raises:
        InputError: If no plan keeps the limits.
        SettingsError: If SciPy is not installed.
    """
    stored = battery.stored_at(start_soc)
    levels = cheapest_levels(
        battery,
        [slot.hours for slot in prices],
        [slot.price_per_kwh for slot in prices],
        start_kwh=stored,
        end_kwh=battery.end_kwh(start_soc),
    )
    found = []
    for slot, level in zip(prices, levels, strict=True):
        power_kw = _power_towards(level, stored, battery, slot.hours)
        stored = battery.stored_after(stored, power_kw, slot.hours)
        found.append(Setpoint(slot.start_utc, slot.duration_seconds, power_kw))
    return tuple(found)


def _power_towards(
    level: Fraction, stored: Fraction, battery: Battery, hours: Fraction
) -> Decimal:
    """Give the power that leads to a level or just above it, within every limit."""
    if level > stored:
        into = Fraction(battery.charge_efficiency) * hours
        wanted = ceil(_steps(level - stored, into) - _NOISE)
        room = floor(_steps(battery.highest_kwh - stored, into))
        return _kw(min(max(wanted, 0), room, _limit(battery.max_charge_kw)))
    out_of = hours / Fraction(battery.discharge_efficiency)
    wanted = floor(_steps(stored - level, out_of) + _NOISE)
    left = floor(_steps(stored - battery.lowest_kwh, out_of))
    return _kw(-min(wanted, left, _limit(battery.max_discharge_kw)))


def _steps(energy_kwh: Fraction, kwh_a_kw: Fraction) -> Fraction:
    return Fraction(energy_kwh / kwh_a_kw * _STEPS_A_KW)


def _limit(power_kw: Decimal) -> int:
    return int(power_kw * _STEPS_A_KW)


def _kw(steps: int) -> Decimal:
    return Decimal(steps).scaleb(-POWER_PLACES)
