"""People at the door of the sites; each file of tests says what its `door` is."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.api.api_at_work import Door
from tests.api.silesia_at_work import Client, Quiet, member, operator, quiet_silesia


@pytest.fixture
def john(door: Door) -> Client:
    """Give a member who signed in."""
    return member(door)


@pytest.fixture
def olga(door: Door) -> Client:
    """Give the operator."""
    return operator(door)


@pytest.fixture(scope="module")
def quiet() -> Iterator[Quiet]:
    """Give one API for all tests of a file that change nothing in it."""
    with TemporaryDirectory() as folder, quiet_silesia(Path(folder)) as quiet:
        yield quiet
