"""`ter vee`: what is doubtful of usage, what a person decides, what became of it."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import polars as pl
import typer

from ter_pipelines.cli.vee_desk import Order, open_desk
from ter_pipelines.metering.vee.edits import ACCEPT, EDIT, REJECT
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.units import parse_decimal, plain

EXIT_FOUND = 1
DOUBTFUL = ("SUSPECT", "MISSING")

vee = typer.Typer(
    no_args_is_help=True,
    help="Usage after validation: what is doubtful, and what a person decides.",
)


class State(Enum):
    """States that usage can be in."""

    VALID = "VALID"
    SUSPECT = "SUSPECT"
    MISSING = "MISSING"
    ESTIMATED = "ESTIMATED"
    ADJUSTED = "ADJUSTED"


Device = Annotated[
    str,
    typer.Argument(
        help="Device as the meter list names it; VEN/DEVICE where two VENs have one, "
        "DEVICE:received for one direction of several."
    ),
]
From = Annotated[
    str,
    typer.Option(
        "--from",
        help="Beginning: an instant such as 2025-11-03T05:00:00Z, or a local day.",
    ),
]
To = Annotated[
    str, typer.Option("--to", help="End: the first instant after it, or a local day.")
]
Reason = Annotated[str, typer.Option(help="Why; kept with the change.")]
By = Annotated[str, typer.Option(help="Who decides; kept with the change.")]


def _kwh(text: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"got {text!r}, expected a day such as 2025-11-03"
        ) from None


@vee.command("list")
def list_usage(
    *,
    day: Annotated[
        str, typer.Option(help="Local day such as 2025-11-03; all if unsaid.")
    ] = "",
    device: Annotated[str, typer.Option(help="One device; all if unsaid.")] = "",
    state: Annotated[
        State | None,
        typer.Option(
            help="One state; SUSPECT and MISSING if unsaid.", case_sensitive=False
        ),
    ] = None,
) -> None:
    """Print what is doubtful, one JSON object an interval.

    Exits with 1 if any of it is SUSPECT or MISSING, which is not billed.
    """
    states = DOUBTFUL if state is None else (state.value,)
    is_found = False
    with open_desk() as desk:
        only = desk.channel(device) if device else None
        days = [str(_day(day))] if day else desk.lake.partitions(tables.VALIDATED_USAGE)
        for key in days:
            usage = desk.lake.read(tables.VALIDATED_USAGE, [key])
            found = usage.filter(pl.col("state").is_in(states))
            for row in found.iter_rows(named=True):
                if only is None or only.has(row):
                    is_found |= row["state"] in DOUBTFUL
                    _print(row)
    if is_found:
        raise typer.Exit(EXIT_FOUND)


@vee.command("accept")
def accept(
    device: Device,
    *,
    begin: From,
    end: To,
    reason: Reason,
    by: By,
) -> None:
    """Bill values that a rule doubts as their source told them.

    Also takes back an earlier edit or rejection. A value that comes later is not
    accepted with them. Prints what was kept, as JSON; the days are judged again.
    """
    _decide(Order(ACCEPT, begin, end, reason, by), device)


@vee.command("reject")
def reject(
    device: Device,
    *,
    begin: From,
    end: To,
    reason: Reason,
    by: By,
) -> None:
    """Take values out: their time is a gap, and estimated if the programme says so.

    A value that comes later is not rejected with them. Prints what was kept, as JSON;
    the days are judged again.
    """
    _decide(Order(REJECT, begin, end, reason, by), device)


@vee.command("edit")
def edit(
    device: Device,
    *,
    begin: From,
    end: To,
    kwh: Annotated[
        str,
        typer.Option(
            help="Energy of the whole time, kWh; shared evenly over its intervals."
        ),
    ],
    reason: Reason,
    by: By,
) -> None:
    """Put energy in place of what is there, or where nothing is.

    It stands, whatever comes later, until it is taken back with `accept`, edited again
    or rejected. Prints what was kept, as JSON; the days are judged again.
    """
    order = Order(EDIT, begin, end, reason, by, _kwh(kwh))
    _decide(order, device)


@vee.command("run")
def run(
    *,
    begin: Annotated[str, typer.Option("--from", help="First local day.")],
    end: Annotated[str, typer.Option("--to", help="Last local day.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "asked for again",
    by: Annotated[str, typer.Option(help="Who asks.")] = "operator",
) -> None:
    """Have days judged again, such as after other limits or for newer estimates.

    Prints what was kept, as JSON. The running system takes it up within seconds.
    """
    with open_desk() as desk:
        _print(desk.rerun(_day(begin), _day(end), reason, by))


@vee.command("history")
def history(device: Device, *, begin: From, end: To) -> None:
    """Print every change of a device's intervals, one JSON object each, in order.

    A first value that is valid is no change, nor is a gap that nobody filled.
    """
    with open_desk() as desk:
        span = desk.span(begin, end)
        channel = desk.channel(device)
        log = desk.lake.read(tables.USAGE_CHANGE, desk.days(span))
        order = ["direction", "interval_start_utc", "change"]
        for row in log.sort(order).iter_rows(named=True):
            if channel.has(row) and row["interval_start_utc"] in span:
                _print(row)


def _decide(order: Order, device: str) -> None:
    with open_desk() as desk:
        _print(desk.decide(order, desk.channel(device), datetime.now(UTC)))


def _print(row: Mapping[str, Any]) -> None:
    print(json.dumps({name: _shown(value) for name, value in row.items()}))


def _shown(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    return iso_utc(value) if isinstance(value, datetime) else value
