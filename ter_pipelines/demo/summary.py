"""What the demonstration prints at the end, for people and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from ter_pipelines.demo.proof import Proof
from vtn_service.contract import EventStatus


@dataclass(frozen=True)
class Summary:
    """Everything the demonstration shows."""

    month: str
    price_days: int
    tomorrow: str
    acknowledgements: Sequence[EventStatus]
    completeness: Sequence[Mapping[str, Any]]
    bills: Sequence[Mapping[str, Any]]
    quarantined: Sequence[Mapping[str, Any]]
    cmep_files: Sequence[str]
    asset_graph: str
    api: str
    pages: Mapping[str, str]
    sign_ins: Sequence[str]
    proof: Proof

    def as_json(self) -> str:
        """Give the same on one line; amounts and energies are text."""
        whole = {**vars(self), "acknowledgements": [], "proof": asdict(self.proof)}
        whole["acknowledgements"] = [e.to_json() for e in self.acknowledgements]
        return json.dumps(whole, default=str)

    @property
    def last_line(self) -> str:
        """Say how much was compared, and how it came out."""
        proof = self.proof
        return (
            f"Proof: {proof.meters} meters, {proof.intervals} intervals and "
            f"{proof.cents} cents compared: {len(proof.differences)} differences"
        )


def print_summary(summary: Summary, console: Console) -> None:
    """Print the tables, the places and the proof."""
    for table in (
        _prices(summary),
        _completeness(summary),
        _bills(summary),
        _quarantine(summary),
    ):
        console.print(table)
    for path in summary.cmep_files:
        console.print(f"CMEP file:   {path}", soft_wrap=True, highlight=False)
    console.print(
        f"Asset graph: {summary.asset_graph}", soft_wrap=True, highlight=False
    )
    for name, address in summary.pages.items():
        console.print(f"{name + ':':<13}{address}", soft_wrap=True, highlight=False)
    for sign_in in summary.sign_ins:
        console.print(f"Sign in:     {sign_in}", soft_wrap=True, highlight=False)
    for difference in summary.proof.differences[:20]:
        console.print(f"DIFFERENCE   {difference}", style="red", highlight=False)
    console.print(summary.last_line, highlight=False)


def _prices(summary: Summary) -> Table:
    title = (
        f"Prices: {summary.price_days} days published; "
        f"{summary.tomorrow} told to {len(summary.acknowledgements)} devices"
    )
    table = _table(title, "VEN", "event", "rev.", "told UTC", "answer", "at UTC")
    for event in summary.acknowledgements:
        table.add_row(
            event.ven_id,
            event.event_id,
            str(event.modification_number),
            event.delivered_at[11:19],
            event.opt,
            event.opt_at[11:19],
        )
    return table


def _completeness(summary: Summary) -> Table:
    table = _table(f"Usage of {summary.month}", "meter", "hours", "of", "state")
    for row in summary.completeness:
        table.add_row(
            row["meter_id"],
            str(row["metered_hours"]),
            str(row["expected_hours"]),
            row["state"],
        )
    return table


def _bills(summary: Summary) -> Table:
    names = ("import_kwh", "import_amount", "export_kwh", "export_amount", "total")
    heads = ("import kWh", "$", "export kWh", "$", "total $")
    table = _table(f"Bills of {summary.month}", "meter", "statement", *heads)
    for bill in summary.bills:
        numbers = [f"{bill[name]:,.3f}" if "kwh" in name else f"{bill[name]:,.2f}"
                   for name in names]  # fmt: skip
        table.add_row(bill["meter_id"], bill["label"], *numbers)
    return table


def _quarantine(summary: Summary) -> Table:
    table = _table("Quarantined", "VEN", "device", "reason", "values", "for example")
    for row in summary.quarantined:
        table.add_row(
            row["ven_id"],
            row["device_id"],
            row["reason"],
            str(row["intervals"]),
            row["why"],
        )
    return table


def _table(title: str, *heads: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for head in heads:
        is_number = head in {"hours", "of", "values", "rev."} or head[-1] in "$h"
        table.add_column(head, justify="right" if is_number else "left")
    return table
