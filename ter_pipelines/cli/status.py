"""`ter vtn status`: how each device of the roster stands."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from ter_pipelines.cli.door import vtn_door
from ter_pipelines.pricing.participation import is_never_heard
from ter_pipelines.vocab.clock import DAY, parse_instant
from vtn_service.contract import VenStatus

EXIT_FOUND = 1
_FEW = 2
_UNITS = (
    (DAY, "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
    (timedelta(seconds=1), "s"),
)
_INSTANTS = (
    "registered_at",
    "last_poll_at",
    "last_event_acknowledged_at",
    "last_report_at",
)
_HEADINGS = (
    "on",
    "registered",
    "polled",
    "opted",
    "reported",
    "silent",
    "owes",
    "cert",
)
status = typer.Typer()


@status.command("status")
def show_status(
    *,
    silent: Annotated[
        bool, typer.Option("--silent", help="Only devices silent or never heard.")
    ] = False,
    as_table: Annotated[
        bool, typer.Option("--table", help="A table for people instead of JSON.")
    ] = False,
) -> None:
    """Print how each device stands: heard when, and what it owes an answer to.

    One JSON object a device; an instant is empty until it happened. Exits with 1 if an
    enabled device is silent, was never heard or has not answered an event.
    """
    door, _ = vtn_door()
    vens = door.vens()
    now = datetime.now(UTC)
    told = [standing(ven, now) for ven in vens if is_unheard(ven) or not silent]
    if as_table:
        Console().print(_as_table(told, now))
    else:
        for line in told:
            print(json.dumps(line))
    if any(is_amiss(ven) for ven in vens):
        raise typer.Exit(EXIT_FOUND)


def standing(ven: VenStatus, now: datetime) -> dict[str, Any]:
    """Tell how a device stands, in the order of its life."""
    return {
        "ven_id": ven.ven_id,
        "is_enabled": ven.is_enabled,
        "registered_at": ven.registered_at,
        "last_poll_at": ven.last_poll_at,
        "last_event_acknowledged_at": ven.last_opt_at,
        "last_report_at": ven.last_report_at,
        "is_never_heard": is_never_heard(ven),
        "silent_since": ven.silent_since,
        "unanswered_events": ven.unanswered_events,
        "unanswered_asks": ven.unanswered_asks,
        "certificate_days_left": days_left(ven.certificate_expires_at, now),
    }


def is_amiss(ven: VenStatus) -> bool:
    """Tell whether an enabled device is unheard or has not answered an event."""
    return is_unheard(ven) or (ven.is_enabled and ven.unanswered_events > 0)


def is_unheard(ven: VenStatus) -> bool:
    """Tell whether an enabled device is silent, or was never heard at all."""
    return ven.is_enabled and (bool(ven.silent_since) or is_never_heard(ven))


def days_left(expires_at: str, now: datetime) -> int | None:
    """Give the whole days until an instant; negative once it is over.

    >>> now = datetime(2025, 11, 2, tzinfo=UTC)
    >>> days_left("2025-11-03T23:59:59Z", now), days_left("2025-11-01T23:00:00Z", now)
    (1, -1)
    """
    return (parse_instant(expires_at) - now) // DAY if expires_at else None


def ago(instant: str, now: datetime) -> str:
    """Tell roughly how long ago an instant was; `-` if it was never.

    >>> now = datetime(2025, 11, 2, tzinfo=UTC)
    >>> ago("2025-11-01T23:58:20Z", now), ago("2025-11-01T21:00:00Z", now), ago("", now)
    ('100 s', '3 h', '-')
    """
    if not instant:
        return "-"
    age = now - parse_instant(instant)
    unit, name = next((u, n) for u, n in _UNITS if age >= u * _FEW or n == "s")
    return f"{age // unit} {name}"


def _as_table(lines: Iterable[Mapping[str, Any]], now: datetime) -> Table:
    """Show devices with ages in place of instants; red is what is amiss.

    What a device owes is answers to events, and to asks.
    """
    columns = [Column(heading, no_wrap=True) for heading in _HEADINGS]
    ven = Column("VEN", overflow="fold")
    table = Table(ven, *columns, box=None, padding=(0, 1, 0, 0))
    for line in lines:
        never = line["is_enabled"] and line["is_never_heard"]
        is_red = line["silent_since"] or line["unanswered_events"] or never
        days = line["certificate_days_left"]
        table.add_row(
            line["ven_id"],
            "yes" if line["is_enabled"] else "no",
            *(ago(line[name], now) for name in _INSTANTS),
            "never heard" if never else ago(line["silent_since"], now),
            f"{line['unanswered_events']}+{line['unanswered_asks']}",
            "-" if days is None else f"{days} d",
            style="red" if is_red else "",
        )
    return table
