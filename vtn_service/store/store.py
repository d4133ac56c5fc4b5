"""The store: which thread and which transaction work on the tables runs in.

Work is a function of a connection and its arguments; the neighbouring modules hold
them. A write is on disk when `write` returns. Writes that wait at the same time share
one transaction, and its fsync; reads go on beside them, so no poll waits for a long
report.

SQLite belongs to one process, which may therefore remember what it read. PostgreSQL may
be shared: writers take turns, so that sequence numbers become visible in their order.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

from vtn_service.store.schema import METADATA

P = ParamSpec("P")
T = TypeVar("T")

BUSY_MILLISECONDS = 10_000
READERS = 4
MOST_AT_ONCE = 200
_LOCK_OF_WRITERS = 8_346_022  # any number, the same for all our processes
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
)


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

    def __init__(self, engine: Engine, lock: int | None = None) -> None:
        """Take the engine over; `close` disposes of it and of the file's lock."""
        self.is_alone = engine.dialect.name == "sqlite"
        self._engine = engine
        self._file_lock = lock
        self._writing = engine.execution_options(is_writing=True)
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(READERS, "store-reader")
        self._waiting: list[_Job] = []
        self._guard = Lock()

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the store, making its file, folder and tables where they are missing.

        Args:
            url: SQLAlchemy URL of a SQLite file or a PostgreSQL database.

        Raises:
            OSError: If the folder cannot be made, or another process has the file.
            sqlalchemy.exc.SQLAlchemyError: If it cannot be opened or is not such a
                store.
        """
        parsed = make_url(url)
        lock: int | None = None
        if parsed.get_backend_name() == "sqlite":
            if parsed.database:
                lock = _lock_beside(Path(parsed.database))
            engine = create_engine(url)
            event.listen(engine, "connect", _set_up_connection)
        else:
            engine = create_engine(url, pool_size=READERS + 1, pool_pre_ping=True)
        event.listen(engine, "begin", _begin)
        store = cls(engine, lock)
        try:
            with store._writing.begin() as connection:
                METADATA.create_all(connection)
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
            with self._engine.begin() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def write(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run work in a transaction; it is on disk when this returns.

        Work that fails fails alone. It may run twice: in the second transaction if
        the first, shared with others, failed.
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
        return await asyncio.shield(future)

    def close(self) -> None:
        """Finish what has begun and close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()
        if self._file_lock is not None:
            os.close(self._file_lock)
            self._file_lock = None

    def _write_waiting(self) -> None:
        """Run what waits, in one transaction if all goes well, else one by one."""
        with self._guard:
            jobs = self._waiting[:MOST_AT_ONCE]
            self._waiting = self._waiting[MOST_AT_ONCE:]
            if self._waiting:
                self._writer.submit(self._write_waiting)
        if len(jobs) > 1:
            try:
                results = self._transaction(jobs)
            except Exception:  # noqa: BLE001 - each is tried again, and says itself
                _tell([(job, *self._alone(job)) for job in jobs])
            else:
                _tell([(job, r, None) for job, r in zip(jobs, results, strict=True)])
        else:
            _tell([(job, *self._alone(job)) for job in jobs])

    def _transaction(self, jobs: list[_Job]) -> list[Any]:
        with self._writing.begin() as connection:
            return [job.work(connection) for job in jobs]

    def _alone(self, job: _Job) -> tuple[Any, BaseException | None]:
        try:
            return self._transaction([job])[0], None
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            return None, error


def _tell(outcomes: list[tuple[_Job, Any, BaseException | None]]) -> None:
    def tell() -> None:
        for job, result, error in outcomes:
            job.done(result, error)

    if outcomes and not outcomes[0][0].loop.is_closed():
        outcomes[0][0].loop.call_soon_threadsafe(tell)


def _lock_beside(database: Path) -> int:
    """Take the store for this process, and give the lock to close in the end."""
    database.parent.mkdir(parents=True, exist_ok=True)
    path = database.with_name(f"{database.name}.lock")
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise OSError(
            error.errno, f"another VTN has it open (its lock is {path})"
        ) from error
    return lock


def _set_up_connection(
    connection: sqlite3.Connection, _entry: ConnectionPoolEntry
) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
    elif is_writing:
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_OF_WRITERS}
        )
