"""Versions of a statement: what was sent is frozen, a change is a new version.

A settlement that says what the newest version says adds nothing. Otherwise the next
version bills the month anew, takes off what was billed before, and its total is the
difference. A meter whose devices turn out to belong to others gets back what it was
billed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.statement import (
    COMPLETE,
    INCOMPLETE,
    ROUNDING_POLICY,
    TOTAL,
    Line,
    Month,
    lines_sum_to_total,
    statement_lines,
)
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import plain

Row = Mapping[str, Any]


def next_versions(
    settlements: Iterable[Row],
    issued: Iterable[Row],
    *,
    billing_month: str,
    issued_at: datetime,
) -> list[dict[str, Any]]:
    """Give the statement lines to issue now.

    Args:
        settlements: Rows of `core/monthly_settlement` of the month.
        issued: Rows of `out/statement` of the month, every version.
        billing_month: Written `2025-11`.
        issued_at: Stamp of the new versions.

    Returns:
        Rows of `out/statement`; none for a meter that is INCOMPLETE or whose newest
        version says the same.
    """
    lines_by_meter: dict[str, list[Row]] = {}
    for line in issued:
        lines_by_meter.setdefault(line["meter_id"], []).append(line)
    settled = list(settlements)
    rows = []
    for settlement in [*settled, *_no_longer_settled(settled, lines_by_meter)]:
        before = lines_by_meter.get(settlement["meter_id"], [])
        digest = content_sha256(settlement, billing_month)
        newest = max(before, key=lambda line: line["version"], default=None)
        if settlement["state"] == INCOMPLETE:
            continue
        if newest is not None and newest["content_sha256"] == digest:
            continue
        stamp = {
            "billing_month": billing_month,
            "content_sha256": digest,
            "issued_at": issued_at,
        }
        rows += _version(settlement, before, stamp)
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


def content_sha256(settlement: Row, billing_month: str) -> str:
    """Hash what a statement of this settlement says, whenever it is issued."""
    numbers = ("import_kwh", "export_kwh", "import_amount", "export_amount")
    says = {
        "meter_id": settlement["meter_id"],
        "billing_month": billing_month,
        **{name: plain(settlement[name]) for name in numbers},
        "currency": settlement["currency"],
        "state": settlement["state"],
        "missing_seconds": _missing_seconds(settlement),
        "rounding_policy": ROUNDING_POLICY,
    }
    return hashlib.sha256(json.dumps(says, sort_keys=True).encode()).hexdigest()


def label_of(version: int) -> str:
    """Name a version.

    >>> label_of(1), label_of(2)
    ('INITIAL', 'R1')
    """
    return "INITIAL" if version == 1 else f"R{version - 1}"


def _no_longer_settled(
    settled: Sequence[Row], lines_by_meter: Mapping[str, list[Row]]
) -> list[Row]:
    """Give empty settlements of meters that were billed and are no longer settled.

    A month that settles nobody says nothing about anybody.
    """
    named = {row["meter_id"] for row in settled}
    numbers = ("import_kwh", "export_kwh", "import_amount", "export_amount")
    return [
        {
            "meter_id": meter_id,
            **dict.fromkeys(numbers, Decimal(0)),
            "currency": lines[-1]["currency"],
            "expected_seconds": 0,
            "settled_seconds": 0,
            "state": COMPLETE,
        }
        for meter_id, lines in sorted(lines_by_meter.items())
        if named and meter_id not in named
    ]


def _version(
    settlement: Row, before: list[Row], stamp: Mapping[str, Any]
) -> list[dict[str, Any]]:
    version = max((line["version"] for line in before), default=0) + 1
    totals = [line["amount"] for line in before if line["line_code"] == TOTAL]
    month = Month(
        settlement["import_kwh"],
        settlement["export_kwh"],
        settlement["import_amount"],
        settlement["export_amount"],
    )
    billed_before = sum(totals, Decimal("0.00")) if totals else None
    meter_id = settlement["meter_id"]
    return [
        {
            "statement_id": f"{meter_id}-{stamp['billing_month']}-{label_of(version)}",
            "meter_id": meter_id,
            "version": version,
            "label": label_of(version),
            "line_number": number,
            **vars(line),
            "currency": settlement["currency"],
            "rounding_policy": ROUNDING_POLICY,
            "state": settlement["state"],
            "missing_seconds": _missing_seconds(settlement),
            "content_sha256": stamp["content_sha256"],
            "issued_at": stamp["issued_at"],
        }
        for number, line in enumerate(
            statement_lines(month, billed_before=billed_before), start=1
        )
    ]


def _missing_seconds(settlement: Row) -> int:
    return int(settlement["expected_seconds"] - settlement["settled_seconds"])
