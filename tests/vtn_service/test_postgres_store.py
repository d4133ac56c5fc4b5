"""On PostgreSQL the store keeps its promises among several processes.

Two stores open at once are two processes here: they share nothing but the database.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.postgres import PostgresServer
from vtn_service.contract import TouchedSpan, VenEnrolment
from vtn_service.store import reports, roster
from vtn_service.store.database import StoreError
from vtn_service.store.store import Store

NOW = "2025-11-02T05:00:00Z"
SPANS = [TouchedSpan(NOW, "2025-11-02T05:00:01Z")]
SECONDS = 20


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """Give a store, and close it."""
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """Give the URL of an empty database."""
    return postgres.new_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Give a store."""
    with opened(url) as at_work:
        yield at_work


@pytest.fixture
def other(store: Store, url: str) -> Iterator[Store]:
    """Give the same store in another process."""
    del store
    with opened(url) as at_work:
        yield at_work


def enrol(connection: Connection, ven_id: str = "v1") -> None:
    """Put a VEN on the roster."""
    roster.enrol(connection, VenEnrolment(ven_id, "", f"token of {ven_id}"), NOW)


def add(connection: Connection, body: bytes) -> int:
    """Store a report of the VEN."""
    report = reports.pack_report("v1", NOW, body, reports.Content(), SPANS)
    return reports.add_report(connection, report)[0]


def seqs(connection: Connection) -> list[int]:
    """Give the numbers of all reports that can be seen."""
    return [head.seq for head in reports.list_heads(connection, 0, 1000)]


def setting(connection: Connection, name: str) -> object:
    """Give a setting of this connection."""
    return connection.execute(text(f"SHOW {name}")).scalar_one()


