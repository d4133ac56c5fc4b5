"""The registry's tests run on both of its databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ter_pipelines.registry.registry import Registry
from tests.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a registry that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/made/on/demand/100% registry.sqlite"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.new_schema()


@pytest.fixture
def registry(address: str, tmp_path: Path) -> Iterator[Registry]:
    """Give an empty registry."""
    registry = Registry(address, tmp_path / "landing")
    registry.migrate()
    yield registry
    registry.close()


@pytest.fixture
def sqlite_registry(tmp_path: Path) -> Iterator[Registry]:
    """Give an empty registry in SQLite, which takes anything into any column."""
    registry = Registry(f"sqlite:///{tmp_path}/registry.sqlite", tmp_path / "landing")
    registry.migrate()
    yield registry
    registry.close()
