"""What corrected months still owe: the lines that stand on the next statement.

A later version of a statement bills its month anew and asks nobody for money. What it
bills otherwise than was billed before stands once, as a line by the corrected month, on
the meter's next first statement of a later month. By meter, the corrections are `Owed`.

A version with a line `billed_before` is of the time when versions asked for their own
difference: up to it, everything was asked for.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.rate import Adjustment
from ter_pipelines.settlement.statement import TOTAL
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.rate_rules import ADJUSTMENT

Row = Mapping[str, Any]
Owed = Mapping[str, tuple[Adjustment, ...]]
BILLED_BEFORE = "billed_before"
_PREFIX = f"{ADJUSTMENT}."
_NOTHING = Decimal("0.00")


def owed_by_meter(issued: Iterable[Row], billing_month: str) -> Owed:
    """Give what months before this one owe and no statement says yet.

    Args:
        issued: Lines of `out/statement` of any month, every version of each meter.
        billing_month: The month whose first statements are to say it.

    Returns:
        By meter; one without a difference is not there.
    """
    billed: dict[tuple[str, str], dict[int, Decimal]] = {}
    asked: dict[tuple[str, str], int] = {}
    said: dict[tuple[str, str], Decimal] = {}
    currencies: dict[tuple[str, str], str] = {}
    for row in issued:
        key, version = (row["meter_id"], row["billing_month"]), row["version"]
        corrected = corrected_month(row["line_code"])
        if row["line_code"] == BILLED_BEFORE:
            asked[key] = max(version, asked.get(key, version))
        elif corrected is None and row["line_code"] != TOTAL:
            currencies[key] = row["currency"]
            _add(billed.setdefault(key, {}), version, row["amount"])
        elif corrected is not None and version == 1:
            _add(said, (key[0], corrected), row["amount"])
    found: dict[str, tuple[Adjustment, ...]] = {}
    for key, versions in sorted(billed.items()):
        meter_id, month = key
        owes = versions[max(versions)] - versions[asked.get(key, min(versions))]
        owes -= said.get(key, _NOTHING)
        if owes and month < billing_month:
            adjustment = Adjustment(month, owes, currencies[key])
            found[meter_id] = (*found.get(meter_id, ()), adjustment)
    return found


def find_foreign(
    settled: Iterable[Row], owed: Owed, billing_month: str
) -> list[Finding]:
    """Find meters that are owed in another currency than they are billed in.

    Args:
        settled: Rows of `core/monthly_settlement` of the month.
        owed: What months before owe to meters without a statement of the month.
        billing_month: The month.
    """
    billed_in = {row["meter_id"]: row["currency"] for row in settled}
    found: list[Finding] = []
    for meter_id, adjustments in sorted(owed.items()):
        owed_in = {each.currency for each in adjustments}
        billed = {code for code in [billed_in.get(meter_id)] if code is not None}
        if len(owed_in | billed) > 1:
            facts = {
                "owed_in": ", ".join(sorted(owed_in)),
                "billed_in": ", ".join(sorted(billed)) or "nothing",
            }
            subject = f"{meter_id} {billing_month}"
            found.append(Finding("statement.foreign_currency", subject, facts))
    return found


def adjustments_of(lines: Iterable[Row]) -> tuple[Adjustment, ...]:
    """Give what a statement says of months before it, from its lines."""
    return tuple(
        Adjustment(month, line["amount"], line["currency"])
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


def _add(sums: dict[Any, Decimal], key: object, amount: Decimal) -> None:
    sums[key] = sums.get(key, _NOTHING) + amount
