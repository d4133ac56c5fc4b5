"""A glance at the store: on the spot where the store is alone, else a read."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from tests.postgres import PostgresServer
from tests.vtn_service.stores import NOW, Held, add, enrol, opened, run, seqs
from vtn_service.store.reports import list_heads
from vtn_service.store.schema import VEN
from vtn_service.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store that is alone."""
    with opened(f"sqlite:///{tmp_path}/vtn.sqlite") as store:
        yield store


def who_reads(connection: Connection) -> int:
    """Give the thread that reads."""
    connection.execute(select(VEN.c.ven_id)).all()
    return threading.get_ident()


def fail(connection: Connection) -> None:
    """Read, and fail."""
    who_reads(connection)
    raise ValueError("got nothing")


def test_the_loop_itself_glances_at_a_store_that_is_alone(store: Store) -> None:
    assert asyncio.run(store.glance(who_reads)) == threading.get_ident()
    assert asyncio.run(store.read(who_reads)) != threading.get_ident()


def test_a_glance_at_a_shared_store_is_a_read(postgres: PostgresServer) -> None:
    with opened(postgres.new_schema()) as store:
        assert asyncio.run(store.glance(who_reads)) != threading.get_ident()


def test_a_glance_sees_all_that_was_written_and_nothing_half_done(
    store: Store,
) -> None:
    async def story() -> None:
        await store.write(enrol)
        first = await store.write(add, b"1")
        held = Held(lambda connection: add(connection, b"2"))
        writing = await held.begin(store)

        assert await store.glance(seqs) == [first]

        held.may_end.set()
        second = await writing
        assert await store.glance(seqs) == [first, second]

    run(story())


def test_after_one_that_failed_there_are_others(store: Store) -> None:
    async def story() -> None:
        await store.write(enrol)
        for _ in range(20):
            with pytest.raises(ValueError, match="got nothing"):
                await store.glance(fail)
        seq = await store.write(add, b"1")

        (head,) = await store.glance(list_heads, 0, 10)

        assert (head.seq, head.received_at) == (seq, NOW)

    run(story())
