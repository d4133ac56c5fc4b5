"""What another site has a browser send, or a narrow token, ends nobody's sign-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.api.api_at_work import MIA, OLGA, TIMEOUT_SECONDS, Door, running_api
from tests.api.pages_at_work import SIGN_IN, look, send


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def token_of(door: Door, user: tuple[str, str]) -> str:
    body = {"username": user[0], "password": user[1]}
    return str(door.post("/auth/login", body).json()["token"])


def ask(
    door: Door, method: str, path: str, token: str, body: object = None
) -> requests.Response:
    return requests.request(
        method,
        door.url + path,
        json=body,
        headers={"Authorization": f"Token {token}"},
        timeout=TIMEOUT_SECONDS,
    )


def end_sign_ins_of_mia(door: Door, origin: str) -> int:
    return requests.post(
        f"{door.url}/auth/logoutall",
        auth=MIA,
        headers={"Origin": origin},
        timeout=TIMEOUT_SECONDS,
    ).status_code


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_another_site_cannot_use_a_remembered_password(door: Door, origin: str) -> None:
    token = token_of(door, MIA)

    code = end_sign_ins_of_mia(door, origin)

    assert code == 403
    assert ask(door, "GET", "/auth/info", token).status_code == 200


def test_a_page_of_ours_can(door: Door) -> None:
    token = token_of(door, MIA)

    code = end_sign_ins_of_mia(door, door.url)

    assert code == 204
    assert ask(door, "GET", "/auth/info", token).status_code == 401


def test_a_narrow_token_ends_no_sign_in(door: Door) -> None:
    token = token_of(door, OLGA)
    with door.registry() as registry:
        narrow, _ = registry.people.new_token(
            "olga", label="feed", scopes=["prices:read"]
        )

    answer = ask(door, "POST", "/auth/logoutall", narrow)

    assert answer.status_code == 403
    assert ask(door, "GET", "/auth/info", token).status_code == 200


def test_signing_out_everywhere_ends_the_pages_too(door: Door) -> None:
    token = token_of(door, MIA)
    send(door, SIGN_IN, {"name": MIA[0], "password": MIA[1]})
    before = look(door, "/pages/sites").status_code

    ask(door, "POST", "/auth/logoutall", token)

    assert before == 200
    assert look(door, "/pages/sites").status_code == 303


def test_who_was_shut_out_and_let_in_again_signs_in_anew(door: Door) -> None:
    token = token_of(door, MIA)
    send(door, SIGN_IN, {"name": MIA[0], "password": MIA[1]})
    users = door.get("/admin/users", OLGA).json()
    path = next(f"/admin/users/{u['id']}" for u in users if u["username"] == "mia")
    operator = token_of(door, OLGA)

    ask(door, "DELETE", path, operator)
    ask(door, "PATCH", path, operator, {"is_active": True})

    assert look(door, "/pages/sites").status_code == 303
    assert ask(door, "GET", "/auth/info", token).status_code == 401
    assert door.get("/user/hosts", MIA).status_code == 200
