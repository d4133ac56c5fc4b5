"""The store: which thread and which transaction work on the tables runs in.

Work is a function of a connection and its arguments; the neighbouring modules hold
them. A write has been fsynced when `write` returns. Writes run one after another on a
thread of their own, reads beside them, so no poll waits for a long report.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry

from vtn_service.store.schema import METADATA

P = ParamSpec("P")
T = TypeVar("T")

BUSY_MILLISECONDS = 10_000
READERS = 4
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}",
)


class Store:
    """One durable store, used from one event loop."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine over; `close` disposes of it."""
        self._engine = engine
        self._writing = engine.execution_options(is_writing=True)
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(READERS, "store-reader")

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the store, making its file, folder and tables where they are missing.

        Args:
            url: SQLAlchemy URL of a SQLite file.

        Raises:
            OSError: If the folder cannot be made.
            sqlalchemy.exc.SQLAlchemyError: If the file cannot be opened or is not
                such a store.
        """
        database = make_url(url).database
        if database:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url)
        event.listen(engine, "connect", _set_up_connection)
        event.listen(engine, "begin", _begin)
        try:
            with engine.execution_options(is_writing=True).begin() as connection:
                METADATA.create_all(connection)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

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
        """Run work in one transaction; it is on disk when this returns."""

        def run() -> T:
            with self._writing.begin() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._writer, run)

    def close(self) -> None:
        """Finish what has begun and close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()


def _set_up_connection(
    connection: sqlite3.Connection, _entry: ConnectionPoolEntry
) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
