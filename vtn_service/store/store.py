"""The store: which thread and which transaction work on the tables runs in.

Work is a function of a connection and its arguments; the neighbouring modules hold
them. A write is on disk when `write` returns. Writes that wait at the same time share
one transaction, and its fsync; reads go on beside them, so no poll waits for a long
report.

A process that is alone with its store may remember what it read, and may glance at it
from the event loop: what an index finds there costs less than to change threads twice.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from vtn_service.store.database import Database
from vtn_service.store.migrations import migrate

P = ParamSpec("P")
T = TypeVar("T")

READERS = 4
WRITER = AT_HAND = 1
MOST_AT_ONCE = 200
_Outcome = tuple[Any, BaseException | None]


@dataclass(frozen=True)
class _Job:
    """A write that waits for its transaction."""

    work: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]

    def done(self, result: Any = None, error: BaseException | None = None) -> None:  # noqa: ANN401
        if self.future.cancelled():
            return
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)


class Store:
    """One durable store, used from one event loop.

    `is_alone` tells that no other process writes to it.
    """

    def __init__(self, database: Database) -> None:
        """Take the database over; `close` closes it."""
        self.is_alone = not database.is_shared
        self._database = database
        self._at_hand: Connection | None = None
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(READERS, "store-reader")
        self._waiting: list[_Job] = []
        self._guard = Lock()

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the store; what is missing of it is made, and old tables brought up.

        Args:
            url: SQLAlchemy URL of a SQLite file or a PostgreSQL database.

        Raises:
            OSError: If the folder cannot be made, or another process has the file.
            StoreError: If the database, or what is in it, is no fit store.
            sqlalchemy.exc.SQLAlchemyError: If it does not answer.
        """
        store = cls(Database.open(url, connections=READERS + WRITER + AT_HAND))
        try:
            with store._database.writing.begin() as connection:
                migrate(connection)
            if store.is_alone:
                store._at_hand = store._database.reading.connect()
        except BaseException:
            store.close()
            raise
        return store

    async def read(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run work that only reads; it sees one consistent state."""

        def run() -> T:
            with self._database.reading.begin() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def glance(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run work that reads a few rows found by an index; else as `read`.

        The loop itself does it, and nothing else meanwhile, if the store is alone.
        """
        if self._at_hand is None:
            return await self.read(work, *args, **kwargs)
        with self._at_hand.begin():
            return work(self._at_hand, *args, **kwargs)

    async def write(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run work in a transaction; it is on disk when this returns.

        It goes on if who waits for it is cancelled. For the rest see `begin_write`.
        """
        return await asyncio.shield(self.begin_write(work, *args, **kwargs))

    def begin_write(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> "asyncio.Future[T]":
        """Have work run in a transaction; what it gives is on disk when it is given.

        Work that fails fails alone. It may run twice: again in a second transaction
        if the first, shared with others, failed for one of them. If the transaction
        cannot begin or end, or its connection is lost, all fail: what became of it
        may be unknown.
        """

        def run(connection: Connection) -> T:
            return work(connection, *args, **kwargs)

        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._guard:
            self._waiting.append(_Job(run, loop, future))
            is_first = len(self._waiting) == 1
        if is_first:
            self._writer.submit(self._write_waiting)
        return future

    def close(self) -> None:
        """Finish what has begun and close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        if self._at_hand is not None:
            self._at_hand.close()
        self._database.close()

    def _write_waiting(self) -> None:
        """Run what waits and tell each what came of it, until nothing waits."""
        while jobs := self._take_waiting():
            _tell(jobs, self._run_together(jobs))

    def _take_waiting(self) -> list[_Job]:
        with self._guard:
            jobs = self._waiting[:MOST_AT_ONCE]
            self._waiting = self._waiting[MOST_AT_ONCE:]
        return jobs

    def _run_together(self, jobs: list[_Job]) -> list[_Outcome]:
        """Run work in one transaction; once more, each apart, if some of it fails."""
        is_at_work = False
        try:
            with self._database.writing.begin() as connection:
                is_at_work = True
                outcomes: list[_Outcome] = [
                    (job.work(connection), None) for job in jobs
                ]
                is_at_work = False
            return outcomes  # noqa: TRY300 - whether the end of it failed is to be told
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            if len(jobs) == 1 or not is_at_work or _is_gone(error):
                return [(None, error)] * len(jobs)
        return self._run_apart(jobs)

    def _run_apart(self, jobs: list[_Job]) -> list[_Outcome]:
        """Run work in one transaction in which each can fail alone."""
        try:
            with self._database.writing.begin() as connection:
                return [_run_alone(connection, job) for job in jobs]
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            return [(None, error)] * len(jobs)


def _run_alone(connection: Connection, job: _Job) -> _Outcome:
    """Run work that can fail alone; raises if the whole transaction is lost."""
    before = connection.begin_nested()
    try:
        result = job.work(connection)
    except BaseException as error:
        if _is_gone(error):
            raise
        before.rollback()  # fails if the transaction is no more
        return None, error
    before.commit()
    return result, None


def _is_gone(error: BaseException) -> bool:
    """Tell whether the connection is lost, and the transaction with it."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _tell(jobs: list[_Job], outcomes: list[_Outcome]) -> None:
    def tell() -> None:
        for job, (result, error) in zip(jobs, outcomes, strict=True):
            job.done(result, error)

    if not jobs[0].loop.is_closed():
        jobs[0].loop.call_soon_threadsafe(tell)
