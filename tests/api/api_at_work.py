"""The API at work on a free loopback port, in a folder of its own, at a fixed time."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import requests
import uvicorn

from ter_pipelines.api.app import create_app
from ter_pipelines.api.limits import Limits
from ter_pipelines.registry.passwords import PasswordCheck
from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import Settings
from ter_pipelines.vocab.clock import interval_starts_utc

PROGRAMME = Path(__file__).parents[2] / "examples" / "programme.toml"
ZONE = ZoneInfo("America/New_York")
NOON = datetime(2025, 11, 3, 17, 0, tzinfo=UTC)
PLAIN_DAY = date(2025, 11, 4)
DAY_CLOCKS_GO_BACK = date(2025, 11, 2)
TIMEOUT_SECONDS = 20

PRAIS = ("prais", "words of prais")
NISC = ("nisc", "words of nisc here")
OLGA = ("olga", "words of olga here")
ACE = ("ace", "words of ace here")
ANA = ("ana", "words of ana here")
MIA = ("mia", "words of mia here")
USERS = {
    PRAIS: "prices",
    NISC: "meters",
    OLGA: "operator",
    ACE: "accounts",
    ANA: "analyst",
    MIA: "member",
}
# Kept from test to test: to hash the same few passwords anew each time takes a minute.
REMEMBERED = PasswordCheck()
METERS_OF_MIA = ("TER0001",)


@dataclass
class Clock:
    """A clock that stands still until it is set."""

    instant: datetime = NOON

    def __call__(self) -> datetime:
        """Give the instant it stands at."""
        return self.instant


@dataclass
class Door:
    """A running API, seen from outside, and its folder."""

    url: str
    home: Path
    clock: Clock
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, auth: tuple[str, str] | None = None) -> requests.Response:
        """GET a path."""
        return self.session.get(self.url + path, auth=auth, timeout=TIMEOUT_SECONDS)

    def post(
        self, path: str, body: object, auth: tuple[str, str] | None = None
    ) -> requests.Response:
        """POST bytes as they are, or anything else as JSON."""
        url, limit = self.url + path, TIMEOUT_SECONDS
        if isinstance(body, bytes):
            headers = {"Content-Type": "application/json"}
            return self.session.post(
                url, data=body, headers=headers, auth=auth, timeout=limit
            )
        return self.session.post(url, json=body, auth=auth, timeout=limit)

    def landed(self) -> list[bytes]:
        """Give every file of the landing folder."""
        return [p.read_bytes() for p in self.home.glob("landing/**/*") if p.is_file()]

    @contextmanager
    def registry(self) -> Iterator[Registry]:
        """Open the registry beside the API."""
        with opened_registry(self.home) as registry:
            yield registry


@contextmanager
def running_api(
    home: Path, *, limits: Limits | None = None, **settings: object
) -> Iterator[Door]:
    """Run the API in a thread, with a user of every role.

    Args:
        home: Its folder.
        limits: How much anybody may ask; the usual if none is given.
        **settings: Besides the folder and the programme.
    """
    copy_registry(home)
    clock = Clock()
    given = Settings.model_validate({"home": home, "programme": PROGRAMME, **settings})
    app = create_app(given, now=clock, limits=limits, passwords=REMEMBERED)
    config = uvicorn.Config(app, log_config=None, ws="none")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            _wait_until_started(server)
            port = listener.getsockname()[1]
            door = Door(f"http://127.0.0.1:{port}", home, clock)
            with door.session:
                yield door
        finally:
            server.should_exit = True
            thread.join(TIMEOUT_SECONDS)


def copy_registry(home: Path) -> None:
    """Put a registry with a user of every role into a folder that has none."""
    database = home / "registry.sqlite"
    if not database.exists():
        database.write_bytes(_registry_with_users())


@contextmanager
def opened_registry(home: Path) -> Iterator[Registry]:
    """Open the registry of a folder."""
    registry = Registry(f"sqlite:///{home}/registry.sqlite", home / "landing")
    try:
        yield registry
    finally:
        registry.close()


def schedule_of(day: date, *, price: object = "0.10", **more: object) -> dict[str, Any]:
    """Make the body of a whole day's schedule, published the day before."""
    prices = [
        {"datetime": f"{start:%Y-%m-%dT%H:%M:%S%z}", "price": price}
        for start in interval_starts_utc(day, ZONE)
    ]
    published = date.fromordinal(day.toordinal() - 1)
    return {"schedule": {"date": published.isoformat(), "prices": prices, **more}}


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("the API did not start")
        time.sleep(0.01)


@cache
def _registry_with_users() -> bytes:
    with TemporaryDirectory() as folder, opened_registry(Path(folder)) as registry:
        registry.migrate()
        for (name, words), role in USERS.items():
            meters = METERS_OF_MIA if role == "member" else ()
            registry.people.add(name, words, [role], meter_ids=meters)
        registry.close()
        return (Path(folder) / "registry.sqlite").read_bytes()
