"""The registry's book of meters over Modbus: hosts, and what they said."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog

from ter_pipelines.registry.changes import Changes
from ter_pipelines.registry.channels import (
    ChannelHistory,
    ChannelValue,
    measurements_of,
)
from ter_pipelines.registry.database import reading, writing
from ter_pipelines.registry.hosts import (
    delete_host,
    insert_host,
    require_host,
    select_hosts,
    switch_host,
)
from ter_pipelines.registry.readings import (
    Channel,
    StoredReading,
    hour_of,
    insert_readings,
    refusing,
    select_beside,
    select_newest_reading_id,
    select_readings,
    select_touched_hours,
)
from ter_pipelines.vocab.clock import DAY, iso_utc
from ter_pipelines.vocab.modbus import MeterReading, ModbusHost

_LOG = structlog.get_logger()


class ModbusBook:
    """Hosts and readings; every method raises `RemoteError` without the database.

    Args:
        changes: The registry's database, and in whose name it is changed.
    """

    def __init__(self, changes: Changes) -> None:
        """Take the database."""
        self._changes = changes
        self._engine = changes.engine

    def add_host(self, host: ModbusHost) -> None:
        """Register a host.

        Raises:
            FieldError: With a message for every field that is wrong.
            InputError: If there is one of that id.
        """
        require_host(host)
        with self._changes.making() as change:
            insert_host(change.connection, host, change.made_at)
            told = {"address": host.address, "port": host.port, "map": host.map_name}
            change.note("host.added", f"host {host.host_id}", told)

    def remove_host(self, host_id: str) -> None:
        """Forget a host; what it said stays.

        Raises:
            InputError: If there is none of that id.
        """
        with self._changes.making() as change:
            delete_host(change.connection, host_id)
            change.note("host.removed", f"host {host_id}")

    def set_enabled(self, host_id: str, *, is_enabled: bool) -> None:
        """Let a host be polled, or no longer.

        Raises:
            InputError: If there is none of that id.
        """
        with self._changes.making() as change:
            switch_host(change.connection, host_id, is_enabled=is_enabled)
            action = "host.enabled" if is_enabled else "host.disabled"
            change.note(action, f"host {host_id}")

    def hosts(self) -> list[ModbusHost]:
        """Give every host, by id."""
        with reading(self._engine) as connection:
            return select_hosts(connection)

    def enabled_hosts(self) -> list[ModbusHost]:
        """Give the hosts that are polled, by id."""
        return [host for host in self.hosts() if host.is_enabled]

    def store_readings(self, readings: Sequence[MeterReading]) -> None:
        """Keep readings, all or none; they last on return.

        Raises:
            InputError: If one of them is such as the database does not take.
        """
        with refusing(f"{len(readings)} readings"), writing(self._engine) as connection:
            insert_readings(connection, readings)

    def readings(self, begin_utc: datetime, end_utc: datetime) -> list[StoredReading]:
        """Give what was read from an instant until before another, as it arrived."""
        with reading(self._engine) as connection:
            return list(select_readings(connection, begin_utc, end_utc))

    def readings_beside(
        self, channels: Iterable[Channel], begin_utc: datetime, end_utc: datetime
    ) -> list[StoredReading]:
        """Give each channel's last good readings before a time and its first after.

        Args:
            channels: Host and measurement, of such as intervals are made of.
            begin_utc: Start of the time.
            end_utc: Its end.
        """
        with reading(self._engine) as connection:
            return select_beside(connection, channels, begin_utc, end_utc)

    def channel(self, host_id: str, measurement: str) -> ChannelHistory:
        """Give what one meter said of one measurement."""
        return ChannelHistory(self._engine, host_id, measurement)

    def latest(self, host_id: str) -> dict[str, ChannelValue]:
        """Give the newest value of everything a meter measures, by name."""
        found = {
            name: self.channel(host_id, name).newest()
            for name in measurements_of(self._engine, host_id)
        }
        return {name: value for name, value in found.items() if value is not None}

    def newest_reading_id(self) -> int:
        """Give the newest reading's id, 0 if there is none."""
        with reading(self._engine) as connection:
            return select_newest_reading_id(connection)

    def touched_hours(self, after_id: int) -> dict[datetime, int]:
        """Give the hours that got readings after an id, each with its newest id.

        What is stamped more than a day ahead counts for the present hour: the days
        that it names are not there yet. It is told in the log.
        """
        with reading(self._engine) as connection:
            found = select_touched_hours(connection, after_id)
        now = self._changes.now()
        touched: dict[datetime, int] = {}
        for stamped, newest in found.items():
            hour = stamped
            if stamped > now + DAY:
                hour = hour_of(now)
                up_to = {"hour": iso_utc(stamped), "newest_id": newest}
                _LOG.warning("readings_stamped_ahead", now=iso_utc(now), **up_to)
            touched[hour] = max(newest, touched.get(hour, 0))
        return touched
