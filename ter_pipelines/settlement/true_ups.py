"""What corrected months still owe: the lines that stand on the next statement.

A later version of a statement bills its month anew and asks nobody for money. What it
bills otherwise than was billed before stands once, as a line by the corrected month, on
the meter's next first statement of a later month.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.rate import Adjustment
from ter_pipelines.settlement.statement import TOTAL
from ter_pipelines.vocab.rate_rules import ADJUSTMENT

Row = Mapping[str, Any]
_PREFIX = f"{ADJUSTMENT}."
_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Owed:
    """What a meter's corrected months come to, beside what was billed of them.

    Args:
        currency: ISO 4217 code.
        adjustments: By corrected month, in order; none is zero.
    """

    currency: str
    adjustments: tuple[Adjustment, ...]


def owed_by_meter(issued: Iterable[Row], billing_month: str) -> dict[str, Owed]:
    """Give what months before this one owe and no statement says yet.

    Args:
        issued: Lines of `out/statement` of any month, every version of each meter.
        billing_month: The month whose first statements are to say it.

    Returns:
        By meter; one without a difference is not there.
    """
    billed: dict[tuple[str, str], dict[int, Decimal]] = {}
    said: dict[tuple[str, str], Decimal] = {}
    currencies: dict[str, str] = {}
    for row in issued:
        meter_id, amount = row["meter_id"], row["amount"]
        currencies[meter_id] = row["currency"]
        corrected = corrected_month(row["line_code"])
        if corrected is None and row["line_code"] != TOTAL:
            versions = billed.setdefault((meter_id, row["billing_month"]), {})
            version = row["version"]
            versions[version] = versions.get(version, _NOTHING) + amount
        elif corrected is not None and row["version"] == 1:
            key = meter_id, corrected
            said[key] = said.get(key, _NOTHING) + amount
    found: dict[str, list[Adjustment]] = {}
    for (meter_id, month), versions in sorted(billed.items()):
        owes = versions[max(versions)] - versions[min(versions)]
        owes -= said.get((meter_id, month), _NOTHING)
        if owes and month < billing_month:
            found.setdefault(meter_id, []).append(Adjustment(month, owes))
    return {
        meter_id: Owed(currencies[meter_id], tuple(adjustments))
        for meter_id, adjustments in found.items()
    }


def adjustments_of(lines: Iterable[Row]) -> tuple[Adjustment, ...]:
    """Give what a statement says of months before it, from its lines."""
    return tuple(
        Adjustment(month, line["amount"])
        for line in lines
        if (month := corrected_month(line["line_code"])) is not None
    )


def corrected_month(line_code: str) -> str | None:
    """Give the month that a line corrects; None if it corrects none.

    >>> corrected_month("adjustment.2025-11"), corrected_month("total")
    ('2025-11', None)
    """
    if not line_code.startswith(_PREFIX):
        return None
    return line_code.removeprefix(_PREFIX)
