"""The page of participation: told, answered, silent, by device and day."""

import csv
import io
from collections.abc import Iterator

import pytest

from ter_pipelines.pages.wording import NOTHING
from tests.api.api_at_work import MIA, OLGA, Door
from tests.api.pages_at_work import look, pages
from tests.api.test_price_page import count, words

DEVICES = "/pages/participation"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an installation that looked twice at two devices."""
    with pages(tmp_path_factory.mktemp("home")) as door:
        yield door


def test_the_newest_look_counts(door: Door) -> None:
    said = words(look(door, DEVICES, OLGA).text)

    assert "Monday, November 3, 2025" in said
    assert "As of November 3, 2025, 08:00 EST." in said
    assert "2 of 2 devices were told the prices of this day" in said
    assert "Opted in 1 Opted out 0 Silent 1 On the roster 2" in said


def test_who_is_in_trouble_comes_first(door: Door) -> None:
    said = words(look(door, DEVICES, OLGA).text)

    told = f"ven-1 told, no answer yet Nov 3, 06:00 {NOTHING}"
    silent = f"{told} Nov 3, 08:00 Nov 3, 07:00"
    assert f"{silent} 2025-11-13" in said
    assert said.index("ven-1 ") < said.index("ven-2 told, and opted in")


def test_the_six_days_before_stand_beside_it(door: Door) -> None:
    page = look(door, DEVICES, OLGA).text

    assert count(page, "//td[@class='week']/a") == 2 * 7
    assert "Monday, November 3: told, and opted in" in page
    assert "Sunday, November 2: not looked at" in page


def test_a_day_nobody_looked_at_says_so(door: Door) -> None:
    said = words(look(door, f"{DEVICES}?day=2025-10-05", OLGA).text)

    assert "Nobody has looked yet at how devices took part in this day" in said
    assert "The newest look is at 2025-11-03" in said


def test_one_finds_a_device(door: Door) -> None:
    said = words(look(door, f"{DEVICES}?find=VEN-2", OLGA).text)

    assert "1 device, those in trouble first" in said
    assert "ven-1" not in said


def test_the_day_is_a_file(door: Door) -> None:
    answer = look(door, f"{DEVICES}.csv?day=2025-11-03", OLGA)

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["ven_id"] for row in rows] == ["ven-1", "ven-2"]
    assert rows[0]["silent_since"] == "2025-11-03T12:00:00Z"
    assert rows[1]["opt"] == "optIn"
    assert {row["operating_day"] for row in rows} == {"2025-11-03"}


def test_others_see_nothing(door: Door) -> None:
    refused = [look(door, path, MIA) for path in (DEVICES, f"{DEVICES}.csv")]

    assert {answer.status_code for answer in refused} == {403}
    assert look(door, DEVICES).status_code == 303
