"""The registry's connections: how they are opened, locked, and brought up to date.

SQLite is used in WAL mode with full fsync: what was committed survives a power cut.
Several processes write at once, so every writing transaction takes the write lock
when it begins and waits for the one before.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    InternalError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
)

from ter_pipelines.vocab.errors import RemoteError, SettingsError

BUSY_SECONDS = 30
MIGRATIONS = Path(__file__).parent / "migrations"
_WRITES = "ter_writes"
_LOCK_OF_WRITERS = 8_346_021  # any number, the same for all our processes


def open_engine(address: str) -> Engine:
    """Open the registry's database; nothing is connected yet.

    Raises:
        SettingsError: If the address is not one, or its driver is not installed.
    """
    try:
        url = make_url(address)
        if url.get_backend_name() == "sqlite":
            if url.database:
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, OSError) as error:
        # The address may hold a password, so it is not repeated here.
        raise SettingsError(
            f"TER_REGISTRY_URL: {type(error).__name__}; expected an address such as "
            "sqlite:////var/lib/ter/registry.sqlite or postgresql://host/registry"
        ) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection to read with, all of it as of one instant.

    Raises:
        RemoteError: If the database does not answer.
    """
    with _answering(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection that alone writes until the block ends; commits then.

    Raises:
        RemoteError: If the database does not answer.
    """
    with _answering(engine), engine.connect() as opened:
        connection = opened.execution_options(**{_WRITES: True})
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"),
                    {"key": _LOCK_OF_WRITERS},
                )
            yield connection


def migrate(engine: Engine) -> None:
    """Bring the database to the tables of today; does nothing if it is there.

    Raises:
        RemoteError: If the database does not answer.
    """
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _answering(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (OperationalError, ProgrammingError, InternalError) as error:
        # Not there, without our tables, or read-only: databases class these unlike.
        address = engine.url.render_as_string(hide_password=True)
        raise RemoteError(f"registry {address}: {error.orig}") from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, see below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
