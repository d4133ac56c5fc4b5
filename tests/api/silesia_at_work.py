"""SilesiaSolar's clients as the tests play them: members, strangers, an operator."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from ter_pipelines.vocab.modbus import GOOD, NO_ROLE, Meaning, MeterReading
from tests.api.api_at_work import OLGA, TIMEOUT_SECONDS, Door, running_api

WORDS = "strong-password"
PLACE = {
    "street": "SunnyStreet",
    "number": "62",
    "city": "SilliconCity",
    "zip_code": "11-420",
}


@dataclass
class Client:
    """Somebody with a token, or without one."""

    door: Door
    token: str = ""
    user_id: int = 0

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> requests.Response:
        """Send a request; bytes as they are, anything else as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Token {self.token}"
        url = self.door.url + path
        if isinstance(body, bytes):
            sent.setdefault("Content-Type", "application/json")
            return self.door.session.request(
                method, url, data=body, headers=sent, timeout=TIMEOUT_SECONDS
            )
        return self.door.session.request(
            method, url, json=body, headers=sent, timeout=TIMEOUT_SECONDS
        )

    def get(self, path: str) -> requests.Response:
        """GET a path."""
        return self.ask("GET", path)

    def post(self, path: str, body: object = None) -> requests.Response:
        """POST JSON."""
        return self.ask("POST", path, body)

    def made(self, path: str, body: object) -> Any:  # noqa: ANN401
        """POST JSON that is taken; gives the answer."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        return answer.json()


@contextmanager
def silesia(home: Path, **settings: object) -> Iterator[Door]:
    """Run the API where strangers may register, unless it is said otherwise."""
    given = {"registration": "open", **settings}
    with running_api(home, limits=None, **given) as door:
        yield door


@dataclass
class Quiet:
    """A running API where a test stores nothing, with a member and an operator."""

    john: Client
    olga: Client


@contextmanager
def quiet_silesia(home: Path) -> Iterator[Quiet]:
    """Run the API with a member who has one location."""
    with silesia(home) as door:
        quiet = Quiet(member(door), operator(door))
        quiet.john.made("/user/locations", PLACE)
        yield quiet


def member(door: Door, name: str = "johndoe") -> Client:
    """Register somebody."""
    body = {"username": name, "email": f"{name}@example.com", "password": WORDS}
    answer = Client(door).post("/auth/register", body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return Client(door, told["token"], told["user"]["id"])


def operator(door: Door) -> Client:
    """Sign the operator in."""
    body = {"username": OLGA[0], "password": OLGA[1]}
    told = Client(door).post("/auth/login", body).json()
    return Client(door, told["token"], told["user"]["id"])


def host_of(owner: Client, olga: Client, **changes: object) -> dict[str, Any]:
    """Give somebody a location and a host there; answers the host."""
    location = owner.made("/user/locations", {**PLACE, "number": str(owner.user_id)})
    body = {
        "ip": "192.0.2.7",
        "port": 502,
        "slave_address": owner.user_id,
        "description": "roof",
        "user": owner.user_id,
        "location": location["id"],
        "meter": "sdm120",
        **changes,
    }
    made: dict[str, Any] = olga.made("/admin/hosts", body)
    return made


def reading_of(
    host: dict[str, Any],
    read_at: datetime,
    value: str | None,
    *,
    measurement: str = "voltage",
    unit: str = "V",
    quality: str = GOOD,
) -> MeterReading:
    """Make what a host said, as the collector would keep it."""
    return MeterReading(
        host_id=f"site-{host['id']}",
        measurement=measurement,
        read_at=read_at,
        value=None if value is None else Decimal(value),
        unit=unit,
        quality=quality,
        explanation="",
        meaning=Meaning(NO_ROLE),
        interval_seconds=900,
    )
