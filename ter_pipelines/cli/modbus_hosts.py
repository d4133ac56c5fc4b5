"""`ter modbus add`, `list`, `remove`, `enable`, `disable`: what is polled."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated

import typer

from ter_pipelines.cli.at_hand import opened_registry
from ter_pipelines.cli.modbus import Host, Port, Unit, own_maps
from ter_pipelines.registry.modbus_book import ModbusBook
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.modbus import ModbusHost
from ter_pipelines.vocab.units import parse_decimal, plain

HostIds = Annotated[list[str], typer.Argument(help="Names of registered meters.")]
modbus_hosts = typer.Typer()


@modbus_hosts.command("add")
def add(  # noqa: PLR0913
    host_id: Annotated[str, typer.Argument(help="Its name; device of its usage.")],
    *,
    host: Host,
    map_name: Annotated[str, typer.Option("--map", help="Name of a register map.")],
    port: Port = 502,
    unit: Unit = 1,
    interval: Annotated[
        int, typer.Option(help="Seconds of an interval; they divide an hour.")
    ] = 900,
    poll: Annotated[int, typer.Option(help="Seconds between two polls.")] = 60,
    rated_kw: Annotated[
        str, typer.Option(help="Most that can flow through it, kW; empty if unknown.")
    ] = "",
    description: Annotated[str, typer.Option(help="For people.")] = "",
) -> None:
    """Register a meter; the collector polls it from the next minute on.

    Its usage is that of VEN `modbus` and this device: map both to a meter in the meter
    list. The meter is not asked now; `ter modbus read` does that.
    """
    added = ModbusHost(
        host_id=host_id,
        address=host,
        port=port,
        unit=unit,
        map_name=map_name,
        interval_seconds=interval,
        poll_seconds=poll,
        description=description,
        rated_kw=_kw(rated_kw),
    )
    with opened_registry() as registry:
        own_maps(registry.meter_models).find(map_name)
        registry.modbus.add_host(added)
    _print(added)


@modbus_hosts.command("list")
def list_hosts() -> None:
    """Print the registered meters, one JSON object each."""
    with open_book() as book:
        for host in book.hosts():
            _print(host)


@modbus_hosts.command("remove")
def remove(host_ids: HostIds) -> None:
    """Forget meters; what they said stays. Unknown names change nothing at all."""
    with open_book() as book:
        for host in _known(book, host_ids):
            book.remove_host(host.host_id)


@modbus_hosts.command("enable")
def enable(host_ids: HostIds) -> None:
    """Let meters be polled again. Unknown names change nothing at all."""
    _switch(host_ids, is_enabled=True)


@modbus_hosts.command("disable")
def disable(host_ids: HostIds) -> None:
    """Let meters be polled no more. Unknown names change nothing at all."""
    _switch(host_ids, is_enabled=False)


@contextmanager
def open_book() -> Iterator[ModbusBook]:
    """Give the registry's book of meters, brought up to date."""
    with opened_registry() as registry:
        yield registry.modbus


def _switch(host_ids: list[str], *, is_enabled: bool) -> None:
    with open_book() as book:
        for host in _known(book, host_ids):
            book.set_enabled(host.host_id, is_enabled=is_enabled)


def _known(book: ModbusBook, host_ids: list[str]) -> list[ModbusHost]:
    hosts = {host.host_id: host for host in book.hosts()}
    if unknown := [host_id for host_id in host_ids if host_id not in hosts]:
        raise InputError(f"Modbus hosts {', '.join(unknown)}: do not exist")
    return [hosts[host_id] for host_id in dict.fromkeys(host_ids)]


def _kw(text: str) -> Decimal | None:
    try:
        return parse_decimal(text) if text else None
    except ValueError as error:
        raise InputError(f"--rated-kw: {error}") from None


def _print(host: ModbusHost) -> None:
    told = {**vars(host), "map": host.map_name}
    told["rated_kw"] = None if host.rated_kw is None else plain(host.rated_kw)
    del told["map_name"], told["also_read"]
    print(json.dumps(told))
