"""`ter statement`: what was issued, as of its date, and what each version changed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from ter_pipelines.settlement.from_files import Settled
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import TerError
from tests.settlement.files_at_hand import settled, worked_usage
from tests.settlement.test_from_files import rows_of

MONTH = "2024-11"
ISSUED = [datetime(2024, 12, day, 11, tzinfo=UTC) for day in (3, 20)]


@dataclass
class Told:
    """What a command printed; the error is what `ter` would say and exit with 2."""

    code: int
    lines: list[dict[str, Any]]
    remarks: str
    error: str


def ter(home: Path, *words: str | Path) -> Told:
    environ = {"TER_HOME": str(home)}
    done = CliRunner().invoke(app, ["statement", *map(str, words)], env=environ)
    refused = done.exception if isinstance(done.exception, TerError) else None
    assert refused or done.exception is None or isinstance(done.exception, SystemExit)
    lines = [json.loads(text) for text in done.stdout.splitlines()]
    return Told(done.exit_code, lines, done.stderr, str(refused or ""))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give an installation with the first statement of the worked day."""
    publish(tmp_path, settled(worked_usage()))
    return tmp_path


def correct(home: Path) -> None:
    first = settled(worked_usage())
    publish(home, settled(worked_usage(h18="2.350"), before=rows_of(first)))


def publish(home: Path, found: Settled) -> None:
    lake = Lake(home / "data")
    said = found.statement
    assert said
    after = lake.versions(tables.STATEMENT, MONTH)
    head = vars(said) | {"issued_at": ISSUED[after]}
    lines = [
        head | vars(line) | {"line_number": i}
        for i, line in enumerate(said.lines, start=1)
    ]
    hours = [head | vars(hour) for hour in said.hours]
    for table, rows in ((tables.STATEMENT, lines), (tables.STATEMENT_HOUR, hours)):
        lake.publish(table, MONTH, frame_of(table, rows), after=after)


def test_a_statement_is_shown_as_it_was_issued(home: Path) -> None:
    told = ter(home, "show", "0012", MONTH)

    (said,) = told.lines
    assert (told.code, told.remarks) == (0, "")
    assert (said["label"], said["issued_at"]) == ("INITIAL", "2024-12-03T11:00:00Z")
    assert [line["amount"] for line in said["lines"]] == ["3.63", "-0.03", "3.60"]
    assert said["flat_rate"] == {
        "price_per_kwh": "0.078474",
        "is_average": True,
        "energy_amount": "3.60",
        "flat_amount": "1.31",
        "saved": "-2.29",
    }
    assert "hours" not in said


def test_its_hours_and_another_flat_price_come_on_request(home: Path) -> None:
    (said,) = ter(home, "show", "0012", MONTH, "--hours", "--flat-price", "0.20").lines

    assert len(said["hours"]) == 25
    assert said["hours"][18]["price_per_kwh"] == "0.4865"
    # 25.125 x 0.20 = 5.025 -> 5.03 and 8.350 x 0.20 = 1.67
    assert said["flat_rate"]["flat_amount"] == "3.36"


def test_the_newest_version_is_shown_and_each_older_one_as_it_was(
    home: Path, tmp_path: Path
) -> None:
    before, after = tmp_path / "before.html", tmp_path / "after.html"
    first = ter(home, "show", "0012", MONTH, "--hours", "--html", before)
    correct(home)

    newest = ter(home, "show", "0012", MONTH)
    again = ter(
        home, "show", "0012", MONTH, "--version", "1", "--hours", "--html", after
    )

    assert (newest.lines[0]["label"], newest.lines[0]["version"]) == ("R1", 2)
    assert again == first
    assert after.read_bytes() == before.read_bytes()


def test_the_page_of_a_correction_names_its_hour(home: Path, tmp_path: Path) -> None:
    correct(home)
    page = tmp_path / "page.html"

    ter(home, "show", "0012", MONTH, "--html", page)

    text = page.read_text()
    assert "Transactive Energy Rate" in text
    assert "what changed since first statement" in text
    assert "November 3, 2024, 17:00 EST" in text


def test_each_version_is_explained_by_what_it_changed(home: Path) -> None:
    only = ter(home, "explain", "0012", MONTH)
    correct(home)

    told = ter(home, "explain", "0012", MONTH)

    assert (only.code, only.lines) == (0, [])
    assert "0012-2024-11-INITIAL is the only version" in only.remarks
    (said,) = told.lines
    assert (said["before"], said["after"], said["amount"]) == ("INITIAL", "R1", "0.13")
    assert said["exact_by_cause"] == {"usage": "0.121625"}
    assert [hour["interval_start_utc"] for hour in said["hours"]] == [
        "2024-11-03T22:00:00Z"
    ]
    assert Decimal(said["hours"][0]["amount"]) == Decimal("0.121625")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("show", "0013", MONTH), "meter '0013', 2024-11: got no statement; 1 meters"),
        (("show", "0012", "2024-12"), "got no statement; 0 meters"),
        (("show", "0012", "../.."), "month '../..': expected one such as 2025-11"),
        (("show", "0012", MONTH, "--version", "2"), "got version 2, expected 1 to 1"),
        (("show", "0012", MONTH, "--version", "0"), "got version 0, expected 1 to 1"),
        (("explain", "0013", MONTH), "got no statement"),
    ],
)
def test_what_is_not_there_is_named(
    home: Path, words: tuple[str, ...], reason: str
) -> None:
    told = ter(home, *words)

    assert told.lines == []
    assert reason in told.error


def test_a_flat_price_that_is_no_number_is_refused(home: Path) -> None:
    told = ter(home, "show", "0012", MONTH, "--flat-price", "cheap")

    assert (told.code, told.lines) == (2, [])
    assert "cheap" in told.remarks
