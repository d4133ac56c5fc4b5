"""Large messages: how many are on their way at once, and when each is read.

What is held of a message that is not yet answered is memory of this process, and who
reads is one for all: neither is for a single VEN to fill.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

from vtn_service.limits import Limits

MOST_OF_VEN = 2
MOST_BYTES = 256 * 1024 * 1024
TOLD_TOGETHER = 8
P = ParamSpec("P")
T = TypeVar("T")
_Outcome = tuple[Any, BaseException | None]


class Bodies:
    """Counts the large messages that are not yet answered: by VEN, and their bytes."""

    def __init__(self, limits: Limits, *, most_bytes: int = MOST_BYTES) -> None:
        """Start with none; `most_bytes` is for all of them together."""
        self._limits = limits
        self._most_bytes = most_bytes
        self._free_bytes = most_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._of_ven: WeakValueDictionary[str, asyncio.Semaphore] = (
            WeakValueDictionary()
        )

    def place_for(self, ven_id: str) -> "Place":
        """Give a place for a message, which takes no room before it is asked to."""
        return Place(self, ven_id)

    async def enter(self, ven_id: str) -> asyncio.Semaphore:
        """Wait until a VEN has fewer on their way than it may, and no debt."""
        one_of_few = self._of_ven.get(ven_id)
        if one_of_few is None:
            one_of_few = self._of_ven[ven_id] = asyncio.Semaphore(MOST_OF_VEN)
        await one_of_few.acquire()
        try:
            await asyncio.sleep(self._limits.debt_of(ven_id))
        except BaseException:
            one_of_few.release()
            raise
        return one_of_few

    async def take(self, size: int) -> int:
        """Wait until so many bytes are free, first come first served; take them."""
        size = min(size, self._most_bytes)
        if not self._waiting and size <= self._free_bytes:
            self._free_bytes -= size
            return size
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            self.give(0 if turn.cancelled() else size)
            raise
        return size

    def give(self, size: int) -> None:
        """Give bytes back, to whoever waits for them."""
        self._free_bytes += size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.cancelled():
                if wanted > self._free_bytes:
                    return
                self._free_bytes -= wanted
                turn.set_result(None)
            self._waiting.popleft()


class Place:
    """Room for one message, from its first bytes until it is answered."""

    __slots__ = ("_bodies", "_one_of_few", "_size", "_ven_id")

    def __init__(self, bodies: Bodies, ven_id: str) -> None:
        """Take whose message it is for."""
        self._bodies = bodies
        self._ven_id = ven_id
        self._one_of_few: asyncio.Semaphore | None = None
        self._size = 0

    async def make_room(self, size: int) -> None:
        """Wait until there is room for a large message of so many bytes."""
        self._one_of_few = await self._bodies.enter(self._ven_id)
        self._size = await self._bodies.take(size)

    def leave(self) -> None:
        """Give the room back, if there is any."""
        if self._one_of_few is not None:
            self._one_of_few.release()
            self._bodies.give(self._size)


class Reader:
    """Reads what would keep the polls waiting, VENs in turn.

    Long messages are read by one thread: two would stand in each other's way, and in
    that of the polls, more than they help; and what a parser needs is needed once. With
    short ones, even one would cost more in changes of threads than it saves: the loop
    reads them itself, one each time it comes round.
    """

    def __init__(self) -> None:
        """Start with nothing to read; the thread starts with the first message."""
        self._thread = ThreadPoolExecutor(1, "reader")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._line: deque[tuple[asyncio.Future[Any], Callable[[], Any]]] = deque()
        self._to_tell: list[tuple[asyncio.Future[Any], _Outcome]] = []

    async def read(
        self, ven_id: str, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do the work in the thread; of one VEN there is never more than one in line.

        So who sends many waits for its own, and the others for one of them at most.
        """
        async with self._turn_of(ven_id):
            # Without a name: a failure would hold itself, and the message, for long.
            return await asyncio.wrap_future(self._thread.submit(work, *args, **kwargs))

    async def read_short(
        self, ven_id: str, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do work of a few milliseconds in the loop, in its turn; else as `read`."""
        async with self._turn_of(ven_id):
            return await self._in_line(partial(work, *args, **kwargs))

    def _turn_of(self, ven_id: str) -> asyncio.Lock:
        turn = self._turns.get(ven_id)
        if turn is None:
            turn = self._turns[ven_id] = asyncio.Lock()
        return turn

    def _in_line(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._line.append((future, work))
        if len(self._line) == 1:
            loop.call_soon(self._read_next, loop)
        return future

    def _read_next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read one message, and let the loop come round before the next.

        Some are told together, so that what they lead to is written together.
        """
        future, work = self._line[0]
        if not future.cancelled():
            self._to_tell.append((future, _outcome_of(work)))
        del future, work  # A failure remembers this frame, and would hold itself.
        self._line.popleft()
        if self._line:
            loop.call_soon(self._read_next, loop)
        if not self._line or len(self._to_tell) >= TOLD_TOGETHER:
            self._tell()

    def _tell(self) -> None:
        """Tell what came of what was read to those that still wait for it."""
        for future, (result, error) in self._to_tell:
            if future.cancelled():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        self._to_tell.clear()


def _outcome_of(work: Callable[[], Any]) -> _Outcome:
    try:
        return work(), None
    except BaseException as error:  # noqa: BLE001 - raised where it is awaited
        return None, error
