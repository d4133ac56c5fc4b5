"""Shadow prices: what an hour of an account costs per MWh, in seven parts.

Tags cost by the day; their cost is spread over what the account uses on that day, so
that it is recovered exactly. Parts are kept to 18 places, and the total is always the
sum of these, never of rounded ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from ter_pipelines.accounts.market import ZoneRates
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import plain

PARTS_PLACES = 18
HOUR_PLACES = 8
PERIOD_PLACES = 4
NO_CAPACITY_TAG = "no_capacity_tag"
NO_TRANSMISSION_TAG = "no_transmission_tag"
NO_VOLUME = "no_volume"
_UNSEEN = Decimal("0.000001")
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, kw_only=True)
class Components:
    """The parts of a price, in currency per MWh.

    Args:
        lmp_price: Of the energy at the load zone.
        ancillaries_price: Ancillary services.
        rps_price: Renewable portfolio standard.
        capacity_price: Share of the capacity tag's cost.
        losses_price: What is lost on the way, of the three energy parts.
        transmission_price: Share of the transmission tag's cost.
        transmission_ancillaries_price: What goes with it; may be below zero.
    """

    lmp_price: Decimal
    ancillaries_price: Decimal
    rps_price: Decimal
    capacity_price: Decimal
    losses_price: Decimal
    transmission_price: Decimal
    transmission_ancillaries_price: Decimal

    @property
    def total_price_per_mwh(self) -> Decimal:
        """Give the sum of all seven, to the last digit."""
        return _sum(astuple(self))

    def shown(self, places: int) -> dict[str, str]:
        """Give parts and total as text, each rounded by itself, half away from zero.

        The rounded parts may differ from the rounded total by some of its last digit.
        """
        named = {**vars(self), "total_price_per_mwh": self.total_price_per_mwh}
        return {
            name: plain(_EXACT.quantize(value, Decimal(1).scaleb(-places)))
            for name, value in named.items()
        }


PARTS = tuple(part.name for part in fields(Components))


@dataclass(frozen=True, kw_only=True)
class DayTerms:
    """What decides about an account's prices on a day.

    Args:
        rates: Of its load zone.
        loss_uplift: Of its voltage: losses as a share of the energy's price.
        capacity_kw: The tag in force; None if there is none.
        transmission_kw: The tag in force; None if there is none.
    """

    rates: ZoneRates
    loss_uplift: Decimal
    capacity_kw: Decimal | None
    transmission_kw: Decimal | None

    @property
    def costs(self) -> tuple[Decimal, Decimal, Decimal]:
        """Give the day's cost of capacity, transmission and its ancillaries."""
        rates = self.rates
        return (
            _cost(self.capacity_kw, rates.capacity_per_mw_day),
            _cost(self.transmission_kw, rates.transmission_per_mw_day),
            _cost(self.transmission_kw, rates.transmission_ancillaries_per_mw_day),
        )

    def flags(self, volume_kwh: Decimal) -> tuple[str, ...]:
        """Say why a part that depends on a tag is zero, in words for the table."""
        found = (
            (NO_CAPACITY_TAG, self.capacity_kw is None),
            (NO_TRANSMISSION_TAG, self.transmission_kw is None),
            (NO_VOLUME, volume_kwh <= 0),
        )
        return tuple(flag for flag, holds in found if holds)


@dataclass(frozen=True, kw_only=True)
class ShadowHour:
    """An hour of an account: its energy, and what a MWh of it costs."""

    start_utc: datetime
    volume_kwh: Decimal
    components: Components
    flags: tuple[str, ...] = ()


def price_day(
    usage: Sequence[tuple[datetime, Decimal]],
    lmp_per_mwh: Mapping[datetime, Decimal],
    terms: DayTerms,
) -> list[ShadowHour]:
    """Price an account's hours of one local day.

    Args:
        usage: Start and energy in kWh of each hour that has usage.
        lmp_per_mwh: The zone's price of each of these hours.
        terms: Of the day.

    Raises:
        KeyError: If an hour has no LMP.
    """
    volume = _sum(energy for _, energy in usage)
    capacity, transmission, ancillaries = (
        spread(cost, volume_kwh=volume) for cost in terms.costs
    )
    rates, flags = terms.rates, terms.flags(volume)
    hours = []
    for start, energy in usage:
        bought = (lmp_per_mwh[start], rates.ancillaries_per_mwh, rates.rps_per_mwh)
        components = Components(
            lmp_price=bought[0],
            ancillaries_price=bought[1],
            rps_price=bought[2],
            capacity_price=capacity,
            losses_price=_kept(_EXACT.multiply(terms.loss_uplift, _sum(bought))),
            transmission_price=transmission,
            transmission_ancillaries_price=ancillaries,
        )
        hour = ShadowHour(
            start_utc=start, volume_kwh=energy, components=components, flags=flags
        )
        hours.append(hour)
    return hours


def spread(cost: Decimal, *, volume_kwh: Decimal) -> Decimal:
    """Spread a cost over energy: currency per MWh, 0 where there is nothing to bear it.

    >>> str(spread(Decimal("24.625"), volume_kwh=Decimal("289.1374")))
    '85.167121237169594802'
    """
    if volume_kwh <= 0:
        return Decimal(0)
    return _kept(_EXACT.divide(_EXACT.multiply(cost, Decimal(1000)), volume_kwh))


def average(hours: Iterable[tuple[Decimal, Components]]) -> Components | None:
    """Average prices by volume; None where all volume is nothing.

    Args:
        hours: Energy in kWh and price of each.
    """
    listed = list(hours)
    volume = _sum(energy for energy, _ in listed)
    if not volume:
        return None
    parts = {}
    for name in PARTS:
        paid = _sum(
            _EXACT.multiply(energy, getattr(components, name))
            for energy, components in listed
        )
        parts[name] = _kept(_EXACT.divide(paid, volume))
    return Components(**parts)


def find_unrecovered(
    hours: Sequence[ShadowHour], terms: DayTerms, subject: str
) -> list[Finding]:
    """Find tags whose cost of the day is not what the day's hours pay for them."""
    if any(NO_VOLUME in hour.flags for hour in hours):
        return []
    names = ("capacity_price", "transmission_price", "transmission_ancillaries_price")
    findings = []
    for name, cost in zip(names, terms.costs, strict=True):
        paid_thousandfold = _sum(
            _EXACT.multiply(hour.volume_kwh, getattr(hour.components, name))
            for hour in hours
        )
        paid = _EXACT.divide(paid_thousandfold, Decimal(1000))
        if abs(_EXACT.subtract(paid, cost)) > _UNSEEN:
            facts = {"cost": plain(cost), "paid": plain(paid)}
            findings.append(Finding(f"{name}.not_recovered", subject, facts))
    return findings


def _cost(tag_kw: Decimal | None, per_mw_day: Decimal) -> Decimal:
    """Give what a tag costs on a day.

    >>> str(_cost(Decimal(250), Decimal("98.50")))
    '24.625'
    """
    if tag_kw is None:
        return Decimal(0)
    return _EXACT.divide(_EXACT.multiply(tag_kw, per_mw_day), Decimal(1000))


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    """Add up exactly, whatever the thread's own precision is."""
    total = Decimal(0)
    for number in numbers:
        total = _EXACT.add(total, number)
    return total


def _kept(value: Decimal) -> Decimal:
    return _EXACT.quantize(value, Decimal(1).scaleb(-PARTS_PLACES))
