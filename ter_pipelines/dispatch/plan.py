"""From an order to a plan, or to the reason why there is none.

A cheapest plan is made before its first interval begins and then stands, whatever
prices become. Every plan is held against the battery's enrolment each time: one that is
no longer allowed, or no longer within the limits, ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from fractions import Fraction
from math import floor

from ter_pipelines.dispatch.battery import Battery, Device
from ter_pipelines.dispatch.cheapest import PricedInterval, cheapest_plan
from ter_pipelines.dispatch.limits import (
    refused,
    require_consent,
    require_time,
    start_soc_of,
    stored_levels,
    without_gaps,
)
from ter_pipelines.dispatch.orders import CANCEL, SCHEDULE, Order, Setpoint
from ter_pipelines.vocab.clock import Span, iso_utc
from ter_pipelines.vocab.errors import InputError, SettingsError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import ENERGY_PLACES

_EXACT = Context(prec=60)
_NO_PRICES = "dispatch.no_prices"


@dataclass(frozen=True)
class KeptOrder:
    """An order as the registry has it.

    Args:
        order: What was ordered.
        submission_id: Under which it is kept.
        received_at: When it came.
        ordered_by: Who ordered.
    """

    order: Order
    submission_id: int
    received_at: datetime
    ordered_by: str


@dataclass(frozen=True)
class PlannedInterval:
    """An interval of a plan.

    Args:
        setpoint: What the battery is to do.
        energy_kwh: What that takes, or gives (below 0), at its connection; rounded
            down to a milliwatt-hour.
        stored_at_end_kwh: What it then stores; rounded down likewise.
        price_per_kwh: Of the interval; None if no one price holds for all of it.
        cost: Energy times price, exactly; below 0 it earns. None without a price.
    """

    setpoint: Setpoint
    energy_kwh: Decimal
    stored_at_end_kwh: Decimal
    price_per_kwh: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True)
class Plan:
    """What a battery is to do on a day: intervals without a gap between them."""

    kept: KeptOrder
    intervals: tuple[PlannedInterval, ...]


@dataclass(frozen=True)
class DayAtHand:
    """What a day's plans are made from.

    Args:
        span: Of the day.
        prices: Its curve, in order; empty if there is none.
        now: The present.
        standing: The setpoints that the day's plans have, by the order's submission.
    """

    span: Span
    prices: Sequence[PricedInterval]
    now: datetime
    standing: Mapping[int, Sequence[Setpoint]]


def newest_orders(kept: Sequence[KeptOrder]) -> dict[Device, KeptOrder]:
    """Give the order that counts of each battery, of a day's orders as they came."""
    return {one.order.device: one for one in kept}


def is_waiting(finding: Finding, day: DayAtHand) -> bool:
    """Tell whether an order is only early: the prices of its day are still to come."""
    return finding.code == _NO_PRICES and day.now < day.span.start_utc


def make_plan(kept: KeptOrder, battery: Battery | None, day: DayAtHand) -> Plan | None:
    """Make the plan of an order; None where it is to cancel.

    Raises:
        RefusedOrderError: If there can be none, or SciPy is needed and not installed.
    """
    order = kept.order
    if order.action == CANCEL:
        return None
    able = require_consent(order, battery)
    if order.action == SCHEDULE:
        setpoints = tuple(without_gaps(order.setpoints))
    else:
        setpoints = _cheapest(kept, able, day)
    require_time(order, setpoints, day.span, kept.received_at)
    levels = stored_levels(order, able, setpoints)
    return Plan(
        kept,
        tuple(
            _planned(point, level, day.prices)
            for point, level in zip(setpoints, levels, strict=True)
        ),
    )


def _cheapest(
    kept: KeptOrder, battery: Battery, day: DayAtHand
) -> tuple[Setpoint, ...]:
    order = kept.order
    standing = day.standing.get(kept.submission_id, ())
    if standing and standing[0].start_utc <= day.now:
        return tuple(standing)
    prices = [slot for slot in day.prices if slot.start_utc >= kept.received_at]
    if not prices:
        raise refused(order, "no_prices", {"expected": "prices of what is left of it"})
    if prices[0].start_utc <= day.now:
        began = {"began": iso_utc(prices[0].start_utc), "expected": "another order"}
        raise refused(order, "too_late", began)
    start_soc = start_soc_of(order, battery)
    try:
        return cheapest_plan(prices, battery, start_soc=start_soc)
    except (InputError, SettingsError) as error:
        raise refused(order, "impossible", {"why": str(error)}) from error


def _planned(
    point: Setpoint, level: Fraction, prices: Sequence[PricedInterval]
) -> PlannedInterval:
    hours = Fraction(point.duration_seconds, 3600)
    energy_kwh = _rounded_down(Fraction(point.power_kw) * hours)
    price = next((p.price_per_kwh for p in prices if _covers(p, point)), None)
    cost = None if price is None else _EXACT.multiply(energy_kwh, price)
    return PlannedInterval(point, energy_kwh, _rounded_down(level), price, cost)


def _covers(slot: PricedInterval, point: Setpoint) -> bool:
    priced = Setpoint(slot.start_utc, slot.duration_seconds, Decimal(0))
    return priced.start_utc <= point.start_utc and point.end_utc <= priced.end_utc


def _rounded_down(energy_kwh: Fraction) -> Decimal:
    return Decimal(floor(energy_kwh * 10**ENERGY_PLACES)).scaleb(-ENERGY_PLACES)
