"""Bills and changes as people see them: their own, whole, and nobody else's."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ter_pipelines.registry.changes import read_log
from tests.api.api_at_work import MIA, OLGA, PRAIS, TIMEOUT_SECONDS, Door, running_api
from tests.pipeline.test_cli_statement import MONTH, correct, publish
from tests.settlement.files_at_hand import settled, worked_usage

NED = ("ned", "words of ned here")
BILL = f"/pages/statements/0012/{MONTH}"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Give the pages of an installation with one bill, of Ned's meter."""
    publish(tmp_path, settled(worked_usage()))
    with running_api(tmp_path) as door:
        with door.registry() as registry:
            registry.people.add(*NED, ["member"], meter_ids=["0012"])
        yield door


def look(
    door: Door, path: str, auth: tuple[str, str] | None = NED
) -> requests.Response:
    return door.session.get(
        door.url + path, auth=auth, timeout=TIMEOUT_SECONDS, allow_redirects=False
    )


def rows_of(answer: requests.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_member_finds_their_bill_and_opens_it(door: Door) -> None:
    every = look(door, "/pages/statements")
    bill = look(door, BILL)

    assert every.status_code == bill.status_code == 200
    assert f'href="{BILL}"' in every.text
    assert "$3.60" in every.text
    assert "November 2024" in bill.text
    assert "Why" in bill.text or "How it adds up" in bill.text


def test_a_bill_of_another_is_not_there(door: Door) -> None:
    answers = [look(door, BILL + end, MIA) for end in ("", ".csv", ".json")]

    assert {answer.status_code for answer in answers} == {404}
    assert "0012" not in look(door, "/pages/statements", MIA).text
    assert rows_of(look(door, "/pages/statements.csv", MIA)) == []


def test_who_has_no_bills_to_see_is_told_so(door: Door) -> None:
    answer = look(door, BILL, PRAIS)

    assert answer.status_code == 403
    assert "3.60" not in answer.text


def test_a_stranger_is_led_to_the_sign_in_page_and_back(door: Door) -> None:
    answer = look(door, BILL, None)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/pages/sign-in?next=%2Fpages%2F")


def test_an_operator_sees_every_bill_of_the_month(door: Door) -> None:
    answer = look(door, "/pages/statements", OLGA)

    assert answer.status_code == 200
    assert f'href="{BILL}"' in answer.text
    assert "November 2024" in answer.text
    assert "No bill of a meter" in look(door, "/pages/statements?find=xyz", OLGA).text


def test_the_hours_are_a_file_and_data_with_every_digit(door: Door) -> None:
    hours = rows_of(look(door, f"{BILL}.csv"))
    said = json.loads(look(door, f"{BILL}.json").text)

    assert len(hours) == len(said["hours"]) == 25
    assert hours[18]["price_per_kwh"] == said["hours"][18]["price_per_kwh"] == "0.4865"
    assert [line["amount"] for line in said["lines"]] == ["3.63", "-0.03", "3.60"]


def test_every_version_stays_to_be_seen_and_the_newest_comes_first(door: Door) -> None:
    before = look(door, BILL).text
    correct(door.home)

    newest = look(door, BILL).text
    first = look(door, f"{BILL}?version=1").text

    assert "INITIAL" in before
    assert "R1" in newest
    assert f'href="{BILL}?version=1"' in newest
    assert "$3.60" in first
    assert look(door, f"{BILL}?version=3").status_code == 404


def test_the_bills_say_what_was_asked_for_beside_what_a_correction_says(
    door: Door,
) -> None:
    correct(door.home)

    page = look(door, "/pages/statements", OLGA).text
    (row,) = rows_of(look(door, "/pages/statements.csv", OLGA))

    assert (row["label"], row["asked"], row["amount"]) == ("R1", "3.6", "3.73")
    assert re.search(r"Asked for, together</dt><dd>\$3\.60<", page)
    assert '<td class="number">$3.60</td><td class="number">$3.73</td>' in page


@pytest.mark.parametrize("month", ["2024-1", "November", "2024-11-01", "%00"])
def test_a_month_that_is_none_is_refused_and_no_fault(door: Door, month: str) -> None:
    bill = look(door, f"/pages/statements/0012/{month}")
    every = look(door, f"/pages/statements?month={month}")

    assert bill.status_code in {400, 404}
    assert every.status_code == 400


def test_served_pages_have_no_style_or_script_of_their_own(door: Door) -> None:
    pages = [
        look(door, path, OLGA)
        for path in (BILL, "/pages/statements", "/pages/changes", "/pages/prices")
    ]

    for page in pages:
        assert "style-src 'self'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"\sstyle=|<style|<script|javascript:", page.text)


def test_the_log_of_changes_is_read_by_who_may(door: Door) -> None:
    page = look(door, "/pages/changes", OLGA)
    rows = rows_of(look(door, "/pages/changes.csv", OLGA))
    with door.registry() as registry:
        entries = read_log(registry.changes.engine)

    assert page.status_code == 200
    assert "user ned" in page.text
    assert [row["id"] for row in rows] == [str(entry.id) for entry in entries]
    assert look(door, "/pages/changes", NED).status_code == 403


def test_the_page_says_whether_the_log_is_whole(door: Door) -> None:
    page = look(door, "/pages/changes/verified", OLGA)

    with door.registry() as registry:
        head = read_log(registry.changes.engine)[0].sha256
    assert "Whole" in page.text
    assert head in page.text
