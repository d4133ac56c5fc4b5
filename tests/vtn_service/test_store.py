"""The store is durable on return, and reading never waits for writing."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete
from sqlalchemy.exc import IntegrityError

from vtn_service.contract import TouchedSpan, VenEnrolment
from vtn_service.store import events, reports, roster
from vtn_service.store.schema import REPORT
from vtn_service.store.store import Store

NOW = "2025-11-02T05:00:00Z"
VEN = VenEnrolment("v1", "", "ab")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    opened = Store.open(f"sqlite:///{tmp_path}/new/folder/vtn.sqlite")
    yield opened
    opened.close()


def _pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


@pytest.mark.parametrize(
    ("name", "setting"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)],
)
def test_every_connection_is_durable_and_strict(
    store: Store, name: str, setting: object
) -> None:
    async def ask() -> tuple[object, object]:
        return await store.read(_pragma, name), await store.write(_pragma, name)

    assert asyncio.run(ask()) == (setting, setting)


def test_reading_does_not_wait_for_writing(store: Store) -> None:
    may_end = threading.Event()

    def write_slowly(connection: Connection) -> bool:
        roster.enrol(connection, VEN, NOW)
        return may_end.wait(10)

    async def read_meanwhile() -> list[int]:
        writing = asyncio.create_task(store.write(write_slowly))
        await asyncio.sleep(0)
        before = await store.read(roster.list_status)
        may_end.set()
        assert await writing
        return [len(before), len(await store.read(roster.list_status))]

    assert asyncio.run(read_meanwhile()) == [0, 1]


def test_work_that_fails_leaves_nothing_behind(store: Store) -> None:
    def enrol_and_fail(connection: Connection) -> None:
        roster.enrol(connection, VEN, NOW)
        schedule = events.OptSchedule("o1", "optOut", "economic", b"")
        events.add_opt_schedule(connection, "not-on-the-roster", schedule, NOW)

    async def attempt() -> int:
        with pytest.raises(IntegrityError):
            await store.write(enrol_and_fail)
        return len(await store.read(roster.list_status))

    assert asyncio.run(attempt()) == 0


def test_a_sequence_number_is_not_used_again_after_a_deletion(store: Store) -> None:
    touched = [TouchedSpan(NOW, "2025-11-02T05:00:01Z")]
    report = reports.pack_report("v1", NOW, b"<x/>", [], touched)

    def add_delete_add(connection: Connection) -> list[int]:
        roster.enrol(connection, VEN, NOW)
        first, _ = reports.add_report(connection, report)
        connection.execute(delete(REPORT))
        second, _ = reports.add_report(connection, report)
        return [first, second]

    assert asyncio.run(store.write(add_delete_add)) == [1, 2]
