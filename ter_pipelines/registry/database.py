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
from sqlalchemy.exc import TimeoutError as NoConnectionError

from ter_pipelines.vocab.errors import RemoteError, SettingsError

BUSY_SECONDS = 30
# More than the API has threads, so that none of them waits for another's connection.
KEPT_CONNECTIONS, MORE_CONNECTIONS = 10, 40
MIGRATIONS = Path(__file__).parent / "migrations"
_WRITES = "ter_writes"
_WAITS = "ter_waits"
_LOCK_OF_WRITERS = 8_346_021  # any number, the same for all our processes
_POOL = {"pool_size": KEPT_CONNECTIONS, "max_overflow": MORE_CONNECTIONS}


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
            engine = create_engine(url, **(_POOL if url.database else {}))
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(url, pool_pre_ping=True, **_POOL)
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
def writing(engine: Engine, *, waits: bool = True) -> Iterator[Connection]:
    """Give a connection that alone writes until the block ends; commits then.

    Args:
        engine: The registry's database.
        waits: Whether to wait for who writes now.

    Raises:
        RemoteError: If the database does not answer, or somebody else writes and this
            does not wait.
    """
    with _answering(engine), engine.connect() as opened:
        connection = opened.execution_options(**{_WRITES: True, _WAITS: waits})
        with connection.begin():
            if engine.dialect.name == "postgresql":
                _lock_postgres(connection, waits=waits)
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
    except NoConnectionError as error:
        address = engine.url.render_as_string(hide_password=True)
        raise RemoteError(f"registry {address}: {error}") from error


def _lock_postgres(connection: Connection, *, waits: bool) -> None:
    function = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
    is_ours = connection.execute(
        text(f"SELECT {function}(:key)"),
        {"key": _LOCK_OF_WRITERS},
    ).scalar()
    if is_ours is False:
        raise RemoteError("registry: somebody else is writing")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, see below
    waits = f"busy_timeout={BUSY_SECONDS * 1000}"
    for pragma in (waits, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    seconds = BUSY_SECONDS if options.get(_WAITS, True) else 0
    connection.exec_driver_sql(f"PRAGMA busy_timeout={seconds * 1000}")
    writes = options.get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
