"""The store is durable on return, and reading never waits for writing."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from vtn_service.contract import VenEnrolment
from vtn_service.store import roster
from vtn_service.store.schema import OFFER
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
        connection.execute(insert(OFFER).values(ven_id="v1"))

    async def attempt() -> int:
        with pytest.raises(IntegrityError):
            await store.write(enrol_and_fail)
        return len(await store.read(roster.list_status))

    assert asyncio.run(attempt()) == 0
