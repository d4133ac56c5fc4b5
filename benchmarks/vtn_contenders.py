"""The two VTNs of `benchmarks.vtn`, each as a process on one core with its VENs."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from benchmarks.bare_openleadr import READY
from benchmarks.vtn_load import Measured, Target
from benchmarks.vtn_says import Ven
from tests.vtn_service.at_work import VtnAtWork, token_of

OURS = "ours"
BARE = "bare openleadr"
SECONDS = 15
PREFIX = "/OpenADR2/Simple/2.0b"
# All VENs come from one address and ask faster than devices do.
LIFTED = {
    "VTN_MAX_CONNECTIONS": "100000",
    "VTN_MAX_CONNECTIONS_PER_ADDRESS": "100000",
    "VTN_REQUESTS_PER_SECOND": "1000000",
    "VTN_REFUSALS_PER_MINUTE": "1000000",
}


@dataclass
class Contender:
    """A VTN at work, and what was measured of it.

    Args:
        name: `OURS` or `BARE`.
        devices: The door of its devices.
        vens: Its VENs, as it knows them.
        rounds: What was measured, by the measure's name.
        reports: How many reports it acknowledged, and
        values: how many values were in them.
    """

    name: str
    devices: Target
    vens: list[Ven]
    rounds: dict[str, list[Measured]] = field(default_factory=dict)
    reports: int = 0
    values: int = 0

    def note_reports(self, count: int, values: int) -> None:
        """Count reports that were acknowledged, with so many values in each."""
        self.reports += count
        self.values += count * values


@dataclass
class Ours(Contender):
    """Our VTN, whose control door enrols VENs and puts events."""

    control: Target = field(kw_only=True)
    store: Path = field(kw_only=True)

    def stored_reports(self) -> int:
        """Count the reports in the store."""
        with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as store:
            (count,) = store.execute("SELECT count(*) FROM report").fetchone()
            return int(count)


@dataclass
class Bare(Contender):
    """The bare VTN, which is told what to do through its standard input."""

    commands: IO[str] = field(kw_only=True)
    answers: IO[str] = field(kw_only=True)

    def tell(self, command: str) -> int:
        """Give a command (see `benchmarks.bare_openleadr`) and what it answers."""
        print(command, file=self.commands, flush=True)
        return int(self.answers.readline())


@contextmanager
def our_vtn(folder: Path, vens: int, core: int) -> Iterator[Ours]:
    """Run our VTN on a core, its store in the folder, durable as always."""
    with pinned(core):
        vtn = VtnAtWork(folder, **LIFTED)
    try:
        pid = vtn.process.pid
        yield Ours(
            OURS,
            _target(vtn.devices, pid),
            [Ven(name, f"/{token_of(name)}{PREFIX}") for name in _names(vens)],
            control=_target(vtn.control, pid),
            store=folder / "vtn.sqlite",
        )
    finally:
        vtn.end()


@contextmanager
def bare_vtn(vens: int, core: int) -> Iterator[Bare]:
    """Run the bare VTN on a core."""
    with pinned(core):
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bare_openleadr"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    commands, answers = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
    try:
        said = next(line for line in answers if line.startswith(READY))
        target = Target("127.0.0.1", int(said.split()[1]), process.pid)
        known = [Ven(name, PREFIX) for name in _names(vens)]
        yield Bare(BARE, target, known, commands=commands, answers=answers)
    finally:
        commands.close()
        process.wait(SECONDS)
        answers.close()


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Keep to one core, as do processes and threads that are started meanwhile."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _names(count: int) -> list[str]:
    return [f"ven-{number:05}" for number in range(count)]


def _target(url: str, pid: int) -> Target:
    host, port = url.removeprefix("http://").split("/")[0].rsplit(":", 1)
    return Target(host, int(port), pid)
