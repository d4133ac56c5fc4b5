"""The VTN under attack: one for all, and each attack leaves it at work."""

from collections.abc import Iterator

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork

MOST_BYTES = 4 * 1024 * 1024


@pytest.fixture(scope="package")
def vtn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VtnAtWork]:
    """Give a running VTN whose limits of rate are out of the way."""
    at_work = VtnAtWork(
        tmp_path_factory.mktemp("attacked"),
        VTN_MAX_BODY_BYTES=str(MOST_BYTES),
        VTN_BODY_SECONDS="1",
        VTN_REQUESTS_PER_SECOND="10000",
        VTN_REFUSALS_PER_MINUTE="1000000",
    )
    at_work.enrol("bystander")
    yield at_work
    assert at_work.end() == 0
    assert "Traceback" not in at_work.log
    assert "example-token" not in at_work.log


@pytest.fixture(autouse=True)
def _lives_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """See that the process that was attacked still answers a device."""
    yield
    if "vtn" in request.fixturenames:
        vtn: VtnAtWork = request.getfixturevalue("vtn")
        assert vtn.process.poll() is None
        answer = vtn.post("bystander", "OadrPoll", messages.poll("bystander"))
        assert answer.status_code == 200
