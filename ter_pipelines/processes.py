"""The system as processes: what is started, in which order, and how all of it ends.

Dagster's code server, webserver and daemon, the VTN and the API, each a process on
this machine, with its log in the home folder. One home folder, one system: a lock says
whether it runs, and `run.json` where.
"""

import fcntl
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

import psutil
import requests

from ter_pipelines.settings import PREFIX, Settings
from ter_pipelines.vocab.errors import SettingsError, TerError

LOOPBACK = "127.0.0.1"
PROJECT = Path(__file__).parent.parent
READY_WITHIN_SECONDS = 180.0
STOP_WITHIN_SECONDS = 15.0
MAKES_NO_TABLES = "dagster-daemon"  # two processes making them at once both fail


class AlreadyRunningError(TerError):
    """Another process runs the system of this home folder."""


class ProcessDiedError(TerError):
    """A process of the system ended by itself."""


class StoppedError(TerError):
    """Somebody asked the system to stop."""


@dataclass(frozen=True)
class Addresses:
    """Where the running system is found."""

    home: str
    dagster: str
    vtn: str
    vtn_control: str
    api: str


@dataclass
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    health_url: str


@dataclass
class System:
    """The running system: where it is found, and whether it still lives."""

    addresses: Addresses
    children: list[_Child]

    def check_alive(self) -> None:
        """Raise if a process of the system has ended.

        Raises:
            ProcessDiedError: Naming it and the end of its log.
        """
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                lines = child.log.read_text(errors="replace").splitlines()[-8:]
                raise ProcessDiedError(
                    f"{child.name} ended with exit code {code}; see {child.log}:\n"
                    + "\n".join(lines)
                )

    def wait(self) -> NoReturn:
        """Wait until somebody asks to stop, or a process of the system dies."""
        while True:
            self.check_alive()
            time.sleep(1)


@contextmanager
def running_system(settings: Settings) -> Iterator[System]:
    """Run the system while the context lasts.

    Ctrl-C and SIGTERM raise `StoppedError` inside it; whatever happens, every process
    is gone afterwards.

    Raises:
        AlreadyRunningError: If this home folder's system runs.
        SettingsError: If a port is taken.
        ProcessDiedError: If a process ends before it is ready.
    """
    settings = settings.model_copy(update={"home": settings.home.absolute()})
    settings.read_programme()
    settings.home.mkdir(parents=True, exist_ok=True)
    with _stop_signals_raise(), _only_one(settings.home):
        addresses = _choose_addresses(settings)
        (settings.home / "run.json").write_text(json.dumps(asdict(addresses)))
        _write_secrets(settings)
        system = System(addresses, [])
        try:
            for name, command, health_url in _commands(addresses):
                if name == MAKES_NO_TABLES:
                    _wait_until_ready(system)
                system.children.append(
                    _start(name, command, health_url, settings, addresses)
                )
            _wait_until_ready(system)
            yield system
        finally:
            _stop_all(system.children)
            (settings.home / "run.json").unlink(missing_ok=True)


def find_running(home: Path) -> Addresses | None:
    """Give the addresses of a home folder's running system, if it runs."""
    try:
        return Addresses(**json.loads((home / "run.json").read_text()))
    except FileNotFoundError:
        return None


def _choose_addresses(settings: Settings) -> Addresses:
    ports = {
        "dagster_port": settings.dagster_port,
        "vtn_port": settings.vtn_port,
        "vtn_control_port": settings.vtn_control_port,
        "api_port": settings.api_port,
    }
    chosen = {name: _free_port(name, port) for name, port in ports.items()}
    url = {name: f"http://{LOOPBACK}:{port}" for name, port in chosen.items()}
    return Addresses(
        home=str(settings.home),
        dagster=url["dagster_port"],
        vtn=url["vtn_port"],
        vtn_control=url["vtn_control_port"],
        api=url["api_port"],
    )


