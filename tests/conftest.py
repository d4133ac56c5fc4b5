"""What holds for every test: a slow machine is no failure.

Of several workers each takes whole files, so what a module sets up is set up once. One
takes the whole story with real processes, and begins with it: it is the longest, and
its parts would only slow each other down.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling, Scheduling

from tests.postgres import PostgresServer

settings.register_profile(
    "project", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")


FLOW = "tests/flow/"


class FlowTogether(LoadFileScheduling):  # type: ignore[misc]
    """Gives each worker whole files, and all of the flow to one."""

    def _split_scope(self, nodeid: str) -> str:
        return FLOW if nodeid.startswith(FLOW) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> Scheduling | None:
    """Tell which worker takes which tests."""
    return FlowTogether(config, log) if config.option.dist == "loadfile" else None


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Let workers begin with the flow."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(FLOW))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Give a PostgreSQL server; without one, the tests that ask are skipped."""
    with PostgresServer.running() as server:
        yield server
