"""`ter vtn ask`, `asks` and `withdraw`: what is wanted of devices, told at polls."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from ter_pipelines.cli.door import vtn_door
from vtn_service.contract import ASK_KINDS, Ask, AskStatus

asks = typer.Typer()

_KINDS = "; ".join(f"{kind}: {meaning}" for kind, meaning in ASK_KINDS.items())
VenId = Annotated[str, typer.Argument(help="venID on the roster.")]


def _kind(given: str) -> str:
    if given not in ASK_KINDS:
        raise typer.BadParameter(f"got {given!r}, expected {' or '.join(ASK_KINDS)}")
    return given


@asks.command("ask")
def ask(
    ven_id: VenId,
    kind: Annotated[str, typer.Argument(callback=_kind, metavar="KIND", help=_KINDS)],
    *,
    specifier: Annotated[
        str, typer.Option(help="reportSpecifierID of one report; else all that fit.")
    ] = "",
    start: Annotated[
        str,
        typer.Option(help="Start of a history, such as 2025-11-02T05:00:00Z."),
    ] = "",
    end: Annotated[
        str, typer.Option(help="End of a history, UTC, not later than now.")
    ] = "",
    ask_id: Annotated[
        str,
        typer.Option(
            "--id",
            help="Name of the ask, made from kind and time if unsaid. Under the name "
            "of an earlier ask the same changes nothing, and another takes its place.",
        ),
    ] = "",
) -> None:
    """Ask something of a device; it is told at one of its next polls.

    Prints how far the ask has come, as JSON. What the device does not answer is told
    again, five times in all.
    """
    door, _ = vtn_door()
    name = ask_id or f"{kind}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    _print_ask(door.put_ask(ven_id, name, Ask(kind, specifier, start, end)))


@asks.command("asks")
def list_asks(
    ven_id: Annotated[str, typer.Argument(help="venID; all devices if unsaid.")] = "",
) -> None:
    """Print what devices were asked, and how far each ask has come.

    One JSON object an ask, in the order asked; an instant is empty until it happened.
    """
    door, _ = vtn_door()
    for status in door.asks(ven_id):
        _print_ask(status)


@asks.command("withdraw")
def withdraw(
    ven_id: VenId,
    ask_id: Annotated[str, typer.Argument(help="Name of the ask.")],
) -> None:
    """Withdraw an ask: the device is not told, or not again.

    What it was already told and does stays as it is: to end reports, ask for
    `cancel_reports`. Prints how far the ask had come, as JSON.
    """
    door, _ = vtn_door()
    _print_ask(door.withdraw_ask(ven_id, ask_id))


def _print_ask(status: AskStatus) -> None:
    print(json.dumps(status.to_json()))
