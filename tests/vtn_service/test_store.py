"""The store is durable on return; writes share transactions, reads go on beside."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, event, select
from sqlalchemy.exc import IntegrityError

from vtn_service.contract import TouchedSpan, VenEnrolment
from vtn_service.store import opts, reports, roster
from vtn_service.store.reports import Content
from vtn_service.store.schema import REPORT, VEN
from vtn_service.store.store import MOST_AT_ONCE, Store

NOW = "2025-11-02T05:00:00Z"
V1 = VenEnrolment("v1", "", "ab")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Give an empty store."""
    opened = Store.open(f"sqlite:///{tmp_path}/new/folder/vtn.sqlite")
    yield opened
    opened.close()


class Turn:
    """Work that holds the writing thread until it is let go."""

    def __init__(self) -> None:
        """Start with nothing held."""
        self._is_held = threading.Event()
        self._may_end = threading.Event()

    def hold(self, _connection: Connection) -> bool:
        """Hold the thread."""
        self._is_held.set()
        return self._may_end.wait(10)

    async def wait_until_held(self) -> None:
        """Wait until the thread is held."""
        assert await asyncio.to_thread(self._is_held.wait, 10)

    def end(self) -> None:
        """Let the thread go."""
        self._may_end.set()


async def write_at_once(store: Store, works: list[Callable[[Connection], Any]]) -> Any:  # noqa: ANN401
    """Give what came of works that all wait for one transaction."""
    turn = Turn()
    first = asyncio.create_task(store.write(turn.hold))
    await turn.wait_until_held()
    others = [asyncio.create_task(store.write(work)) for work in works]
    await asyncio.sleep(0)
    turn.end()
    assert await first
    return await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def counted(name: str) -> Iterator[list[Connection]]:
    """Give what grows by one at every commit or rollback."""
    seen: list[Connection] = []

    def see(connection: Connection) -> None:
        seen.append(connection)

    event.listen(Engine, name, see)
    try:
        yield seen
    finally:
        event.remove(Engine, name, see)


def enrols(ven_id: str) -> Callable[[Connection], str]:
    """Give work that enrols a VEN and gives its id."""

    def work(connection: Connection) -> str:
        roster.enrol(connection, VenEnrolment(ven_id, token_sha256=ven_id), NOW)
        return ven_id

    return work


def fails(ven_id: str) -> Callable[[Connection], str]:
    """Give work that enrols a VEN and then fails by itself."""

    def work(connection: Connection) -> str:
        enrols(ven_id)(connection)
        raise ValueError(ven_id)

    return work


def breaks(ven_id: str) -> Callable[[Connection], str]:
    """Give work that enrols a VEN and then breaks a rule of the database."""

    def work(connection: Connection) -> str:
        enrols(ven_id)(connection)
        schedule = opts.OptSchedule.of("o1", "optOut", "economic", b"")
        opts.add_opt_schedule(connection, "not-on-the-roster", schedule, None, NOW)
        return ven_id

    return work


def ven_ids(connection: Connection) -> list[str]:
    """Give who is on the roster."""
    return list(
        connection.execute(select(VEN.c.ven_id).order_by(VEN.c.ven_id)).scalars()
    )


