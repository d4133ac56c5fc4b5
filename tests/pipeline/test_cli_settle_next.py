"""`ter settle` of the month after: a correction is a line of the next statement."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pipeline.test_cli_settle import (
    PRICE_LINES,
    USAGE_LINES,
    Told,
    files,
    settle,
)


def in_december(line: str) -> str:
    """Move a line of the worked day, which is long, to 1 December."""
    return line.replace("2024-11-03", "2024-12-01").replace("2024-11-04", "2024-12-02")


def both(lines: list[str]) -> list[str]:
    """Say the same of another meter, too."""
    return lines + [line.replace('"0012"', '"0013"') for line in lines]


@dataclass
class Stage:
    """November, billed and corrected, and the words that settle December."""

    first: Path
    corrected: Path
    december: list[str | Path]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    first, corrected = tmp_path / "first", tmp_path / "corrected"
    first.write_text(settle(*files(tmp_path, usage=both(USAGE_LINES))).text)
    usage = both([line.replace("2.100", "2.350") for line in USAGE_LINES])
    told = settle(*files(tmp_path, usage=usage), "--before", first)
    corrected.write_text(told.text)
    words = files(
        tmp_path,
        usage=[in_december(line) for line in both(USAGE_LINES[1:])],
        prices=[in_december(line) for line in PRICE_LINES[1:]],
    )
    return Stage(first, corrected, words)


def adjustments(told: Told) -> dict[str, str]:
    return {
        said["statement_id"]: line["amount"]
        for said in map(json.loads, told.text.splitlines())
        for line in said["lines"]
        if line["line_code"] == "adjustment.2024-11"
    }


def before(*paths: Path) -> list[str | Path]:
    return [word for path in paths for word in ("--before", path)]


def test_a_statement_that_is_named_twice_counts_once(stage: Stage) -> None:
    first, corrected = stage.first, stage.corrected

    told = settle(*stage.december, *before(first, corrected, first, corrected))

    assert told.code == 0
    assert adjustments(told) == {
        "0012-2024-12-INITIAL": "0.13",
        "0013-2024-12-INITIAL": "0.13",
    }


def test_one_version_that_says_two_things_is_refused(stage: Stage) -> None:
    other = stage.first.with_name("other")
    other.write_text(stage.first.read_text().replace('"3.63"', '"3.64"'))

    told = settle(*stage.december, *before(stage.first, other))

    assert (told.code, told.text) == (1, "")
    assert "meter 0012, 2024-11, INITIAL: got two that say different" in told.remarks


def test_a_version_without_the_one_before_it_is_refused(stage: Stage) -> None:
    told = settle(*stage.december, *before(stage.corrected))

    assert (told.code, told.text) == (1, "")
    assert "2024-11, R1: got it without INITIAL of that month" in told.remarks


def test_a_meter_without_usage_gets_a_statement_of_the_difference_alone(
    stage: Stage, tmp_path: Path
) -> None:
    usage = [in_december(line) for line in USAGE_LINES[1:]]
    prices = [in_december(line) for line in PRICE_LINES[1:]]
    words = files(tmp_path, usage=usage, prices=prices)
    issued = before(stage.first, stage.corrected)
    december = tmp_path / "december"

    told = settle(*words, *issued)
    december.write_text(told.text)
    again = settle(*words, *issued, "--before", december)

    gone = json.loads(told.text.splitlines()[1])
    assert told.code == 0
    assert [(line["line_code"], line["amount"]) for line in gone["lines"]] == [
        ("import_energy", "0.00"),
        ("export_credit", "0.00"),
        ("adjustment.2024-11", "0.13"),
        ("total", "0.13"),
    ]
    assert (again.code, again.text) == (0, "")


def test_what_a_month_before_was_corrected_by_stands_on_the_next_statement(
    tmp_path: Path,
) -> None:
    first, after, december = (tmp_path / name for name in ("before", "after", "dec"))
    first.write_text(settle(*files(tmp_path)).text)
    corrected = [line.replace("2.100", "2.350") for line in USAGE_LINES]
    after.write_text(settle(*files(tmp_path, usage=corrected), "--before", first).text)
    words = files(
        tmp_path,
        usage=[in_december(line) for line in USAGE_LINES[1:]],
        prices=[in_december(line) for line in PRICE_LINES[1:]],
    )

    told = settle(*words, "--before", first, "--before", after)
    december.write_text(told.text)
    again = settle(*words, "--before", first, "--before", after, "--before", december)

    amounts = {line["line_code"]: line["amount"] for line in told.one["lines"]}
    assert told.one["label"] == "INITIAL"
    assert amounts["adjustment.2024-11"] == "0.13"
    assert "says what the statement before says" in again.remarks