class Held:
    """Work that stops in the midst of its transaction until it may end."""

    def __init__(self, work: Callable[[Connection], object]) -> None:
        """Take the work to begin with."""
        self._work = work
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, connection: Connection) -> object:
        done = self._work(connection)
        self.has_begun.set()
        assert self.may_end.wait(SECONDS)
        return done

    async def begin(self, store: Store) -> asyncio.Task[object]:
        """Give the task that writes it, once it stands in its transaction."""
        task = asyncio.create_task(store.write(self))
        assert await asyncio.to_thread(self.has_begun.wait, SECONDS)
        return task


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a story, which ends within `SECONDS`."""

    async def bounded() -> None:
        async with asyncio.timeout(SECONDS):
            await story

    asyncio.run(bounded())


def test_text_is_compared_byte_by_byte_in_every_column(
    postgres: PostgresServer, store: Store, url: str
) -> None:
    del store

    found = postgres.run(
        "SELECT DISTINCT collation_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type = 'character varying' "
        "AND table_name <> 'alembic_version'",
        url,
    )

    assert found == [("C",)]


@pytest.mark.parametrize(
    ("name", "read", "write"),
    [
        ("transaction_isolation", "repeatable read", "read committed"),
        ("transaction_read_only", "on", "off"),
        ("synchronous_commit", "on", "on"),
        ("idle_in_transaction_session_timeout", "10s", "10s"),
        ("lock_timeout", "20s", "20s"),
        ("statement_timeout", "1min", "1min"),
    ],
)
def test_every_transaction_is_durable_and_bounded(
    store: Store, name: str, read: str, write: str
) -> None:
    async def ask() -> tuple[object, object]:
        return await store.read(setting, name), await store.write(setting, name)

    assert asyncio.run(ask()) == (read, write)


@pytest.mark.parametrize(
    ("of_server", "of_store"),
    [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")],
)
def test_a_commit_waits_for_the_disk_whatever_the_server_does_by_itself(
    postgres: PostgresServer, url: str, of_server: str, of_store: str
) -> None:
    name = make_url(url).database
    postgres.run(f"ALTER DATABASE {name} SET synchronous_commit = {of_server}")

    with opened(url) as store:
        found = asyncio.run(store.write(setting, "synchronous_commit"))

    assert found == of_store


def test_a_server_that_does_not_wait_for_the_disk_is_refused(
    postgres: PostgresServer, url: str
) -> None:
    postgres.run("ALTER SYSTEM SET fsync = off")
    postgres.run("SELECT pg_reload_conf()")
    try:
        with pytest.raises(StoreError, match="fsync is off, expected on"):
            Store.open(url)
    finally:
        postgres.run("ALTER SYSTEM RESET fsync")
        postgres.run("SELECT pg_reload_conf()")


def test_a_database_that_cannot_keep_every_text_is_refused(
    postgres: PostgresServer,
) -> None:
    url = postgres.new_database("ENCODING 'LATIN1'")

    with pytest.raises(StoreError, match="server_encoding is LATIN1, expected UTF8"):
        Store.open(url)


def test_a_read_sees_one_state_though_another_process_writes(
    store: Store, other: Store
) -> None:
    async def story() -> None:
        has_read, is_written = threading.Event(), threading.Event()

        def read_twice(connection: Connection) -> list[bool]:
            before = roster.is_enrolled(connection, "v1")
            has_read.set()
            assert is_written.wait(SECONDS)
            return [before, roster.is_enrolled(connection, "v1")]

        reading = asyncio.create_task(store.read(read_twice))
        assert await asyncio.to_thread(has_read.wait, SECONDS)
        await other.write(enrol)
        is_written.set()

        assert await reading == [False, False]
        assert await store.read(roster.is_enrolled, "v1")

    run(story())


def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction"):
        asyncio.run(store.read(enrol))


def test_a_smaller_number_never_becomes_visible_after_a_larger_one(
    store: Store, other: Store
) -> None:
    async def story() -> None:
        await store.write(enrol)
        first = Held(lambda connection: add(connection, b"first"))
        writing = await first.begin(store)

        second = asyncio.create_task(other.write(add, b"second"))
        done, _ = await asyncio.wait([second], timeout=0.2)
        seen = await other.read(seqs)
        first.may_end.set()
        await writing
        await second

        assert (done, seen) == (set(), [])
        assert await other.read(seqs) == [1, 2]

    run(story())


def test_the_next_writer_sees_what_was_written_before_its_turn(
    store: Store, other: Store
) -> None:
    async def story() -> None:
        first = Held(enrol)
        writing = await first.begin(store)

        again = asyncio.create_task(other.write(enrol))
        await asyncio.wait([again], timeout=0.2)
        first.may_end.set()

        await writing
        await again  # it changed the entry, and did not try to make it twice

    run(story())


def test_a_process_that_hangs_in_its_turn_is_shut_out(
    store: Store, other: Store
) -> None:
    def begin_and_hang(connection: Connection) -> None:
        enrol(connection, "lost")
        connection.execute(
            text("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
        )

    async def story() -> None:
        hanging = Held(begin_and_hang)
        writing = await hanging.begin(store)

        await other.write(enrol, "kept")
        hanging.may_end.set()

        with pytest.raises(DBAPIError):
            await writing
        assert not await store.read(roster.is_enrolled, "lost")
        assert await store.read(roster.is_enrolled, "kept")

    run(story())


def test_writes_whose_database_fails_all_fail_and_are_not_tried_again(
    postgres: PostgresServer, store: Store, url: str
) -> None:
    tries: list[str] = []

    def attempt(connection: Connection, ven_id: str) -> None:
        tries.append(ven_id)
        if ven_id == "cut off":
            postgres.cut_off(url)
        enrol(connection, ven_id)

    async def story() -> None:
        held = Held(lambda _connection: None)
        before = await held.begin(store)
        names = "early", "cut off", "late"
        waiting = [asyncio.create_task(store.write(attempt, name)) for name in names]
        await asyncio.sleep(0)
        held.may_end.set()
        await before

        outcomes = await asyncio.gather(*waiting, return_exceptions=True)

        assert [type(outcome) for outcome in outcomes] == [OperationalError] * 3
        assert tries == ["early", "cut off"]
        assert not await store.read(roster.is_enrolled, "early")

    run(story())


def test_the_store_is_there_again_when_its_database_is(
    postgres: PostgresServer, store: Store, url: str
) -> None:
    async def story() -> None:
        await store.write(enrol, "before")
        postgres.shut(url)
        for attempt in (store.write(enrol, "meanwhile"), store.read(seqs)):
            with pytest.raises(OperationalError):
                await attempt

        postgres.open_again(url)

        await store.write(enrol, "after")
        for ven_id, is_there in {"before": 1, "meanwhile": 0, "after": 1}.items():
            assert await store.read(roster.is_enrolled, ven_id) == is_there

    run(story())
