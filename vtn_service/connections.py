"""Connections of a door: how they come in, and when a slow one has to go."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import cast

from aiohttp import web

from vtn_service.entrance import Entrance, Place, Terms
from vtn_service.tally import Tally

BACKLOG = 1024
ACCEPTED_AT_ONCE = 64
HANDSHAKE_SECONDS = 10.0
STRANGER_SECONDS = 10.0
GOODBYE_SECONDS = 2.0
LINGER_SECONDS = 2.0
PAUSE_SECONDS = 1.0
_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)


class Connection(web.RequestHandler):
    """A connection that ends when its other side dawdles.

    aiohttp ends an idle one. Here end those on which the head of a request comes byte
    by byte, those on which answers are not taken, and soon those on which no request
    was let in.
    """

    __slots__ = ("_head", "_place", "_stranger", "_taking")

    def __init__(self, manager: web.Server, terms: Terms, place: Place) -> None:
        """Take what it serves, on what terms, and the place to give back at its end.

        Bodies stay as sent (no decompression), and nothing logs the request line: it
        holds the token.
        """
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type] # how aiohttp turns it off
            auto_decompress=False,
            keepalive_timeout=terms.idle_seconds,
            lingering_time=LINGER_SECONDS,
        )
        self._place = place
        self._head = _Deadline(terms.head_seconds, self._end_slow_head)
        self._taking = _Deadline(terms.idle_seconds, self._abort)
        stranger_seconds = min(STRANGER_SECONDS, terms.head_seconds)
        self._stranger = _Deadline(stranger_seconds, self._end_stranger)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; so far it is a stranger's."""
        self._place.end = self._abort
        self._stranger.start()
        super().connection_made(transport)

    def note_let_in(self) -> None:
        """Know that a request was let in: from now on it may be idle."""
        if self._stranger.is_running:
            self._stranger.stop()
            self._place.settle()

    def data_received(self, data: bytes) -> None:
        """Take what came; a head that is not whole by now has to be soon."""
        super().data_received(data)
        if self._awaits_head():
            self._head.start()
        else:
            self._head.stop()

    def pause_writing(self) -> None:
        """Wait until the other side has taken what was said, but not for ever."""
        super().pause_writing()
        self._taking.start()

    def resume_writing(self) -> None:
        """Go on."""
        self._taking.stop()
        super().resume_writing()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place back."""
        self._head.stop()
        self._taking.stop()
        self._stranger.stop()
        self._place.leave()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no request with a bare status.

        What aiohttp would say repeats the request line, which holds the token.
        """
        super().handle_error(request, status, exc, message)
        answer = _Bare(status=status)
        answer.force_close()
        return answer

    def _awaits_head(self) -> bool:
        is_idle = self._waiter is not None and not self._waiter.done()
        return is_idle or self._request_count == 0

    def _end_slow_head(self) -> None:
        if self._awaits_head() and self.transport is not None:
            self.transport.write(_TOO_SLOW)
            self.force_close()

    def _end_stranger(self) -> None:
        if not self._awaits_head():
            self._stranger.restart()
        elif self._head.is_running:
            self._end_slow_head()
        else:
            self.force_close()

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


def note_let_in(request: web.Request) -> None:
    """Know that a request was let in; its connection has shown whose it is."""
    if isinstance(request.protocol, Connection):
        request.protocol.note_let_in()


class _Bare(web.Response):
    """An answer that says nothing of what it was made with."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.popall("Server", None)


class _Deadline:
    """Something to do when it has not been stopped in time."""

    __slots__ = ("_act", "_handle", "_seconds")

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self._seconds = seconds
        self._act = act
        self._handle: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Tell whether it was started and not stopped."""
        return self._handle is not None

    def restart(self) -> None:
        """Let the time run anew."""
        self.stop()
        self.start()

    def start(self) -> None:
        """Let the time run, unless it does."""
        if self._handle is None:
            loop = asyncio.get_running_loop()
            self._handle = loop.call_later(self._seconds, self._act)

    def stop(self) -> None:
        """Need no time any more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class Listener(web.BaseSite):
    """Lets in whoever connects to some addresses, as far as there is room.

    It accepts connections itself, so that one there is no room for costs nothing more,
    not even a TLS handshake.
    """

    def __init__(
        self,
        runner: web.AppRunner,
        listening: list[socket.socket],
        entrance: Entrance,
        ssl_context: ssl.SSLContext | None,
        note_handshake: Callable[[str, OSError], None],
    ) -> None:
        """Take the sockets over; nobody is let in before the start.

        `note_handshake` is told with whom a TLS handshake failed, and how.
        """
        super().__init__(runner, ssl_context=ssl_context)
        self._loop = asyncio.get_running_loop()
        self._manager = cast("web.Server", runner.server)
        self._listening = listening
        self._entrance = entrance
        self._note_handshake = note_handshake
        self._arriving: set[asyncio.Task[None]] = set()
        self._tally = Tally("connections_not_accepted", time.monotonic)

    @property
    def name(self) -> str:
        """Give an address."""
        return str(self._listening[0].getsockname())

    async def start(self) -> None:
        """Let callers in."""
        await super().start()
        for listening in self._listening:
            self._listen(listening)

    async def stop(self) -> None:
        """Let nobody in any more."""
        await super().stop()
        for listening in self._listening:
            self._loop.remove_reader(listening)
            listening.close()
        for task in self._arriving:
            task.cancel()

    def _listen(self, listening: socket.socket) -> None:
        if listening.fileno() >= 0:
            self._loop.add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                caller, address = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._tally.note(reason=str(error))
                self._loop.remove_reader(listening)
                self._loop.call_later(PAUSE_SECONDS, self._listen, listening)
                return
            if place := self._entrance.enter(address[0]):
                place.end = partial(_hang_up, caller)
                task = self._loop.create_task(self._receive(caller, address[0], place))
                self._arriving.add(task)
                task.add_done_callback(self._arriving.discard)
            else:
                caller.close()

    async def _receive(self, caller: socket.socket, address: str, place: Place) -> None:
        """Make a connection of it; a handshake that fails gives the place back."""
        caller.settimeout(0)
        terms, manager = self._entrance.terms, self._manager
        handshake = min(HANDSHAKE_SECONDS, terms.head_seconds)
        has_tls = self._ssl_context is not None
        try:
            await self._loop.connect_accepted_socket(
                lambda: Connection(manager, terms, place),
                caller,
                ssl=self._ssl_context,
                ssl_handshake_timeout=handshake if has_tls else None,
                ssl_shutdown_timeout=GOODBYE_SECONDS if has_tls else None,
            )
        except OSError as error:
            place.leave()
            if has_tls:
                self._note_handshake(address, error)


def _hang_up(caller: socket.socket) -> None:
    with suppress(OSError):  # It may have hung up itself.
        caller.shutdown(socket.SHUT_RDWR)


async def listen_on(host: str, port: int) -> list[socket.socket]:
    """Open a socket for every address of a host.

    Raises:
        OSError: If the host is unknown or the port taken.
    """
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    opened: list[socket.socket] = []
    with ExitStack() as undo:
        for family, address in sorted({(entry[0], entry[4]) for entry in found}):
            listening = socket.create_server(
                (str(address[0]), port), family=family, backlog=BACKLOG
            )
            undo.callback(listening.close)
            listening.settimeout(0)
            opened.append(listening)
        undo.pop_all()
    return opened
