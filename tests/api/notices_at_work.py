"""The listener of Share My Data at work, over TLS, in a thread of the tests."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import requests

from ter_pipelines.api.notice_door import (
    CONNECTION_SECONDS,
    NoticeServer,
    listen,
    tls_context,
)
from ter_pipelines.api.notices import BODY_SECONDS, notice_app
from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab.custodian import NoticeDoor
from tests.vtn_service.certificates import Authority

SECONDS = 20


@cache
def authority() -> Authority:
    """Give the authority of the listener and of its callers."""
    return Authority("Example custodians")


@dataclass
class ListenerAtWork:
    """A running listener, its registry, and the folder with everybody's files."""

    folder: Path
    port: int
    registry: Registry

    @property
    def url(self) -> str:
        """Give its base URL."""
        return f"https://127.0.0.1:{self.port}"

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        cert: tuple[str, str] | None = None,
        **headers: str,
    ) -> requests.Response:
        """Send a request, trusting the listener's authority."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(
            method,
            self.url + path,
            data=body,
            headers=named,
            cert=cert,
            verify=str(self.folder / "ca.crt"),
            timeout=SECONDS,
        )

    @contextmanager
    def line(self) -> Iterator[ssl.SSLSocket]:
        """Give a bare connection."""
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        with (
            socket.create_connection(("127.0.0.1", self.port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
        ):
            yield secured


@contextmanager
def listener_at_work(
    folder: Path,
    *,
    has_client_ca: bool = False,
    body_seconds: float = BODY_SECONDS,
    connection_seconds: float = CONNECTION_SECONDS,
) -> Iterator[ListenerAtWork]:
    """Run a listener while the context lasts."""
    authority().own.write(folder, "ca")
    cert, key = authority().issue_server("listener.example").write(folder, "listener")
    door = NoticeDoor(
        certificate_file=Path(cert),
        key_file=Path(key),
        client_ca_file=folder / "ca.crt" if has_client_ca else None,
        port=0,
    )
    registry = Registry(f"sqlite:///{folder}/registry.sqlite", folder / "landing")
    registry.migrate()
    app = notice_app(registry, door.path, body_seconds=body_seconds)
    ready = threading.Event()
    server = NoticeServer(
        app,
        tls_context(door),
        on_ready=ready.set,
        connection_seconds=connection_seconds,
    )
    with listen(door) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            assert ready.wait(SECONDS), "the listener did not start"
            yield ListenerAtWork(folder, listener.getsockname()[1], registry)
        finally:
            server.should_exit = True
            thread.join(SECONDS)
            registry.close()
