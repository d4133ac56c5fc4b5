"""A door of this process, and callers who say and hear single bytes at it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import uvloop
from aiohttp import web

from vtn_service.connections import note_let_in
from vtn_service.doors import Door, open_door
from vtn_service.entrance import Terms

REQUEST = b"GET / HTTP/1.1\r\nHost: vtn.example\r\n\r\n"
OF_A_STRANGER = b"GET /stranger HTTP/1.1\r\nHost: vtn.example\r\n\r\n"
ASK_FOR_MUCH = b"GET /much HTTP/1.1\r\nHost: vtn.example\r\n\r\n"
MUCH = 50_000_000
IDLE_SECONDS = 1.0
HEAD_SECONDS = 0.3
PATIENCE = 10
TERMS = Terms(100, 100, IDLE_SECONDS, HEAD_SECONDS)
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]
Loop = Callable[[], asyncio.AbstractEventLoop]
T = TypeVar("T")


@dataclass(frozen=True)
class Heard:
    """What a caller heard until the door closed, and after how long that was."""

    text: bytes
    seconds: float


class Caller:
    """Somebody connected to a door."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Take the connection."""
        self._reader, self._writer = reader, writer
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def say(self, text: bytes) -> None:
        """Say something, unless the door has closed the connection."""
        if not self._writer.is_closing():
            self._writer.write(text)

    async def hear(self, until: bytes) -> bytes:
        """Hear up to something."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readuntil(until)

    async def hear_all(self) -> Heard:
        """Hear everything until the door closes the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                text = await self._reader.read()
            except ConnectionError:
                text = b""
        return Heard(text, self._loop.time() - self._began)

    async def leave(self) -> None:
        """Close the connection."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except (ConnectionError, ssl.SSLError):
            return


@dataclass
class OpenDoor:
    """A door to connect to."""

    port: int
    connections: Callable[[], int]
    callers: list[Caller] = field(default_factory=list)

    async def call(self, tls: ssl.SSLContext | None = None) -> Caller:
        """Connect."""
        caller = Caller(
            *await asyncio.open_connection("127.0.0.1", self.port, ssl=tls, limit=1000)
        )
        self.callers.append(caller)
        return caller

    async def is_open(self, tls: ssl.SSLContext | None = None) -> bool:
        """Tell whether a new caller is answered."""
        caller = await self.call(tls)
        caller.say(REQUEST)
        try:
            return (await caller.hear(b"\r\n")).startswith(b"HTTP/1.1 200 ")
        except (asyncio.IncompleteReadError, ConnectionError):
            return False

    async def wait_until_open(self, tls: ssl.SSLContext | None = None) -> None:
        """Wait until a new caller is answered."""
        async with asyncio.timeout(PATIENCE):
            while not await self.is_open(tls):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def a_door(
    terms: Terms = TERMS, tls: ssl.SSLContext | None = None
) -> AsyncIterator[OpenDoor]:
    """Open a door."""
    app = web.Application()
    app.router.add_get("/", _answer)
    app.router.add_get("/stranger", _answer_a_stranger)
    app.router.add_get("/much", _answer_much)
    runner, address = await open_door(app, Door("127.0.0.1", 0, "PORT", terms, tls))
    manager = runner.server
    assert manager is not None
    door = OpenDoor(int(address.rsplit(":", 1)[1]), lambda: len(manager.connections))
    try:
        yield door
    finally:
        for caller in door.callers:
            await caller.leave()
        await runner.cleanup()


def run(work: Coroutine[None, None, T], loop: Loop = uvloop.new_event_loop) -> T:
    """Run something to its end, in a loop such as the VTN's."""
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(work)


async def _answer(request: web.Request) -> web.Response:
    note_let_in(request)
    return web.Response(text="here")


async def _answer_a_stranger(_request: web.Request) -> web.Response:
    return web.Response(text="here")


async def _answer_much(request: web.Request) -> web.Response:
    note_let_in(request)
    return web.Response(body=bytes(MUCH))
