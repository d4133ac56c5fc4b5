"""The store's two databases: how each is opened, and how a transaction begins on it.

What was committed survives a power cut, on both. A reading transaction sees one state.
A writing one has its turn alone from its beginning, and sees everything before it.

SQLite belongs to one process. PostgreSQL may be shared; a process that hangs, or that
the network lost, is shut out after `IDLE_SECONDS`, and the next one has its turn.
"""

import fcntl
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 10
IDLE_SECONDS = 10  # of a transaction whose process says nothing
TURN_SECONDS = 20  # to wait for one's turn; longer, so that the next one outlives it
STATEMENT_SECONDS = 60
_LOCK_OF_WRITERS = 8_346_022  # any number, the same for all our processes
_SQLITE_SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {1000 * BUSY_SECONDS}",
)
_POSTGRES_SETTINGS = (
    f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'",
    f"SET lock_timeout = '{TURN_SECONDS}s'",
    f"SET statement_timeout = '{STATEMENT_SECONDS}s'",
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'",
)
_POSTGRES_CONNECTION = {
    "application_name": "vtn_service",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_POSTGRES_MUST_BE = {"fsync": "on", "server_encoding": "UTF8"}


class StoreError(Exception):
    """A database that is no fit store; says what to change."""


@dataclass(frozen=True)
class Database:
    """A database that was opened.

    Args:
        reading: Begins transactions that only read.
        writing: Begins transactions that write.
        is_shared: Whether other processes may write to it.
        lock: Of a SQLite file, which keeps other processes out.
    """

    reading: Engine
    writing: Engine
    is_shared: bool
    lock: int | None = None

    @classmethod
    def open(cls, address: str, *, connections: int) -> Self:
        """Open a database; a SQLite file and its folder are made where missing.

        Args:
            address: SQLAlchemy URL of a SQLite file or a PostgreSQL database.
            connections: How many are used at once, at most.

        Raises:
            OSError: If the folder cannot be made, or another process has the file.
            StoreError: If what is committed there would not be durable, or texts
                could not be kept as they are.
            sqlalchemy.exc.SQLAlchemyError: If it does not answer.
        """
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            return cls._open_sqlite(url, connections)
        return cls._open_postgres(url, connections)

    @classmethod
    def _open_sqlite(cls, url: URL, connections: int) -> Self:
        lock = _lock_beside(Path(url.database)) if url.database else None
        engine = create_engine(url, hide_parameters=True, pool_size=connections)
        event.listen(engine, "connect", _set_up_sqlite)
        reading, writing = engine.execution_options(), engine.execution_options()
        event.listen(reading, "begin", _begin)
        event.listen(writing, "begin", _begin_writing)
        return cls(reading, writing, is_shared=False, lock=lock)

    @classmethod
    def _open_postgres(cls, url: URL, connections: int) -> Self:
        engine = create_engine(
            url.set(query={**_POSTGRES_CONNECTION, **url.query}),
            hide_parameters=True,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
        )
        event.listen(engine, "connect", _set_up_postgres)
        reading = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        writing = engine.execution_options(isolation_level="READ COMMITTED")
        event.listen(writing, "begin", _take_turn)
        database = cls(reading, writing, is_shared=True)
        try:
            database.require_fit()
        except BaseException:
            database.close()
            raise
        return database

    def require_fit(self) -> None:
        """Refuse a server that forgets what it committed, or cannot keep any text.

        Raises:
            StoreError: Naming its setting.
        """
        with self.reading.begin() as connection:
            for name, must in _POSTGRES_MUST_BE.items():
                setting = text("SELECT current_setting(:name)")
                got = connection.execute(setting, {"name": name}).scalar_one()
                if got != must:
                    raise StoreError(f"PostgreSQL's {name} is {got}, expected {must}")

    def close(self) -> None:
        """Close every connection, and let other processes have the file."""
        self.reading.dispose()
        if self.lock is not None:
            os.close(self.lock)


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


def _set_up_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for setting in _SQLITE_SETTINGS:
        connection.execute(setting).close()


def _set_up_postgres(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for setting in _POSTGRES_SETTINGS:
        cursor.execute(setting)
    cursor.close()
    connection.commit()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _take_turn(connection: Connection) -> None:
    """Wait until no other process writes; the turn ends with the transaction.

    So sequence numbers become visible in their order.
    """
    connection.execute(
        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_OF_WRITERS}
    )
