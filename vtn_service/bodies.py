"""Large messages: how many are on their way at once, and when each is read.

What is held of a message that is not yet answered is memory of this process, and the
thread that reads is one for all: neither is for a single VEN to fill.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from vtn_service.limits import Limits

MOST_OF_VEN = 2
MOST_BYTES = 256 * 1024 * 1024
P = ParamSpec("P")
T = TypeVar("T")


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
    """One thread that reads what would keep the loop too long, VENs in turn.

    It is one because two would stand in each other's way, and in that of the polls,
    more than they help; and what a parser needs is needed once.
    """

    def __init__(self) -> None:
        """Start with nothing to read; the thread starts with the first message."""
        self._thread = ThreadPoolExecutor(1, "reader")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(
        self, ven_id: str, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do the work in the thread; of one VEN there is never more than one in line.

        So who sends many waits for its own, and the others for one of them at most.
        """
        turn = self._turns.get(ven_id)
        if turn is None:
            turn = self._turns[ven_id] = asyncio.Lock()
        async with turn:
            # Without a name: a failure would hold itself, and the message, for long.
            return await asyncio.wrap_future(self._thread.submit(work, *args, **kwargs))
