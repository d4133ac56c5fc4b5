"""The collector: polls every registered meter on its schedule, each by itself.

Hosts behind one address and port share a connection and are polled one after the other;
otherwise no host waits for another. One that does not answer is tried less and less
often, and takes its turns apart from those that do. A poll counts once its readings are
kept.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from ter_pipelines.resources.modbus.link import Link
from ter_pipelines.resources.modbus.polling import Polled, poll_host
from ter_pipelines.resources.modbus.reading import Clock, Wanted
from ter_pipelines.resources.modbus.scan import Bases
from ter_pipelines.resources.modbus.schedule import (
    Pace,
    Place,
    Turn,
    by_place,
    is_same,
    share_of,
)
from ter_pipelines.resources.modbus.writer import Writer
from ter_pipelines.resources.register_maps import RegisterMaps
from ter_pipelines.vocab.errors import InputError, RemoteError
from ter_pipelines.vocab.modbus import MeterReading, ModbusHost

_LOG = structlog.get_logger()


class HostBook(Protocol):
    """Where hosts are registered and readings kept; the registry is one."""

    def enabled_hosts(self) -> Sequence[ModbusHost]:
        """Give the hosts to poll."""

    def store_readings(self, readings: Sequence[MeterReading]) -> None:
        """Keep readings, all or none.

        Raises:
            RemoteError: If they may be taken another time.
            InputError: If one of them never will be.
        """


@dataclass
class Tally:
    """What was done since it was last told."""

    polls: int = 0
    silent: int = 0
    values: int = 0
    good: int = 0

    def count(self, polled: Polled) -> None:
        """Count a poll whose readings are kept."""
        self.polls += 1
        self.silent += bool(polled.failure)
        self.values += len(polled.readings)
        self.good += polled.good


@dataclass
class _Door:
    """One address and port, and the hosts behind it."""

    place: Place
    turns: list[Turn]
    bases: Bases = field(default_factory=dict)


@dataclass
class _Desk:
    """What all places share."""

    writer: Writer
    pace: Pace
    clock: Clock
    slots: asyncio.Semaphore
    silent_slots: asyncio.Semaphore
    tally: Tally = field(default_factory=Tally)

    def count(self, polled: Polled) -> None:
        self.tally.count(polled)


_Tended = dict[Place, tuple[_Door, asyncio.Task[None]]]


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


class Collector:
    """Polls hosts until stopped.

    Args:
        book: Where hosts come from and readings go.
        maps: Register maps.
        pace: How fast it goes.
        clock: Stamps readings.
    """

    def __init__(
        self,
        book: HostBook,
        maps: RegisterMaps,
        pace: Pace | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """Begin with no hosts; `run` or `poll_once` reads them."""
        self._book = book
        self._maps = maps
        self._pace = pace or Pace()
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set; what was read by then is kept."""
        desk = self._desk()
        writing = asyncio.create_task(desk.writer.run())
        tended: _Tended = {}
        stopped = asyncio.create_task(stop.wait())
        ends = (stopped, writing)
        try:
            while not any(end.done() for end in ends):
                await self._refresh(desk, tended)
                await asyncio.wait(
                    ends,
                    timeout=self._pace.refresh_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                _tell(desk)
        finally:
            await _end([stopped, *(task for _, task in tended.values())])
            desk.writer.close()
            await writing
            _tell(desk)

    async def poll_once(self, told: Callable[[Polled], None]) -> None:
        """Poll every host once.

        Args:
            told: Is told of each poll once its readings are kept.
        """
        desk = self._desk()
        writing = asyncio.create_task(desk.writer.run())
        try:
            turns = await asyncio.to_thread(self._turns)
            doors = [_Door(*door) for door in by_place(turns).items()]
            await asyncio.gather(*(_round_once(door, desk, told) for door in doors))
        finally:
            desk.writer.close()
            await writing

    def _desk(self) -> _Desk:
        return _Desk(
            Writer(self._book.store_readings, self._pace.closing_seconds),
            self._pace,
            self._clock,
            asyncio.Semaphore(self._pace.most_at_once),
            asyncio.Semaphore(self._pace.most_silent_at_once),
        )

    async def _refresh(self, desk: _Desk, tended: _Tended) -> None:
        """Begin, end or change what is tended, as the hosts are registered now."""
        try:
            turns = await asyncio.to_thread(self._turns)
        except RemoteError as error:
            _LOG.error("hosts_not_read", why=str(error))
            return
        wanted = by_place(turns)
        gone = []
        for place, (door, task) in list(tended.items()):
            if task.done() or not is_same(door.turns, wanted.get(place, [])):
                gone.append(task)
                del tended[place]
        await _end(gone)
        for place in wanted.keys() - tended.keys():
            door = _Door(place, wanted[place])
            tended[place] = door, asyncio.create_task(_tend(door, desk))

    def _turns(self) -> list[Turn]:
        """Read the hosts and their maps; one without a map is told and left out."""
        found = []
        kinds: dict[tuple[str, frozenset[str]], Wanted | None] = {}
        for host in self._book.enabled_hosts():
            kind = (host.map_name, host.also_read)
            if kind not in kinds:
                kinds[kind] = self._wanted(*kind)
            wanted = kinds[kind]
            if wanted is not None:
                found.append(Turn(host, wanted, 0.0))
        return found

    def _wanted(self, map_name: str, also_read: frozenset[str]) -> Wanted | None:
        try:
            device = self._maps.find(map_name)
        except (InputError, OSError) as error:
            _LOG.error("map_not_usable", map=map_name, why=str(error))
            return None
        entries = device.entries.values()
        wanted = [e for e in entries if e.is_polled or e.measurement in also_read]
        return Wanted(device, wanted)


async def _tend(door: _Door, desk: _Desk) -> None:
    """Poll the hosts of one door, each when it is due, for ever."""
    loop = asyncio.get_running_loop()
    for turn in door.turns:
        spread = min(turn.host.poll_seconds, desk.pace.spread_seconds)
        turn.due = loop.time() + share_of(turn.host.host_id) * spread
    while True:
        await asyncio.sleep(min(turn.due for turn in door.turns) - loop.time())
        due = [turn for turn in door.turns if turn.due <= loop.time()]
        if not due:
            continue
        slots = desk.silent_slots if any(t.silences for t in due) else desk.slots
        async with slots:
            await _round(door, due, desk, desk.count)
        for turn in due:
            turn.plan_next(loop.time(), desk.pace)


async def _round_once(door: _Door, desk: _Desk, told: Callable[[Polled], None]) -> None:
    async with desk.slots:
        await _round(door, door.turns, desk, told)


async def _round(
    door: _Door, due: Sequence[Turn], desk: _Desk, told: Callable[[Polled], None]
) -> None:
    """Poll some hosts of one door over one connection; keep all even if cancelled."""
    link = Link(*door.place, timeout_seconds=desk.pace.timeout_seconds)
    done: list[Polled] = []
    try:
        for turn in due:
            polled = await poll_host(
                link, turn.host, turn.wanted, desk.clock, door.bases
            )
            _note(turn, polled)
            done.append(polled)
    finally:
        link.close()
        kept = desk.writer.take([r for polled in done for r in polled.readings])
    await kept
    for polled in done:
        told(polled)


def _note(turn: Turn, polled: Polled) -> None:
    if polled.failure:
        turn.silences += 1
        if turn.silences == 1:
            why = polled.readings[0].explanation
            _LOG.warning("host_silent", host=turn.host.host_id, why=why)
    elif turn.silences:
        _LOG.info("host_back", host=turn.host.host_id, silences=turn.silences)
        turn.silences = 0


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            _LOG.error("place_failed", why=repr(ended))


def _tell(desk: _Desk) -> None:
    if desk.tally.polls:
        _LOG.info("polled", **vars(desk.tally))
        desk.tally = Tally()
