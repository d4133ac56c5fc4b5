"""A meter-data system of the tests: takes files over HTTP and remembers each call."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

PART = re.compile(
    rb'filename="([^"]*)"[^\r]*\r\n(?:[^\r]+\r\n)*\r\n(.*)\r\n--', re.DOTALL
)


HELD_SECONDS = 30


@dataclass
class Call:
    """One file as it was put."""

    query_name: str
    body_name: str
    message_format: str
    authorization: str
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


@dataclass
class MdmStub:
    """What the system was told, and what it shall answer next.

    Args:
        url: Where it is.
        calls: Every file it took, in order.
        answers: Statuses of the next calls; 201 when there are none. 0 takes the file
            and hangs up without an answer.
        asked: Names it was asked for.
        hold: Files are answered once this is set; at once if there is none.
        taken: Set when a file was taken, before it is answered.
    """

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    hold: threading.Event | None = None
    taken: threading.Event = field(default_factory=threading.Event)

    @property
    def files(self) -> dict[str, set[str]]:
        """Give the hashes it took under each name."""
        found: dict[str, set[str]] = {}
        for call in self.calls:
            found.setdefault(call.query_name, set()).add(call.sha256)
        return found


class _Handler(BaseHTTPRequestHandler):
    stub: ClassVar[MdmStub]

    def do_PUT(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        length = int(self.headers["Content-Length"])
        content = self.rfile.read(length)
        if len(content) < length:
            return  # the sender died: half a file is none
        part = PART.search(content)
        assert part
        status = self.stub.answers.pop(0) if self.stub.answers else 201
        if status in {0, 201}:
            self.stub.calls.append(
                Call(
                    query["fileName"][0],
                    part[1].decode(),
                    query["messageFormat"][0],
                    self.headers.get("Authorization", ""),
                    part[2],
                )
            )
        self.stub.taken.set()
        if self.stub.hold is not None:
            self.stub.hold.wait(HELD_SECONDS)
        if status == 0:
            self.connection.close()
            return
        self._answer(status, {"status": status, "fileName": query["fileName"][0]})

    def do_GET(self) -> None:
        name = unquote(urlsplit(self.path).path.rpartition("/")[2])
        self.stub.asked.append(name)
        self._answer(200 if name in self.stub.files else 404, {"fileName": name})

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, said: dict[str, object]) -> None:
        body = json.dumps(said).encode()
        with suppress(BrokenPipeError, ConnectionResetError):  # the asker died
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


@contextmanager
def mdm_at_work() -> Iterator[MdmStub]:
    """Run the system on a free port while the context lasts."""
    stub = MdmStub()
    handler = type("Handler", (_Handler,), {"stub": stub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
