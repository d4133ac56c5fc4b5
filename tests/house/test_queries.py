"""Every query of the store says its grain and values, and fits the tables."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.store.lake import Lake
from tests.house.tree import PACKAGES, ROOT, python_files

QUERIES = sorted((ROOT / "ter_pipelines" / "store" / "sql").glob("*.sql"))
A_VALUE = {
    "day": date(2025, 11, 2),
    "days": 31,
    "zone": "America/New_York",
    "utc": datetime(2025, 11, 2, 4, tzinfo=UTC),
    "meter": "0012",
    "month": "2025-11",
    "ids": ["device-1"],
    "seconds": 900,
    "kwh": Decimal(-1),
    "json": "[]",
    "netting": "hour",
    "factor": Decimal(1),
    "adder": Decimal(0),
    "floor": None,
    "cap": None,
    "fixed": None,
    "count": 50,
    "flag": False,
    "text": "x",
}


def test_there_are_queries() -> None:
    assert QUERIES


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_a_query_opens_by_saying_its_grain_and_its_values(query: Path) -> None:
    header = _header(query)

    assert "Grain:" in header
    assert _values_said(header) == _values_bound(query)


@pytest.mark.parametrize("query", QUERIES, ids=lambda path: path.stem)
def test_a_query_fits_the_described_tables(query: Path, tmp_path: Path) -> None:
    values = {name: A_VALUE[name.split("_")[-1]] for name in _values_bound(query)}

    result = Lake(tmp_path).run(query.stem, values)

    assert result.columns


def test_every_query_is_run_by_somebody() -> None:
    code = "".join(file.read_text() for file in python_files(*PACKAGES))

    assert [query.stem for query in QUERIES if f'"{query.stem}"' not in code] == []


def _header(query: Path) -> str:
    lines = query.read_text().splitlines()
    code = next(i for i, line in enumerate(lines) if not line.startswith("--"))
    return " ".join(line.removeprefix("--").strip() for line in lines[:code])


def _values_said(header: str) -> set[str]:
    found = re.search(r"Values: ([a-z_, ]+)\.", header)
    return set(found[1].split(", ")) if found else set()


def _values_bound(query: Path) -> set[str]:
    code = [line.partition("--")[0] for line in query.read_text().splitlines()]
    return set(re.findall(r"\$([a-z_]+)", "\n".join(code)))
