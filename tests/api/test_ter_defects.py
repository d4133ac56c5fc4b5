"""What went wrong in the programme's first application, each once: not here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.api.api_at_work import NISC, PLAIN_DAY, PRAIS, Door, running_api, schedule_of
from tests.api.test_ter_changes import send


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def test_the_newest_schedule_counts_and_not_the_first(door: Door) -> None:
    for price in ("0.10", "0.30", "0.20"):
        door.post("/prices/", schedule_of(PLAIN_DAY, price=price), PRAIS)

    assert door.get("/prices/today/").json()["prices"][0]["price"] == "0.20"


def test_one_empty_schedule_does_not_break_today_for_ever(door: Door) -> None:
    empty = door.post("/prices/", {"schedule": {}}, PRAIS)
    before = door.get("/prices/today/")
    door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)

    assert (empty.status_code, before.status_code) == (400, 404)
    assert set(empty.json()) == {"schedule.date", "schedule.prices"}
    assert door.get("/prices/today/").status_code == 200


def test_hours_written_in_the_place_of_minutes_are_refused(door: Door) -> None:
    body = schedule_of(PLAIN_DAY)
    for n, price in enumerate(body["schedule"]["prices"]):
        price["datetime"] = f"2025-11-04T5:{n}:0+0000"

    answer = door.post("/prices/", body, PRAIS)

    assert answer.status_code == 400
    assert len(answer.json()) >= 23


def test_unpadded_times_are_read_as_they_are_meant(door: Door) -> None:
    body = schedule_of(PLAIN_DAY)
    for price in body["schedule"]["prices"]:
        start = datetime.strptime(price["datetime"], "%Y-%m-%dT%H:%M:%S%z")
        price["datetime"] = f"{start:%Y-%m-%d}T{start.hour}:0:0+0000"

    answer = door.post("/prices/", body, PRAIS)

    assert answer.status_code == 201, answer.text
    assert answer.json()["schedule"] == body["schedule"]


def test_today_is_the_utilitys_day_and_not_the_servers(door: Door) -> None:
    door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)

    door.clock.instant = datetime(2025, 11, 4, 3, 0, tzinfo=UTC)  # still the 3rd there

    assert door.get("/prices/today/").status_code == 200


@pytest.mark.parametrize("path", ["/prices/", "/meters/", "/devices/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_but_todays_prices_is_open_to_everybody(
    door: Door, method: str, path: str
) -> None:
    answer = send(door, method, path, {})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("path", ["/prices/", "/devices/"])
def test_the_billing_systems_user_and_the_price_systems_are_not_the_same(
    door: Door, path: str
) -> None:
    user = NISC if path == "/prices/" else PRAIS

    assert send(door, "GET", path, None, user).status_code == 403


@pytest.mark.parametrize("body", ["words", 5, None, [], {}, {"meters": "words"}])
def test_not_any_json_is_a_meter_list(door: Door, body: object) -> None:
    answer = send(door, "POST", "/meters/", {} if body is None else body, NISC)

    assert answer.status_code == 400
    assert "meters" in answer.json()
    assert door.get("/meters/", NISC).json() == []


def test_what_is_taken_has_an_id_to_ask_for(door: Door) -> None:
    answer = door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS).json()

    assert door.get(f"/prices/{answer['id']}/", PRAIS).json() == answer


def test_a_device_without_its_ven_is_no_fault_of_ours(door: Door) -> None:
    answer = door.post("/devices/", {"device_id": "47"}, NISC)

    assert (answer.status_code, answer.json()) == (
        400,
        {"ven_id": ["This field is required."]},
    )
