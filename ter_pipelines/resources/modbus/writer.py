"""Keeping readings: what several polls brought goes to the store in one go.

A poll waits until its readings last; a moment longer, so that others join it. While the
store does not answer nothing more is polled than what is under way, and what was read
is offered again until it is taken; at the end, for a while. A reading that the store
refuses is kept as one without a value. What is lost all the same is named.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import InputError, RemoteError
from ter_pipelines.vocab.modbus import NOT_STORED, Meaning, MeterReading

Store = Callable[[Sequence[MeterReading]], None]

GATHERING_SECONDS = 0.5
SHORTEST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
CLOSING_SECONDS = 30.0
_LOG = structlog.get_logger()


class Writer:
    """What stands between polls and the store.

    Args:
        store: Keeps readings for good, all or none; raises `RemoteError` if it cannot,
            `InputError` if it will never take one of them.
        closing_seconds: How long readings are offered again once it is closed.
    """

    def __init__(self, store: Store, closing_seconds: float = CLOSING_SECONDS) -> None:
        """Begin with nothing to keep; somebody must `run` it."""
        self._store = store
        self._closing_seconds = closing_seconds
        self._waiting: list[tuple[Sequence[MeterReading], asyncio.Future[None]]] = []
        self._has_work = asyncio.Event()
        self._closing = asyncio.Event()
        self._ends_at = float("inf")
        self._has_failed = False

    def take(self, readings: Sequence[MeterReading]) -> asyncio.Future[None]:
        """Take readings; what is given is done once they are kept.

        It is cancelled if `run` failed: they are not kept then, which is told.
        """
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((readings, kept))
        self._has_work.set()
        if self._has_failed:
            self._give_up()
        return kept

    def close(self) -> None:
        """Let `run` end once what is waiting is kept, or was offered long enough."""
        if not self._closing.is_set():
            loop = asyncio.get_running_loop()
            self._ends_at = loop.time() + self._closing_seconds
        self._closing.set()
        self._has_work.set()

    async def run(self) -> None:
        """Keep what is waiting, again and again, until closed."""
        try:
            while not self._closing.is_set() or self._waiting:
                await self._has_work.wait()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), GATHERING_SECONDS)
                self._has_work.clear()
                await self._keep_waiting()
        except BaseException:
            self._has_failed = True
            self._give_up()
            raise

    async def _keep_waiting(self) -> None:
        batch = list(self._waiting)
        await self._offer([r for readings, _ in batch for r in readings])
        del self._waiting[: len(batch)]
        for _, kept in batch:
            if not kept.done():
                kept.set_result(None)

    async def _offer(self, readings: Sequence[MeterReading]) -> None:
        """Offer readings until they are taken; those that never will be, apart."""
        wait = SHORTEST_WAIT_SECONDS
        while readings:
            try:
                await asyncio.to_thread(self._store, readings)
            except RemoteError as error:
                left = self._ends_at - asyncio.get_running_loop().time()
                if left <= 0:
                    _tell_lost(readings, str(error))
                    return
                _LOG.error(
                    "readings_not_stored", readings=len(readings), why=str(error)
                )
                await self._pause(min(wait, left))
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
            except InputError as error:
                await self._offer_apart(readings, str(error))
                return
            else:
                return

    async def _offer_apart(self, readings: Sequence[MeterReading], why: str) -> None:
        """Find what the store refuses among readings, and keep why in its place."""
        half = len(readings) // 2
        if half:
            await self._offer(readings[:half])
            await self._offer(readings[half:])
        elif readings[0].quality == NOT_STORED:
            _tell_lost(readings, why)
        else:
            (refused,) = readings
            _LOG.error(
                "reading_refused",
                host=refused.host_id,
                measurement=refused.measurement,
                value=str(refused.value),
                why=why,
            )
            await self._offer([_without_value(refused, why)])

    async def _pause(self, seconds: float) -> None:
        """Wait; no longer than a moment if it is closed meanwhile."""
        if self._closing.is_set():
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    def _give_up(self) -> None:
        """Tell what is lost; let nobody wait for it."""
        waiting, self._waiting = self._waiting, []
        _tell_lost(
            [r for readings, _ in waiting for r in readings], "the writer failed"
        )
        for _, kept in waiting:
            kept.cancel()


def _without_value(reading: MeterReading, why: str) -> MeterReading:
    meaning = Meaning(reading.meaning.role, reading.meaning.direction)
    explanation = f"got {reading.value} {reading.unit}, which was refused: {why}"
    return replace(
        reading,
        value=None,
        unit="",
        quality=NOT_STORED,
        explanation=explanation.replace("\0", ""),
        meaning=meaning,
    )


def _tell_lost(readings: Sequence[MeterReading], why: str) -> None:
    """Name what is lost, a host at a time."""
    by_host: dict[str, list[MeterReading]] = defaultdict(list)
    for reading in readings:
        by_host[reading.host_id].append(reading)
    for host_id, lost in by_host.items():
        times = [reading.read_at for reading in lost]
        _LOG.error(
            "readings_lost",
            host=host_id,
            readings=len(lost),
            first=iso_utc(min(times)),
            last=iso_utc(max(times)),
            why=why,
        )
