"""Where a system is found, and that a home folder has only one.

A lock says whether the system of a home runs, and `run.json` where.
"""

import fcntl
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ter_pipelines.settings import PREFIX, Settings, devices_scheme
from ter_pipelines.vocab.errors import SettingsError, TerError

LOOPBACK = "127.0.0.1"
LOCK_FILE = "lock"
RUN_FILE = "run.json"


class AlreadyRunningError(TerError):
    """Another process runs the system of this home folder."""


@dataclass(frozen=True)
class Addresses:
    """Where the running system is found."""

    home: str
    dagster: str
    vtn: str
    vtn_control: str
    api: str
    code_server: str


def find_running(home: Path) -> Addresses | None:
    """Give the addresses of a home folder's running system, if it runs."""
    try:
        with only_one(home):
            return None
    except FileNotFoundError:
        return None
    except AlreadyRunningError:
        return _read_addresses(home)


def write_addresses(addresses: Addresses) -> None:
    """Say where the system of a home folder is found, at one stroke."""
    partial = Path(addresses.home) / f"{RUN_FILE}.partial"
    partial.write_text(json.dumps(asdict(addresses)))
    partial.replace(Path(addresses.home) / RUN_FILE)


def choose_addresses(settings: Settings) -> Addresses:
    """Give the addresses of the settings' ports; a free port for 0.

    Raises:
        SettingsError: If a port is taken.
    """
    ports = {
        "dagster_port": settings.dagster_port,
        "vtn_port": settings.vtn_port,
        "vtn_control_port": settings.vtn_control_port,
        "api_port": settings.api_port,
        "code_server_port": 0,
    }
    with ExitStack() as held:  # all at once, so that no two get the same
        place = {
            name: f"{LOOPBACK}:{_hold_port(name, port, held)}"
            for name, port in ports.items()
        }
    return Addresses(
        home=str(settings.home),
        dagster=f"http://{place['dagster_port']}",
        vtn=f"{devices_scheme(settings.child_environ())}://{place['vtn_port']}",
        vtn_control=f"http://{place['vtn_control_port']}",
        api=f"http://{place['api_port']}",
        code_server=f"http://{place['code_server_port']}",
    )


def _hold_port(name: str, port: int, held: ExitStack) -> int:
    """Give the port if it can be had, any free one for 0; hold it for a while."""
    probe = held.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((LOOPBACK, port))
        probe.listen()
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"Port {port} of {LOOPBACK} is taken or cannot be had ({error}): stop what "
            f"listens there, or set {PREFIX}{name.upper()} to another port, "
            "0 for any free one."
        ) from error
    found: int = probe.getsockname()[1]
    return found


@contextmanager
def only_one(home: Path) -> Iterator[int]:
    """Hold the lock of a home; whoever inherits its descriptor holds it too.

    Raises:
        AlreadyRunningError: If it is held, with the addresses of who holds it.
        FileNotFoundError: If there is no such home.
    """
    with (home / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(_who_runs(home)) from error
        yield lock.fileno()


def _who_runs(home: Path) -> str:
    running = _read_addresses(home)
    where = "it is just starting or ending"
    if running:
        where = (
            f"Dagster UI at {running.dagster}, API at {running.api}, "
            f"VTN at {running.vtn}"
        )
    return (
        f"{home} is in use: its system runs already: {where}. "
        f"Stop it there with Ctrl-C, or set {PREFIX}HOME to another folder."
    )


def _read_addresses(home: Path) -> Addresses | None:
    try:
        return Addresses(**json.loads((home / RUN_FILE).read_text()))
    except FileNotFoundError:
        return None
