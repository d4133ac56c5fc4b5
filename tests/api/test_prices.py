"""The price partner's contract: what is taken, what is refused, what counts."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.api.api_at_work import (
    DAY_CLOCKS_GO_BACK,
    NISC,
    OLGA,
    PLAIN_DAY,
    PRAIS,
    Door,
    running_api,
    schedule_of,
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


def test_a_schedule_is_taken_and_given_back_as_it_was_given(door: Door) -> None:
    body = schedule_of(PLAIN_DAY, price="12.34", unit="cents/kWh")

    answer = door.post("/prices/", body, PRAIS)

    assert answer.status_code == 201
    assert answer.json() == {
        "id": 1,
        "created": "2025-11-03T17:00:00Z",
        "schedule": body["schedule"],
    }
    assert door.get("/prices/", PRAIS).json() == [answer.json()]
    assert door.get("/prices/1/", OLGA).json() == answer.json()


def test_the_bytes_are_kept_exactly_as_sent(door: Door) -> None:
    body = json.dumps(schedule_of(PLAIN_DAY), indent=3).replace("\n", "\r\n").encode()

    door.post("/prices/", body, PRAIS)

    with door.registry() as registry:
        (submission,) = registry.submissions("prices")
    assert door.landed() == [body]
    assert submission.sha256 == hashlib.sha256(body).hexdigest()
    assert submission.operating_day == PLAIN_DAY
    assert submission.publication_day == date(2025, 11, 3)
    assert (submission.source, submission.format, submission.submitted_by) == (
        "post",
        "ter-schedule-json",
        "prais",
    )


def test_the_newest_revision_counts_and_the_older_ones_stay(door: Door) -> None:
    old, new = (schedule_of(PLAIN_DAY, price=price) for price in ("0.10", "0.20"))
    door.post("/prices/", old, PRAIS)

    door.post("/prices/", new, PRAIS)

    assert door.get("/prices/today/").json() == new["schedule"]
    assert [s["schedule"] for s in door.get("/prices/", PRAIS).json()] == [
        old["schedule"],
        new["schedule"],
    ]
    with door.registry() as registry:
        assert registry.newest_price_submission_ids() == {PLAIN_DAY: 2}


def test_the_same_post_again_changes_nothing(door: Door) -> None:
    first = door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)
    door.clock.instant = datetime(2025, 11, 3, 18, tzinfo=UTC)

    again = door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)

    assert again.status_code == 201
    assert again.json() == first.json()
    assert len(door.get("/prices/", PRAIS).json()) == 1


def test_today_is_the_programmes_day_and_open_to_everybody(door: Door) -> None:
    body = schedule_of(PLAIN_DAY)
    door.post("/prices/", body, PRAIS)

    door.clock.instant = datetime(2025, 11, 4, 4, 59, tzinfo=UTC)
    late_in_the_evening = door.get("/prices/today/")
    door.clock.instant = datetime(2025, 11, 4, 5, 0, tzinfo=UTC)
    after_midnight = door.get("/prices/today/")

    assert late_in_the_evening.status_code == 200
    assert late_in_the_evening.json() == body["schedule"]
    assert after_midnight.status_code == 404
    assert after_midnight.content == b""


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 8), 23), (PLAIN_DAY, 24), (DAY_CLOCKS_GO_BACK, 25)],
)
def test_a_whole_day_has_23_24_or_25_hours(door: Door, day: date, hours: int) -> None:
    body = schedule_of(day)

    answer = door.post("/prices/", body, PRAIS)

    assert len(body["schedule"]["prices"]) == hours
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", ["2/", "0/", "99999999999999999999/", "one/", "-1/"])
def test_a_schedule_that_is_not_there_is_a_404(door: Door, path: str) -> None:
    door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)

    assert door.get(f"/prices/{path}", PRAIS).status_code == 404


def test_the_404_of_a_schedule_reads_as_the_partner_knows_it(door: Door) -> None:
    answer = door.get("/prices/1/", PRAIS)

    assert answer.json() == {"detail": "No Prices matches the given query."}


def test_a_schedule_is_not_found_among_the_meter_lists(door: Door) -> None:
    door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)

    answer = door.get("/meters/1/", NISC)

    assert answer.status_code == 404
    assert answer.json() == {"detail": "No Meters matches the given query."}


def test_a_body_tampered_with_on_disk_is_not_given_out(door: Door) -> None:
    door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS)
    (file,) = (door.home / "landing" / "prices").iterdir()
    file.write_bytes(file.read_bytes().replace(b"0.10", b"9.10"))

    answers = [
        door.get("/prices/1/", PRAIS),
        door.get("/prices/", PRAIS),
        door.get("/prices/today/"),
    ]

    for answer in answers:
        assert answer.status_code == 500
        assert "Submission 1 is not stored as it was" in answer.json()["detail"]


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with running_api(tmp_path) as door:
        before = door.post("/prices/", schedule_of(PLAIN_DAY), PRAIS).json()

    with running_api(tmp_path) as door:
        after = door.get("/prices/", PRAIS).json()

    assert after == [before]


def test_json_numbers_keep_every_digit(door: Door) -> None:
    digits = b"0.10000000000000001"
    within = b"0.12345678"
    text = json.dumps(schedule_of(PLAIN_DAY)).encode()

    too_many = door.post("/prices/", text.replace(b'"0.10"', digits, 1), PRAIS)
    kept = door.post("/prices/", text.replace(b'"0.10"', within, 1), PRAIS)

    assert too_many.status_code == 400
    assert list(too_many.json()) == ["schedule.prices[0].price"]
    assert kept.status_code == 201
    assert b'"price": 0.12345678}' in kept.content


def test_unit_and_currency_are_the_schedules_or_the_programmes(door: Door) -> None:
    # 60 is plausible per MWh and in cents, and not as dollars per kWh.
    taken = [
        door.post("/prices/", schedule_of(PLAIN_DAY, price="60", **money), PRAIS)
        for money in (
            {"unit": "USD/MWh"},
            {"unit": "cents/kWh", "currency": "USD"},
            {"currency": "USD"},
            {},
        )
    ]

    assert [answer.status_code for answer in taken] == [201, 201, 400, 400]
