"""The load of `benchmarks.vtn`: raw connections that ask, check and time every answer.

It runs in a process of its own on a core of its own; `steady` and `once` are what that
process is told to do. `benchmarks.vtn_day` is the third.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any, Self, TypeVar, cast

import psutil
import uvloop

from benchmarks.vtn_says import Recipe, Request, Ven

ANSWER_SECONDS = 60
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_SHOWN = 300
T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """A door to load, and the process behind it."""

    host: str
    port: int
    pid: int


@dataclass
class Tally:
    """What was answered: seconds of the good ones, the number of the others."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    first_wrong: str = ""

    def note_wrong(self, what: str) -> None:
        """Count an answer that is not what was expected."""
        self.wrong += 1
        self.first_wrong = self.first_wrong or what

    def add(self, other: "Tally") -> None:
        """Take over what another has counted."""
        self.seconds += other.seconds
        self.wrong += other.wrong
        self.first_wrong = self.first_wrong or other.first_wrong

    def milliseconds(self, percent: int) -> float:
        """Give a percentile of how long good answers took."""
        if len(self.seconds) < 2:  # noqa: PLR2004 - quantiles of one are none
            return 1000 * sum(self.seconds)
        cuts = statistics.quantiles(self.seconds, n=100, method="inclusive")
        return 1000 * cuts[percent - 1]


@dataclass
class Measured:
    """One measurement of a door.

    Args:
        tally: Of what was asked while the clock ran.
        warm: Of what was asked before.
        wall_seconds: From the first request to the last answer.
        vtn_cpu_seconds: What the door's process used meanwhile.
        load_cpu_seconds: What this process used.
        found: What `once` was to find in the answers, in the order of the VENs.
    """

    tally: Tally = field(default_factory=Tally)
    warm: Tally = field(default_factory=Tally)
    wall_seconds: float = 0.0
    vtn_cpu_seconds: float = 0.0
    load_cpu_seconds: float = 0.0
    found: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Give the good answers of a second."""
        return len(self.tally.seconds) / self.wall_seconds

    @property
    def cpu_seconds_per_1000(self) -> float:
        """Give the CPU seconds the VTN used for 1,000 requests."""
        return 1000 * self.vtn_cpu_seconds / max(len(self.tally.seconds), 1)


class Connection(asyncio.Protocol):
    """A keep-alive connection on which one thing is asked at a time."""

    def __init__(self) -> None:
        """Start with nothing asked."""
        self._transport: asyncio.Transport | None = None
        self._got = bytearray()
        self._size = 0
        self._asked_at = 0.0
        self._answer: asyncio.Future[tuple[bytes, float]] | None = None

    @classmethod
    async def open(cls, target: Target) -> Self:
        """Connect."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(cls, target.host, target.port)
        return connection

    async def ask(self, request: Request, tally: Tally) -> bytes:
        """Ask, check the answer, and give it; a lost connection is a wrong answer."""
        if self._transport is None:
            tally.note_wrong("the connection is closed")
            return b""
        self._answer = asyncio.get_running_loop().create_future()
        self._asked_at = time.perf_counter()
        self._transport.write(request.data)
        try:
            answer, seconds = await self._answer
        except ConnectionError as error:
            tally.note_wrong(str(error))
            return b""
        if answer.startswith(b"HTTP/1.1 200 ") and all(
            part in answer for part in request.parts
        ):
            tally.seconds.append(seconds)
        else:
            tally.note_wrong(answer[:_SHOWN].decode(errors="replace"))
        return answer

    def close(self) -> None:
        """Close it."""
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Collect an answer; its head says how long it is."""
        self._got += data
        if not self._size:
            end = self._got.find(_HEAD_END)
            if end < 0:
                return
            length = _LENGTH.search(self._got, 0, end)
            self._size = end + len(_HEAD_END) + int(length[1] if length else 0)
        if len(self._got) >= self._size:
            answer, self._got, self._size = bytes(self._got), bytearray(), 0
            if self._answer and not self._answer.done():
                seconds = time.perf_counter() - self._asked_at
                self._answer.set_result((answer, seconds))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"connection lost: {exc}"))


@dataclass(frozen=True)
class Steady:
    """A load that asks again at once, on so many connections, for so long.

    Args:
        recipe: What is said.
        differs: Whether each request is another; else each VEN repeats its own.
        first: The number of the first request.
        connections: How many requests wait for their answer at any time.
        warm_seconds: How long it is asked before the clock runs, and
        seconds: while it runs.
    """

    recipe: Recipe
    differs: bool
    first: int
    connections: int
    warm_seconds: float
    seconds: float

    def requests(self, vens: Sequence[Ven]) -> Iterator[Request]:
        """Give what is asked, the VENs taking turns."""
        if not self.differs:
            return cycle([self.recipe(ven, 0) for ven in vens])
        turns = zip(cycle(vens), count(self.first), strict=False)
        return (self.recipe(ven, number) for ven, number in turns)


def steady(target: Target, vens: Sequence[Ven], load: Steady) -> Measured:
    """Load a door as fast as it answers."""
    return run(_steady(target, vens, load))


def once(
    target: Target,
    vens: Sequence[Ven],
    recipe: Recipe,
    connections: int,
    pattern: bytes = b"",
) -> Measured:
    """Ask one thing for each VEN, and find a pattern's group in every answer."""
    return run(_once(target, vens, recipe, connections, pattern))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run in an event loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


class Clock:
    """Measures from when it is made until `stop`."""

    def __init__(self, target: Target, measured: Measured) -> None:
        """Start."""
        self._measured = measured
        self._vtn = psutil.Process(target.pid)
        self._vtn_began = _cpu_seconds(self._vtn)
        self._load_began = time.process_time()
        self._began = time.perf_counter()

    def stop(self) -> None:
        """Note what was used."""
        self._measured.wall_seconds = time.perf_counter() - self._began
        self._measured.load_cpu_seconds = time.process_time() - self._load_began
        self._measured.vtn_cpu_seconds = _cpu_seconds(self._vtn) - self._vtn_began


async def _steady(target: Target, vens: Sequence[Ven], load: Steady) -> Measured:
    requests = load.requests(vens)
    lines = [await Connection.open(target) for _ in range(load.connections)]
    measured = Measured()

    async def ask_until(end: float, line: Connection, tally: Tally) -> None:
        while time.perf_counter() < end and not tally.wrong:
            await line.ask(next(requests), tally)

    async def ask_for(seconds: float, tally: Tally) -> None:
        end = time.perf_counter() + seconds
        await asyncio.gather(*(ask_until(end, line, tally) for line in lines))

    await ask_for(load.warm_seconds, measured.warm)
    clock = Clock(target, measured)
    await ask_for(load.seconds, measured.tally)
    clock.stop()
    for line in lines:
        line.close()
    return measured


async def _once(
    target: Target,
    vens: Sequence[Ven],
    recipe: Recipe,
    connections: int,
    pattern: bytes,
) -> Measured:
    requests = [recipe(ven, number) for number, ven in enumerate(vens)]
    turns = iter(enumerate(requests))
    found = [""] * len(requests)
    sought = re.compile(pattern) if pattern else None
    lines = [await Connection.open(target) for _ in range(connections)]
    measured = Measured(found=found)

    async def ask_all(line: Connection) -> None:
        for at, request in turns:
            answer = await line.ask(request, measured.tally)
            if sought and (match := sought.search(answer)):
                found[at] = match[1].decode()

    clock = Clock(target, measured)
    await asyncio.gather(*map(ask_all, lines))
    clock.stop()
    for line in lines:
        line.close()
    return measured


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
