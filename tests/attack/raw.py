"""Requests written byte by byte, as no client would write them."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, token_of

SECONDS = 10
POLL = messages.poll("v1")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@contextmanager
def connected(vtn: VtnAtWork) -> Iterator[socket.socket]:
    """Give a connection to the devices' door."""
    port = int(vtn.devices.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as caller:
        yield caller


def path(token: str, service: str = "OadrPoll") -> str:
    """Give the path of a service for a token, which may be written in any way."""
    return f"/{token}/OpenADR2/Simple/2.0b/{service}"


def request(*headers: str, line: str = "", body: bytes = POLL) -> bytes:
    """Write a poll of the VEN v1 with these headers besides, or another first line."""
    head = (
        line or f"POST {path(token_of('v1'))} HTTP/1.1",
        "Host: vtn.example",
        "Content-Type: application/xml",
        *headers,
        "",
        "",
    )
    return "\r\n".join(head).encode("latin-1") + body


def length(body: bytes = POLL) -> str:
    """Write the header that tells the length of a body."""
    return f"Content-Length: {len(body)}"


def statuses(vtn: VtnAtWork, said: bytes) -> list[int]:
    """Say something, and give every status heard until the door closes."""
    return [int(found) for found in _STATUS.findall(heard(vtn, said))]


def first_status(vtn: VtnAtWork, said: bytes) -> int:
    """Say something, and give the first status heard."""
    with connected(vtn) as caller:
        caller.sendall(said)
        found = _STATUS.match(caller.recv(65536))
        assert found
        return int(found[1])


def heard(vtn: VtnAtWork, said: bytes) -> bytes:
    """Say something and no more, and give what is heard until the door closes."""
    with connected(vtn) as caller:
        text = b""
        try:
            caller.sendall(said)
            while chunk := caller.recv(65536):
                text += chunk
        except ConnectionError:
            pass  # The door may close before all was said; what was heard counts.
        return text
