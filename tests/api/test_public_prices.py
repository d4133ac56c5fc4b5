"""The open price feed: who asks without a name gets what devices are told."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ter_pipelines.store.lake import Lake
from tests.api.api_at_work import Door, running_api
from tests.api.public_feed import DEAR, ask, corrected, rows_of, withdrawn
from tests.pricing.prices_of_days import (
    LONG_DAY,
    PLAIN_DAY,
    SHORT_DAY,
    digits_of,
    put_in_lake,
    submitted,
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data")


def test_a_day_says_its_hours_its_unit_and_its_version(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, digits_of(PLAIN_DAY)))

    answer = ask(door, f"/{PLAIN_DAY}")

    told: dict[str, Any] = answer.json()
    prices = told.pop("prices")
    digest = told.pop("sha256")
    assert answer.headers["Content-Type"] == "application/json"
    assert told == {
        "programme": "ter",
        "title": "Transactive Energy Rate",
        "zone": "America/New_York",
        "operating_day": "2025-11-04",
        "unit": "USD/kWh",
        "currency": "USD",
        "version": 1,
        "published_at": "2025-10-31T21:00:00Z",
        "corrects": None,
    }
    assert len(digest) == 64
    assert prices[0] == {
        "start": "2025-11-04T05:00:00Z",
        "end": "2025-11-04T06:00:00Z",
        "value": "0.03512",
    }


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_json_and_csv_give_the_same_digits_and_each_hour_once(
    door: Door, lake: Lake, day: date, hours: int
) -> None:
    put_in_lake(lake, day, submitted(day, digits_of(day)))

    told = ask(door, f"/{day}.json").json()
    rows = rows_of(ask(door, f"/{day}.csv"))

    assert [price["value"] for price in told["prices"]] == digits_of(day)
    assert len(told["prices"]) == hours
    assert [{k: row[k] for k in ("start", "end", "value")} for row in rows] == told[
        "prices"
    ]
    assert {row["operating_day"] for row in rows} == {str(day)}
    assert {(row["unit"], row["currency"], row["version"]) for row in rows} == {
        ("USD/kWh", "USD", "1")
    }


def test_the_digest_is_that_of_the_first_four_columns(door: Door, lake: Lake) -> None:
    put_in_lake(lake, LONG_DAY, submitted(LONG_DAY, digits_of(LONG_DAY)))

    lines = ask(door, f"/{LONG_DAY}.csv").text.split("\r\n")[1:-1]

    cut = "".join(",".join(line.split(",")[:4]) + "\n" for line in lines)
    told = ask(door, f"/{LONG_DAY}").json()["sha256"]
    assert hashlib.sha256(cut.encode()).hexdigest() == told
    assert {line.split(",")[-1] for line in lines} == {told}


def test_a_correction_is_a_new_version_that_names_the_old(
    door: Door, lake: Lake
) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))
    before = ask(door, f"/{PLAIN_DAY}")
    corrected(lake)

    after = ask(door, f"/{PLAIN_DAY}", If_None_Match=before.headers["ETag"])

    old, new = before.json(), after.json()
    assert after.status_code == 200
    assert (old["version"], new["version"]) == (1, 2)
    assert new["corrects"] == {
        name: old[name] for name in ("version", "sha256", "published_at")
    }
    assert {price["value"] for price in new["prices"]} == {"0.1"}


def test_an_earlier_version_is_still_given(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))
    before = ask(door, f"/{PLAIN_DAY}").content
    corrected(lake)

    assert ask(door, f"/{PLAIN_DAY}?version=1").content == before
    assert ask(door, f"/{PLAIN_DAY}?version=2").json()["version"] == 2
    unknown = ask(door, f"/{PLAIN_DAY}.csv?version=3")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such_version")


def test_tomorrow_before_publication_says_when_to_expect_it(door: Door) -> None:
    answer = ask(door, f"/{PLAIN_DAY}")

    assert answer.status_code == 404
    assert answer.json() == {
        "code": "not_published",
        "detail": "Prices of 2025-11-04: They are expected on 2025-11-03 from 16:30 "
        "on, local time.",
        "expected_at": "2025-11-03T21:30:00Z",
    }
    assert answer.headers["Retry-After"] == str(4 * 3600 + 30 * 60 + 1)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_late_day_and_a_day_that_is_over_have_no_time_to_expect(door: Door) -> None:
    door.clock.instant = datetime(2025, 11, 3, 23, 30, tzinfo=UTC)

    late, over = ask(door, "/tomorrow"), ask(door, "/2025-10-20.csv")

    assert (late.json()["expected_at"], over.json()["expected_at"]) == (None, None)
    assert late.headers["Retry-After"] == "300"
    assert "Retry-After" not in over.headers


def test_withdrawn_prices_are_not_given(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))
    assert ask(door, f"/{PLAIN_DAY}").status_code == 200

    withdrawn(lake)

    answer = ask(door, f"/{PLAIN_DAY}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_published")
    assert "withdrawn" in answer.json()["detail"]


def test_today_and_tomorrow_are_the_programmes(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))

    door.clock.instant = datetime(2025, 11, 4, 4, 59, tzinfo=UTC)
    before_midnight = ask(door, "/tomorrow").json()
    door.clock.instant = datetime(2025, 11, 4, 5, 0, tzinfo=UTC)
    after_midnight = ask(door, "/today").json()

    assert before_midnight == after_midnight
    assert after_midnight["operating_day"] == "2025-11-04"


def test_a_range_gives_what_is_published_and_names_what_is_not(
    door: Door, lake: Lake
) -> None:
    put_in_lake(lake, LONG_DAY, submitted(LONG_DAY, digits_of(LONG_DAY)))
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))
    asked = "?from=2025-11-01&to=2025-11-04"

    told = ask(door, asked).json()
    rows = rows_of(ask(door, f".csv{asked}"))

    assert (told["from"], told["to"]) == ("2025-11-01", "2025-11-04")
    assert [day["operating_day"] for day in told["days"]] == [
        "2025-11-02",
        "2025-11-04",
    ]
    assert told["not_published"] == ["2025-11-01", "2025-11-03"]
    assert len(rows) == 25 + 24


def test_without_days_it_is_today_and_tomorrow(door: Door, lake: Lake) -> None:
    put_in_lake(lake, PLAIN_DAY, submitted(PLAIN_DAY, DEAR))

    told = ask(door, "").json()

    assert (told["from"], told["to"]) == ("2025-11-03", "2025-11-04")
    assert told["not_published"] == ["2025-11-03"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/2025-11-31", "date"),
        ("/20251104", "date"),
        ("/2025-W45-2", "date"),
        ("/0001-01-01", "date"),
        ("/9999-12-31.csv", "date"),
        ("?from=soon", "from"),
        ("?from=2025-11-04&to=2025-11-03", "to"),
        ("?from=2025-01-01&to=2025-12-31", "to"),
        (".csv?to=1", "to"),
    ],
)
def test_what_is_no_day_is_said_to_be_none(door: Door, path: str, field: str) -> None:
    answer = ask(door, path)

    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert "expected" in answer.json()[field][0]
