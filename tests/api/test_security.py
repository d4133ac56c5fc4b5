"""Who gets through the door, and what the others are told."""

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.api.api_at_work import (
    NISC,
    PLAIN_DAY,
    PRAIS,
    TIMEOUT_SECONDS,
    Door,
    running_api,
    schedule_of,
)

METERS = {"meters": [{"meter_id": "1", "ven_id": "ven-1", "device_id": "47"}]}
BODIES = {"/prices/": schedule_of(PLAIN_DAY), "/meters/": METERS}
ROUTES = [
    ("GET", "/prices/"),
    ("GET", "/prices/1/"),
    ("POST", "/prices/"),
    ("GET", "/meters/"),
    ("GET", "/meters/2/"),
    ("POST", "/meters/"),
]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def ask(
    door: Door, method: str, path: str, auth: tuple[str, str] | None
) -> requests.Response:
    if method == "GET":
        return door.get(path, auth)
    return door.post(path, BODIES[path], auth)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_gets_in_without_a_name(door: Door, method: str, path: str) -> None:
    answer = ask(door, method, path, None)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="TER Pipelines"')
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize(
    "auth",
    [("prais", "words of nisc here"), ("prais", ""), ("nobody", "words"), ("", "")],
)
def test_a_wrong_name_or_password_is_refused_alike(
    door: Door, auth: tuple[str, str]
) -> None:
    answer = door.post("/prices/", schedule_of(PLAIN_DAY), auth)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="TER Pipelines"')
    assert answer.json() == {"detail": "Invalid username/password."}
    assert door.landed() == []


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xfe").decode(),
        "Bearer " + base64.b64encode(b"prais:words of prais").decode(),
    ],
)
def test_a_malformed_header_is_refused(door: Door, header: str) -> None:
    answer = door.session.get(
        f"{door.url}/prices/",
        headers={"Authorization": header},
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.status_code == 401


def test_a_missing_role_is_named(door: Door) -> None:
    answer = door.post("/prices/", schedule_of(PLAIN_DAY), NISC)

    assert answer.status_code == 403
    assert "it takes the role prices" in answer.json()["detail"]
    assert door.landed() == []


def test_a_user_who_is_disabled_or_changed_is_out_at_once(door: Door) -> None:
    assert door.get("/prices/", PRAIS).status_code == 200
    assert door.get("/meters/", NISC).status_code == 200

    with door.registry() as registry:
        registry.people.set_enabled("prais", is_enabled=False)
        registry.people.set_password("nisc", "other words of nisc")

    assert door.get("/prices/", PRAIS).status_code == 401
    assert door.get("/meters/", NISC).status_code == 401
    assert door.get("/meters/", ("nisc", "other words of nisc")).status_code == 200


def test_a_password_with_colons_and_accents_works(door: Door) -> None:
    words = "clé: mot:de:passe"
    with door.registry() as registry:
        registry.people.add("hélène", words, ["prices"])
    encoded = base64.b64encode(f"hélène:{words}".encode()).decode()

    answer = door.session.get(
        f"{door.url}/prices/",
        headers={"Authorization": f"Basic {encoded}"},
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.status_code == 200


def test_nothing_secret_is_logged(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    door.get("/prices/", PRAIS)
    door.get("/prices/", ("a password in the wrong box", "x"))
    door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)

    assert "sign-in refused" in caplog.text
    for secret in (PRAIS[1], "wrong box", base64.b64encode(b"prais:").decode()[:8]):
        assert secret not in caplog.text
