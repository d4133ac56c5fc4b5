"""The same usage at one price for every hour, to compare a statement with."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from ter_pipelines.settlement.document import Statement, StatementLine
from ter_pipelines.settlement.energy import EXACT
from ter_pipelines.settlement.statement import ROUNDING_POLICIES, round_to_cent
from ter_pipelines.vocab.rate import EXPORT_LINE, IMPORT_LINE, NET_LINE
from ter_pipelines.vocab.units import PRICE_PLACES

_ENERGY_LINES = {IMPORT_LINE, EXPORT_LINE, NET_LINE}
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
_ROUNDINGS = {policy: rounding for rounding, policy in ROUNDING_POLICIES.items()}
_PRICE = Decimal(1).scaleb(-PRICE_PLACES)


@dataclass(frozen=True, kw_only=True)
class FlatRate:
    """What a month's energy would come to at one price.

    Args:
        price_per_kwh: Of every hour, import and export alike.
        is_average: It is the average of the hours' prices; else it was given.
        hourly_amount: The statement's lines of energy, each rounded to cents.
        flat_amount: The same lines at this price, each rounded to cents.
    """

    price_per_kwh: Decimal
    is_average: bool
    hourly_amount: Decimal
    flat_amount: Decimal

    @property
    def saved(self) -> Decimal:
        """Give what hourly prices spared the member; negative if they cost more."""
        return self.flat_amount - self.hourly_amount


def at_a_flat_rate(
    statement: Statement, price_per_kwh: Decimal | None = None
) -> FlatRate | None:
    """Compare a statement's energy with one price for every hour.

    Args:
        statement: With its hours.
        price_per_kwh: The flat price; the average of the hours' prices if None, every
            hour counting the same.

    Returns:
        None if no hour has a price.
    """
    prices = [h.price_per_kwh for h in statement.hours if h.price_per_kwh is not None]
    if not prices:
        return None
    with localcontext(EXACT):
        total = sum(prices, Decimal(0))
    average = _EXACT.quantize(_EXACT.divide(total, Decimal(len(prices))), _PRICE)
    energy = [line for line in statement.lines if line.line_code in _ENERGY_LINES]
    flat = average if price_per_kwh is None else price_per_kwh
    return FlatRate(
        price_per_kwh=flat,
        is_average=price_per_kwh is None,
        hourly_amount=sum((line.amount for line in energy), Decimal("0.00")),
        flat_amount=sum(
            (_at(flat, line, statement.rounding_policy) for line in energy),
            Decimal("0.00"),
        ),
    )


def _at(price_per_kwh: Decimal, line: StatementLine, policy: str) -> Decimal:
    """Give what a line's energy comes to at a price; a credit is negative.

    It is rounded as the statement is.
    """
    sign = -1 if line.line_code == EXPORT_LINE else 1
    amount = _EXACT.multiply(sign * line.energy_kwh, price_per_kwh)
    return round_to_cent(amount, _ROUNDINGS[policy])
