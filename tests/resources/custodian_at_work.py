"""A data custodian on a free loopback port, over TLS with an authority of its own.

It asks for a client certificate, hands out tokens, and answers each path as a test has
it; what it was asked stays to be looked at.
"""

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.vocab.custodian import Custodian, parse_custodian
from tests.house.tree import ROOT
from tests.vtn_service.certificates import Authority, Issued

ZONE = ZoneInfo("America/New_York")
FEED = (ROOT / "tests" / "examples" / "green_button_2019-11-03.xml").read_bytes()
SECRET = "words-only-we-know"  # noqa: S105
TOKEN_PATH = "/datacustodian/oauth/v2/token"  # noqa: S105
TEST_TOKEN_PATH = "/datacustodian/test/oauth/v2/token"  # noqa: S105
RESOURCE = "/GreenButtonConnect/espi/1_1/resource"
BULK = f"{RESOURCE}/Batch/Bulk/50916"
STATUS = f"{RESOURCE}/ReadServiceStatus"
AUTHORIZATION = f"{RESOURCE}/Authorization"
SAMPLE = f"{RESOURCE}/DownloadSampleData"
SECONDS = 20


@dataclass(frozen=True)
class Reply:
    """What a path answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_seconds: float = 0  # between one byte of the body and the next


Answer = Reply | Callable[["Asked"], Reply]


@dataclass(frozen=True)
class Asked:
    """What was asked."""

    method: str
    path: str
    authorization: str
    body: bytes = b""
    query: str = ""


@cache
def authority() -> Authority:
    """Give the authority of the custodian and of its clients."""
    return Authority("Example custodians")


@cache
def our_certificate() -> Issued:
    """Give the certificate we show."""
    return authority().issue("us.example")


def status_document(code: int = 1) -> bytes:
    """Make a service status."""
    return (
        f'<ServiceStatus xmlns="http://naesb.org/espi"><currentStatus>{code}'
        "</currentStatus></ServiceStatus>"
    ).encode()


def authorization_feed(*uris: str) -> bytes:
    """Make a feed with an authorization for each resource."""
    entries = "".join(
        '<entry><content><Authorization xmlns="http://naesb.org/espi">'
        f"<status>1</status><scope>FB=1</scope><resourceURI>{uri}</resourceURI>"
        "</Authorization></content></entry>"
        for uri in uris
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


def notice(*uris: str) -> bytes:
    """Make a notification."""
    named = "".join(f"<resources>{uri}</resources>\n" for uri in uris)
    return (
        f'<?xml version="1.0"?><BatchList xmlns="http://naesb.org/espi">\n{named}'
        "</BatchList>"
    ).encode()


@dataclass
class CustodianAtWork:
    """A running data custodian and the folder with everybody's files.

    Args:
        folder: Of certificates and the settings' file.
        port: It listens on.
        answers: What each path answers; a test changes them.
        asked: What was asked so far, in order.
        expires_in: What is said of a token's life.
        token_key: How the token is called.
        taken: Tokens that are taken; every one that was given, unless a test says.
    """

    folder: Path
    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    expires_in: object = 3600
    token_key: str = "client_access_token"  # noqa: S105
    given: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Give its base URL."""
        return f"https://127.0.0.1:{self.port}"

    def uri(self, correlation_id: str) -> str:
        """Give the address of a delivery, as notifications have it."""
        return f"{self.url}{BULK}?correlationID={correlation_id}"

    def toml(self, *more: str, **changes: object) -> Path:
        """Write the settings' file that leads here, with more lines if there are."""
        cert, key = our_certificate().write(self.folder, "us")
        secret = self.folder / "client_secret"
        secret.write_text(f"{SECRET}\n")
        for private in (secret, Path(key)):
            private.chmod(0o600)
        own: dict[str, object] = {
            "base_url": self.url,
            "third_party_id": "50916",
            "client_id": "us",
            "client_secret_file": "client_secret",
            "certificate_file": Path(cert).name,
            "key_file": Path(key).name,
            "ca_file": "ca.crt",
            "timeout_seconds": 5,
            **changes,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in own.items()]
        file = self.folder / "share-my-data.toml"
        file.write_text("\n".join([*lines, *more]))
        return file

    def settings(self, **changes: object) -> Custodian:
        """Give the settings that lead here."""
        file = self.toml(**changes)
        return parse_custodian(file.read_text(), folder=self.folder, subject="test")

    def client(self, **changes: object) -> ShareMyData:
        """Give a client that pauses for no time."""
        return ShareMyData(self.settings(**changes), ZONE, pause=lambda _: None)

    def paths(self, *, tokens: bool = False) -> list[str]:
        """Give the paths that were asked for, with those of tokens or without."""
        found = [asked.path for asked in self.asked]
        return found if tokens else [p for p in found if not p.endswith("/token")]

    def notify(self, url: str, *uris: str) -> requests.Response:
        """Post a notification, with the custodian's own certificate."""
        return requests.post(
            url,
            data=notice(*uris),
            cert=(str(self.folder / "server.crt"), str(self.folder / "server.key")),
            verify=str(self.folder / "ca.crt"),
            timeout=SECONDS,
        )

    def answer(self, asked: Asked) -> Reply:
        """Answer as the test has it; nobody gets in without a token."""
        self.asked.append(asked)
        made = self.answers.get(asked.path)
        if asked.path in (TOKEN_PATH, TEST_TOKEN_PATH):
            return _made(made, asked) if made else self._token(asked)
        if asked.authorization.removeprefix("Bearer ") not in self.taken:
            return Reply(403, b"<p>Forbidden</p>")
        return _made(made, asked) if made else Reply(404, b"nothing here")

    def _token(self, asked: Asked) -> Reply:
        known = base64.b64encode(f"us:{SECRET}".encode()).decode()
        if asked.authorization != f"Basic {known}" or b"client_credentials" not in (
            asked.body
        ):
            return Reply(401, b'{"error": "invalid_client"}')
        self.given.append(f"token-{len(self.given) + 1}-not-to-be-told")
        self.taken.add(self.given[-1])
        said = {self.token_key: self.given[-1], "expires_in": self.expires_in}
        return Reply(200, json.dumps(said).encode())


