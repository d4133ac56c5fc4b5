"""Bodies that are of the wrong kind, too large, too slow or packed."""

import gzip
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, token_of

LIMIT = 4 * 1024 * 1024
POLL = messages.poll("v1")


def _connect(vtn: VtnAtWork) -> socket.socket:
    port = int(vtn.devices.rsplit(":", 1)[1])
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def _head(ven_id: str, length: int) -> bytes:
    return (
        f"POST /{token_of(ven_id)}/OpenADR2/Simple/2.0b/OadrPoll HTTP/1.1\r\n"
        "Host: vtn.example\r\nContent-Type: application/xml\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


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

    packed = gzip.compress(b" " * 100_000_000)
    response = vtn.post("v1", "OadrPoll", packed, {"Content-Encoding": "gzip"})

    assert response.status_code == 415


def test_a_body_declared_too_large_is_refused_unread(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    with _connect(vtn) as caller:
        caller.sendall(_head("v1", LIMIT + 1))
        answer = caller.recv(100)

    assert answer.startswith(b"HTTP/1.1 413 ")


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


def test_a_slow_body_ends_at_the_deadline(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    with _connect(vtn) as caller:
        began = time.monotonic()
        caller.sendall(_head("v1", 1000) + b"<")
        answer = caller.recv(100)
        took = time.monotonic() - began

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.9 < took < 5


def test_idle_connections_do_not_keep_others_out(vtn: VtnAtWork) -> None:
    vtn.enrol("v1")

    with ExitStack() as idle:
        for i in range(200):
            caller = idle.enter_context(_connect(vtn))
            caller.sendall(_head("v1", 1000) if i % 2 else b"")
        response = vtn.post("v1", "OadrPoll", POLL)

    assert response.status_code == 200
