"""`python -m benchmarks.modbus`: a thousand meters, polled each minute by one process.

The meters are simulated by a second process, each at a loopback address of its own; of
twenty, one is not there, one never answers and one answers late. `ter modbus collect`
polls them into a registry in a temporary folder. Counted is what lasts in there: polls
a host, the longest time between two polls of a sound one, and the collector's CPU. The
same measurements are then read with one request a register, one meter after the other,
as a plain loop would do it.

Exit codes: 0 fine, 1 a meter was late or the collector was too slow.
"""

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil
from pymodbus.client import ModbusTcpClient

from benchmarks.modbus_devices import address_of, kind_of
from ter_pipelines.formats.register_map import shipped_maps
from ter_pipelines.registry.registry import Registry, utc_now
from ter_pipelines.settings import Settings
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.modbus import ModbusHost

EXIT_OK, EXIT_FOUND = 0, 1
MAP = "sdm630"
POLL_SECONDS = 60
MOST_LATE_SECONDS = 3.0
NAIVE_METERS = 40
READY_SECONDS = 60


@dataclass(frozen=True)
class Measured:
    """CPU and wall seconds of a number of polls."""

    cpu_seconds: float
    wall_seconds: float
    polls: int

    @property
    def cpu_of_a_thousand(self) -> float:
        """Give the CPU seconds of a thousand polls."""
        return self.cpu_seconds / self.polls * 1000


def main() -> int:
    """Simulate, poll, count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meters", type=int, default=1000, help="how many")
    parser.add_argument("--seconds", type=int, default=150, help="how long")
    given = parser.parse_args()
    port = _free_port()
    with (
        tempfile.TemporaryDirectory(prefix="ter-modbus-") as folder,
        _devices(port, given.meters),
    ):
        settings = Settings(home=Path(folder), registry_url="")
        with closing(_registry(settings)) as registry:
            _register(registry, port, given.meters)
            ours = _collect(settings, registry, given.seconds)
            is_on_time = _tell_lateness(registry)
        naive = _read_naively(port)
    _tell_cost("ours", ours)
    _tell_cost("one register a request, one meter after another", naive)
    ratio = naive.cpu_of_a_thousand / ours.cpu_of_a_thousand
    print(f"  CPU of a poll, that loop to ours: {ratio:.1f}")
    print(f"  share of one CPU at {given.meters} meters a minute: {_share(ours):.0%}")
    return EXIT_OK if is_on_time else EXIT_FOUND


def _collect(settings: Settings, registry: Registry, seconds: int) -> Measured:
    """Run the collector; measure from its first readings on."""
    command = [sys.executable, "-m", "ter_pipelines", "modbus", "collect"]
    with (settings.home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=settings.child_environ(), stderr=log)  # noqa: S603
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not registry.modbus.newest_reading_id():
                if time.monotonic() > deadline or process.poll() is not None:
                    raise SystemExit((settings.home / "log").read_text())
                time.sleep(0.05)
            begin, cpu = time.monotonic(), _cpu(process.pid)
            before = _count_polls(registry)
            time.sleep(seconds)
            spent, wall = _cpu(process.pid) - cpu, time.monotonic() - begin
            polls = _count_polls(registry) - before
            memory = psutil.Process(process.pid).memory_info().rss / 1e6
        finally:
            process.terminate()
            process.wait()
    print(f"{polls} polls in {wall:.0f} s, {memory:.0f} MB")
    return Measured(spent, wall, polls)


def _tell_lateness(registry: Registry) -> bool:
    """Print how far apart the polls of each kind of meter are; tell if all is well."""
    times: dict[str, list[float]] = {}
    for host_id, instant in _poll_times(registry):
        times.setdefault(host_id, []).append(instant)
    numbers = {host_id: int(host_id.removeprefix("m")) for host_id in times}
    is_well = True
    for kind in ("sound", "slow", "silent", "gone"):
        own = [
            sorted(times[h]) for h, number in numbers.items() if kind_of(number) == kind
        ]
        gaps = [b - a for instants in own for a, b in pairwise(instants)]
        longest = max(gaps, default=0.0)
        print(
            f"  {kind}: {len(own)} meters, longest time between polls {longest:.1f} s"
        )
        if kind == "sound":
            is_well = bool(gaps) and longest <= POLL_SECONDS + MOST_LATE_SECONDS
    return is_well


def _read_naively(port: int) -> Measured:
    """Read sound meters as a plain loop does: every register pair by itself."""
    entries = shipped_maps()[MAP].polled
    numbers = [n for n in range(NAIVE_METERS * 2) if kind_of(n) == "sound"]
    begin, cpu = time.monotonic(), time.process_time()
    for number in numbers[:NAIVE_METERS]:
        client = ModbusTcpClient(address_of(number), port=port)
        client.connect()  # type: ignore[no-untyped-call]
        for entry in entries:
            answer = client.read_input_registers(entry.address, count=2, device_id=1)
            client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
        client.close()  # type: ignore[no-untyped-call]
    return Measured(time.process_time() - cpu, time.monotonic() - begin, NAIVE_METERS)


def _tell_cost(name: str, measured: Measured) -> None:
    print(
        f"  {name}: {measured.cpu_of_a_thousand:.2f} CPU s and "
        f"{measured.wall_seconds / measured.polls * 1000:.1f} s for 1000 polls"
    )


def _share(measured: Measured) -> float:
    return measured.cpu_seconds / measured.wall_seconds


def _register(registry: Registry, port: int, meters: int) -> None:
    for number in range(meters):
        registry.modbus.add_host(
            ModbusHost(
                f"m{number}", address_of(number), port, 1, MAP, 900, POLL_SECONDS
            )
        )


def _poll_times(registry: Registry) -> Iterator[tuple[str, float]]:
    """Give the instant of every poll, once a poll."""
    now = utc_now()
    for stored in registry.modbus.readings(now - HOUR, now + HOUR):
        reading = stored.reading
        if reading.measurement in {"", "voltage_l1"}:
            yield reading.host_id, reading.read_at.timestamp()


def _count_polls(registry: Registry) -> int:
    return sum(1 for _ in _poll_times(registry))


def _registry(settings: Settings) -> Registry:
    registry = Registry(settings.registry_address, settings.landing_root)
    registry.migrate()
    return registry


@contextmanager
def _devices(port: int, count: int) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.modbus_devices", str(port), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            if process.stdout is None or not process.stdout.readline():
                raise SystemExit("the simulated meters did not start")
            yield
        finally:
            process.terminate()


def _cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


if __name__ == "__main__":
    sys.exit(main())
