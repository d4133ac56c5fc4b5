"""A request with an Idempotency-Key is carried out once, whatever happens to it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
import requests

from ter_pipelines.registry.changes import read_log
from ter_pipelines.registry.kept_answers import Once
from tests.api.api_at_work import (
    NISC,
    NOON,
    PLAIN_DAY,
    PRAIS,
    TIMEOUT_SECONDS,
    Door,
    running_api,
    schedule_of,
)

A_LIST = {"meters": [{"meter_id": "1", "ven_id": "ven-1", "device_id": "47"}]}
ANOTHER = {"meters": [{"meter_id": "2", "ven_id": "ven-1", "device_id": "47"}]}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def post(
    door: Door, key: str, body: object = A_LIST, auth: tuple[str, str] = NISC
) -> requests.Response:
    return requests.post(
        f"{door.url}/meters/",
        json=body,
        headers={"Idempotency-Key": key},
        auth=auth,
        timeout=TIMEOUT_SECONDS,
    )


def kept(door: Door) -> int:
    with door.registry() as registry:
        return len(registry.submissions("meters"))


def test_the_same_request_gets_the_same_answer_and_changes_nothing(door: Door) -> None:
    first = post(door, "key-1")
    post(door, "key-2", ANOTHER)
    again = post(door, "key-1")

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["Content-Type"] == again.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert kept(door) == 2


def test_without_a_key_an_old_list_sent_again_counts_as_the_newest(door: Door) -> None:
    for body in (A_LIST, ANOTHER, A_LIST):
        assert door.post("/meters/", body, NISC).status_code == 201

    assert kept(door) == 3


def test_a_key_belongs_to_one_request(door: Door) -> None:
    post(door, "key-1")

    answer = post(door, "key-1", ANOTHER)

    assert answer.status_code == 422
    assert answer.json() == {"detail": "Idempotency-Key: was used for another request."}
    assert kept(door) == 1


def test_a_key_belongs_to_one_user(door: Door) -> None:
    post(door, "key-1")

    answer = requests.post(
        f"{door.url}/prices/",
        json=schedule_of(PLAIN_DAY),
        headers={"Idempotency-Key": "key-1"},
        auth=PRAIS,
        timeout=TIMEOUT_SECONDS,
    )

    assert answer.status_code == 201


def test_a_refused_request_may_be_mended_under_another_key_only(door: Door) -> None:
    wrong = post(door, "key-1", {"meters": []})
    again = post(door, "key-1", {"meters": []})
    mended = post(door, "key-2")

    assert wrong.status_code == again.status_code == 400
    assert again.headers["Idempotency-Replayed"] == "true"
    assert mended.status_code == 201


def test_a_request_whose_answer_was_lost_is_not_carried_out_again(door: Door) -> None:
    body = b'{"meters": [{"meter_id": "1", "ven_id": "v", "device_id": "d"}]}'
    first = post(door, "key-1")
    with door.registry() as registry:
        user = registry.people.authenticate(*NISC)
        assert user is not None
        known = Once(user.user_id, "key-2", digest_of("/meters/", body))
        acting = registry.acting("nisc", known)
        with acting.changes.making() as change:  # and then the process died
            change.note("submission.kept", "meters submission 2")

    answer = requests.post(
        f"{door.url}/meters/",
        data=body,
        headers={"Idempotency-Key": "key-2", "Content-Type": "application/json"},
        auth=NISC,
        timeout=TIMEOUT_SECONDS,
    )

    assert first.status_code == 201
    assert answer.status_code == 409
    assert "change " in answer.json()["detail"]
    assert kept(door) == 1


def test_of_many_at_once_one_is_carried_out(door: Door) -> None:
    answers: list[requests.Response] = []
    threads = [
        Thread(target=lambda: answers.append(post(door, "key-1"))) for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert kept(door) == 1
    with door.registry() as registry:
        entries = read_log(registry.changes.engine)
    assert [entry.action for entry in entries].count("submission.kept") == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_what_is_no_key_is_refused(door: Door, key: str) -> None:
    answer = post(door, key)

    assert answer.status_code == 400
    assert kept(door) == 0


def test_answers_are_kept_a_week(door: Door) -> None:
    post(door, "key-1")

    door.clock.instant = NOON + timedelta(days=8)
    post(door, "key-2", ANOTHER)
    again = post(door, "key-1")

    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again.headers
    assert kept(door) == 3


def test_a_day_of_prices_is_kept_once(door: Door) -> None:
    body = schedule_of(date(2025, 11, 5))

    def send() -> requests.Response:
        return requests.post(
            f"{door.url}/prices/",
            json=body,
            headers={"Idempotency-Key": "prices-2025-11-05"},
            auth=PRAIS,
            timeout=TIMEOUT_SECONDS,
        )

    assert send().json() == send().json()


def test_who_comes_second_never_takes_the_answer_of_the_first(door: Door) -> None:
    for number in range(6):
        body = {"device_id": f"device-{number}", "ven_id": "ven-1"}
        send = partial(
            requests.post,
            f"{door.url}/devices/",
            json=body,
            headers={"Idempotency-Key": f"device-{number}"},
            auth=NISC,
            timeout=TIMEOUT_SECONDS,
        )
        with ThreadPoolExecutor(6) as pool:
            codes = {answer.result().status_code for answer in each(pool, send)}
        again = send()

        assert codes <= {201, 409}
        assert 201 in codes
        assert again.status_code == 201
        assert again.headers["Idempotency-Replayed"] == "true"


def test_an_answer_is_kept_however_long_it_is(door: Door) -> None:
    rows = [
        {"meterID": f"M{n}", "VEN_ID": f"V{n}", "device_id": f"D{n}"}
        for n in range(16_500)
    ]

    send = partial(
        requests.post,
        f"{door.url}/meters/",
        data=json.dumps({"meters": rows}, separators=(",", ":")),
        headers={"Idempotency-Key": "key-1", "Content-Type": "application/json"},
        auth=NISC,
        timeout=TIMEOUT_SECONDS,
    )

    first, again = send(), send()

    assert len(first.content) > 1024 * 1024
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content


def test_an_answer_given_again_says_where_the_thing_is(door: Door) -> None:
    made = door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS).json()["id"]
    send = partial(
        requests.put,
        f"{door.url}/prices/{made}/",
        json=schedule_of(PLAIN_DAY, price="0.11"),
        headers={"Idempotency-Key": "key-1"},
        auth=PRAIS,
        timeout=TIMEOUT_SECONDS,
    )

    first, again = send(), send()

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Location"] == first.headers["Content-Location"]
    assert again.headers["Content-Location"] == f"/prices/{made + 1}/"


def each(
    pool: ThreadPoolExecutor, send: Callable[[], requests.Response]
) -> list[Future[requests.Response]]:
    """Send a request six times at once."""
    return [pool.submit(send) for _ in range(6)]


def digest_of(path: str, body: bytes) -> str:
    """Compute the digest of a request as the API does."""
    return hashlib.sha256(f"POST {path}?\n".encode() + body).hexdigest()
