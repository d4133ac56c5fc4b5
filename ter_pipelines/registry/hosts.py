"""Meters over Modbus: which are registered, where they are, how often they are read."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ter_pipelines.registry.site_tables import site_assignment
from ter_pipelines.registry.tables import modbus_host as table
from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.ids import require_id
from ter_pipelines.vocab.modbus import (
    LARGEST_UNIT,
    MAX_POWER_KW,
    SMALLEST_UNIT,
    ModbusHost,
)
from ter_pipelines.vocab.units import plain

_HOUR = 3600
_SHORTEST_INTERVAL = 60
_ADDRESS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:_\-]{0,253}[A-Za-z0-9])?|::1?")
_PORTS = range(1, 65_536)
_UNITS = range(SMALLEST_UNIT, LARGEST_UNIT + 1)
_LONGEST_DESCRIPTION = 256


def require_host(host: ModbusHost) -> None:
    """Refuse a host that cannot be polled.

    Raises:
        FieldError: With a message for every field that is wrong.
    """
    errors: dict[str, list[str]] = {}
    for name, text in (("host_id", host.host_id), ("map", host.map_name)):
        try:
            require_id(text, name="an identifier")
        except ValueError as error:
            errors[name] = [str(error)]
    if not _ADDRESS.fullmatch(host.address):
        errors["address"] = [f"got {host.address[:40]!r}, expected an address or name"]
    errors |= _number_errors(host) | _timing_errors(host)
    if (
        len(host.description) > _LONGEST_DESCRIPTION
        or not host.description.isprintable()
    ):
        errors["description"] = [
            f"expected at most {_LONGEST_DESCRIPTION} printable characters"
        ]
    if errors:
        raise FieldError(f"Modbus host {host.host_id[:40]!r}", errors)


def insert_host(connection: Connection, host: ModbusHost, created_at: datetime) -> None:
    """Store a new host.

    Raises:
        InputError: If there is one of that id.
    """
    known = connection.execute(
        select(table.c.host_id).where(table.c.host_id == host.host_id)
    ).first()
    if known is not None:
        raise InputError(f"Modbus host {host.host_id!r}: exists already")
    connection.execute(insert(table).values(**_values(host), created_at=created_at))


def replace_host(connection: Connection, host: ModbusHost) -> None:
    """Store a host as it is now.

    Raises:
        InputError: If there is none of that id.
    """
    changed = connection.execute(
        update(table).where(table.c.host_id == host.host_id).values(**_values(host))
    )
    _require_one(changed.rowcount, host.host_id)


def delete_host(connection: Connection, host_id: str) -> None:
    """Forget a host; what it said stays.

    Raises:
        InputError: If there is none of that id.
    """
    gone = connection.execute(delete(table).where(table.c.host_id == host_id))
    _require_one(gone.rowcount, host_id)


def switch_host(connection: Connection, host_id: str, *, is_enabled: bool) -> None:
    """Let a host be polled, or no longer.

    Raises:
        InputError: If there is none of that id.
    """
    changed = connection.execute(
        update(table).where(table.c.host_id == host_id).values(is_enabled=is_enabled)
    )
    _require_one(changed.rowcount, host_id)


def select_hosts(connection: Connection) -> list[ModbusHost]:
    """Give every host, by id."""
    also_read = _also_read(connection)
    rows = connection.execute(select(table).order_by(table.c.host_id))
    return [host_of(row, also_read.get(row.host_id, frozenset())) for row in rows]


def site_host_id(site_host_number: int) -> str:
    """Give the name of a site's meter.

    >>> site_host_id(7)
    'site-7'
    """
    return f"site-{site_host_number}"


def _also_read(connection: Connection) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    assigned = select(site_assignment.c.site_host_id, site_assignment.c.measurement)
    for number, measurement in connection.execute(assigned):
        found.setdefault(site_host_id(number), set()).add(measurement)
    return {host_id: frozenset(names) for host_id, names in found.items()}


def _values(host: ModbusHost) -> dict[str, Any]:
    rated_kw = None if host.rated_kw is None else plain(host.rated_kw)
    values = {**vars(host), "map": host.map_name, "rated_kw": rated_kw}
    del values["map_name"], values["also_read"]
    return values


def _number_errors(host: ModbusHost) -> dict[str, list[str]]:
    errors = {}
    numbers = (("port", host.port, _PORTS), ("unit", host.unit, _UNITS))
    for name, number, allowed in numbers:
        if number not in allowed:
            errors[name] = [f"got {number}, expected {allowed[0]} to {allowed[-1]}"]
    if host.rated_kw is not None and not 0 < host.rated_kw < MAX_POWER_KW:
        errors["rated_kw"] = [f"got {host.rated_kw}, expected more than 0 kW"]
    return errors


def _timing_errors(host: ModbusHost) -> dict[str, list[str]]:
    errors = {}
    interval = host.interval_seconds
    if interval < _SHORTEST_INTERVAL or _HOUR % interval:
        errors["interval_seconds"] = [
            f"got {interval}, expected {_SHORTEST_INTERVAL} to {_HOUR} seconds that "
            "divide an hour"
        ]
    if not 1 <= host.poll_seconds <= interval:
        errors["poll_seconds"] = [
            f"got {host.poll_seconds}, expected 1 second to the interval's {interval}"
        ]
    return errors


def _require_one(count: int, host_id: str) -> None:
    if count != 1:
        raise InputError(f"Modbus host {host_id!r}: does not exist")


def host_of(row: Row[Any], also_read: frozenset[str] = frozenset()) -> ModbusHost:
    """Give the host that a row of the table tells of."""
    return ModbusHost(
        host_id=row.host_id,
        address=row.address,
        port=row.port,
        unit=row.unit,
        map_name=row.map,
        interval_seconds=row.interval_seconds,
        poll_seconds=row.poll_seconds,
        description=row.description,
        is_enabled=row.is_enabled,
        rated_kw=None if row.rated_kw is None else Decimal(row.rated_kw),
        also_read=also_read,
    )
