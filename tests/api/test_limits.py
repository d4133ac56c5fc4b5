"""How much an address may try: so many at once are no more than one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import requests

from ter_pipelines.api.limits import Limits
from ter_pipelines.api.refusals import Refusal
from tests.api.api_at_work import OLGA, TIMEOUT_SECONDS, Door, running_api

WRONG = (OLGA[0], "wrong words here")


def login(door: Door, user: tuple[str, str]) -> requests.Response:
    body = {"username": user[0], "password": user[1]}
    return requests.post(f"{door.url}/auth/login", json=body, timeout=TIMEOUT_SECONDS)


@contextmanager
def at_once(number: int, door: Door, user: tuple[str, str]) -> Iterator[list[int]]:
    """Sign in so often at once; gives the codes, filled when the block ends."""
    codes: list[int] = []
    threads = [
        Thread(target=lambda: codes.append(login(door, user).status_code))
        for _ in range(number)
    ]
    for thread in threads:
        thread.start()
    yield codes
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)


def test_wrong_passwords_at_once_are_no_more_than_one_by_one(tmp_path: Path) -> None:
    with running_api(tmp_path, limits=Limits(failures_per_minute=3)) as door:
        with at_once(16, door, WRONG) as codes:
            pass

        assert codes.count(400) == 3
        assert set(codes) == {400, 429}
        assert login(door, OLGA).status_code == 429


def test_right_passwords_at_once_are_all_let_in(tmp_path: Path) -> None:
    with running_api(tmp_path, limits=Limits(failures_per_minute=3)) as door:
        with at_once(16, door, OLGA) as codes:
            pass

        assert codes == [200] * 16


def test_others_are_answered_while_passwords_are_guessed(tmp_path: Path) -> None:
    limits = Limits(failures_per_minute=10**6)
    with running_api(tmp_path, limits=limits) as door:
        with at_once(60, door, WRONG) as codes:
            feed = door.get("/public/v1/prices.ics")

        busy = codes.count(503)
        assert feed.status_code == 200
        assert feed.elapsed.total_seconds() < 5
        assert codes.count(400) + busy == 60


def test_an_ipv6_customer_is_counted_as_one() -> None:
    limits = Limits(failures_per_minute=3)

    for host in range(3):
        limits.failures_of(f"2001:db8::{host:x}").count()

    with pytest.raises(Refusal):
        limits.failures_of("2001:db8::ffff").require_few()
    limits.failures_of("2001:db8:0:1::1").require_few()


def test_a_mapped_address_is_that_of_ipv4() -> None:
    limits = Limits(failures_per_minute=1)

    limits.failures_of("::ffff:192.0.2.7").count()

    with pytest.raises(Refusal):
        limits.failures_of("192.0.2.7").count()
    limits.failures_of("192.0.2.8").count()


def test_so_many_requests_of_a_network_a_minute() -> None:
    limits = Limits(requests_per_minute=2)

    waits = [limits.seconds_to_wait(f"2001:db8::{host:x}") for host in range(3)]

    assert waits[:2] == [0, 0]
    assert 0 < waits[2] <= 60


def test_so_many_register_from_one_address_an_hour(tmp_path: Path) -> None:
    def register(door: Door, name: str, words: str = "long enough words") -> int:
        body = {"username": name, "email": f"{name}@example.com", "password": words}
        return door.post("/auth/register", body).status_code

    limits = Limits(registrations_per_hour=2)
    with running_api(tmp_path, limits=limits, registration="open") as door:
        codes = [
            register(door, "ann"),
            register(door, "bob", "short"),
            register(door, "bob"),
            register(door, "cyd"),
        ]

    assert codes == [200, 400, 200, 429]
