"""Migrations lead to the tables the queries know, and SQLite keeps what it commits."""

from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from ter_pipelines.registry.database import migrate, open_engine, reading, writing
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.tables import metadata
from ter_pipelines.vocab.errors import RemoteError
from tests.registry.test_users import roles_of


def test_the_migrated_tables_are_the_ones_described(address: str) -> None:
    engine = open_engine(address)

    migrate(engine)
    migrate(engine)

    with reading(engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert differences == []


def test_sqlite_waits_for_the_disk_and_for_other_writers(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/registry.sqlite")

    with reading(engine) as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    engine.dispose()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def write_half(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))


def test_a_write_that_fails_leaves_nothing(address: str) -> None:
    engine = open_engine(address)

    with pytest.raises(RemoteError, match="nowhere"):
        write_half(engine)

    with reading(engine) as connection:
        tables = inspect(connection).get_table_names()
    engine.dispose()
    assert tables == []


def test_a_user_is_the_same_in_both_databases(registry: Registry) -> None:
    registry.people.add("prais", "twelve chars", ["prices", "operator"])

    roles = roles_of(registry, "prais", "twelve chars")
    nobody = roles_of(registry, "a\x00b:c", "twelve chars")

    assert roles == frozenset({"prices", "operator"})
    assert nobody is None


def test_who_does_not_wait_for_a_writer_is_told_at_once(address: str) -> None:
    engine = open_engine(address)
    migrate(engine)

    with writing(engine):
        began = monotonic()
        with (
            pytest.raises(RemoteError, match=r"locked|somebody else is writing"),
            writing(engine, waits=False),
        ):
            pass
        seconds = monotonic() - began
    with writing(engine, waits=False) as connection:
        one = connection.execute(text("SELECT 1")).scalar_one()

    engine.dispose()
    assert seconds < 5
    assert one == 1


def test_a_token_is_known_while_somebody_writes(registry: Registry) -> None:
    registry.people.add("anna", "twelve chars", ["operator"])
    secret, _ = registry.people.new_token("anna", label="report")

    with writing(registry.changes.engine):
        began = monotonic()
        user = registry.people.identify(secret)
        seconds = monotonic() - began

    assert user is not None
    assert seconds < 5
    assert registry.people.tokens()[0].last_used_at is None


def test_as_many_read_at_once_as_the_api_has_threads(address: str) -> None:
    engine = open_engine(address)

    with ExitStack() as stack:
        connections = [stack.enter_context(reading(engine)) for _ in range(50)]
        answers = [c.execute(text("SELECT 1")).scalar_one() for c in connections]

    engine.dispose()
    assert answers == [1] * 50


def test_having_no_connection_left_is_no_fault_of_ours(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/registry.sqlite"
    small = create_engine(address, pool_size=1, max_overflow=0, pool_timeout=0.01)

    with (
        reading(small),
        pytest.raises(RemoteError, match="QueuePool"),
        reading(small),
    ):
        pass

    small.dispose()
