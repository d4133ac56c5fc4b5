"""The TLS door before the listener of Share My Data, and the process behind it."""

import asyncio
import socket
import ssl
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from ter_pipelines.vocab.custodian import NoticeDoor
from ter_pipelines.vocab.errors import SettingsError

CONNECTION_SECONDS = 60.0
GOODBYE_SECONDS = 2.0
GRACE_SECONDS = 10
BACKLOG = 128


class ShortConnection(H11Protocol):
    """A connection for a request or two: it ends, unless one is being answered.

    Who does not say goodbye in time is left without.
    """

    seconds = CONNECTION_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and know when to end."""
        super().connection_made(transport)
        self._ends = self.loop.call_later(self.seconds, self.shutdown)

    def shutdown(self) -> None:
        """End now, or after the answer that is being given."""
        super().shutdown()
        self._ends.cancel()
        self._ends = self.loop.call_later(GOODBYE_SECONDS, self._abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget when to end."""
        self._ends.cancel()
        super().connection_lost(exc)

    def _abort(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._ends = self.loop.call_later(GOODBYE_SECONDS, self._abort)
            return
        self.transport.abort()


def tls_context(door: NoticeDoor) -> ssl.SSLContext:
    """Make what the door speaks TLS with, 1.2 at least.

    With authorities of callers, only who shows a certificate of theirs is let in.

    Raises:
        SettingsError: If a file cannot be used, naming it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(door.certificate_file, door.key_file, password="")
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"listener: {door.certificate_file} with {door.key_file}: expected a "
            f"certificate and its key, both PEM, the key not encrypted ({error})"
        ) from error
    if door.client_ca_file:
        try:
            context.load_verify_locations(door.client_ca_file)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"listener: {door.client_ca_file}: expected authorities, PEM ({error})"
            ) from error
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def listen(door: NoticeDoor) -> socket.socket:
    """Listen where the door is.

    Raises:
        SettingsError: If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    try:
        return socket.create_server(
            (door.host, door.port), family=family, backlog=BACKLOG
        )
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"listener: cannot listen on {door.host} port {door.port}: {error}"
        ) from error


class NoticeServer(uvicorn.Server):
    """Serves the application over TLS on a socket that listens already."""

    def __init__(
        self,
        app: Starlette,
        context: ssl.SSLContext,
        *,
        on_ready: Callable[[], None] = lambda: None,
        connection_seconds: float = CONNECTION_SECONDS,
    ) -> None:
        """Take what to serve.

        Args:
            app: The application.
            context: What it speaks TLS with.
            on_ready: Called when it is served.
            connection_seconds: How long a connection may last.
        """

        class Connection(ShortConnection):
            seconds = connection_seconds

        self._on_ready = on_ready
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                loop="asyncio",
                ws="none",
                log_config=None,
                server_header=False,
                ssl_context_factory=lambda _config, _usual: context,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()
