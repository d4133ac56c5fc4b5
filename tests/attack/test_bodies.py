"""Bodies that are of the wrong kind, too large, too slow or packed."""

import gzip
import select
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle

import pytest
import requests

from tests.attack.conftest import MOST_BYTES as LIMIT
from tests.attack.raw import POLL, connected, first_status, request
from tests.vtn_service.at_work import VtnAtWork, token_of


@pytest.mark.parametrize("kind", ["text/xml", "application/json", "x/y", "", "junk"])
def test_another_content_type_is_refused(vtn: VtnAtWork, kind: str) -> None:
    vtn.enrol("v1")

    response = vtn.post("v1", "OadrPoll", POLL, {"Content-Type": kind})

    assert response.status_code == 415


def test_a_missing_content_type_is_refused(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    response = requests.post(vtn.url(token_of("v1"), "OadrPoll"), POLL, timeout=5)

    assert response.status_code == 415


def test_a_charset_may_be_stated(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")
    kind = {"Content-Type": "Application/XML; charset=utf-8"}

    assert vtn.post("v1", "OadrPoll", POLL, kind).status_code == 200


def test_a_packed_body_is_refused_unopened(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    packed = gzip.compress(b" " * 20_000_000)
    response = vtn.post("v1", "OadrPoll", packed, {"Content-Encoding": "gzip"})

    assert response.status_code == 415


@pytest.mark.parametrize("declared", [LIMIT + 1, 2**31, 2**62])
def test_a_body_declared_too_large_is_refused_unread(
    vtn: VtnAtWork, declared: int
) -> None:
    vtn.enrol("v1")

    assert first_status(vtn, request(f"Content-Length: {declared}", body=b"")) == 413


def test_a_streamed_body_is_refused_at_the_limit(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    def blanks() -> Iterator[bytes]:
        for _ in range(LIMIT // 65536 + 1):
            yield b" " * 65536

    response = requests.post(
        vtn.url(token_of("v1"), "OadrPoll"),
        data=blanks(),
        headers={"Content-Type": "application/xml"},
        timeout=10,
    )

    assert response.status_code == 413


def test_a_body_of_just_the_limit_is_read(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")
    padded = POLL + b" " * (LIMIT - len(POLL))

    assert vtn.post("v1", "OadrPoll", padded).status_code == 200
    assert vtn.post("v1", "OadrPoll", padded + b" ").status_code == 413


def test_a_body_of_a_byte_now_and_then_ends_at_the_deadline(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    with connected(vtn) as caller:
        began = time.monotonic()
        caller.sendall(request("Content-Length: 1000", body=b""))
        while not (select.select([caller], [], [], 0.1)[0]):
            caller.sendall(b"<")
        answer = caller.recv(100)
        took = time.monotonic() - began

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.9 < took < 5


def test_a_streamed_body_that_stops_ends_at_the_deadline(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")
    said = request("Transfer-Encoding: chunked", body=b"3\r\n<oa\r\n")

    assert first_status(vtn, said) == 408


def test_five_hundred_idle_connections_keep_nobody_out(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")
    began_head, waits_for_body = b"POST /", request("Content-Length: 9", body=b"<")

    with ExitStack() as stack:
        idle = [stack.enter_context(connected(vtn)) for _ in range(500)]
        for caller, said in zip(idle, cycle([b"", began_head, waits_for_body])):
            caller.sendall(said)
        response = vtn.post("v1", "OadrPoll", POLL)
        answers = [caller.recv(12) for caller in idle[1:9:3] + idle[2:9:3]]

    assert response.status_code == 200
    assert answers == [b"HTTP/1.1 408"] * 6
