"""Schedules that are refused: a message per field, and nothing stored."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.api.api_at_work import (
    DAY_CLOCKS_GO_BACK,
    PLAIN_DAY,
    PRAIS,
    Door,
    running_api,
    schedule_of,
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with running_api(tmp_path_factory.mktemp("refusals")) as door:
        yield door


def refused(door: Door, body: object) -> dict[str, Any]:
    """Post what is expected to be refused, and to leave nothing behind."""
    answer = door.post("/prices/", body, PRAIS)
    assert answer.status_code == 400, answer.text
    assert door.get("/prices/", PRAIS).json() == []
    assert door.landed() == []
    fields: dict[str, Any] = answer.json()
    return fields


def test_24_hours_on_a_25_hour_day_are_refused(door: Door) -> None:
    body = schedule_of(DAY_CLOCKS_GO_BACK)
    del body["schedule"]["prices"][5]

    fields = refused(door, body)

    assert fields == {
        "schedule.prices": [
            "got 24 hours, expected the 25 hours of 2025-11-02 (America/New_York), "
            "first missing 2025-11-02T09:00:00Z"
        ]
    }


def test_slots_a_minute_apart_are_refused_each(door: Door) -> None:
    body = schedule_of(PLAIN_DAY)
    for i, slot in enumerate(body["schedule"]["prices"]):
        slot["datetime"] = f"2025-11-04T5:{i}:0+0000"

    fields = refused(door, body)

    assert set(fields) == {"schedule.prices"} | {
        f"schedule.prices[{i}].datetime" for i in range(1, 24)
    }
    assert "expected the start of an hour" in fields["schedule.prices[7].datetime"][0]


def test_a_repeated_hour_is_refused_where_it_stands(door: Door) -> None:
    body = schedule_of(PLAIN_DAY)
    body["schedule"]["prices"].append(dict(body["schedule"]["prices"][3]))

    fields = refused(door, body)

    assert set(fields) == {
        "schedule.prices[3].datetime",
        "schedule.prices[24].datetime",
    }
    assert "more than once" in fields["schedule.prices[24].datetime"][0]


@pytest.mark.parametrize("price", ["dear", "NaN", "Infinity", "-inf", "", None, True])
def test_what_is_no_price_is_refused_at_its_field(door: Door, price: object) -> None:
    body = schedule_of(PLAIN_DAY)
    body["schedule"]["prices"][3]["price"] = price

    fields = refused(door, body)

    assert list(fields) == ["schedule.prices[3].price"]
    assert "expected" in fields["schedule.prices[3].price"][0]


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_words_that_are_not_json_are_refused_as_such(door: Door, word: bytes) -> None:
    body = json.dumps(schedule_of(PLAIN_DAY)).encode().replace(b'"0.10"', word, 1)

    assert refused(door, body)["detail"].startswith("JSON parse error - ")


@pytest.mark.parametrize(
    ("money", "named"),
    [
        ({"unit": "furlongs"}, "schedule.unit"),
        ({"unit": None}, "schedule.unit"),
        ({"currency": "dollars"}, "schedule.currency"),
        ({"unit": "CAD/kWh", "currency": "CAD"}, "schedule.currency"),
    ],
)
def test_money_that_is_not_understood_is_refused(
    door: Door, money: dict[str, object], named: str
) -> None:
    assert list(refused(door, schedule_of(PLAIN_DAY, **money))) == [named]


def test_prices_outside_the_plausible_band_are_refused_at_their_field(
    door: Door,
) -> None:
    body = schedule_of(PLAIN_DAY)
    body["schedule"]["prices"][0]["price"] = "-0.50"
    body["schedule"]["prices"][1]["price"] = "-0.51"
    body["schedule"]["prices"][2]["price"] = "5.00"
    body["schedule"]["prices"][3]["price"] = "5.01"

    fields = refused(door, body)

    assert fields == {
        "schedule.prices[1].price": ["got -0.51 USD/kWh, expected -0.5 to 5"],
        "schedule.prices[3].price": ["got 5.01 USD/kWh, expected -0.5 to 5"],
    }


def test_a_day_before_the_programme_began_is_refused(door: Door) -> None:
    fields = refused(door, schedule_of(date(2025, 9, 30)))

    assert "got prices of 2025-09-30" in fields["schedule.prices"][0]


@pytest.mark.parametrize("body", [{}, {"prices": []}, {"Schedule": {}}])
def test_a_missing_key_is_answered_as_the_partner_knows_it(
    door: Door, body: object
) -> None:
    assert refused(door, body) == {"schedule": ["This field is required."]}


def test_an_empty_schedule_is_refused_and_today_still_answers(door: Door) -> None:
    assert set(refused(door, {"schedule": {}})) == {"schedule.date", "schedule.prices"}

    assert door.get("/prices/today/").status_code == 404


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 50_000])
def test_what_is_not_json_is_answered_as_the_partner_knows_it(
    door: Door, body: bytes
) -> None:
    assert refused(door, body)["detail"].startswith("JSON parse error - ")
