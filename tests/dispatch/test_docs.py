"""The worked day of the guide is what the code makes of it."""

import re
from decimal import Decimal

from ter_pipelines.dispatch.plan import make_plan
from ter_pipelines.vocab.units import plain
from tests.dispatch.at_hand import BATTERY, day_of, kept, prices
from tests.house.tree import ROOT, python_files

GUIDE = (ROOT / "docs" / "dispatch.md").read_text()


def worked_rows() -> list[list[str]]:
    """Give the cells of the guide's worked day."""
    table = GUIDE.partition("### A day to check by hand")[2].partition("| --- |")[2]
    lines = table.partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_worked_day_is_planned_as_the_guide_says() -> None:
    written = worked_rows()

    plan = make_plan(
        kept("cheapest"), BATTERY, day_of(prices(*[row[0] for row in written]))
    )

    assert plan is not None
    assert len(written) == 4
    assert [[Decimal(cell) for cell in row[1:]] for row in written] == [
        [i.setpoint.power_kw, i.energy_kwh, i.stored_at_end_kwh, i.cost]
        for i in plan.intervals
    ]
    earned = -sum(i.cost or 0 for i in plan.intervals)
    given = -sum(min(i.energy_kwh, Decimal(0)) for i in plan.intervals)
    assert f"earns {plain(Decimal(earned))}" in GUIDE
    assert f"of wear, {plain(earned - given * Decimal('0.02'))}" in GUIDE


def test_the_guide_says_what_every_reason_means() -> None:
    code = "".join(f.read_text() for f in python_files("ter_pipelines/dispatch"))

    reasons = set(re.findall(r'refused\(\s*order,\s*"([a-z_]+)"', code))

    assert len(reasons) == 11
    assert {
        reason for reason in reasons if f"`dispatch.{reason}`" not in GUIDE
    } == set()
