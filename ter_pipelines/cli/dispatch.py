"""`ter dispatch`: enrol batteries, order what they do, see what they answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ter_pipelines.cli.dispatch_desk import DispatchDesk, open_dispatch
from ter_pipelines.cli.door import vtn_door
from ter_pipelines.dispatch.battery import Device, read_soc
from ter_pipelines.dispatch.orders import CHEAPEST, Order
from ter_pipelines.vocab.clock import DAY, iso_utc, operating_day_of
from ter_pipelines.vocab.errors import InputError, RemoteError, SettingsError
from ter_pipelines.vocab.strict_json import MAX_BYTES
from ter_pipelines.vocab.units import plain

EXIT_FOUND = 1
REFUSED = ("REFUSED", "OPTED OUT")

dispatch = typer.Typer(
    no_args_is_help=True,
    help="Batteries: who may be told what to do, orders, and what came of them.",
)
remarks = Console(stderr=True)

By = Annotated[str, typer.Option(help="Who decides; kept with it.")]
Day = Annotated[str, typer.Option("--date", help="Operating day, such as 2025-11-03.")]
Batteries = Annotated[
    list[str],
    typer.Argument(help="Batteries, VEN/DEVICE each.", metavar="[VEN/DEVICE]..."),
]


@dispatch.command("enrol")
def enrol(
    file: Annotated[
        Path, typer.Argument(help="Batteries, TOML, such as examples/batteries.toml.")
    ],
    *,
    by: By,
) -> None:
    """Enrol batteries with their limits, or change them; print each as JSON.

    A battery is told nothing unless its enrolment says `allows_control = true`. One
    that is enrolled again without is told nothing more: its plans end within seconds.
    """
    with open_dispatch() as desk:
        _print_all(desk.enrol(_bytes_of(file), subject=str(file), by=by))


@dispatch.command("batteries")
def list_batteries() -> None:
    """Print every battery as it was enrolled last, one JSON object each."""
    with open_dispatch() as desk:
        _print_all([asdict(battery) for battery in desk.batteries()])


@dispatch.command("load")
def load(
    file: Annotated[
        Path, typer.Argument(help="Schedules, JSON; see docs/dispatch.md.")
    ],
    *,
    by: By,
) -> None:
    """Order batteries to charge and discharge by a schedule, all of a file or none.

    Each schedule takes the place of whatever was ordered of its battery and day.
    Prints what was kept, as JSON. The running system takes it up within seconds.
    """
    with open_dispatch() as desk:
        _print_all(desk.load(_bytes_of(file), subject=str(file), by=by))


@dispatch.command("plan")
def plan(
    batteries: Batteries = [],  # noqa: B006
    *,
    day: Day,
    by: By,
    start_soc: Annotated[
        str,
        typer.Option(help="State of charge it begins with; expected if unsaid."),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option(help="Only print it; order nothing.")
    ] = False,
) -> None:
    """Order the cheapest plan of batteries for a day: of those named, or of every one.

    Prints the plan's intervals at the prices there are, as JSON. Where they are not
    published yet, it is made when they are; and again when they change before it has
    begun. On a day that has begun, the hours that are left are planned.
    """
    with open_dispatch() as desk:
        named = [_device(text) for text in batteries]
        devices = named or [b.device for b in desk.batteries() if b.allows_control]
        soc = _soc(start_soc)
        orders = desk.stated(
            [Order(CHEAPEST, *device, _day(day), soc) for device in devices]
        )
        planned = desk.planned(orders)
        for order, rows in zip(orders, planned, strict=True):
            kept = {} if dry_run else desk.keep(order, by)
            if not rows:
                _say(f"{'/'.join(order.device)}: is planned once {day} has prices")
            _print_all([{**kept, **row} for row in rows] or [kept])
        if not orders:
            raise InputError("no battery allows control; see `ter dispatch enrol`")


@dispatch.command("cancel")
def cancel(batteries: Batteries, *, day: Day, by: By) -> None:
    """End what batteries are ordered to do on a day; print what was kept, as JSON.

    Devices hear it when they poll next. What they did until then stays done.
    """
    with open_dispatch() as desk:
        devices = [_device(text) for text in batteries]
        _print_all(desk.cancel(devices, _day(day), by))


@dispatch.command("show")
def show(
    *,
    day: Annotated[
        str, typer.Option("--date", help="Operating day; today and tomorrow if unsaid.")
    ] = "",
    with_intervals: Annotated[
        bool,
        typer.Option("--intervals", help="Print the plans' intervals, too."),
    ] = False,
) -> None:
    """Print what batteries are ordered to do and what became of it, as JSON.

    Exits with 1 if an order is REFUSED or a device OPTED OUT. States: WAITING, PLANNED,
    HANDED OVER (the VTN cannot be asked), NOT TOLD, UNANSWERED, ACCEPTED, CANCELLED.
    """
    with open_dispatch() as desk:
        rows = _rows_of(desk, [_day(day)] if day else _these_days(desk))
    for row in rows:
        intervals = row.pop("intervals")
        _print_all([{**row, "intervals": len(intervals)}])
        _print_all(intervals if with_intervals else [])
    if any(row["state"] in REFUSED for row in rows):
        raise typer.Exit(EXIT_FOUND)


def _rows_of(desk: DispatchDesk, days: Sequence[date]) -> list[dict[str, Any]]:
    try:
        door, _ = vtn_door()
        return [row for day in days for row in desk.show(day, door)]
    except (RemoteError, SettingsError) as error:
        _say(f"the VTN cannot be asked: {error}")
        return [row for day in days for row in desk.show(day, None)]


def _these_days(desk: DispatchDesk) -> list[date]:
    today = operating_day_of(desk.now, desk.programme.zone)
    return [today, today + DAY]


def _bytes_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        body = opened.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise InputError(f"{file}: expected at most {MAX_BYTES} bytes")
    return body


def _device(text: str) -> Device:
    ven_id, _, device_id = text.partition("/")
    if not ven_id or not device_id:
        raise InputError(f"battery {text!r}: expected VEN/DEVICE")
    return ven_id, device_id


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"--date: got {text!r}, expected a day such as 2025-11-03"
        ) from None


def _soc(text: str) -> Decimal | None:
    try:
        return read_soc(text) if text else None
    except ValueError as error:
        raise InputError(f"--start-soc: {error}") from None


def _print_all(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        if row:
            print(json.dumps({name: _shown(value) for name, value in row.items()}))


def _shown(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso_utc(value)
    return str(value) if isinstance(value, date) else value


def _say(remark: str) -> None:
    remarks.print(remark, markup=False, highlight=False, soft_wrap=True)
