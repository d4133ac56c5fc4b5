"""Callers who ask too much are told so, and nobody beside them notices."""

import contextlib
import json
import re
import select
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.raw import SECONDS, connected, length, path, request
from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, token_of

REFUSALS = 5
BURST = 10


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VtnAtWork]:
    """Give a VTN that allows little."""
    at_work = VtnAtWork(
        tmp_path_factory.mktemp("strict"),
        VTN_REFUSALS_PER_MINUTE=str(REFUSALS),
        VTN_REQUESTS_PER_SECOND=str(BURST / 10),
        VTN_MAX_CONNECTIONS_PER_ADDRESS="100",
    )
    yield at_work
    at_work.end(signal.SIGKILL)


def _poll(vtn: VtnAtWork, ven_id: str) -> int:
    return vtn.post(ven_id, "OadrPoll", messages.poll(ven_id)).status_code


def _lines(vtn: VtnAtWork, event: str) -> list[dict[str, object]]:
    """Give the lines of the log about an event, once there is one."""
    until = time.monotonic() + SECONDS
    while f'"{event}"' not in vtn.log:
        assert time.monotonic() < until
        time.sleep(0.01)
    whole = vtn.log.rpartition("\n")[0].splitlines()
    lines = [json.loads(line) for line in whole]
    return [line for line in lines if line["event"] == event]


def test_more_at_once_than_can_be_answered_soon_is_refused(strict: VtnAtWork) -> None:
    strict.enrol("busy-1")
    strict.enrol("calm-1")
    poll = request(length(), line=f"POST {path(token_of('busy-1'))} HTTP/1.1")

    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(connected(strict)) for _ in range(3 * BURST)]
        for caller in callers:
            caller.sendall(poll)
        answered = _first_to_hear(callers, 2 * BURST)
        answers = Counter(caller.recv(65536)[9:12] for caller in answered)
        calm = _poll(strict, "calm-1")

    assert calm == 200
    assert answers.keys() == {b"200", b"429"}
    assert answers[b"200"] >= BURST
    (line,) = _lines(strict, "asked_too_often")
    assert line["ven_id"] == "busy-1"


def test_wrong_tokens_are_soon_refused_unseen(strict: VtnAtWork) -> None:
    strict.enrol("good-1")
    before = _poll(strict, "good-1")

    tried = [strict.post(f"guess-{i}", "OadrPoll", b"") for i in range(30)]

    found = Counter(response.status_code for response in tried)
    assert before == 200
    assert REFUSALS <= found[403] <= REFUSALS + 2
    assert found[403] + found[429] == 30
    assert 1 <= int(tried[-1].headers["Retry-After"]) <= 60 / REFUSALS
    assert _poll(strict, "good-1") == 200
    assert "guess" not in strict.log


def test_wrong_tokens_at_once_are_no_more_looked_at_than_one_by_one(
    tmp_path: Path,
) -> None:
    fresh = VtnAtWork(tmp_path, VTN_REFUSALS_PER_MINUTE=str(REFUSALS))
    wrong = request(length(), line=f"POST {path('at-once')} HTTP/1.1")

    with contextlib.ExitStack() as stack:
        stack.callback(fresh.end, signal.SIGKILL)
        callers = [stack.enter_context(connected(fresh)) for _ in range(30)]
        for caller in callers:
            caller.sendall(wrong)
        said = [caller.recv(65536) for caller in callers]

    found = Counter(text[9:12] for text in said)
    waits = [int(re.findall(rb"Retry-After: (\d+)", t)[0]) for t in said if b"429" in t]
    assert REFUSALS <= found[b"403"] <= REFUSALS + 1
    assert found[b"403"] + found[b"429"] == 30
    assert max(waits) <= 60 / REFUSALS


def test_one_address_has_only_so_many_connections(strict: VtnAtWork) -> None:
    with contextlib.ExitStack() as stack:
        callers = [stack.enter_context(connected(strict)) for _ in range(105)]
        closed = _first_to_hear(callers, 5)

        assert len(closed) >= 5
        assert [caller.recv(1) for caller in closed] == [b""] * len(closed)
    assert _lines(strict, "connections_turned_away")[0]["address"] == "127.0.0.1"


def _first_to_hear(callers: list[socket.socket], count: int) -> list[socket.socket]:
    """Give those who have heard something, as soon as so many have."""
    found: list[socket.socket] = []
    until = time.monotonic() + SECONDS
    while len(found) < count:
        assert time.monotonic() < until
        found = select.select(callers, [], [], 0.1)[0]
    return found
