"""A data custodian for the tests of its client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resources.custodian_at_work import CustodianAtWork, custodian_at_work


@pytest.fixture
def custodian(tmp_path: Path) -> Iterator[CustodianAtWork]:
    """Give a custodian that is online and has a feed."""
    with custodian_at_work(tmp_path) as at_work:
        yield at_work
