"""Demand tags: read from a file, each until the next one of its meter."""

from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.settings import read_settings
from ter_pipelines.settlement.demand import demand_by_fee
from ter_pipelines.vocab.demand_tags import parse_demand_tags, tag_of
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.rate_file import parse_rate
from tests.house.tree import ROOT

HEADER = "meter_id,effective_from,kw\n"
BY_KW = """
[[version.fee]]
code = "capacity"
title = "Capacity"
amount = "8.331"
per = "{per}"
factors = ["1.00712", "0.9380"]
{tags}
"""


def test_a_tag_holds_from_its_month_until_the_next_one() -> None:
    lines = "M1,2026-06-01,2.5\nM1,2025-06-01,3\n"
    tags = parse_demand_tags((HEADER + lines).encode())

    held = [tag_of(tags, "M1", m) for m in ("2025-05", "2025-06", "2026-05", "2026-06")]

    assert held == [None, Decimal(3), Decimal(3), Decimal("2.5")]
    assert tag_of(tags, "M2", "2026-06") is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("meter,kw\n", "line 1: got .*, expected meter_id,effective_from,kw"),
        (HEADER + "M1,2025-06-01\n", "line 2: got 2 fields, expected 3"),
        (HEADER + "M1,2025-06-02,3\n", "line 2: .* expected a month's first day"),
        (HEADER + "M1,June,3\n", "line 2: got effective_from 'June', expected a day"),
        (HEADER + "M1,2025-06-01,-1\n", "line 2: got kw -1, expected 0 to"),
        (HEADER + "M1,2025-06-01,NaN\n", "line 2: .* expected a finite"),
        (HEADER + "M1,2025-06-01,0.0000001\n", "at most 6 places"),
        (HEADER + " M1,2025-06-01,1\n", "line 2: got meter_id ' M1'"),
        ("", "line 1: got .*, expected meter_id,effective_from,kw"),
        (HEADER + 'M1,2025-06-01,"3"x\n', "line 2: .* expected after"),
        (HEADER + '"M1,2025-06-01,3\n', "line 2: unexpected end of data"),
        (HEADER + 2 * "M1,2025-06-01,3\n", "line 3: got a second tag of M1"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(body: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_demand_tags(body.encode())


def rate_file(tmp_path: Path, *, per: str = "kw", tags: str = "") -> Path:
    file = tmp_path / "rate.toml"
    text = (ROOT / "examples" / "rate.toml").read_text()
    first, second = text.split("# The same, with prices built")
    file.write_text(first + BY_KW.format(per=per, tags=tags) + "# " + second)
    return file


def test_the_capacity_fee_of_the_example_is_of_the_members_tag(tmp_path: Path) -> None:
    """A tag of 3 kW x 1.00712 x 0.9380 x 8.331 is 23.6104."""
    (tmp_path / "plc.csv").write_text(HEADER + "M1,2025-06-01,3\n")
    file = rate_file(tmp_path, tags='tags_file = "plc.csv"')

    rate = parse_rate(file.read_bytes(), folder=tmp_path)

    terms = rate.terms_of("2025-11")
    assert demand_by_fee(terms, "M1", "2025-11") == {"capacity": Decimal(3)}
    assert demand_by_fee(terms, "M2", "2025-11") == {}


@pytest.mark.parametrize(
    ("per", "tags", "reason"),
    [
        ("kw", 'tags_file = "none.csv"', "tags_file: got 'none.csv', which cannot be"),
        ("kw", 'tags_file = "bad.csv"', r"tags_file: bad.csv: line 2: got 1 fields"),
        ("day", 'tags_file = "plc.csv"', "got demand tags for a fee by day, expected"),
        ("kw", "", "tags_file: is missing, expected the file of the meters' demand"),
    ],
)
def test_a_programme_does_not_start_with_a_fee_by_kw_that_has_no_tags(
    tmp_path: Path, per: str, tags: str, reason: str
) -> None:
    (tmp_path / "bad.csv").write_text(HEADER + "M1\n")
    settings = read_settings({"TER_RATE": str(rate_file(tmp_path, per=per, tags=tags))})

    with pytest.raises(FieldError, match=reason):
        settings.read_rate(settings.read_programme())
