"""One VTN for the tests of a module; each test uses a VEN of its own."""

from collections.abc import Iterator

import pytest

from tests.vtn_service.at_work import VtnAtWork


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