@contextmanager
def custodian_at_work(folder: Path) -> Iterator[CustodianAtWork]:
    """Run a custodian while the context lasts; it is online and has a feed."""
    custodian = CustodianAtWork(folder)
    authority().own.write(folder, "ca")
    cert, key = (
        authority().issue("custodian.example", usage=None).write(folder, "server")
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(folder / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.custodian = custodian
        custodian.port = server.server_port
        custodian.answers |= {
            STATUS: Reply(200, status_document()),
            AUTHORIZATION: Reply(200, authorization_feed(custodian.url + BULK)),
            SAMPLE: Reply(200, FEED),
            BULK: lambda asked: Reply(200, FEED) if "correl" in asked.query else LATER,
        }
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield custodian
        finally:
            custodian.ended.set()
            server.shutdown()
            thread.join()


LATER = Reply(202)


def _made(answer: Answer, asked: Asked) -> Reply:
    return answer if isinstance(answer, Reply) else answer(asked)


class _Server(ThreadingHTTPServer):
    custodian: CustodianAtWork
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing of callers that hang up."""


class _Handler(BaseHTTPRequestHandler):
    timeout = SECONDS

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer()

    def _answer(self) -> None:
        assert isinstance(self.server, _Server)
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length", 0))
        asked = Asked(
            self.command,
            path,
            self.headers.get("Authorization", ""),
            self.rfile.read(length),
            query,
        )
        reply = self.server.custodian.answer(asked)
        headers = {"Content-Length": str(len(reply.body)), **reply.headers}
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not reply.drip_seconds:
            self.wfile.write(reply.body)
            return
        for byte in reply.body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            self.server.custodian.ended.wait(reply.drip_seconds)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
