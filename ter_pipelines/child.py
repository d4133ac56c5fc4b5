"""One process of the system: on a leash, with its log, ended with all it started.

A child leads a session of its own, so that Ctrl-C in a terminal reaches only the one
who started it. On Linux it is told to end when that one is gone, however it went.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_WITHIN_SECONDS = 15.0
LOG_LINES_SHOWN = 8
_LEASH = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit("Whoever started this is gone.")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


@dataclass(frozen=True)
class Plan:
    """What is to be started.

    Args:
        name: For people, and for the log.
        arguments: Of the Python interpreter.
        health_url: Answers once the process is ready; `tcp://` where it is enough that
            somebody listens, empty if it has no door.
    """

    name: str
    arguments: Sequence[str]
    health_url: str = ""


@dataclass
class Child:
    """A process that was started."""

    plan: Plan
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self) -> str:
        """Give the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])


def start_child(
    plan: Plan, *, environ: Mapping[str, str], folder: Path, lock_fd: int
) -> Child:
    """Start a process.

    Args:
        plan: What to start.
        environ: Its whole environment.
        folder: Of its log.
        lock_fd: An open lock it holds too, as long as it lives.
    """
    folder.mkdir(exist_ok=True)
    log = folder / f"{plan.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *_leash(), *plan.arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parent.parent,
            env=environ,
            pass_fds=[lock_fd],
            start_new_session=True,
        )
    return Child(plan, process, log)


def stop_children(children: Sequence[Child]) -> None:
    """Ask every process to end, with all it started; then end what is left."""
    family: list[psutil.Process] = []
    for child in children:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(child.process.pid)
            family += [parent, *parent.children(recursive=True)]
        _signal_session(child, signal.SIGTERM)
    psutil.wait_procs(family, timeout=STOP_WITHIN_SECONDS)
    for child in children:
        _signal_session(child, signal.SIGKILL)
        child.process.wait()


def _signal_session(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def _leash() -> list[str]:
    """Tie a process to this one, where the system can."""
    if sys.platform != "linux":
        return []
    return ["-I", "-S", "-c", _LEASH, str(os.getpid())]
