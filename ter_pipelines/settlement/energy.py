"""What a month's energy comes to under a rate, exact: netted, priced, with losses."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Context, Decimal, Inexact, localcontext
from itertools import groupby
from typing import NamedTuple

from ter_pipelines.settlement.statement import Month
from ter_pipelines.vocab.clock import HOUR, iso_utc
from ter_pipelines.vocab.errors import GapError, InputError
from ter_pipelines.vocab.rate import PriceRule, Terms

EXACT = Context(prec=100, traps=[Inexact])
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class PricedInterval:
    """Usage of an interval, with the price of the hour it lies in.

    Args:
        interval_start_utc: Start of the half-open interval.
        duration_seconds: Its length.
        import_kwh: Taken; not negative.
        export_kwh: Given; not negative.
        price_per_kwh: Of its hour; None if the hour has none.
    """

    interval_start_utc: datetime
    duration_seconds: int
    import_kwh: Decimal
    export_kwh: Decimal
    price_per_kwh: Decimal | None


def energy_of(intervals: Iterable[PricedInterval], terms: Terms) -> Month:
    """Add up what a member's energy of a month costs and earns.

    Args:
        intervals: Of the month, in any order, none across the bound of an hour.
        terms: Of the rate, in that month.

    Returns:
        Quantities and amounts without any rounding. The quantities are those at the
        node if the rate's losses are of the quantity, else those at the device.

    Raises:
        GapError: If there is usage in hours without a price, naming the first.
        InputError: If an interval is across hours, repeated or negative, or an hour
            has two prices.
    """
    ordered = sorted(intervals, key=lambda each: each.interval_start_utc)
    _require_usable(ordered)
    _require_prices(ordered, terms)
    with localcontext(EXACT):
        import_kwh = export_kwh = import_amount = export_amount = _NOTHING
        for taken, given, price in _NETTED[terms.netting](ordered):
            import_kwh += taken
            export_kwh += given
            import_amount += taken * price_of(terms.import_price, price)
            export_amount -= given * price_of(terms.export_price, price)
        month = Month(import_kwh, export_kwh, import_amount, export_amount)
    return with_losses(month, terms)


def netted_by_month(month: Month, terms: Terms) -> Month:
    """Set a month's import and export off; one of both is left, at its fixed price."""
    with localcontext(EXACT):
        net = month.import_kwh - month.export_kwh
        taken, given = max(net, _NOTHING), max(-net, _NOTHING)
        return Month(
            taken,
            given,
            taken * price_of(terms.import_price, _NOTHING),
            -given * price_of(terms.export_price, _NOTHING),
        )


class LossFactors(NamedTuple):
    """What each part of a month is multiplied by to bring it to the node."""

    import_kwh: Decimal
    export_kwh: Decimal
    import_amount: Decimal
    export_amount: Decimal


def loss_factors(terms: Terms) -> LossFactors:
    """Give the factors of a rate's losses; ones where the price is at the device."""
    one = Decimal(1)
    loss = terms.loss
    if loss is None:
        return LossFactors(one, one, one, one)
    taken, given = loss.multiplier, loss.multiplier if loss.is_of_export else one
    if loss.applies_to == "quantity":
        return LossFactors(taken, given, taken, given)
    return LossFactors(one, one, taken, given)


def with_losses(month: Month, terms: Terms) -> Month:
    """Bring a month to the node, if the rate's prices are there."""
    if terms.loss is None:
        return month
    factors = loss_factors(terms)
    with localcontext(EXACT):
        return Month(
            month.import_kwh * factors.import_kwh,
            month.export_kwh * factors.export_kwh,
            month.import_amount * factors.import_amount,
            month.export_amount * factors.export_amount,
        )


def price_of(rule: PriceRule, price_per_kwh: Decimal) -> Decimal:
    """Give what a kWh costs or earns in an hour of this price.

    >>> halved = PriceRule(factor=Decimal("0.5"), floor_per_kwh=Decimal(0))
    >>> price_of(halved, Decimal("0.30")), price_of(halved, Decimal("-0.30"))
    (Decimal('0.150'), Decimal('0'))
    """
    if rule.fixed_per_kwh is not None:
        return rule.fixed_per_kwh
    price = price_per_kwh * rule.factor + rule.adder_per_kwh
    if rule.floor_per_kwh is not None:
        price = max(price, rule.floor_per_kwh)
    if rule.cap_per_kwh is not None:
        price = min(price, rule.cap_per_kwh)
    return price


_Netted = Iterator[tuple[Decimal, Decimal, Decimal]]


def _as_metered(intervals: Sequence[PricedInterval]) -> _Netted:
    for each in intervals:
        yield each.import_kwh, each.export_kwh, each.price_per_kwh or _NOTHING


def _by_hour(intervals: Sequence[PricedInterval]) -> _Netted:
    for hour, group in groupby(intervals, key=_hour_of):
        parts = list(group)
        prices = {part.price_per_kwh for part in parts} - {None}
        if len(prices) > 1:
            raise InputError(
                f"usage of {iso_utc(hour)}: got {len(prices)} prices in one hour, "
                "expected one"
            )
        yield *_net(parts), prices.pop() or _NOTHING if prices else _NOTHING


def _by_month(intervals: Sequence[PricedInterval]) -> _Netted:
    yield *_net(intervals), _NOTHING


_NETTED: dict[str, Callable[[Sequence[PricedInterval]], _Netted]] = {
    "interval": _as_metered,
    "hour": _by_hour,
    "month": _by_month,
}


def _net(intervals: Sequence[PricedInterval]) -> tuple[Decimal, Decimal]:
    """Set import and export off; one of both is left."""
    net = sum((each.import_kwh - each.export_kwh for each in intervals), _NOTHING)
    return max(net, _NOTHING), max(-net, _NOTHING)


def _hour_of(interval: PricedInterval) -> datetime:
    return interval.interval_start_utc.replace(minute=0, second=0, microsecond=0)


def _require_usable(ordered: Sequence[PricedInterval]) -> None:
    end: datetime | None = None
    for each in ordered:
        start = each.interval_start_utc
        if end is not None and start < end:
            raise InputError(f"usage of {iso_utc(start)}: overlaps the interval before")
        end = start + timedelta(seconds=each.duration_seconds)
        if each.duration_seconds <= 0 or end > _hour_of(each) + HOUR:
            raise InputError(
                f"usage of {iso_utc(start)}: got {each.duration_seconds} s, expected "
                "an interval within one hour; share it between its hours first"
            )
        if each.import_kwh < 0 or each.export_kwh < 0:
            raise InputError(
                f"usage of {iso_utc(start)}: got import {each.import_kwh} and export "
                f"{each.export_kwh} kWh, expected neither to be negative"
            )


def _require_prices(ordered: Sequence[PricedInterval], terms: Terms) -> None:
    is_hourly_import = terms.import_price.fixed_per_kwh is None
    is_hourly_export = terms.export_price.fixed_per_kwh is None
    missing = sorted(
        {
            _hour_of(each)
            for each in ordered
            if each.price_per_kwh is None
            and (
                (is_hourly_import and each.import_kwh)
                or (is_hourly_export and each.export_kwh)
            )
        }
    )
    if missing:
        raise GapError(
            f"usage of {iso_utc(missing[0])}: got no price for {len(missing)} hours "
            "with usage, this the first; publish their prices, none counts as zero"
        )
