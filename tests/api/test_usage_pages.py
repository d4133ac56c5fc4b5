"""The pages of usage: how complete days are, a gap opened, and their files."""

import csv
import io
from collections.abc import Iterator

import pytest

from ter_pipelines.pages.wording import NOTHING
from tests.api.api_at_work import ANA, MIA, OLGA, PRAIS, Door
from tests.api.pages_at_work import CAR, HEATER, POINT, look, pages
from tests.api.test_price_page import count, words

USAGE = "/pages/usage"
ALL_DAYS = f"{USAGE}?from=2025-11-01&to=2025-11-03"
GAP = f"{USAGE}/ven-1/heater-1/2025-11-02"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Give an installation with three days of three devices."""
    with pages(tmp_path_factory.mktemp("home")) as door:
        yield door


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("user", [ANA, OLGA])
def test_analysts_and_operators_see_every_device(
    door: Door, user: tuple[str, str]
) -> None:
    page = look(door, ALL_DAYS, user).text

    said = words(page)
    assert "November 1 to 3, 2025" in said
    assert "3 devices" in said
    assert all(device in said for _, device, _ in (HEATER, CAR, POINT))
    assert count(page, "//table[@class='heat']/tbody/tr/td/a") == 9


@pytest.mark.parametrize("path", [ALL_DAYS, GAP, f"{GAP}.csv", f"{USAGE}.csv"])
def test_others_see_nothing(door: Door, path: str) -> None:
    refused = [look(door, path, user) for user in (MIA, PRAIS)]
    stranger = look(door, path)

    assert {answer.status_code for answer in refused} == {403}
    assert stranger.status_code == 303
    assert all("heater" not in answer.text for answer in (*refused, stranger))


def test_what_lacks_most_comes_first_or_the_first_by_name(door: Door) -> None:
    by_gaps = look(door, ALL_DAYS, OLGA).text
    by_name = look(door, f"{ALL_DAYS}&order=name", OLGA).text

    assert by_gaps.index("heater-1") < by_gaps.index("car-2")
    assert by_name.index("UsagePoint/01") < by_name.index("heater-1")


def test_a_cell_says_what_lacks_of_the_25_hours_and_leads_there(door: Door) -> None:
    page = look(door, ALL_DAYS, OLGA).text

    said = "Sunday, November 2: 88 % billed, 3 hours lacking"
    assert (
        f'<a class="half" href="{GAP}" title="{said}" aria-label="{said}">88</a>'
    ) in page
    assert "Sunday, November 2: complete, 1 hour estimated" in page
    assert "Monday, November 3: complete" in page


def test_the_share_of_all_time_is_never_rounded_up(door: Door) -> None:
    said = words(look(door, ALL_DAYS, OLGA).text)

    assert "98.63 % of all metered time can be billed" in said  # 216 of 219 hours
    assert "Missing 1.36 %" in said


def test_without_days_the_newest_two_weeks_are_shown(door: Door) -> None:
    said = words(look(door, USAGE, OLGA).text)

    assert "October 21 to November 3, 2025" in said


def test_one_finds_a_device_by_its_meter(door: Door) -> None:
    page = look(door, f"{ALL_DAYS}&find=0013", OLGA).text
    none = look(door, f"{ALL_DAYS}&find=%3Cb%3E", OLGA).text

    assert "car-2" in page
    assert "heater-1" not in page
    assert "<b>" not in none.partition("<main")[2]
    assert "No device is mapped whose name or meter has" in none


@pytest.mark.parametrize(
    "asked",
    [
        "from=2025-11-03&to=2025-11-01",
        "from=2025-01-01&to=2025-11-01",
        "from=x",
        "page=0",
        "page=x",
        "order=worst",
        f"find={'x' * 200}",
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(door: Door, asked: str) -> None:
    answer = look(door, f"{USAGE}?{asked}", OLGA)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_page_beyond_the_last_is_empty(door: Door) -> None:
    answer = look(door, f"{ALL_DAYS}&page=9", OLGA)

    assert answer.status_code == 200
    assert "heater-1" not in answer.text


def test_the_days_are_a_file_of_every_device(door: Door) -> None:
    answer = look(door, f"{USAGE}.csv?from=2025-11-01&to=2025-11-03", OLGA)

    rows = rows_of(answer.text)
    (gap,) = [row for row in rows if int(row["unbilled_seconds"])]
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert len(rows) == 9
    assert (gap["device_id"], gap["operating_day"]) == ("heater-1", "2025-11-02")
    assert (gap["meter_ids"], gap["seconds"]) == ("0012", "90000")
    assert gap["unbilled_seconds"] == "10800"


def test_an_open_gap_shows_its_hours_and_why(door: Door) -> None:
    page = look(door, GAP, OLGA).text

    said = words(page)
    assert "heater-1 of ven-1 · meter 0012 · a day of 25 hours" in said
    assert "Energy used 27.500 kWh Measured 88.00 % Missing 12.00 %" in said
    assert count(page, "//svg/g[@class='missing']") == 3
    assert count(page, "//tr[@class='missing']") == 3
    assert count(page, "//tr[@class='valid']") == 22
    assert "01:00 EDT 1.250 measured" in said
    assert "01:00 EST 1.250 measured" in said
    assert "value: got 'NaN', expected a number usage.not_a_number" in said


def test_an_estimate_says_how_it_was_made_and_by_whom(door: Door) -> None:
    said = words(look(door, f"{USAGE}/ven-2/car-2/2025-11-02", OLGA).text)

    assert "11:00 EST 1.250 estimated gap, linear 1" in said
    assert "What was changed" in said
    assert "between 11:00 and 13:00 vee" in said


def test_a_usual_hour_says_where_it_came_from(door: Door) -> None:
    page = look(door, f"{USAGE}/ven-2/car-2/2025-11-03", OLGA).text

    assert f"00:00 1.250 measured {NOTHING} 1 openadr November 3, 2025, 04:30 EST" in (
        words(page)
    )
    assert 'title="report-7:3"' in page


def test_a_device_whose_name_is_a_path_opens_too(door: Door) -> None:
    page = look(door, ALL_DAYS, OLGA).text
    address = f"{USAGE}/green-button/RetailCustomer%2F1%2FUsagePoint%2F01/2025-11-02"

    opened = look(door, address, OLGA)

    assert f'href="{address}"' in page
    assert opened.status_code == 200
    assert "RetailCustomer/1/UsagePoint/01 of green-button" in words(opened.text)


def test_intervals_are_a_file_with_every_digit(door: Door) -> None:
    rows = rows_of(look(door, f"{GAP}.csv", OLGA).text)

    assert len(rows) == 25
    assert rows[0]["interval_start_utc"] == "2025-11-02T04:00:00Z"
    assert rows[0]["energy_kwh"] == "1.25"
    assert [row["state"] for row in rows].count("MISSING") == 3
    assert rows[4]["energy_kwh"] == ""


@pytest.mark.parametrize(
    "path",
    [
        f"{USAGE}/ven-1/heater-1/2025-12-24",
        f"{USAGE}/ven-1/heater-2/2025-11-02",
        f"{USAGE}/ven-1/heater-1/yesterday",
        f"{USAGE}/ven-1/heater-1/2025-12-24.csv",
        f"{USAGE}/%3Cscript%3E/x/2025-11-02",
    ],
)
def test_what_is_not_known_is_not_there(door: Door, path: str) -> None:
    answer = look(door, path, OLGA)

    assert answer.status_code == 404
    assert "<script" not in answer.text
