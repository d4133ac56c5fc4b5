"""Devices as partners tell of them: one row for each device of each VEN."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ter_pipelines.registry.changes import Change, Changes, difference
from ter_pipelines.registry.database import reading
from ter_pipelines.registry.tables import device as table
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.partner_device import PartnerDevice

NOT_UNIQUE = "The fields device_id, ven_id must make a unique set."
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class StoredDevice:
    """A device that is kept.

    Args:
        id: Rises with every device and is never used again.
        device: What is said of it.
    """

    id: int
    device: PartnerDevice


class DeviceBook:
    """Devices; every method raises `RemoteError` without the database.

    Args:
        changes: The registry's database, and in whose name it is changed.
    """

    def __init__(self, changes: Changes) -> None:
        """Take the database."""
        self._changes = changes

    def all(self) -> list[StoredDevice]:
        """Give every device, by id."""
        with reading(self._changes.engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.id))
            return [_stored(row) for row in rows]

    def find(self, number: int) -> StoredDevice | None:
        """Give a device, or None if there is none of that id."""
        with reading(self._changes.engine) as connection:
            return _find(connection, number)

    def add(self, device: PartnerDevice) -> StoredDevice:
        """Keep a new device.

        Raises:
            FieldError: If its VEN has a device of that id.
        """
        with self._changes.making() as change:
            _require_unique(change.connection, device)
            made = change.connection.execute(
                insert(table).values(**_values(device, change)).returning(table)
            )
            stored = _stored(made.one())
            change.note("device.added", _subject(stored), vars(device))
        return stored

    def change(
        self, number: int, become: Callable[[PartnerDevice], PartnerDevice]
    ) -> StoredDevice | None:
        """Keep what is said of a device now.

        Args:
            number: Of the device.
            become: Gives it as it is to be, of what it was.

        Returns:
            None if there is none of that id.

        Raises:
            FieldError: If its VEN has another device of that id.
        """
        with self._changes.making() as change:
            known = _find(change.connection, number)
            if known is None:
                return None
            device = become(known.device)
            if device == known.device:
                return known
            _require_unique(change.connection, device, but=number)
            row = change.connection.execute(
                update(table)
                .where(table.c.id == number)
                .values(**_values(device, change))
                .returning(table)
            )
            stored = _stored(row.one())
            told = difference(vars(known.device), vars(device))
            change.note("device.changed", _subject(stored), told)
        return stored

    def remove(self, number: int) -> StoredDevice | None:
        """Forget a device; the log of changes keeps what was last said of it.

        Returns:
            The device; None if there is none of that id.
        """
        with self._changes.making() as change:
            known = _find(change.connection, number)
            if known is not None:
                change.connection.execute(delete(table).where(table.c.id == number))
                change.note("device.removed", _subject(known), vars(known.device))
        return known


def _find(connection: Connection, number: int) -> StoredDevice | None:
    if not 0 < number <= _LARGEST_ID:
        return None
    row = connection.execute(select(table).where(table.c.id == number)).first()
    return None if row is None else _stored(row)


def _require_unique(
    connection: Connection, device: PartnerDevice, *, but: int = 0
) -> None:
    same = connection.execute(
        select(table.c.id).where(
            table.c.device_id == device.device_id,
            table.c.ven_id == device.ven_id,
            table.c.id != but,
        )
    ).first()
    if same is not None:
        raise FieldError("device", {"non_field_errors": [NOT_UNIQUE]})


def _values(device: PartnerDevice, change: Change) -> dict[str, Any]:
    return {
        **vars(device),
        "register_consumed": f"{device.register_consumed:f}",
        "register_produced": f"{device.register_produced:f}",
        "changed_at": change.made_at,
    }


def _stored(row: Row[Any]) -> StoredDevice:
    said = PartnerDevice(
        row.device_id,
        row.ven_id,
        status_on=row.status_on,
        register_consumed=Decimal(row.register_consumed),
        register_produced=Decimal(row.register_produced),
    )
    return StoredDevice(row.id, said)


def _subject(stored: StoredDevice) -> str:
    return f"device {stored.device.device_id} of VEN {stored.device.ven_id}"
