"""Schedules and meter lists that are changed or taken back: nothing is lost."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from ter_pipelines.registry.changes import read_log
from tests.api.api_at_work import (
    DAY_CLOCKS_GO_BACK,
    NISC,
    OLGA,
    PLAIN_DAY,
    PRAIS,
    TIMEOUT_SECONDS,
    Door,
    running_api,
    schedule_of,
)

LINE = {"meter_id": "0001", "ven_id": "ven-1", "device_id": "47"}
BOTH = pytest.mark.parametrize("method", ["PUT", "PATCH"])


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def send(
    door: Door,
    method: str,
    path: str,
    body: object = None,
    auth: tuple[str, str] | None = None,
) -> requests.Response:
    return door.session.request(
        method, door.url + path, json=body, auth=auth, timeout=TIMEOUT_SECONDS
    )


def post(door: Door, price: str) -> int:
    door.clock.instant += timedelta(minutes=1)
    answer = door.post("/prices/", schedule_of(PLAIN_DAY, price=price), PRAIS)
    number: int = answer.json()["id"]
    return number


@BOTH
def test_a_schedule_put_is_a_new_revision_with_its_own_id(
    door: Door, method: str
) -> None:
    old = post(door, "0.10")

    answer = send(
        door, method, f"/prices/{old}/", schedule_of(PLAIN_DAY, price="0.20"), PRAIS
    )

    new = answer.json()["id"]
    assert (answer.status_code, new) == (200, old + 1)
    assert answer.headers["Content-Location"] == f"/prices/{new}/"
    assert door.get("/prices/today/").json() == answer.json()["schedule"]
    assert [s["id"] for s in door.get("/prices/", PRAIS).json()] == [old, new]
    with door.registry() as registry:
        assert registry.newest_price_submission_ids() == {PLAIN_DAY: new}


@BOTH
def test_a_revision_is_of_the_same_day(door: Door, method: str) -> None:
    number = post(door, "0.10")

    answer = send(
        door, method, f"/prices/{number}/", schedule_of(DAY_CLOCKS_GO_BACK), PRAIS
    )

    assert answer.status_code == 400
    assert "expected 2025-11-04" in answer.json()["schedule.prices"][0]
    assert len(door.get("/prices/", PRAIS).json()) == 1


@BOTH
def test_a_revision_is_refused_field_by_field_like_a_first_one(
    door: Door, method: str
) -> None:
    number = post(door, "0.10")

    empty = send(door, method, f"/prices/{number}/", {}, PRAIS)
    wrong = send(door, method, f"/prices/{number}/", {"schedule": {}}, PRAIS)

    assert empty.json() == {"schedule": ["This field is required."]}
    assert (empty.status_code, wrong.status_code) == (400, 400)


def test_a_withdrawn_schedule_is_gone_for_partners_and_kept(door: Door) -> None:
    number = post(door, "0.10")

    answer = send(door, "DELETE", f"/prices/{number}/", auth=PRAIS)

    assert (answer.status_code, answer.content) == (204, b"")
    assert door.get(f"/prices/{number}/", PRAIS).status_code == 404
    assert door.get("/prices/", PRAIS).json() == []
    assert door.get("/prices/today/").status_code == 404
    assert len(door.landed()) == 1
    with door.registry() as registry:
        [kept] = registry.submissions("prices")
        assert kept.withdrawn_at == door.clock.instant
        assert registry.withdrawn("prices") == {PLAIN_DAY: 1}
        [entry] = read_log(registry.changes.engine, at_most=1)
    assert (entry.made_by, entry.action) == ("prais", "submission.withdrawn")


def test_the_revision_before_counts_again(door: Door) -> None:
    old, new = post(door, "0.10"), post(door, "0.20")

    send(door, "DELETE", f"/prices/{new}/", auth=PRAIS)

    assert door.get("/prices/today/").json()["prices"][0]["price"] == "0.10"
    assert [s["id"] for s in door.get("/prices/", PRAIS).json()] == [old]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_is_withdrawn_cannot_be_changed_again(door: Door, method: str) -> None:
    number = post(door, "0.10")
    send(door, "DELETE", f"/prices/{number}/", auth=PRAIS)

    again = send(door, method, f"/prices/{number}/", schedule_of(PLAIN_DAY), PRAIS)

    assert again.status_code == 404
    assert again.json() == {"detail": "No Prices matches the given query."}


def test_the_same_schedule_posted_after_it_was_withdrawn_is_new(door: Door) -> None:
    first = post(door, "0.10")
    send(door, "DELETE", f"/prices/{first}/", auth=PRAIS)

    again = post(door, "0.10")

    assert again == first + 1
    assert [s["id"] for s in door.get("/prices/", PRAIS).json()] == [again]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/prices/1/", "/meters/1/", "/devices/1/"])
def test_who_may_only_look_changes_nothing(door: Door, method: str, path: str) -> None:
    post(door, "0.10")

    as_operator = send(door, method, path, schedule_of(PLAIN_DAY), OLGA)
    as_nobody = send(door, method, path, schedule_of(PLAIN_DAY))

    assert (as_operator.status_code, as_nobody.status_code) == (403, 401)
    assert len(door.get("/prices/", PRAIS).json()) == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_one_partners_ids_are_not_found_among_the_others(
    door: Door, method: str
) -> None:
    number = post(door, "0.10")

    answer = send(door, method, f"/meters/{number}/", {"meters": [LINE]}, NISC)

    assert answer.status_code == 404
    assert answer.json() == {"detail": "No Meters matches the given query."}


@BOTH
def test_a_meter_list_put_replaces_the_one_before(door: Door, method: str) -> None:
    first = door.post("/meters/", {"meters": [LINE]}, NISC).json()["id"]
    other = {"meterID": "0002", "VEN_ID": "ven-1", "device_id": "47"}

    answer = send(door, method, f"/meters/{first}/", {"meters": other}, NISC)

    assert answer.status_code == 200
    assert answer.json()["meters"] == [{**LINE, "meter_id": "0002"}]
    assert answer.json()["id"] == first + 1
    assert answer.headers["Content-Location"] == f"/meters/{first + 1}/"


def test_a_withdrawn_meter_list_is_gone_and_the_one_before_counts(door: Door) -> None:
    first = door.post("/meters/", {"meters": [LINE]}, NISC).json()
    second = door.post("/meters/", {"meters": [{**LINE, "meter_id": "9"}]}, NISC).json()

    answer = send(door, "DELETE", f"/meters/{second['id']}/", auth=NISC)

    assert answer.status_code == 204
    assert door.get("/meters/", NISC).json() == [first]
    with door.registry() as registry:
        assert registry.withdrawn("meters") == {None: 1}


def test_a_long_list_can_be_read_in_parts(door: Door) -> None:
    ids = [post(door, price) for price in ("0.10", "0.20", "0.30")]

    first = door.get("/prices/?limit=2", PRAIS).json()
    rest = door.get(f"/prices/?after={first[-1]['id']}&limit=2", PRAIS).json()

    assert [s["id"] for s in [*first, *rest]] == ids
    assert door.get("/prices/?limit=0", PRAIS).status_code == 422


def test_a_key_makes_a_revision_once(door: Door) -> None:
    number = post(door, "0.10")
    headers = {"Idempotency-Key": "one", "Content-Type": "application/json"}
    body = json.dumps(schedule_of(PLAIN_DAY, price="0.20")).encode()
    url = f"{door.url}/prices/{number}/"

    answers = [
        door.session.put(
            url, body, headers=headers, auth=PRAIS, timeout=TIMEOUT_SECONDS
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert len(door.get("/prices/", PRAIS).json()) == 2
