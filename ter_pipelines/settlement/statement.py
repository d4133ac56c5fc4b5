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
BILLED_BEFORE, TOTAL = "billed_before", "total"
COMPLETE, WITHIN_LIMIT, INCOMPLETE = "COMPLETE", "WITHIN_LIMIT", "INCOMPLETE"

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_MODES = {"half-up": ROUND_HALF_UP, "half-even": ROUND_HALF_EVEN}
_CENT = Decimal("0.01")
_NO_ENERGY = Decimal("0.000000")


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


def statement_lines(month: Month, *, billed_before: Decimal | None) -> list[Line]:
    """Give the lines of a statement; the last is the total, the sum of the others.

    Args:
        month: Exact quantities and amounts.
        billed_before: Total of the versions issued before, None for the first. A
            later version bills the month anew and takes that off, so that its total
            is the difference.
    """
    lines = [
        _line(IMPORT, month.import_kwh, month.import_amount),
        _line(EXPORT, month.export_kwh, month.export_amount),
    ]
    if billed_before is not None:
        lines.append(_line(BILLED_BEFORE, _NO_ENERGY, -billed_before))
    total = sum((line.amount for line in lines), Decimal("0.00"))
    net_kwh = month.import_kwh - month.export_kwh
    exact = sum((line.exact_amount for line in lines), Decimal(0))
    return [*lines, Line(TOTAL, net_kwh, exact, total)]


def lines_sum_to_total(lines: Sequence[Line]) -> bool:
    """Tell whether the rounded lines add up to the total line."""
    *parts, total = lines
    return (
        total.line_code == TOTAL
        and sum((line.amount for line in parts), Decimal(0)) == total.amount
    )


def completeness_state(
    *, expected_seconds: int, settled_seconds: int, unpriced_seconds: int,
    minimum: Decimal,
) -> str:  # fmt: skip
    """Tell whether a meter's month may be billed.

    Usage without a price blocks the bill whatever the share; missing usage blocks it
    below the programme's minimum. A month of which nothing was heard is never billed.

    >>> completeness_state(expected_seconds=721, settled_seconds=719,
    ...                    unpriced_seconds=0, minimum=Decimal("0.95"))
    'WITHIN_LIMIT'
    """
    is_too_little = settled_seconds < minimum * expected_seconds
    if unpriced_seconds > 0 or settled_seconds == 0 or is_too_little:
        return INCOMPLETE
    return COMPLETE if settled_seconds >= expected_seconds else WITHIN_LIMIT


def _line(code: str, energy_kwh: Decimal, exact: Decimal) -> Line:
    return Line(code, energy_kwh, exact, round_to_cent(exact))
