"""The metering partner's contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.api_at_work import NISC, OLGA, Door, running_api

LINE = {"meter_id": "0001", "ven_id": "ven-1", "device_id": "47"}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def test_the_partners_own_curl_line_works(door: Door) -> None:
    body = b'{ "meters": { "meterID": "0001", "VEN_ID": "999", "device_id": "47" } }'

    answer = door.post("/meters/", body, NISC)

    assert answer.status_code == 201
    assert answer.json() == {
        "id": 1,
        "created": "2025-11-03T17:00:00Z",
        "meters": [{"meter_id": "0001", "ven_id": "999", "device_id": "47"}],
    }
    assert door.landed() == [body]


def test_every_list_is_kept_and_given_back(door: Door) -> None:
    dated = {**LINE, "meter_id": "0002", "valid_from": "2025-11-03"}
    first = door.post("/meters/", {"meters": [LINE]}, NISC).json()

    second = door.post("/meters/", {"meters": [dated]}, NISC).json()

    assert second["meters"] == [{**dated, "valid_from": "2025-11-03T05:00:00Z"}]
    assert door.get("/meters/", NISC).json() == [first, second]
    assert door.get("/meters/2/", OLGA).json() == second
    with door.registry() as registry:
        newest = registry.submission(registry.newest_submission_id("meters"))
    assert newest is not None
    assert newest.format == "ter-meters-json"
    assert (newest.operating_day, newest.publication_day) == (None, None)


def test_the_same_list_again_changes_nothing(door: Door) -> None:
    first = door.post("/meters/", {"meters": [LINE]}, NISC)

    again = door.post("/meters/", {"meters": [LINE]}, NISC)

    assert (again.status_code, again.json()) == (201, first.json())
    assert len(door.get("/meters/", NISC).json()) == 1


def test_wrong_lines_are_refused_field_by_field_and_nothing_is_kept(
    door: Door,
) -> None:
    body = {"meters": [{"ven_id": "ven-1", "device_id": 47}]}

    answer = door.post("/meters/", body, NISC)

    assert answer.status_code == 400
    assert answer.json() == {
        "meters[0].meter_id": ["This field is required."],
        "meters[0].device_id": ["got the number 47, not text"],
    }
    assert door.get("/meters/", NISC).json() == []
    assert door.landed() == []


def test_a_device_with_two_meters_is_refused(door: Door) -> None:
    body = {"meters": [LINE, {**LINE, "meter_id": "0002"}]}

    answer = door.post("/meters/", body, NISC)

    assert answer.status_code == 400
    assert list(answer.json()) == ["meters[1]"]


def test_what_is_not_json_is_said_in_the_partners_words(door: Door) -> None:
    answer = door.post("/meters/", b"{'meters': []}", NISC)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("JSON parse error - ")


def test_hostile_text_is_refused_and_not_choked_on(door: Door) -> None:
    body = b'{"meters": [{"meter_id": "\\u0007", "\\u202e": "\\u0000"}]}'

    answer = door.post("/meters/", body, NISC)

    assert answer.status_code == 400
    assert "meters[0].meter_id" in answer.json()
