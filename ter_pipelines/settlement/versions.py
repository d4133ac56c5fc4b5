"""Versions of a statement: what was sent is frozen, a change is a new version.

A settlement that says what the newest version says adds nothing. Otherwise the next
version bills the month anew; what that changes stands on the meter's next statement of
a later month, as `true_ups` says. A meter whose devices turn out to belong to others is
billed nothing, and so gets back what it was billed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.demand import demand_by_fee
from ter_pipelines.settlement.rate import Adjustment, Service, line_title, month_lines
from ter_pipelines.settlement.statement import (
    COMPLETE,
    EXPORT,
    IMPORT,
    INCOMPLETE,
    ROUNDING_POLICIES,
    TOTAL,
    Line,
    Month,
    lines_sum_to_total,
)
from ter_pipelines.settlement.true_ups import Owed, adjustments_of
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.rate import Terms
from ter_pipelines.vocab.units import plain

Row = Mapping[str, Any]
_NUMBERS = ("import_kwh", "export_kwh", "import_amount", "export_amount")
_as_json = json.JSONEncoder(sort_keys=True).encode


@dataclass(frozen=True, kw_only=True)
class Issue:
    """What all statements that are issued at once have in common.

    Args:
        billing_month: Written `2025-11`.
        terms: Of the rate, in that month.
        rate: Name of the rate and of its version.
        inputs_sha256: Hash of what they are made from.
        issued_at: Stamp; None where no time shall stand on them.
        demand_kw: The demand tag, for fees by kW; None without one.
        owed: What months before still owe, by meter. It stands on first statements
            only: a later version repeats what the first one says of other months.
    """

    billing_month: str
    terms: Terms
    rate: str
    inputs_sha256: str
    issued_at: datetime | None
    demand_kw: Decimal | None = None
    owed: Owed = field(default_factory=dict)


def next_versions(
    settlements: Iterable[Row], issued: Iterable[Row], issue: Issue
) -> list[dict[str, Any]]:
    """Give the statement lines to issue now.

    Args:
        settlements: Rows of `core/monthly_settlement` of the month.
        issued: Rows of `out/statement` of the month, every version.
        issue: Month, rate and stamp.

    Returns:
        Rows of `out/statement`; none for a meter that is INCOMPLETE or whose newest
        version says the same. A meter that is owed something and is not settled gets
        a statement of that alone.

    Raises:
        InputError: If a fee needs what is not given, or a meter is owed another
            currency than it is billed in.
    """
    lines_by_meter: dict[str, list[Row]] = {}
    for line in issued:
        lines_by_meter.setdefault(line["meter_id"], []).append(line)
    settled = list(settlements)
    rows = []
    unsettled = _no_longer_settled(settled, lines_by_meter, issue)
    for settlement in [*settled, *unsettled]:
        if settlement["state"] == INCOMPLETE:
            continue
        before = lines_by_meter.get(settlement["meter_id"], [])
        adjustments = _adjustments(settlement, before, issue)
        lines = _lines(settlement, issue, adjustments)
        digest = content_sha256(settlement, issue, lines)
        newest = max(before, key=lambda line: line["version"], default=None)
        if newest is None or newest["content_sha256"] != digest:
            version = 1 if newest is None else newest["version"] + 1
            rows += _rows(settlement, lines, issue, (version, digest))
    return rows


def find_wrong_totals(issued: Iterable[Row]) -> list[Finding]:
    """Find statements whose rounded lines do not add up to their total line."""
    lines_by_statement: dict[str, list[Row]] = {}
    for row in issued:
        lines_by_statement.setdefault(row["statement_id"], []).append(row)
    names = ("line_code", "energy_kwh", "exact_amount", "amount")
    return [
        Finding("statement.total_differs", statement_id)
        for statement_id, rows in sorted(lines_by_statement.items())
        if not lines_sum_to_total(
            [
                Line(**{name: row[name] for name in names})
                for row in sorted(rows, key=lambda row: int(row["line_number"]))
            ]
        )
    ]


def content_sha256(settlement: Row, issue: Issue, lines: Sequence[Line]) -> str:
    """Hash what a statement of this settlement says, whenever it is issued.

    Lines that are no energy of one direction stand in it only where there are some.
    """
    says = {
        "meter_id": settlement["meter_id"],
        "billing_month": issue.billing_month,
        **{name: plain(settlement[name]) for name in _NUMBERS},
        "currency": settlement["currency"],
        "state": settlement["state"],
        "missing_seconds": _missing_seconds(settlement),
        "rounding_policy": ROUNDING_POLICIES[issue.terms.rounding],
    }
    others = {
        line.line_code: plain(line.exact_amount)
        for line in lines
        if line.line_code not in {IMPORT, EXPORT, TOTAL}
    }
    if others:
        says["lines"] = others
    return hashlib.sha256(_as_json(says).encode()).hexdigest()


def label_of(version: int) -> str:
    """Name a version.

    >>> label_of(1), label_of(2)
    ('INITIAL', 'R1')
    """
    return "INITIAL" if version == 1 else f"R{version - 1}"


def _no_longer_settled(
    settled: Sequence[Row], lines_by_meter: Mapping[str, list[Row]], issue: Issue
) -> list[Row]:
    """Give empty settlements of meters that were billed, or are owed, and not settled.

    A month that settles nobody says nothing about anybody.
    """
    named = {row["meter_id"] for row in settled}
    currencies = {meter_id: owed[0].currency for meter_id, owed in issue.owed.items()}
    currencies |= {m: lines[-1]["currency"] for m, lines in lines_by_meter.items()}
    return [
        unserved(meter_id, currency)
        for meter_id, currency in sorted(currencies.items())
        if named and meter_id not in named
    ]


def unserved(meter_id: str, currency: str) -> dict[str, Any]:
    """Give the settlement of a meter that was not served in the month."""
    return {
        "meter_id": meter_id,
        **dict.fromkeys(_NUMBERS, Decimal(0)),
        "currency": currency,
        "expected_seconds": 0,
        "settled_seconds": 0,
        "served_days": 0,
        "state": COMPLETE,
    }


def _adjustments(
    settlement: Row, before: Sequence[Row], issue: Issue
) -> tuple[Adjustment, ...]:
    """Give what the statement says of months before; once it is issued, that stays."""
    if before:
        return adjustments_of(line for line in before if line["version"] == 1)
    owed = issue.owed.get(settlement["meter_id"], ())
    foreign = {each.currency for each in owed} - {settlement["currency"]}
    if settlement["currency"] is not None and foreign:
        raise InputError(
            f"meter {settlement['meter_id']}, {issue.billing_month}: is owed "
            f"{', '.join(sorted(foreign))} of months before, expected "
            f"{settlement['currency']}, the currency it is billed in; settle the "
            "difference by hand"
        )
    return owed


def _rows(
    settlement: Row, lines: Sequence[Line], issue: Issue, stamp: tuple[int, str]
) -> list[dict[str, Any]]:
    version, digest = stamp
    meter_id = settlement["meter_id"]
    of_statement = {
        "statement_id": f"{meter_id}-{issue.billing_month}-{label_of(version)}",
        "meter_id": meter_id,
        "version": version,
        "label": label_of(version),
        "currency": settlement["currency"],
        "rounding_policy": ROUNDING_POLICIES[issue.terms.rounding],
        "state": settlement["state"],
        "missing_seconds": _missing_seconds(settlement),
        "content_sha256": digest,
        "rate": issue.rate,
        "inputs_sha256": issue.inputs_sha256,
        "issued_at": issue.issued_at,
    }
    return [
        {
            **of_statement,
            "line_number": number,
            "line_title": line_title(line.line_code, issue.terms),
            **vars(line),
        }
        for number, line in enumerate(lines, start=1)
    ]


def _lines(
    settlement: Row, issue: Issue, adjustments: tuple[Adjustment, ...]
) -> list[Line]:
    month = Month(*(settlement[name] for name in _NUMBERS))
    service = Service(
        days=settlement["served_days"],
        demand_kw=issue.demand_kw,
        demand_by_fee=demand_by_fee(
            issue.terms, settlement["meter_id"], issue.billing_month
        ),
        adjustments=adjustments,
    )
    return month_lines(month, issue.terms, service)


def _missing_seconds(settlement: Row) -> int:
    return int(settlement["expected_seconds"] - settlement["settled_seconds"])
