"""The system as processes: what is started, in which order, and how all of it ends.

Dagster's code server, webserver and daemon, the VTN, the API and the collector of
meters over Modbus, each a process on this machine, with its log in the home folder.
"""

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
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

import requests

from ter_pipelines.addresses import (
    LOOPBACK,
    RUN_FILE,
    Addresses,
    choose_addresses,
    only_one,
    write_addresses,
)
from ter_pipelines.child import Child, Plan, start_child, stop_children
from ter_pipelines.settings import PREFIX, Settings
from ter_pipelines.vocab.custodian import Custodian
from ter_pipelines.vocab.errors import TerError

PROJECT = Path(__file__).parent.parent
WORKSPACE = "dagster/workspace.yaml"  # JSON is YAML
LOCATION = "ter_pipelines"
READY_WITHIN_SECONDS = 180.0
ASKS_THE_CODE_SERVER = "dagster-webserver"  # at once, and then seldom; so the daemon
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ProcessDiedError(TerError):
    """A process of the system ended by itself."""


class StoppedError(TerError):
    """Somebody asked the system to stop."""


@dataclass
class System:
    """The running system: where it is found, and whether it still lives."""

    addresses: Addresses
    children: list[Child]

    def check_alive(self) -> None:
        """Raise if a process of the system has ended.

        Raises:
            ProcessDiedError: Naming it and the end of its log.
        """
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                raise ProcessDiedError(
                    f"{child.plan.name} ended with exit code {code}; see {child.log}:"
                    f"\n{child.last_words()}"
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
    custodian = settings.read_share_my_data()
    settings.home.mkdir(parents=True, exist_ok=True)
    with _stop_signals_raise(), only_one(settings.home) as lock_fd:
        addresses = choose_addresses(settings)
        write_addresses(addresses)
        _furnish(settings, addresses)
        environ = _environ(settings, addresses)
        _prepare_dagster(environ)
        system = System(addresses, [])
        try:
            for plan in [*_plans(addresses), *_listener_plans(custodian)]:
                if plan.name == ASKS_THE_CODE_SERVER:
                    _wait_until_ready(system)
                child = start_child(
                    plan,
                    environ=environ,
                    folder=settings.home / "logs",
                    lock_fd=lock_fd,
                )
                system.children.append(child)
            _wait_until_ready(system)
            yield system
        finally:
            _ignore_stop_signals()
            stop_children(system.children)
            (settings.home / RUN_FILE).unlink(missing_ok=True)


def _plans(addresses: Addresses) -> list[Plan]:
    """Give what is started, in order."""
    code_port, api_port, ui_port = (
        a.rsplit(":", 1)[1]
        for a in (addresses.code_server, addresses.api, addresses.dagster)
    )
    code = ["-w", str(Path(addresses.home) / WORKSPACE)]
    serve_code = ["dagster", "api", "grpc", "-h", LOOPBACK, "-p", code_port]
    serve_code += ["-m", "ter_pipelines.definitions"]
    serve_ui = ["dagster_webserver", "-h", LOOPBACK, "-p", ui_port, *code]
    serve_api = ["ter_pipelines.api", "--host", LOOPBACK, "--port", api_port]
    return [
        Plan("vtn", ["-m", "vtn_service"], f"{addresses.vtn_control}/healthz"),
        Plan("api", ["-m", *serve_api], f"{addresses.api}/healthz"),
        Plan("code-server", ["-m", *serve_code], f"tcp://{LOOPBACK}:{code_port}"),
        Plan(
            ASKS_THE_CODE_SERVER, ["-m", *serve_ui], f"{addresses.dagster}/server_info"
        ),
        Plan("dagster-daemon", ["-m", "dagster._daemon", "run", *code]),
        Plan("modbus", ["-m", "ter_pipelines", "modbus", "collect"]),
    ]


def _listener_plans(custodian: Custodian | None) -> list[Plan]:
    """Give the listener of Share My Data, if its settings are there."""
    if custodian is None or custodian.listener is None:
        return []
    door = custodian.listener
    host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(door.host, door.host)  # noqa: S104
    place = f"[{host}]" if ":" in host else host
    health_url = f"tcp://{place}:{door.port}" if door.port else ""
    listen = ["-m", "ter_pipelines", "share-my-data", "listen"]
    return [Plan("share-my-data", listen, health_url)]


def _environ(settings: Settings, addresses: Addresses) -> Mapping[str, str]:
    own = {
        **settings.child_environ(),
        f"{PREFIX}VTN_CONTROL_URL": addresses.vtn_control,
        "DAGSTER_HOME": str(settings.home / "dagster"),
        "VTN_HOST": LOOPBACK,
        "VTN_PORT": addresses.vtn.rsplit(":", 1)[1],
        "VTN_CONTROL_HOST": LOOPBACK,
        "VTN_CONTROL_PORT": addresses.vtn_control.rsplit(":", 1)[1],
        "VTN_STORE": f"sqlite:///{settings.home}/vtn.sqlite",
        "VTN_CONTROL_KEY": settings.read_vtn_key(),
        "VTN_POLL_SECONDS": str(settings.vtn_poll_seconds),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }
    own.pop("VTN_CONTROL_KEY_FILE", None)  # the VTN takes one of the two
    return own


def _furnish(settings: Settings, addresses: Addresses) -> None:
    """Make the VTN's key once, and put Dagster's own settings in the home.

    The code location has a name of its own: under one made of its port, switched-off
    schedules and cursors would be forgotten at every start.
    """
    key_file = settings.vtn_key_file
    if not key_file.is_file():
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file.touch(mode=0o600)
        key_file.write_text(secrets.token_urlsafe(32))
    dagster_home = settings.home / "dagster"
    dagster_home.mkdir(exist_ok=True)
    shutil.copyfile(PROJECT / "dagster.yaml", dagster_home / "dagster.yaml")
    place = urlsplit(addresses.code_server)
    server = {"host": place.hostname, "port": place.port, "location_name": LOCATION}
    workspace = {"load_from": [{"grpc_server": server}]}
    (settings.home / WORKSPACE).write_text(json.dumps(workspace))


def _prepare_dagster(environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ter_pipelines.dagster_storage"],
        cwd=PROJECT,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProcessDiedError(f"Dagster's storage is not ready: {done.stderr}")


def _wait_until_ready(system: System) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    for child in system.children:
        url = child.plan.health_url
        while url and not _is_healthy(url):
            system.check_alive()
            if time.monotonic() > deadline:
                raise ProcessDiedError(
                    f"{child.plan.name} was not ready after "
                    f"{READY_WITHIN_SECONDS:.0f} s; see {child.log}"
                )
            time.sleep(0.2)


def _is_healthy(url: str) -> bool:
    place = urlsplit(url)
    try:
        if place.scheme == "tcp":
            with socket.create_connection((place.hostname, place.port), timeout=5):
                return True
        return requests.get(url, timeout=5).ok
    except OSError:  # of requests too
        return False


@contextmanager
def _stop_signals_raise() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        _ignore_stop_signals()
        raise StoppedError("Stopped.")

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_stop_signals() -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
