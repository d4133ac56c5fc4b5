"""The log on its page and as a file: damaged, or with text that is a formula."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ter_pipelines.api.pages.site import csv_answer
from ter_pipelines.registry.database import writing
from tests.api.api_at_work import OLGA, Door, running_api
from tests.api.pages_at_work import look

PATHS = (
    "/pages/changes",
    "/pages/changes?before=3",
    "/pages/changes.csv",
    "/pages/changes/verified",
)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    with running_api(tmp_path) as door:
        yield door


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE change_log SET detail = 'nonsense <b>' WHERE id = 2",
        "UPDATE change_log SET detail = '[]' WHERE id = 2",
        "UPDATE change_log SET detail = x'ff' WHERE id = 2",
        "UPDATE change_log SET made_at = 'x' WHERE id = 2",
    ],
)
def test_a_damaged_log_is_shown_as_it_is(door: Door, damage: str) -> None:
    with door.registry() as registry, writing(registry.changes.engine) as connection:
        connection.execute(text(damage))

    pages = [look(door, path, OLGA) for path in PATHS]

    assert [page.status_code for page in pages] == [200] * len(PATHS)
    assert "Entry 2 is not as it was written" in pages[-1].text


def test_a_detail_that_is_no_json_is_shown_raw(door: Door) -> None:
    with door.registry() as registry, writing(registry.changes.engine) as connection:
        damage = "UPDATE change_log SET detail = 'nonsense <b>' WHERE id = 2"
        connection.execute(text(damage))

    page = look(door, "/pages/changes", OLGA)

    assert "<code>nonsense &lt;b&gt;</code>" in page.text


def test_text_in_a_file_is_nothing_a_spreadsheet_computes(door: Door) -> None:
    name = "=1+1|' /C calc'!A0"
    with door.registry() as registry:
        registry.people.add(name, "long enough words", ["member"])
        registry.acting(name).people.revoke_labelled(name, "none")
        registry.acting(name).people.new_token(name, label="x")

    answer = look(door, "/pages/changes.csv", OLGA)

    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert rows[0]["made_by"] == f"'{name}"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("-500", "-500"),
        ("+1.25", "+1.25"),
        ("-1+1", "'-1+1"),
        ("=A1", "'=A1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=A1", "'\t=A1"),
        ("\r=A1", "'\r=A1"),
        ("a=b", "a=b"),
        ("", ""),
        (-5, "-5"),
        (None, ""),
    ],
)
def test_numbers_stay_numbers_and_formulas_become_text(
    written: object, read: str
) -> None:
    answer = csv_answer("x.csv", [["value", "more"], [written, "x"]])

    text_of = bytes(answer.body).decode()
    assert list(csv.reader(io.StringIO(text_of, newline="")))[1] == [read, "x"]
