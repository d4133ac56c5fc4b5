"""A statement: lines from exact amounts, each rounded once.

This holds the only rounding of money there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from ter_pipelines.vocab.rate import Rounding

ROUNDING_POLICY = "each line once to 0.01, half away from zero"
ROUNDING_POLICIES: Mapping[Rounding, str] = {
    "half-up": ROUNDING_POLICY,
    "half-even": "each line once to 0.01, half to even",
}
IMPORT, EXPORT = "import_energy", "export_credit"
TOTAL = "total"
COMPLETE, WITHIN_LIMIT, INCOMPLETE = "COMPLETE", "WITHIN_LIMIT", "INCOMPLETE"

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN}
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Month:
    """A meter's settled month, exact. Amounts: a cost positive, a credit negative."""

    import_kwh: Decimal
    export_kwh: Decimal
    import_amount: Decimal
    export_amount: Decimal


@dataclass(frozen=True)
class Line:
    """One line of a statement."""

    line_code: str
    energy_kwh: Decimal
    exact_amount: Decimal
    amount: Decimal


def round_to_cent(amount: Decimal, rounding: Rounding = "half-up") -> Decimal:
    """Round to cents, half away from zero, or to the even cent where asked.

    >>> [str(round_to_cent(Decimal(a))) for a in ("2.675", "0.125", "-0.125", "-0.001")]
    ['2.68', '0.13', '-0.13', '0.00']
    """
    rounded = amount.quantize(_CENT, rounding=_MODES[rounding], context=_EXACT)
    return abs(rounded) if rounded == 0 else rounded


def lines_sum_to_total(lines: Sequence[Line]) -> bool:
    """Tell whether the rounded lines add up to the total line."""
    *parts, total = lines
    return (
        total.line_code == TOTAL
        and sum((line.amount for line in parts), Decimal(0)) == total.amount
    )
