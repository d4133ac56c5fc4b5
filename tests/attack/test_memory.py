"""What hostile callers send does not stay in memory."""

from collections.abc import Callable

import psutil

from tests.attack.conftest import MOST_BYTES
from tests.attack.raw import request, statuses
from tests.attack.test_documents import DOCUMENTS, POLL
from tests.vtn_service.at_work import VtnAtWork

MEBIBYTE = 1024 * 1024
ROUNDS = 120
ROUNDS_OF_THE_LARGEST = 40
MOST_GROWTH_MEBIBYTES = 12
LARGEST = POLL.encode() + b" " * (MOST_BYTES - len(POLL))


def _resident_mebibytes(vtn: VtnAtWork) -> float:
    return psutil.Process(vtn.process.pid).memory_info().rss / MEBIBYTE


def _growth_mebibytes(
    vtn: VtnAtWork, attack: Callable[[int], object], *, rounds: int = ROUNDS
) -> float:
    """Give by how much the VTN grows, after it has grown to its work."""
    for i in range(rounds // 4):
        attack(i)
    before = _resident_mebibytes(vtn)
    for i in range(rounds):
        attack(i)
    return _resident_mebibytes(vtn) - before


def test_hostile_documents_leave_nothing_behind(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")
    documents = [text.encode() for text in DOCUMENTS.values()]

    growth = _growth_mebibytes(
        vtn, lambda i: vtn.post("v1", "OadrPoll", documents[i % len(documents)])
    )

    assert growth < MOST_GROWTH_MEBIBYTES


def test_the_largest_bodies_leave_nothing_behind(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    growth = _growth_mebibytes(
        vtn,
        lambda _: vtn.post("v1", "EiReport", LARGEST),
        rounds=ROUNDS_OF_THE_LARGEST,
    )

    assert growth < MOST_GROWTH_MEBIBYTES


def test_strangers_leave_nothing_behind(vtn: VtnAtWork) -> None:
    long, header = "x" * 6000, {"X-Long": "x" * 7000}

    growth = _growth_mebibytes(
        vtn, lambda i: vtn.post(f"{i}{long}", "OadrPoll", b"", header), rounds=400
    )

    assert growth < 400 * 13_000 / MEBIBYTE


def test_broken_requests_leave_nothing_behind(vtn: VtnAtWork) -> None:
    broken = request(f"X-Long: {'x' * 100_000}")

    growth = _growth_mebibytes(vtn, lambda _: statuses(vtn, broken))

    assert growth < MOST_GROWTH_MEBIBYTES
