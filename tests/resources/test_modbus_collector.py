"""The collector: each host by itself, back-off, and a poll counts once it lasts.

How readings are kept is in `test_modbus_writer`.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ter_pipelines.formats.register_map import shipped_maps
from ter_pipelines.resources.modbus.collector import Collector
from ter_pipelines.resources.modbus.polling import Polled
from ter_pipelines.resources.modbus.reading import Wanted
from ter_pipelines.resources.modbus.schedule import Pace, Turn, share_of
from ter_pipelines.resources.register_maps import RegisterMaps
from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.modbus import MeterReading, ModbusHost
from tests.formats.register_maps import ENERGY, HEAD, POWER
from tests.resources.modbus_at_work import (
    SDM630_FLOATS,
    broken_meter,
    free_port,
    pymodbus_meter,
    reply,
    words_of,
)

QUICK = Pace(timeout_seconds=0.3, refresh_seconds=0.2, spread_seconds=0.0)
SDM630 = shipped_maps()["sdm630"]
SOON = 10.0


class Book:
    """Hosts and readings in memory; can fail for a while."""

    def __init__(self, *hosts: ModbusHost, failures: int = 0) -> None:
        """Begin with these hosts; fail this many times."""
        self.hosts = list(hosts)
        self.failures = failures
        self.kept: list[MeterReading] = []
        self.calls = 0
        self._lock = threading.Lock()

    def enabled_hosts(self) -> Sequence[ModbusHost]:
        return list(self.hosts)

    def store_readings(self, readings: Sequence[MeterReading]) -> None:
        with self._lock:
            self.calls += 1
            if self.failures:
                self.failures -= 1
                raise RemoteError("registry: database is locked")
            self.kept += readings

    def of(self, host_id: str) -> list[MeterReading]:
        return [reading for reading in self.kept if reading.host_id == host_id]


def host(host_id: str, port: int, **changes: object) -> ModbusHost:
    made = ModbusHost(host_id, "127.0.0.1", port, 1, "sdm630", 900, 1)
    return replace(made, **changes)  # type: ignore[arg-type]


async def poll_once(book: Book, maps: RegisterMaps | None = None) -> list[Polled]:
    told: list[Polled] = []
    collector = Collector(book, maps or RegisterMaps(), QUICK)
    await collector.poll_once(told.append)
    return sorted(told, key=lambda polled: polled.host.host_id)


async def run_until(
    book: Book, is_enough: Callable[[], bool], pace: Pace = QUICK
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Collector(book, RegisterMaps(), pace).run(stop))
    deadline = time.monotonic() + SOON
    while not is_enough() and time.monotonic() < deadline:
        await asyncio.sleep(0.02)
    stop.set()
    await running
    assert is_enough()


def test_a_poll_keeps_what_the_map_says_is_polled() -> None:
    async def story(book: Book) -> list[Polled]:
        async with pymodbus_meter({0: words_of(SDM630_FLOATS)}) as port:
            book.hosts = [host("a", port)]
            return await poll_once(book)

    book = Book()
    (polled,) = asyncio.run(story(book))

    assert (polled.failure, polled.good) == ("", len(SDM630.polled))
    assert [r.measurement for r in book.kept] == [e.measurement for e in SDM630.polled]
    (energy,) = (r for r in book.kept if r.measurement == "import_energy")
    assert (energy.meaning.role, energy.meaning.direction) == ("REGISTER", "delivered")
    assert energy.interval_seconds == 900


def test_a_host_that_fails_is_kept_as_one_reading_that_says_why() -> None:
    book = Book(host("gone", free_port()))

    (polled,) = asyncio.run(poll_once(book))

    (reading,) = book.kept
    assert polled.failure == reading.quality == "UNREACHABLE"
    assert (reading.measurement, reading.value) == ("", None)
    assert "refused" in reading.explanation


def test_silent_hosts_do_not_keep_others_waiting() -> None:
    async def story(book: Book) -> float:
        async with AsyncExitStack() as stack:
            meters = [broken_meter(lambda _: []) for _ in range(20)]
            ports = [await stack.enter_async_context(meter) for meter in meters]
            sound = pymodbus_meter({0: words_of(SDM630_FLOATS)})
            silent = [host(f"s{i}", port) for i, port in enumerate(ports)]
            book.hosts = [*silent, host("z", await stack.enter_async_context(sound))]
            begin = time.monotonic()
            polled = await poll_once(book)
            took = time.monotonic() - begin
        assert [p.failure for p in polled] == ["TIMEOUT"] * 20 + [""]
        return took

    took = asyncio.run(story(Book()))

    assert took < 20 * QUICK.timeout_seconds / 2


def test_units_behind_one_door_share_a_connection_in_turn() -> None:
    asked: list[tuple[int, int]] = []

    def answer(request: bytes) -> list[bytes]:
        asked.append((int.from_bytes(request[:2], "big"), request[6]))
        return [reply(request, [0x4366, 0x4000] * (request[11] // 2))]

    async def story(book: Book) -> list[Polled]:
        async with broken_meter(answer) as port:
            book.hosts = [host(f"u{unit}", port, unit=unit) for unit in (1, 2, 3)]
            return await poll_once(book)

    polled = asyncio.run(story(Book()))

    assert [p.failure for p in polled] == ["", "", ""]
    assert asked == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)]


def test_hosts_are_polled_again_and_again_and_stop_keeps_all() -> None:
    async def story(book: Book) -> None:
        async with pymodbus_meter({0: words_of(SDM630_FLOATS)}) as port:
            book.hosts = [host("a", port)]
            await run_until(book, lambda: polls(book, "a") >= 3)

    book = Book()
    asyncio.run(story(book))

    times = sorted({r.read_at for r in book.of("a") if r.measurement == "voltage_l1"})
    gaps = [(b - a).total_seconds() for a, b in pairwise(times[1:])]
    assert gaps
    assert all(gap == pytest.approx(1, abs=0.3) for gap in gaps)
    assert len(book.kept) % len(SDM630.polled) == 0


def test_hosts_that_come_and_go_are_noticed() -> None:
    async def story(book: Book) -> None:
        async with pymodbus_meter({0: words_of(SDM630_FLOATS)}) as port:
            book.hosts = [host("a", port)]
            await run_until(book, lambda: moved_on(book, port))

    def moved_on(book: Book, port: int) -> bool:
        if polls(book, "a") and book.hosts[0].host_id == "a":
            book.hosts = [host("b", port)]
        return polls(book, "b") > 0

    book = Book()
    asyncio.run(story(book))

    assert polls(book, "b") > 0


def test_readings_are_offered_again_until_they_are_taken() -> None:
    async def story(book: Book) -> list[Polled]:
        async with pymodbus_meter({0: words_of(SDM630_FLOATS)}) as port:
            book.hosts = [host("a", port)]
            await run_until(book, lambda: polls(book, "a") > 0)
        return []

    book = Book(failures=1)
    asyncio.run(story(book))

    assert book.calls >= 2
    assert polls(book, "a") > 0


def test_a_store_that_fails_otherwise_ends_the_collector_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken(Book):
        def store_readings(self, readings: Sequence[MeterReading]) -> None:  # noqa: ARG002
            raise KeyError("a mistake of ours")

    book = Broken(host("gone", free_port()))
    pace = replace(QUICK, refresh_seconds=60.0)
    ends = (
        Collector(book, RegisterMaps(), pace).run(asyncio.Event()),
        Collector(book, RegisterMaps(), pace).poll_once(lambda _: None),
    )

    for end in ends:
        with pytest.raises(KeyError, match="a mistake of ours"):
            asyncio.run(asyncio.wait_for(end, SOON))
        assert "readings_lost" in capsys.readouterr().out


def test_what_was_read_when_it_is_stopped_is_kept() -> None:
    """The second meter of a door never answers; the first has when all ends."""
    asked = threading.Event()

    def answer(request: bytes) -> list[bytes]:
        if request[6] == 1:
            return [reply(request, [0x4366, 0x4000] * (request[11] // 2))]
        asked.set()
        return []

    async def story(book: Book) -> None:
        async with broken_meter(answer) as port:
            book.hosts = [host(f"u{unit}", port, unit=unit) for unit in (1, 2)]
            pace = replace(QUICK, timeout_seconds=SOON)
            await run_until(book, asked.is_set, pace)

    book = Book()
    begin = time.monotonic()
    asyncio.run(story(book))

    assert time.monotonic() - begin < SOON
    assert polls(book, "u1") > 0


def test_a_host_without_a_usable_map_is_left_out_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text(HEAD + POWER + ENERGY)
    (tmp_path / "bad.toml").write_text(HEAD)

    async def story(book: Book) -> list[Polled]:
        async with pymodbus_meter({0: words_of({12: 1500.0, 72: 1.0})}) as port:
            names = ("mine", "bad", "none")
            book.hosts = [host(name, port, map_name=name) for name in names]
            return await poll_once(book, RegisterMaps(tmp_path))

    polled = asyncio.run(story(Book()))

    assert [p.host.host_id for p in polled] == ["mine"]
    said = capsys.readouterr().out
    assert "register map bad" in said
    assert "register map 'none'" in said


@pytest.mark.parametrize(
    ("silences", "least", "most"),
    [
        (0, 0, 60),
        (1, 0, 60),
        (2, 60, 120),
        (3, 180, 240),
        (5, 840, 900),
        (60, 840, 900),
    ],
)
def test_a_silent_host_is_tried_less_and_less(
    silences: int, least: int, most: int
) -> None:
    wanted = Wanted(SDM630, SDM630.polled)
    turn = Turn(host("a", 502, poll_seconds=60), wanted, 10_000.0, silences)

    turn.plan_next(10_003.0, Pace())

    beat = share_of("a") * 60
    assert least <= turn.due - 10_000 <= most + 3
    assert (turn.due - beat) % 60 == pytest.approx(0, abs=1e-6)


def test_polls_are_spread_over_the_time_between_them() -> None:
    shares = [share_of(f"m{i}") for i in range(1000)]

    tenths = [sum(t / 10 <= s < (t + 1) / 10 for s in shares) for t in range(10)]

    assert all(70 <= count <= 130 for count in tenths)


def polls(book: Book, host_id: str) -> int:
    return sum(r.measurement == "voltage_l1" for r in book.of(host_id))
