"""The registry's book of sites: members' places, the meters there, what they show."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, delete, insert, update

from ter_pipelines.registry.changes import Changes, difference
from ter_pipelines.registry.database import reading
from ter_pipelines.registry.hosts import (
    delete_host,
    insert_host,
    replace_host,
    require_host,
    site_host_id,
)
from ter_pipelines.registry.site_rows import (
    Assignment,
    Location,
    SiteHost,
    delete_assignments,
    insert_assignments,
    location_values,
    require_free_address,
    require_free_place,
    require_own_location,
    require_owner,
    select_assignments,
    select_locations,
    select_site_hosts,
)
from ter_pipelines.registry.site_tables import site_host, site_location
from ter_pipelines.vocab.errors import FieldError, InputError

_UNSTORED = "not-stored"


class SiteBook:
    """Places and meters of members; every method raises `RemoteError` without database.

    A meter here is one the collector polls, named `site-` and its number.

    Args:
        changes: The registry's database, and in whose name it is changed.
    """

    def __init__(self, changes: Changes) -> None:
        """Take the database."""
        self._changes = changes

    def locations(self, user_id: int | None = None) -> list[Location]:
        """Give every location, or a user's, in order of their making."""
        with reading(self._changes.engine) as connection:
            return select_locations(connection, *_of(site_location.c.user_id, user_id))

    def location(self, location_id: int) -> Location | None:
        """Give a location; None if there is none of that number."""
        with reading(self._changes.engine) as connection:
            found = select_locations(connection, site_location.c.id == location_id)
        return found[0] if found else None

    def add_location(self, location: Location) -> Location:
        """Store a new location; gives it with its number.

        Raises:
            FieldError: If its owner does not exist, or has one at that address.
        """
        with self._changes.making() as change:
            require_owner(change.connection, location.user_id)
            require_free_address(change.connection, location)
            number = change.connection.execute(
                insert(site_location)
                .values(**location_values(location))
                .returning(site_location.c.id)
            ).scalar_one()
            told = location_values(location)
            change.note("location.added", f"location {number}", told)
        return replace(location, id=number)

    def change_location(
        self, location_id: int, become: Callable[[Location], Location]
    ) -> Location:
        """Store a location as it is now.

        Args:
            location_id: Its number.
            become: Gives it as it is to be, of what it was.

        Raises:
            FieldError: If its owner has another at that address, does not exist, or
                is not that of the meters there.
            InputError: If there is none of that number.
        """
        with self._changes.making() as change:
            known = _location(change.connection, location_id)
            location = become(known)
            if location == known:
                return known
            require_owner(change.connection, location.user_id)
            require_free_address(change.connection, location)
            for host in _hosts_at(change.connection, location_id):
                if host.user_id != location.user_id:
                    wrong = "Meter and its location must belong to same user"
                    raise FieldError("location", {"structural_error": [wrong]})
            values = location_values(location)
            change.connection.execute(
                update(site_location)
                .where(site_location.c.id == location_id)
                .values(**values)
            )
            told = difference(location_values(known), values)
            change.note("location.changed", f"location {location_id}", told)
        return location

    def remove_location(self, location_id: int) -> None:
        """Forget a location.

        Raises:
            InputError: If there is none of that number, or meters stand there.
        """
        with self._changes.making() as change:
            if hosts := _hosts_at(change.connection, location_id):
                numbers = ", ".join(str(host.id) for host in hosts)
                raise InputError(
                    f"Location with id {location_id} has hosts {numbers}; delete or "
                    "move them first"
                )
            # What is left here stands for meters that are polled no more.
            _forget_hosts(change.connection, site_host.c.location_id == location_id)
            known = _location(change.connection, location_id)
            change.connection.execute(
                delete(site_location).where(site_location.c.id == location_id)
            )
            told = location_values(known)
            change.note("location.removed", f"location {location_id}", told)

    def hosts(self, user_id: int | None = None) -> list[SiteHost]:
        """Give every meter that stands somewhere, or a user's."""
        with reading(self._changes.engine) as connection:
            return select_site_hosts(connection, *_of(site_host.c.user_id, user_id))

    def host(self, number: int) -> SiteHost | None:
        """Give a meter; None if there is none of that number."""
        with reading(self._changes.engine) as connection:
            found = select_site_hosts(connection, site_host.c.id == number)
        return found[0] if found else None

    def add_host(self, host: SiteHost) -> SiteHost:
        """Store a new meter, which is polled from the next minute on.

        Raises:
            FieldError: If it cannot be polled, is polled already, or stands at a place
                that is not its owner's.
        """
        meter = replace(host.meter, host_id=_UNSTORED)
        require_host(meter)
        with self._changes.making() as change:
            require_owner(change.connection, host.user_id)
            require_own_location(change.connection, host)
            require_free_place(change.connection, meter)
            number = change.connection.execute(
                insert(site_host)
                .values(user_id=host.user_id, location_id=host.location_id)
                .returning(site_host.c.id)
            ).scalar_one()
            meter = replace(meter, host_id=site_host_id(number))
            insert_host(change.connection, meter, change.made_at)
            change.note("host.added", f"host {meter.host_id}", _told(host))
        return replace(host, id=number, meter=meter)

    def change_host(
        self, number: int, become: Callable[[SiteHost], SiteHost]
    ) -> SiteHost:
        """Store a meter as it is now; what it said before stays.

        Args:
            number: Of the meter.
            become: Gives it as it is to be, of what it was.

        Raises:
            FieldError: If it cannot be polled, is polled already, or stands at a place
                that is not its owner's.
            InputError: If there is none of that number.
        """
        with self._changes.making() as change:
            known = _host(change.connection, number)
            host = become(known)
            if host == known:
                return known
            require_host(host.meter)
            require_owner(change.connection, host.user_id)
            require_own_location(change.connection, host)
            require_free_place(change.connection, host.meter)
            change.connection.execute(
                update(site_host)
                .where(site_host.c.id == number)
                .values(user_id=host.user_id, location_id=host.location_id)
            )
            replace_host(change.connection, host.meter)
            told = difference(_told(known), _told(host))
            change.note("host.changed", f"host {host.meter.host_id}", told)
        return host

    def remove_host(self, number: int) -> None:
        """Forget a meter; what it said stays.

        Raises:
            InputError: If there is none of that number.
        """
        name = site_host_id(number)
        with self._changes.making() as change:
            known = _host(change.connection, number)
            delete_host(change.connection, name)
            _forget_hosts(change.connection, site_host.c.id == number)
            change.note("host.removed", f"host {name}", _told(known))

    def assigned(self, number: int) -> list[Assignment]:
        """Give what is shown of a meter, in order of asking."""
        with reading(self._changes.engine) as connection:
            return select_assignments(connection, number)

    def assign(self, number: int, measurements: Sequence[str]) -> list[Assignment]:
        """Show measurements of a meter, all of them or none; gives the new ones.

        The collector reads them from the next minute on.

        Raises:
            InputError: If one is shown already, or there is no such meter.
        """
        with self._changes.making() as change:
            if not select_site_hosts(change.connection, site_host.c.id == number):
                raise InputError(f"Host with id {number} does not exist")
            before = select_assignments(change.connection, number)
            known = [each.measurement for each in before]
            if twice := [name for name in measurements if name in known]:
                raise InputError(f"Measurement {twice[0]!r} is assigned already")
            insert_assignments(change.connection, number, measurements)
            made = select_assignments(change.connection, number)[len(before) :]
            told = {"measurements": list(measurements)}
            change.note("host.assigned", f"host {site_host_id(number)}", told)
        return made

    def unassign(self, number: int, measurements: Sequence[str]) -> None:
        """Show measurements of a meter no more, all of them or none.

        Raises:
            InputError: If one is not shown.
        """
        with self._changes.making() as change:
            shown = select_assignments(change.connection, number)
            known = {each.measurement for each in shown}
            if unknown := [name for name in measurements if name not in known]:
                raise InputError(
                    f"Measurement '{unknown[0]}' wasn't assigned or doesn't exist"
                )
            delete_assignments(change.connection, number, measurements)
            told = {"measurements": list(measurements)}
            change.note("host.unassigned", f"host {site_host_id(number)}", told)


def _of(column: ColumnElement[int], user_id: int | None) -> list[ColumnElement[bool]]:
    return [] if user_id is None else [column == user_id]


def _hosts_at(connection: Connection, location_id: int) -> list[SiteHost]:
    return select_site_hosts(connection, site_host.c.location_id == location_id)


def _forget_hosts(connection: Connection, which: ColumnElement[bool]) -> None:
    for host in connection.execute(site_host.select().where(which)).all():
        delete_assignments(connection, host.id)
    connection.execute(delete(site_host).where(which))


def _told(host: SiteHost) -> dict[str, object]:
    meter = host.meter
    return {
        "user_id": host.user_id,
        "location_id": host.location_id,
        "address": meter.address,
        "port": meter.port,
        "unit": meter.unit,
        "map": meter.map_name,
        "description": meter.description,
    }


def _location(connection: Connection, number: int) -> Location:
    found = select_locations(connection, site_location.c.id == number)
    if not found:
        raise InputError(f"location {number}: does not exist")
    return found[0]


def _host(connection: Connection, number: int) -> SiteHost:
    found = select_site_hosts(connection, site_host.c.id == number)
    if not found:
        raise InputError(f"Modbus host {site_host_id(number)!r}: does not exist")
    return found[0]
