"""`ter green-button`: intervals and sums as JSON, doubts on stderr, true exit codes."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ter_pipelines.cli import app
from tests.formats.espi_feeds import (
    HOUSE,
    MIDNIGHT,
    WH,
    blocks,
    house,
    quarters,
    reading,
)
from tests.house.tree import ROOT

EXAMPLE = ROOT / "tests" / "examples" / "green_button_2019-11-03.xml"
USAGE_POINT = "RetailCustomer/100/UsagePoint/7"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    printed: list[dict[str, Any]]
    remarks: list[str]


def green_button(*words: str | Path) -> Ended:
    """Run `ter green-button ...` in this process."""
    result = CliRunner().invoke(app, ["green-button", *map(str, words)])
    if isinstance(result.exception, OSError):
        raise result.exception
    assert isinstance(result.exception, SystemExit | None), result.output
    printed = [json.loads(line) for line in result.stdout.splitlines()]
    return Ended(result.exit_code, printed, result.stderr.splitlines())


def file_of(folder: Path, name: str, body: str) -> Path:
    """Write a feed into a file."""
    file = folder / name
    file.write_text(body)
    return file


def test_every_interval_is_one_object() -> None:
    ended = green_button("read", EXAMPLE)

    assert ended.printed[0] == {
        "usage_point": USAGE_POINT,
        "flow_direction": 1,
        "interval_start_utc": "2019-11-03T07:00:00Z",
        "duration_seconds": 3600,
        "value": 1109000,
        "power_of_ten": -3,
        "uom": 72,
        "energy_wh": "1109",
        "quality": "VALID",
        "quality_codes": [17],
        "tou": None,
        "cost": "0.00819",
        "currency": "USD",
    }
    starts = [row["interval_start_utc"][11:13] for row in ended.printed]
    assert starts == ["07", "08", "09", "10", "10", "07", "08", "10"]
    worst = ended.printed[4]
    assert (worst["quality"], worst["quality_codes"]) == ("ESTIMATED", [17, 8])
    assert (worst["tou"], worst["cost"]) == (2, "0.009")
    assert [row["quality"] for row in ended.printed[5:]] == ["RAW"] * 3


def test_what_is_quarantined_is_told_with_its_reason_and_exit_code_1() -> None:
    ended = green_button("read", EXAMPLE)

    assert ended.code == 1
    doubt, repeats = ended.remarks
    assert doubt == (
        f"{EXAMPLE}: entry 4 ({USAGE_POINT}/MeterReading/1/IntervalBlock/1), line 77: "
        "time.fractional: start: got '1572778800.5', expected whole seconds"
    )
    assert repeats == f"{USAGE_POINT}: 1 repeats left out, 1 other versions printed"


def test_a_file_is_summed_up_by_usage_point_and_direction() -> None:
    ended = green_button("summarize", EXAMPLE)

    assert ended.code == 1
    assert ended.printed == [
        {
            "usage_point": USAGE_POINT, "flow_direction": 1, "uom": 72,
            "interval_length": 3600, "intervals": 6, "distinct": 4, "repeats": 1,
            "conflicts": 1, "first": "2019-11-03T07:00:00Z",
            "last": "2019-11-03T10:00:00Z", "gaps": 0, "energy_wh": "4530",
        },
        {
            "usage_point": USAGE_POINT, "flow_direction": 19, "uom": 72,
            "interval_length": 3600, "intervals": 3, "distinct": 3, "repeats": 0,
            "conflicts": 0, "first": "2019-11-03T07:00:00Z",
            "last": "2019-11-03T10:00:00Z", "gaps": 1, "energy_wh": "75",
        },
    ]  # fmt: skip


def test_several_files_are_one_body_of_data(tmp_path: Path) -> None:
    two_days = file_of(tmp_path, "1.xml", house(quarters(1, 2, 3, 4)))
    next_two = file_of(
        tmp_path, "2.xml", house(quarters(3, 4, 5, start=MIDNIGHT + 1800))
    )

    read = green_button("read", two_days, next_two)
    summed = green_button("summarize", two_days, next_two)

    assert [row["value"] for row in read.printed] == [1, 2, 3, 4, 5]
    assert (read.code, summed.code, summed.remarks) == (0, 0, [])
    (told,) = summed.printed
    assert (told["intervals"], told["distinct"], told["repeats"]) == (7, 5, 2)
    assert (told["conflicts"], told["gaps"], told["energy_wh"]) == (0, 0, "15")


def test_values_with_a_fraction_and_without_energy_are_printed_exactly(
    tmp_path: Path,
) -> None:
    kind = {**WH, "uom": 169, "currency": 392}
    file = file_of(tmp_path, "gas.xml", house(quarters("0.1", "2.0"), **kind))

    gas = green_button("read", file)
    summed = green_button("summarize", file)

    assert [row["value"] for row in gas.printed] == ["0.1", 2]
    assert [row["energy_wh"] for row in gas.printed] == [None, None]
    assert {row["currency"] for row in gas.printed} == {"392"}
    assert [row["quality"] for row in gas.printed] == [None, None]
    assert summed.printed[0]["energy_wh"] is None


def test_many_readings_with_one_fault_are_one_remark(tmp_path: Path) -> None:
    odd = "".join(reading(1, f"{MIDNIGHT + n}.5") for n in range(36))
    file = file_of(tmp_path, "gas.xml", house(odd))

    ended = green_button("summarize", file)

    assert (ended.code, ended.printed) == (1, [])
    (remark,) = ended.remarks
    assert "time.fractional" in remark
    assert "36 readings" in remark


@pytest.mark.parametrize("command", ["read", "summarize"])
def test_bad_files_are_named_and_nothing_is_printed(
    tmp_path: Path, command: str
) -> None:
    good = file_of(tmp_path, "good.xml", house(quarters(1)))
    cut = file_of(tmp_path, "cut.xml", house(quarters(1), blocks(""))[:-20])
    page = file_of(tmp_path, "page.xml", "<html/>")

    ended = green_button(command, good, cut, page)

    assert (ended.code, ended.printed) == (1, [])
    assert [remark.split(":")[1].strip() for remark in ended.remarks] == [
        str(cut), str(page),
    ]  # fmt: skip


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.xml"):
        green_button("read", tmp_path / "nowhere.xml")


def test_the_sum_of_what_is_read_is_the_sum_that_is_told(tmp_path: Path) -> None:
    file = file_of(tmp_path, "a.xml", house(quarters(*range(96))))

    rows = green_button("read", file).printed
    (told,) = green_button("summarize", file).printed

    total = sum((Decimal(row["energy_wh"]) for row in rows), Decimal(0))
    assert Decimal(told["energy_wh"]) == total == sum(range(96))
    assert {row["usage_point"] for row in rows} == {HOUSE}