def run(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever it gives
    """Run something to its end."""
    return asyncio.run(work)


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

    assert run(ask()) == (setting, setting)


def test_reading_does_not_wait_for_writing(store: Store) -> None:
    async def read_meanwhile() -> list[list[str]]:
        turn = Turn()

        def write_slowly(connection: Connection) -> bool:
            enrols("v1")(connection)
            return turn.hold(connection)

        writing = asyncio.create_task(store.write(write_slowly))
        await turn.wait_until_held()
        before = await store.read(ven_ids)
        turn.end()
        assert await writing
        return [before, await store.read(ven_ids)]

    assert run(read_meanwhile()) == [[], ["v1"]]


@pytest.mark.parametrize(
    ("bad", "error"), [(fails("v1"), ValueError), (breaks("v1"), IntegrityError)]
)
def test_work_that_fails_leaves_nothing_behind(
    store: Store, bad: Callable[[Connection], str], error: type[Exception]
) -> None:
    async def attempt() -> list[str]:
        with pytest.raises(error):
            await store.write(bad)
        return await store.read(ven_ids)

    assert run(attempt()) == []


def test_a_hundred_waiting_writes_share_one_transaction(store: Store) -> None:
    ids = [f"v{i:03}" for i in range(100)]

    with counted("commit") as commits:
        told = run(write_at_once(store, [enrols(ven_id) for ven_id in ids]))

    assert told == ids
    assert len(commits) == 2
    assert run(store.read(ven_ids)) == ids


def test_more_than_fit_into_one_transaction_are_written_in_turn(store: Store) -> None:
    ids = [f"v{i:04}" for i in range(2 * MOST_AT_ONCE + 1)]

    with counted("commit") as commits:
        told = run(write_at_once(store, [enrols(ven_id) for ven_id in ids]))

    assert told == ids
    assert len(commits) == 4


@pytest.mark.parametrize("bad", [fails("bad"), breaks("bad")])
def test_work_that_fails_fails_alone(
    store: Store, bad: Callable[[Connection], str]
) -> None:
    works = [enrols("v1"), bad, enrols("v2"), bad, enrols("v3")]

    with counted("commit") as commits, counted("rollback") as rollbacks:
        told = run(write_at_once(store, works))

    assert [told[i] for i in (0, 2, 4)] == ["v1", "v2", "v3"]
    assert [isinstance(told[i], Exception) for i in (1, 3)] == [True, True]
    assert run(store.read(ven_ids)) == ["v1", "v2", "v3"]
    assert (len(commits), len(rollbacks)) == (2, 1)


def test_of_two_who_want_the_same_the_first_has_it(store: Store) -> None:
    def enrols_with_token(ven_id: str) -> Callable[[Connection], None]:
        enrolment = VenEnrolment(ven_id, "", V1.token_sha256)
        return lambda connection: roster.enrol(connection, enrolment, NOW)

    told = run(write_at_once(store, [enrols_with_token(v) for v in ("v1", "v2")]))

    assert told[0] is None
    assert isinstance(told[1], roster.TakenError)
    assert run(store.read(ven_ids)) == ["v1"]


def test_a_caller_who_goes_away_loses_no_write(store: Store) -> None:
    async def go_away() -> list[str]:
        turn = Turn()
        first = asyncio.create_task(store.write(turn.hold))
        await turn.wait_until_held()
        caller = asyncio.create_task(store.write(enrols("v1")))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        turn.end()
        await first
        await store.write(enrols("v2"))
        return await store.read(ven_ids)

    assert run(go_away()) == ["v1", "v2"]


def test_what_waits_at_the_end_is_written_before_the_store_closes(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/vtn.sqlite"
    store = Store.open(url)
    ids = [f"v{i:04}" for i in range(2 * MOST_AT_ONCE + 1)]

    async def leave_them_waiting() -> None:
        turn = Turn()
        first = asyncio.create_task(store.write(turn.hold))
        await turn.wait_until_held()
        others = [asyncio.create_task(store.write(enrols(v))) for v in ids]
        await asyncio.sleep(0)
        turn.end()
        del first, others

    run(leave_them_waiting())
    store.close()
    again = Store.open(url)

    assert run(again.read(ven_ids)) == ids
    again.close()


def test_a_second_store_on_the_same_file_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/vtn.sqlite"
    first = Store.open(url)

    with pytest.raises(OSError, match=r"another VTN has it open .*vtn\.sqlite\.lock"):
        Store.open(url)
    first.close()

    Store.open(url).close()


def test_a_store_that_could_not_be_opened_is_not_locked(tmp_path: Path) -> None:
    path = tmp_path / "vtn.sqlite"
    path.write_bytes(b"not a database, and longer than its header " * 9)

    for _ in range(2):
        with pytest.raises(Exception, match="not a database"):
            Store.open(f"sqlite:///{path}")


def test_a_sequence_number_is_not_used_again_after_a_deletion(store: Store) -> None:
    touched = [TouchedSpan(NOW, "2025-11-02T05:00:01Z")]
    report = reports.pack_report("v1", NOW, b"<x/>", Content(), touched)

    def add_delete_add(connection: Connection) -> list[int]:
        roster.enrol(connection, V1, NOW)
        first, _ = reports.add_report(connection, report)
        connection.execute(delete(REPORT))
        second, _ = reports.add_report(connection, report)
        return [first, second]

    assert run(store.write(add_delete_add)) == [1, 2]
