"""One VTN for the tests of a module; each test uses a VEN of its own."""

from collections.abc import Iterator

import pytest

from tests.postgres import PostgresServer
from tests.vtn_service.at_work import VtnAtWork
from tests.vtn_service.stores import opened
from vtn_service.store.store import Store


@pytest.fixture(scope="module")
def vtn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VtnAtWork]:
    """Give a running VTN."""
    at_work = VtnAtWork(
        tmp_path_factory.mktemp("vtn"),
        VTN_MAX_BODY_BYTES=str(4 * 1024 * 1024),
        VTN_BODY_SECONDS="1",
    )
    yield at_work
    at_work.end()


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """Give the URL of a database with nothing in it."""
    return postgres.new_schema()


@pytest.fixture
def here(postgres_url: str) -> Iterator[Store]:
    """Give the store in that database."""
    with opened(postgres_url) as store:
        yield store


@pytest.fixture
def there(here: Store, postgres_url: str) -> Iterator[Store]:
    """Give the same store as another process has it open."""
    del here
    with opened(postgres_url) as store:
        yield store
