"""The page of prices: open to everybody, today and tomorrow, 23 and 25 hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from ter_pipelines.store.lake import Lake
from tests.api.api_at_work import NOON, Door
from tests.api.pages_at_work import TODAY, TOMORROW, fill_prices, look, pages

PRICES = "/pages/prices"
DAY_CLOCKS_GO_FORWARD = date(2026, 3, 8)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an installation that has prices of today and tomorrow."""
    with pages(tmp_path_factory.mktemp("home")) as door:
        yield door


def words(page: str) -> str:
    """Give what a reader sees, in one line."""
    body = etree.fromstring(page, etree.HTMLParser()).find("body")
    assert body is not None
    return " ".join(" ".join(map(str, body.itertext())).split())


def count(page: str, path: str) -> int:
    found = etree.fromstring(page, etree.HTMLParser()).xpath(path)
    assert isinstance(found, list)
    return len(found)


def test_a_stranger_sees_today_and_tomorrow(door: Door) -> None:
    answer = look(door, PRICES)

    said = words(answer.text)
    assert answer.status_code == 200
    assert "Today, Monday, November 3, 2025" in said
    assert "Tomorrow, Tuesday, November 4, 2025" in said
    assert "Published November 3, 2025, 04:30 EST by prais · version 1" in said


def test_the_hour_that_is_now_is_said_and_marked_once(door: Door) -> None:
    page = look(door, PRICES).text

    assert "Now 10.00 ¢ until 13:00" in words(page)
    assert count(page, "//rect[@class='now']") == 1


def test_the_cheapest_and_the_dearest_hours_are_named(door: Door) -> None:
    said = words(look(door, f"{PRICES}?day={TOMORROW}").text)

    assert "Cheapest hours 02:00 to 06:00 2.00 ¢ on average" in said
    assert "Dearest hours 17:00 to 21:00 32.50 ¢ on average" in said
    assert "Lowest 2.00 ¢ at 02:00 Highest 32.50 ¢ at 17:00" in said
    assert "23:00 to 24:00" in said


def test_every_curve_has_its_files_beside_it(door: Door) -> None:
    page = look(door, PRICES).text

    for day in (TODAY, TOMORROW):
        for end in ("csv", "json"):
            assert f'href="/public/v1/prices/{day}.{end}"' in page
            assert look(door, f"/public/v1/prices/{day}.{end}").status_code == 200
    assert 'href="/public/v1/prices.ics"' in page


def test_a_day_of_25_hours_has_25_steps_and_two_at_one(door: Door) -> None:
    page = look(door, f"{PRICES}?day=2025-11-02").text

    said = words(page)
    assert count(page, "//rect[@class='ground']") == 25
    assert "a day of 25 hours" in said
    assert "01:00 EDT to 01:00 EST" in said
    assert "01:00 EST to 02:00 EST" in said


def test_a_day_of_23_hours_has_23_steps(door: Door) -> None:
    fill_prices(Lake(door.home / "data"), DAY_CLOCKS_GO_FORWARD, 1)

    page = look(door, f"{PRICES}?day={DAY_CLOCKS_GO_FORWARD}").text

    said = words(page)
    assert count(page, "//rect[@class='ground']") == 23
    assert "01:00 EST to 03:00 EDT" in said
    assert "02:00 EST" not in said


def test_a_picture_says_in_words_what_it_shows(door: Door) -> None:
    page = look(door, PRICES).text

    assert count(page, "//svg[@role='img']/title") == 2
    assert "From 2.00 ¢ to 32.50 ¢ per kWh." in words(page)
    assert count(page, "//table/caption") == count(page, "//table") == 2


@pytest.mark.parametrize("day", ["2025-13-01", "tomorrow", "'"])
def test_what_is_no_day_is_refused_in_words(door: Door, day: str) -> None:
    answer = look(door, f"{PRICES}?day={day}")

    assert answer.status_code == 400
    assert "expected one such as 2025-11-02" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (NOON, "They are expected today between 16:30 and 18:00 EST."),
        (
            datetime(2025, 11, 3, 23, 0, tzinfo=UTC),
            "They were expected today by 18:00 EST.",
        ),
    ],
)
def test_tomorrow_before_publication_says_when_to_expect_it(
    tmp_path: Path, now: datetime, said: str
) -> None:
    with pages(tmp_path, tomorrow=False) as door:
        door.clock.instant = now

        seen = words(look(door, PRICES).text)

    assert f"Tomorrow, Tuesday, November 4, 2025 Not published yet. {said}" in seen
    assert "The newest prices are those of Monday, November 3, 2025" in seen


def test_days_of_the_past_and_the_future_say_so(door: Door) -> None:
    past = words(look(door, f"{PRICES}?day=2025-10-01").text)
    future = words(look(door, f"{PRICES}?day=2025-11-20").text)

    assert "No prices are published for this day." in past
    assert "they come the day before" in future
