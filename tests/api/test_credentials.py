"""Every way to sign in, and how often one may be wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.api.api_at_work import (
    OLGA,
    PLAIN_DAY,
    PRAIS,
    TIMEOUT_SECONDS,
    Door,
    running_api,
    schedule_of,
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def get(door: Door, header: str, **more: str) -> requests.Response:
    return door.session.get(
        f"{door.url}/prices/",
        headers={"Authorization": header, **more},
        timeout=TIMEOUT_SECONDS,
    )


def token_of(door: Door, user: str = "olga", scopes: tuple[str, ...] = ()) -> str:
    with door.registry() as registry:
        return registry.people.new_token(user, label="test", scopes=scopes)[0]


@pytest.mark.parametrize(
    "form",
    ["Bearer {}", "bearer {}", "Token {}", "Token token={}", 'Token token="{}"'],
)
def test_a_token_is_taken_in_every_form_its_clients_write(
    door: Door, form: str
) -> None:
    answer = get(door, form.format(token_of(door)))

    assert answer.status_code == 200


def test_a_wrong_token_is_refused_as_one(door: Door) -> None:
    answer = get(door, "Bearer " + "0" * 64)

    assert answer.status_code == 401
    assert answer.json() == {"detail": "Invalid token."}


def test_a_token_of_few_scopes_is_refused_beyond_them(door: Door) -> None:
    secret = token_of(door, scopes=("meters:read",))

    answer = get(door, f"Bearer {secret}")

    assert answer.status_code == 403
    assert "prices:read" in answer.json()["detail"]


def test_the_cookie_of_the_pages_reads_and_only_our_own_pages_write(
    door: Door,
) -> None:
    secret = token_of(door, "prais")
    cookie = {"Cookie": f"ter_session={secret}"}
    url = f"{door.url}/prices/"
    body = schedule_of(PLAIN_DAY)

    def post(**headers: str) -> int:
        return door.session.post(
            url, json=body, headers={**cookie, **headers}, timeout=TIMEOUT_SECONDS
        ).status_code

    read = door.session.get(url, headers=cookie, timeout=TIMEOUT_SECONDS)

    assert read.status_code == 200
    assert post() == 401
    assert post(Origin="https://elsewhere.example") == 401
    assert post(Origin=door.url) == 201


def test_an_address_that_is_often_wrong_must_wait(door: Door) -> None:
    answers = [door.get("/prices/", ("olga", "wrong words")) for _ in range(21)]
    right_but_late = door.get("/prices/", OLGA)

    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    assert right_but_late.status_code == 429
    assert 1 <= int(right_but_late.headers["Retry-After"]) <= 60
    assert "ask again in" in right_but_late.json()["detail"]


def test_who_is_never_wrong_never_waits_for_passwords(door: Door) -> None:
    answers = {door.get("/prices/", PRAIS).status_code for _ in range(40)}

    assert answers == {200}
