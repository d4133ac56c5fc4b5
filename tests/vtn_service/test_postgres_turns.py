"""Processes that share a PostgreSQL store take turns, and see what the others wrote."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tests.vtn_service.stores import (
    NOW,
    SECONDS,
    Held,
    add,
    enrol,
    last_poll,
    run,
    seqs,
)
from vtn_service.store import nonces, roster
from vtn_service.store.store import Store


def test_a_read_sees_one_state_though_another_process_writes(
    here: Store, there: Store
) -> None:
    async def story() -> None:
        has_read, is_written = threading.Event(), threading.Event()

        def read_twice(connection: Connection) -> list[bool]:
            before = roster.is_enrolled(connection, "v1")
            has_read.set()
            assert is_written.wait(SECONDS)
            return [before, roster.is_enrolled(connection, "v1")]

        reading = asyncio.create_task(here.read(read_twice))
        assert await asyncio.to_thread(has_read.wait, SECONDS)
        await there.write(enrol)
        is_written.set()

        assert await reading == [False, False]
        assert await here.read(roster.is_enrolled, "v1")

    run(story())


def test_a_read_cannot_write_and_the_error_does_not_repeat_what(here: Store) -> None:
    with pytest.raises(DBAPIError, match="read-only transaction") as refused:
        asyncio.run(here.read(enrol))

    assert "token of v1" not in str(refused.value)


def test_a_smaller_number_never_becomes_visible_after_a_larger_one(
    here: Store, there: Store
) -> None:
    async def story() -> None:
        await here.write(enrol)
        first = Held(lambda connection: add(connection, b"first"))
        writing = await first.begin(here)

        second = asyncio.create_task(there.write(add, b"second"))
        done, _ = await asyncio.wait([second], timeout=0.2)
        seen = await there.read(seqs)
        first.may_end.set()
        await writing
        await second

        assert (done, seen) == (set(), [])
        assert await there.read(seqs) == [1, 2]

    run(story())


def test_the_next_writer_sees_what_was_written_before_its_turn(
    here: Store, there: Store
) -> None:
    async def story() -> None:
        first = Held(enrol)
        writing = await first.begin(here)

        again = asyncio.create_task(there.write(enrol))
        await asyncio.wait([again], timeout=0.2)
        first.may_end.set()

        await writing
        await again  # it changed the entry, and did not try to make it twice

    run(story())


def test_a_process_that_hangs_in_its_turn_is_shut_out(
    here: Store, there: Store
) -> None:
    def begin_and_hang(connection: Connection) -> None:
        enrol(connection, "lost")
        connection.execute(
            text("SET LOCAL idle_in_transaction_session_timeout = '200ms'")
        )

    async def story() -> None:
        hanging = Held(begin_and_hang)
        writing = await hanging.begin(here)

        await there.write(enrol, "kept")
        hanging.may_end.set()

        with pytest.raises(DBAPIError):
            await writing
        assert not await here.read(roster.is_enrolled, "lost")
        assert await here.read(roster.is_enrolled, "kept")

    run(story())


def test_an_older_poll_at_one_does_not_hide_a_later_one_at_the_other(
    here: Store, there: Store
) -> None:
    async def story() -> None:
        await here.write(enrol)

        await there.write(roster.note_polls, {"v1": "2025-11-02T05:00:02Z"})
        await here.write(roster.note_polls, {"v1": "2025-11-02T05:00:01Z"})

        assert await here.read(last_poll) == "2025-11-02T05:00:02Z"

    run(story())


def test_a_nonce_used_at_one_is_used_at_the_other(here: Store, there: Store) -> None:
    async def story() -> None:
        await here.write(enrol)
        signed = {"ven_id": "v1", "nonce": "n1", "signed_at": NOW}

        tries = [
            store.write(nonces.use_nonce, **signed, forget_before="")
            for store in (here, there, here, there)
        ]

        assert sum(await asyncio.gather(*tries)) == 1

    run(story())