def _free_port(name: str, port: int) -> int:
    """Give the port if it is free; any free one for 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} of {LOOPBACK} is taken ({error.strerror}): stop what "
                f"listens there, or set {PREFIX}{name.upper()} to another port, "
                "0 for any free one."
            ) from error
        found: int = probe.getsockname()[1]
        return found


def _commands(addresses: Addresses) -> list[tuple[str, list[str], str]]:
    """Give name, command and health page of each process, in order of start."""
    code_port = str(_free_port("code_server_port", 0))
    api_port, ui_port = (
        a.rsplit(":", 1)[1] for a in (addresses.api, addresses.dagster)
    )
    code = ["--grpc-host", LOOPBACK, "--grpc-port", code_port]
    serve_code = ["dagster", "api", "grpc", "-h", LOOPBACK, "-p", code_port]
    serve_code += ["-m", "ter_pipelines.definitions"]
    serve_ui = ["dagster_webserver", "-h", LOOPBACK, "-p", ui_port, *code]
    serve_api = ["ter_pipelines.api", "--host", LOOPBACK, "--port", api_port]
    modules = [
        ("vtn", ["vtn_service"], f"{addresses.vtn_control}/healthz"),
        ("api", serve_api, f"{addresses.api}/healthz"),
        ("code-server", serve_code, ""),
        ("dagster-webserver", serve_ui, f"{addresses.dagster}/server_info"),
        (MAKES_NO_TABLES, ["dagster._daemon", "run", *code], ""),
    ]
    return [(name, [sys.executable, "-m", *rest], url) for name, rest, url in modules]


def _start(
    name: str,
    command: list[str],
    health_url: str,
    settings: Settings,
    addresses: Addresses,
) -> _Child:
    log = settings.home / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env=_environ(settings, addresses),
            start_new_session=True,
        )
    return _Child(name, process, log, health_url)


def _environ(settings: Settings, addresses: Addresses) -> Mapping[str, str]:
    ports = {
        "VTN_PORT": addresses.vtn.rsplit(":", 1)[1],
        "VTN_CONTROL_PORT": addresses.vtn_control.rsplit(":", 1)[1],
    }
    return {
        **settings.child_environ(),
        f"{PREFIX}VTN_CONTROL_URL": addresses.vtn_control,
        "DAGSTER_HOME": str(settings.home / "dagster"),
        "VTN_HOST": LOOPBACK,
        "VTN_STORE": f"sqlite:///{settings.home}/vtn.sqlite",
        "VTN_CONTROL_KEY_FILE": str(settings.vtn_key_file),
        "VTN_POLL_SECONDS": str(settings.vtn_poll_seconds),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        **ports,
    }


def _write_secrets(settings: Settings) -> None:
    """Make the VTN's key once, and put Dagster's own settings in the home."""
    key_file = settings.vtn_key_file
    if not key_file.is_file():
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(32))
    dagster_home = settings.home / "dagster"
    dagster_home.mkdir(exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", dagster_home / "dagster.yaml")


def _wait_until_ready(system: System) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    for child in system.children:
        while child.health_url and not _is_healthy(child.health_url):
            system.check_alive()
            if time.monotonic() > deadline:
                raise ProcessDiedError(
                    f"{child.name} was not ready after {READY_WITHIN_SECONDS:.0f} s; "
                    f"see {child.log}"
                )
            time.sleep(0.2)


def _is_healthy(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _stop_all(children: list[_Child]) -> None:
    """Ask every process to end, then end what is left, with all it started."""
    family: list[psutil.Process] = []
    for child in children:
        if child.process.poll() is None:
            parent = psutil.Process(child.process.pid)
            family += [*parent.children(recursive=True), parent]
    for child in reversed(children):
        if child.process.poll() is None:
            child.process.terminate()
    _, alive = psutil.wait_procs(family, timeout=STOP_WITHIN_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=STOP_WITHIN_SECONDS)
    for child in children:
        child.process.wait()


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    with (home / "lock").open("a") as lock:
        _take(lock, home)
        yield


def _take(lock: IO[str], home: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        running = find_running(home)
        where = "it is just starting"
        if running:
            where = (
                f"Dagster UI at {running.dagster}, API at {running.api}, "
                f"VTN at {running.vtn}"
            )
        raise AlreadyRunningError(
            f"{home} is in use: its system runs already: {where}. "
            f"Stop it there with Ctrl-C, or set {PREFIX}HOME to another folder."
        ) from error


@contextmanager
def _stop_signals_raise() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise StoppedError("Stopped.")

    before = {n: signal.signal(n, stop) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
