"""The lines of a statement as a rate has them: energy, fees, taxes, adjustments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_05UP, Context, Decimal, localcontext

from ter_pipelines.settlement.energy import EXACT, PricedInterval, energy_of
from ter_pipelines.settlement.statement import TOTAL, Line, Month, round_to_cent
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.rate import (
    EXPORT_LINE,
    IMPORT_LINE,
    NET_LINE,
    Fee,
    Tax,
    Terms,
)
from ter_pipelines.vocab.rate_rules import ADJUSTMENT
from ter_pipelines.vocab.units import AMOUNT_PLACES, ENERGY_PLACES

_NOTHING = Decimal(0)
_TITLES = {
    IMPORT_LINE: "Energy you used",
    EXPORT_LINE: "Energy you gave back",
    NET_LINE: "Energy you used, less what you gave back",
    TOTAL: "Total",
}
_WIDE = Context(prec=100)
_AMOUNT = Decimal(1).scaleb(-AMOUNT_PLACES)
_ENERGY = Decimal(1).scaleb(-ENERGY_PLACES)


@dataclass(frozen=True)
class Adjustment:
    """What a month before is corrected by: the difference of two of its versions.

    Args:
        billing_month: The corrected one.
        amount: Of the difference.
        currency: ISO 4217 code; empty where it is that of the statement.
    """

    billing_month: str
    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a statement needs to know beside energy.

    Args:
        days: Local days of the month on which the member was served.
        demand_kw: The member's demand tag, for fees by kW; None without one.
        demand_by_fee: Likewise, where each fee has tags of its own; by its code.
        adjustments: Of months before; those of nothing give no line.
    """

    days: int
    demand_kw: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    demand_by_fee: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class _Charge:
    """A line before it is rounded."""

    code: str
    energy_kwh: Decimal
    amount: Decimal


def lines_of(
    intervals: Iterable[PricedInterval], terms: Terms, service: Service
) -> list[Line]:
    """Give the lines of a statement; the last is the total, the sum of the others.

    Raises:
        GapError: If there is usage in hours without a price, naming the first.
        InputError: If usage cannot be billed, or a fee needs what is not given.
    """
    return month_lines(energy_of(intervals, terms), terms, service)


def month_lines(month: Month, terms: Terms, service: Service) -> list[Line]:
    """Give the lines of a statement from a month's energy that is already priced.

    Each line is rounded once, from its exact amount. The exact amount is kept to 14
    places, such that it gives the same cents again.

    Raises:
        InputError: If a fee needs what is not given.
    """
    month = kept(month)
    with localcontext(EXACT):
        charges = list(_energy_charges(month, terms))
        charges += [
            _Charge(fee.code, _NOTHING, _fee_amount(fee, service)) for fee in terms.fees
        ]
        amounts = {charge.code: charge.amount for charge in charges}
        charges += [
            _Charge(tax.code, _NOTHING, _tax_amount(tax, amounts))
            for tax in terms.taxes
        ]
        charges += [
            _Charge(f"{ADJUSTMENT}.{each.billing_month}", _NOTHING, each.amount)
            for each in service.adjustments
            if each.amount
        ]
    lines = [_line(charge, terms) for charge in charges]
    return [*lines, _total(lines, month)]


def line_title(code: str, terms: Terms) -> str:
    """Give what a line is called where people read it.

    Its code, if it is none that the terms have.
    """
    if code in _TITLES:
        return _TITLES[code]
    if code.startswith(f"{ADJUSTMENT}."):
        return f"Correction of {code.removeprefix(f'{ADJUSTMENT}.')}"
    of_rate = {fee.code: fee.title for fee in terms.fees}
    of_rate |= {tax.code: tax.title for tax in terms.taxes}
    return of_rate.get(code, code)


def kept(month: Month) -> Month:
    """Keep of a month's energy and amounts the places that are stored of them.

    What is cut off an amount leaves its trace in the last place, so that rounding it to
    cents gives what rounding the exact amount does.
    """
    return Month(
        _WIDE.quantize(month.import_kwh, _ENERGY),
        _WIDE.quantize(month.export_kwh, _ENERGY),
        _kept_amount(month.import_amount),
        _kept_amount(month.export_amount),
    )


def _energy_charges(month: Month, terms: Terms) -> Iterator[_Charge]:
    if terms.energy_lines == "net":
        net_kwh = month.import_kwh - month.export_kwh
        yield _Charge(NET_LINE, net_kwh, month.import_amount + month.export_amount)
        return
    yield _Charge(IMPORT_LINE, month.import_kwh, month.import_amount)
    yield _Charge(EXPORT_LINE, month.export_kwh, month.export_amount)


def _fee_amount(fee: Fee, service: Service) -> Decimal:
    """Give a fee's amount; who was not served on any day owes none."""
    if service.days == 0:
        return _NOTHING
    demand_kw = service.demand_by_fee.get(fee.code, service.demand_kw)
    if fee.per == "kw" and demand_kw is None:
        raise InputError(
            f"fee {fee.code}: got no demand tag, expected one in kW for a fee per kW"
        )
    units = {
        "month": Decimal(1),
        "day": Decimal(service.days),
        "kw": demand_kw or _NOTHING,
    }
    amount = fee.amount * units[fee.per]
    for factor in fee.factors:
        amount *= factor
    return amount


def _tax_amount(tax: Tax, amounts: Mapping[str, Decimal]) -> Decimal:
    taxed = [amounts[code] for code in tax.on]
    base = sum((a for a in taxed if a > 0 or tax.is_on_credits), _NOTHING)
    return base * tax.share


def _line(charge: _Charge, terms: Terms) -> Line:
    return Line(
        charge.code,
        charge.energy_kwh,
        _kept_amount(charge.amount),
        round_to_cent(charge.amount, terms.rounding),
    )


def _kept_amount(amount: Decimal) -> Decimal:
    found = amount.quantize(_AMOUNT, rounding=ROUND_05UP, context=_WIDE)
    return abs(found) if found == 0 else found


def _total(lines: Sequence[Line], month: Month) -> Line:
    return Line(
        TOTAL,
        month.import_kwh - month.export_kwh,
        sum((line.exact_amount for line in lines), _NOTHING),
        sum((line.amount for line in lines), Decimal("0.00")),
    )
