"""`ter statement`: show what was issued, and explain what changed between versions."""

import json
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from ter_pipelines.pages.statement import StatementPage, statement_page
from ter_pipelines.settings import Settings, read_settings
from ter_pipelines.settlement.differences import differences, told_difference
from ter_pipelines.settlement.document import Statement, told
from ter_pipelines.settlement.flat_rate import FlatRate, at_a_flat_rate
from ter_pipelines.statements import Totals, totals_of, until_version, versions_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.units import parse_decimal, plain

statement = typer.Typer(
    no_args_is_help=True,
    help="Statements as they were issued: shown, and their versions explained.",
)

Meter = Annotated[str, typer.Argument(help="Meter of the billing system.")]
Month = Annotated[str, typer.Argument(help="Billing month, such as 2025-11.")]
Version = Annotated[
    int | None,
    typer.Option(help="1 for INITIAL, 2 for R1 ...; the newest where left out."),
]
Hours = Annotated[bool, typer.Option("--hours", help="Print every hour, too.")]
Html = Annotated[
    Path | None,
    typer.Option(help="Also write the statement as a page for a browser or printer."),
]
FlatPrice = Annotated[
    str | None,
    typer.Option(
        help="Price per kWh to compare with; the average of the hours' prices where "
        "left out."
    ),
]


@dataclass(frozen=True)
class _Found:
    """A version, and those up to it."""

    settings: Settings
    statement: Statement
    until: list[Statement]


@statement.command("show")
def show(
    meter: Meter,
    month: Month,
    *,
    version: Version = None,
    hours: Hours = False,
    html: Html = None,
    flat_price: FlatPrice = None,
) -> None:
    """Print a statement as one JSON object, as it was on the day it was issued.

    With it comes what the same usage costs at one price for every hour.
    """
    flat = None if flat_price is None else _price(flat_price)
    found = _find(meter, month, version)
    compared = at_a_flat_rate(found.statement, flat)
    if html is not None:
        programme = found.settings.read_programme()
        page = StatementPage(
            title=programme.title,
            zone=programme.zone,
            statement=found.statement,
            differences=tuple(differences(found.until)),
            flat_rate=compared,
        )
        html.write_text(statement_page(page), encoding="utf-8")
    said = told(found.statement, has_hours=hours)
    of_hours = {"hours": said.pop("hours")} if hours else {}
    print(json.dumps(said | {"flat_rate": _told_flat(compared)} | of_hours))


@statement.command("explain")
def explain(meter: Meter, month: Month) -> None:
    """Print what each version changed, one JSON object a version.

    It names the lines that changed, and the hours whose usage or price did, with the
    exact amount of each. A month with one version prints nothing.
    """
    found = _find(meter, month, None)
    for difference in differences(found.until):
        print(json.dumps(told_difference(difference)))
    if len(found.until) == 1:
        only = found.statement.statement_id
        print(f"{only} is the only version; nothing changed", file=sys.stderr)


def _find(meter: str, month: str, version: int | None) -> _Found:
    """Find a version, the newest if none is named.

    Raises:
        InputError: If there is none, saying what there is.
    """
    settings = read_settings()
    lake = Lake(settings.lake_root)
    found = versions_of(lake, meter, month)
    if not found:
        of_month = Totals(month, month, at_most=1)
        others = totals_of(lake, of_month)
        meters = others[0]["statements"] if others else 0
        raise InputError(
            f"meter {meter[:60]!r}, {month}: got no statement; {meters} meters have "
            "one of that month"
        )
    until = until_version(found, version)
    return _Found(settings, until[-1], until)


def _told_flat(flat: FlatRate | None) -> dict[str, object] | None:
    if flat is None:
        return None
    return {
        "price_per_kwh": plain(flat.price_per_kwh),
        "is_average": flat.is_average,
        "energy_amount": str(flat.hourly_amount),
        "flat_amount": str(flat.flat_amount),
        "saved": str(flat.saved),
    }


def _price(text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--flat-price") from None
