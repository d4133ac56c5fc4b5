"""The whole system as a process in a folder of its own, seen from outside."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
PROGRAMME = ROOT / "examples" / "programme.toml"
SECONDS = 60
STEP_SECONDS = 0.1
ANY_PORT = {
    "TER_DAGSTER_PORT": "0",
    "TER_API_PORT": "0",
    "TER_VTN_PORT": "0",
    "TER_VTN_CONTROL_PORT": "0",
}
_ADDRESS = re.compile(r"  (Dagster UI|API|VTN)\s+(http://\S+)")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Give the environment of a system in a home folder."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TER_", "VTN_"))}
    return {
        **own,
        "TER_HOME": str(home),
        "TER_PROGRAMME": str(PROGRAMME),
        **ANY_PORT,
        **more,
    }


def ter(*arguments: str) -> list[str]:
    """Give the command line of a `ter` command."""
    return [sys.executable, "-m", "ter_pipelines", *arguments]


def finished(
    arguments: Sequence[str], environ: dict[str, str], said: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a `ter` command to its end."""
    return subprocess.run(  # noqa: S603
        ter(*arguments),
        env=environ,
        input=said,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def processes_of(home: Path) -> list[psutil.Process]:
    """Give every living process that has a home folder as its own."""
    found = []
    for process in psutil.process_iter():
        try:
            is_alive = process.status() != psutil.STATUS_ZOMBIE
            is_of_home = process.environ().get("TER_HOME") == str(home) or any(
                str(home) in word for word in process.cmdline()
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if is_alive and is_of_home:
            found.append(process)
    return found


def wait_until(is_so: Callable[[], bool], what: str, *, seconds: int = SECONDS) -> None:
    """Look again and again until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(STEP_SECONDS)


class SystemAtWork:
    """A system started by `ter up`, as in a terminal of its own."""

    def __init__(self, home: Path, **settings: str) -> None:
        """Start it."""
        self.home = home
        self.environ = environment(home, **settings)
        self.process = subprocess.Popen(  # noqa: S603
            ter("up"),
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.addresses: dict[str, str] = {}

    def wait_until_up(self) -> None:
        """Read what it prints until it is up."""
        assert self.process.stdout is not None
        printed = []
        for line in self.process.stdout:
            printed.append(line)
            if line.startswith("Stop with"):
                break
        else:
            _, remarks = self.process.communicate(timeout=SECONDS)
            raise AssertionError(remarks)
        self.addresses = dict(_ADDRESS.findall("".join(printed)))

    def press_ctrl_c(self) -> None:
        """Interrupt the whole group of processes, as a terminal does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """Wait for its end; give the exit code and its remarks."""
        _, remarks = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, remarks


@contextmanager
def system_at_work(home: Path, **settings: str) -> Iterator[SystemAtWork]:
    """Start a system; nothing of it is left afterwards, however the test went."""
    system = SystemAtWork(home, **settings)
    try:
        yield system
    finally:
        if system.process.poll() is None:
            system.process.terminate()
            system.end()
        for left in processes_of(home):
            left.kill()
