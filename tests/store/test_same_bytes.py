"""Neither order, nor how work is cut, nor the machine changes a byte of a statement."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from ter_pipelines.settlement.rated import LAST_NAME, METERS_AT_ONCE, meter_ranges
from tests.store.bill_once import main


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    return main(str(tmp_path_factory.mktemp("first")), "0", "whole")


def test_the_month_has_lines_and_days(expected: str) -> None:
    lines, hashes = json.loads(expected)

    assert len(lines) == 9
    assert len(set(hashes)) == 2


@given(seed=st.integers(1, 10**6), cut=st.sampled_from(["whole", "parts"]))
@tries(deadline=None, max_examples=8)
def test_the_order_of_usage_and_how_it_is_settled_change_no_byte(
    tmp_path_factory: pytest.TempPathFactory, expected: str, seed: int, cut: str
) -> None:
    folder = tmp_path_factory.mktemp("again")

    said = main(str(folder), str(seed), cut)

    assert said == expected


@pytest.mark.parametrize(
    ("zone", "processors"), [("Asia/Kolkata", "1"), ("America/New_York", "64")]
)
def test_neither_the_machines_zone_nor_its_processors_change_a_byte(
    tmp_path: Path, expected: str, zone: str, processors: str
) -> None:
    words = [str(tmp_path), "7", processors, "parts"]

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.store.bill_once", *words],
        env={"TZ": zone, "PATH": "/usr/bin:/bin", "POLARS_MAX_THREADS": processors},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == expected


def test_ranges_of_meters_have_each_name_once() -> None:
    names = [f"{number:06}" for number in range(2 * METERS_AT_ONCE + 1)]

    ranges = list(meter_ranges(reversed(names)))

    bounds = [(each["after_meter"], each["last_meter"]) for each in ranges]
    assert [first for first, _ in bounds] == ["", *(last for _, last in bounds[:-1])]
    assert bounds[-1][1] == LAST_NAME
    held = [sum(after < name <= last for name in names) for after, last in bounds]
    assert held == [METERS_AT_ONCE, METERS_AT_ONCE, 1]
