"""Sites of members as rows: places, meters that stand there, what is shown of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    cast,
    delete,
    insert,
    literal,
    select,
)

from ter_pipelines.registry.hosts import host_of, site_host_id
from ter_pipelines.registry.site_tables import (
    site_assignment,
    site_host,
    site_location,
)
from ter_pipelines.registry.tables import modbus_host, user_account
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.modbus import ModbusHost
from ter_pipelines.vocab.units import plain

ADDRESS_IS_TAKEN = "The fields street, number, city must make a unique set."
PLACE_IS_TAKEN = "The fields ip, port, slave_address must make a unique set."


@dataclass(frozen=True)
class Location:
    """A place where meters stand.

    Args:
        id: Its number; 0 before it is stored.
        user_id: Whose it is.
        street: Its name.
        number: Of the house; text.
        city: Its name.
        zip_code: Postal code.
        longitude: Degrees, east positive; None if not stated.
        latitude: Degrees, north positive; None if not stated.
    """

    id: int
    user_id: int
    street: str
    number: str
    city: str
    zip_code: str
    longitude: Decimal | None = None
    latitude: Decimal | None = None


@dataclass(frozen=True)
class SiteHost:
    """A meter at a place.

    Args:
        id: Its number; 0 before it is stored.
        user_id: Whose it is.
        location_id: Where it stands.
        meter: How it is reached and read; its `host_id` is made from the number.
    """

    id: int
    user_id: int
    location_id: int
    meter: ModbusHost


@dataclass(frozen=True)
class Assignment:
    """A measurement that an owner wants to see of a meter."""

    id: int
    site_host_id: int
    measurement: str


def select_locations(
    connection: Connection, *conditions: ColumnElement[bool]
) -> list[Location]:
    """Give locations, in order of their making."""
    rows = connection.execute(
        select(site_location).where(*conditions).order_by(site_location.c.id)
    )
    return [_location(row) for row in rows]


def location_values(location: Location) -> dict[str, Any]:
    """Give what is stored of a location beside its number."""
    values = {**vars(location)}
    del values["id"]
    for name in ("longitude", "latitude"):
        degrees = values[name]
        values[name] = None if degrees is None else plain(degrees)
    return values


def select_site_hosts(
    connection: Connection, *conditions: ColumnElement[bool]
) -> list[SiteHost]:
    """Give the meters that stand somewhere, in order of their making.

    One that the operator removed from what is polled stands nowhere any more.
    """
    name = literal(site_host_id(0)[:-1]).concat(cast(site_host.c.id, String))
    rows = connection.execute(
        select(site_host, modbus_host)
        .join(modbus_host, modbus_host.c.host_id == name)
        .where(*conditions)
        .order_by(site_host.c.id)
    )
    return [
        SiteHost(row.id, row.user_id, row.location_id, host_of(row)) for row in rows
    ]


def select_assignments(connection: Connection, number: int) -> list[Assignment]:
    """Give what an owner wants to see of a meter, in order of asking."""
    rows = connection.execute(
        select(site_assignment)
        .where(site_assignment.c.site_host_id == number)
        .order_by(site_assignment.c.id)
    )
    return [Assignment(*row) for row in rows]


def insert_assignments(
    connection: Connection, number: int, measurements: Iterable[str]
) -> None:
    """Store what an owner wants to see of a meter."""
    rows = [{"site_host_id": number, "measurement": name} for name in measurements]
    connection.execute(insert(site_assignment), rows)


def delete_assignments(
    connection: Connection, number: int, measurements: Iterable[str] | None = None
) -> None:
    """Forget what an owner wanted to see of a meter; all of it if nothing is named."""
    query = delete(site_assignment).where(site_assignment.c.site_host_id == number)
    if measurements is not None:
        query = query.where(site_assignment.c.measurement.in_(list(measurements)))
    connection.execute(query)


def require_owner(connection: Connection, user_id: int) -> None:
    """Refuse a number that is nobody's.

    Raises:
        FieldError: Naming it.
    """
    known = select(user_account.c.id).where(user_account.c.id == user_id)
    if connection.execute(known).first() is None:
        raise _no_such("user", user_id)


def require_own_location(connection: Connection, host: SiteHost) -> None:
    """Refuse a meter at a place that is not its owner's.

    Raises:
        FieldError: Naming what is wrong.
    """
    found = select_locations(connection, site_location.c.id == host.location_id)
    if not found:
        raise _no_such("location", host.location_id)
    if found[0].user_id != host.user_id:
        wrong = "Meter and its location must belong to same user"
        raise FieldError("host", {"structural_error": [wrong]})


def require_free_address(connection: Connection, location: Location) -> None:
    """Refuse a second place of one owner at one address.

    Raises:
        FieldError: Naming the fields.
    """
    columns = site_location.c
    others = select_locations(
        connection,
        columns.id != location.id,
        columns.user_id == location.user_id,
        columns.street == location.street,
        columns.number == location.number,
        columns.city == location.city,
    )
    if others:
        raise FieldError("location", {"non_field_errors": [ADDRESS_IS_TAKEN]})


def require_free_place(connection: Connection, meter: ModbusHost) -> None:
    """Refuse to poll one meter under two names: its energy would count twice.

    Raises:
        FieldError: Naming the fields.
    """
    known = select(modbus_host.c.host_id).where(
        modbus_host.c.host_id != meter.host_id,
        modbus_host.c.address == meter.address,
        modbus_host.c.port == meter.port,
        modbus_host.c.unit == meter.unit,
    )
    if connection.execute(known).first() is not None:
        raise FieldError("host", {"non_field_errors": [PLACE_IS_TAKEN]})


def _no_such(field: str, number: int) -> FieldError:
    wrong = f'Invalid pk "{number}" - object does not exist.'
    return FieldError("site", {field: [wrong]})


def _location(row: Row[Any]) -> Location:
    values = dict(row._mapping)  # noqa: SLF001
    for name in ("longitude", "latitude"):
        degrees = values[name]
        values[name] = None if degrees is None else Decimal(degrees)
    return Location(**values)
