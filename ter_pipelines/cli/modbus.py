"""`ter modbus`: read a meter over Modbus, look what it is, and check register maps."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ter_pipelines.formats.register_map import SUFFIX, RegisterMap
from ter_pipelines.formats.register_map.sunspec import Model
from ter_pipelines.resources.modbus.collector import utc_now
from ter_pipelines.resources.modbus.link import Link, keep_quiet
from ter_pipelines.resources.modbus.reading import Answered, Wanted, read_device
from ter_pipelines.resources.modbus.scan import (
    find_models,
    nameplate_of,
    read_nameplate,
)
from ter_pipelines.resources.register_maps import (
    ModelBook,
    RegisterMaps,
    read_map_file,
)
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FieldError, InputError, RemoteError
from ter_pipelines.vocab.modbus import GOOD, LARGEST_UNIT, SMALLEST_UNIT
from ter_pipelines.vocab.units import plain

EXIT_FOUND = 1
T = TypeVar("T")
Host = Annotated[str, typer.Option(help="IP address or name of meter or gateway.")]
Port = Annotated[int, typer.Option(help="TCP port.", min=1, max=65535)]
Unit = Annotated[
    int,
    typer.Option(help="Unit identifier.", min=SMALLEST_UNIT, max=LARGEST_UNIT),
]
MapName = Annotated[
    str, typer.Option("--map", help="Name of a register map, or a TOML file.")
]
Timeout = Annotated[
    float, typer.Option(help="Seconds to wait for each answer.", min=0.05, max=60)
]
modbus = typer.Typer(no_args_is_help=True, help="Meters over Modbus TCP; only reads.")


@modbus.command("read")
def read(
    *,
    host: Host,
    map_name: MapName,
    port: Port = 502,
    unit: Unit = 1,
    timeout: Timeout = 3.0,
) -> None:
    """Read every measurement of a meter once; print them as one JSON object.

    Exits with 1 if the meter did not answer or a value is not good.
    """
    device = find_map(map_name)

    async def ask(link: Link) -> dict[str, Answered]:
        wanted = Wanted(device, list(device.entries.values()))
        return await read_device(link, unit, wanted, utc_now)

    answered = _asked(host, port, timeout, ask)
    place = {"host": host, "port": port, "unit": unit, "map": device.name}
    values = {name: _shown(answer) for name, answer in answered.items()}
    print(json.dumps({**place, "measurements": values}))
    if any(answer.measured.quality != GOOD for answer in answered.values()):
        raise typer.Exit(EXIT_FOUND)


@modbus.command("scan")
def scan(
    *, host: Host, port: Port = 502, unit: Unit = 1, timeout: Timeout = 3.0
) -> None:
    """Find the SunSpec models of a device, and the register maps that read them.

    One JSON object: nameplate, models in their order, maps. Exits with 1 if it has no
    such models.
    """

    async def ask(link: Link) -> tuple[list[Model], dict[str, str]]:
        models = await find_models(link, unit)
        common = nameplate_of(models)
        plate = {} if common is None else await read_nameplate(link, unit, common)
        return models, plate

    models, plate = _asked(host, port, timeout, ask)
    maps = own_maps()
    known = {m.sunspec_model: name for name, m in _all_maps(maps) if m.sunspec_model}
    told = [
        {"model": m.number, "address": m.address, "length": m.length}
        | ({"map": known[m.number]} if m.number in known else {})
        for m in models
    ]
    usable = [known[m.number] for m in models if m.number in known]
    place = {"host": host, "port": port, "unit": unit}
    print(json.dumps({**place, **plate, "models": told, "maps": usable}))
    if not models:
        raise typer.Exit(EXIT_FOUND)


@modbus.command("maps")
def maps(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Maps to check.", metavar="[FILE]...")
    ] = None,
) -> None:
    """List the register maps there are, or check files of one's own.

    One JSON object a map. Exits with 1 if a file is wrong; every wrong field is named.
    """
    if not files:
        ours = own_maps()
        for name, device in _all_maps(ours):
            print(json.dumps(_described(device) | {"is_own": ours.is_own(name)}))
        return
    is_wrong = False
    for file in files:
        try:
            print(json.dumps({"file": str(file)} | _described(read_map_file(file))))
        except FieldError as error:
            is_wrong = True
            for field, messages in error.fields.items():
                for message in messages:
                    print(f"{file}: {field}: {message}", file=sys.stderr)
    if is_wrong:
        raise typer.Exit(EXIT_FOUND)


def own_maps(models: ModelBook | None = None) -> RegisterMaps:
    """Give the register maps of this installation.

    Args:
        models: Models described by hand, where the registry is at hand.
    """
    return RegisterMaps(read_settings().own_register_maps, models)


def find_map(name: str) -> RegisterMap:
    """Give a map by its name or file.

    Raises:
        InputError: If there is none, or it is wrong.
    """
    if name.endswith(SUFFIX):
        return read_map_file(Path(name))
    return own_maps().find(name)


def _all_maps(maps: RegisterMaps) -> list[tuple[str, RegisterMap]]:
    found = []
    for name in maps.names():
        try:
            found.append((name, maps.find(name)))
        except InputError as error:
            print(f"ter: {error}", file=sys.stderr)
    return found


def _asked(
    host: str, port: int, timeout: float, ask: Callable[[Link], Awaitable[T]]
) -> T:
    """Ask over a connection of its own; the command ends where nothing answers."""

    async def over_a_link() -> T:
        keep_quiet(asyncio.get_running_loop())
        link = Link(host, port, timeout_seconds=timeout)
        try:
            return await ask(link)
        finally:
            link.close()

    try:
        return asyncio.run(over_a_link())
    except (RemoteError, ValueError) as error:
        print(f"ter: {host} port {port}: {error}", file=sys.stderr)
        raise typer.Exit(EXIT_FOUND) from None


def _shown(answer: Answered) -> dict[str, str | None]:
    measured = answer.measured
    return {
        "value": None if measured.value is None else plain(measured.value),
        "unit": measured.entry.unit,
        "quality": measured.quality,
        "explanation": measured.explanation,
        "read_at": iso_utc(answer.at),
    }


def _described(device: RegisterMap) -> dict[str, object]:
    return {
        "map": device.name,
        "title": device.title,
        "sunspec_model": device.sunspec_model,
        "measurements": len(device.entries),
        "polled": len(device.polled),
        "intervals_from": {
            entry.measurement: entry.direction
            for entry in device.entries.values()
            if entry.has_role
        },
    }
