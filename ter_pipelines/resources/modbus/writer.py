"""Keeping readings: what several polls brought goes to the store in one go.

A poll waits until its readings last; a moment longer, so that others join it. While the
store does not answer nothing more is polled than what is under way, and what was read
is offered again until it is taken.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.modbus import MeterReading

Store = Callable[[Sequence[MeterReading]], None]

GATHERING_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
_LOG = structlog.get_logger()


class Writer:
    """What stands between polls and the store.

    Args:
        store: Keeps readings for good, all or none; raises `RemoteError` if it cannot.
    """

    def __init__(self, store: Store) -> None:
        """Begin with nothing to keep; somebody must `run` it."""
        self._store = store
        self._waiting: list[tuple[Sequence[MeterReading], asyncio.Future[None]]] = []
        self._has_work = asyncio.Event()
        self._closing = asyncio.Event()

    async def keep(self, readings: Sequence[MeterReading]) -> None:
        """Return once these readings are kept."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((readings, kept))
        self._has_work.set()
        await kept

    def close(self) -> None:
        """Let `run` end once what is waiting was offered a last time."""
        self._closing.set()
        self._has_work.set()

    async def run(self) -> None:
        """Keep what is waiting, again and again, until closed."""
        while True:
            await self._has_work.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), GATHERING_SECONDS)
            self._has_work.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._offer([r for readings, _ in batch for r in readings])
            for _, kept in batch:
                if not kept.done():
                    kept.set_result(None)
            if self._closing.is_set() and not self._waiting:
                return

    async def _offer(self, readings: Sequence[MeterReading]) -> None:
        wait = 1.0
        while True:
            try:
                await asyncio.to_thread(self._store, readings)
            except RemoteError as error:
                is_lost = self._closing.is_set()
                event = "readings_lost" if is_lost else "readings_not_stored"
                _LOG.error(event, readings=len(readings), why=str(error))
                if is_lost:
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
            else:
                return
