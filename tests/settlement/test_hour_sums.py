"""The hours of a statement are its lines of energy, or it is found."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from ter_pipelines.settlement.hour_sums import (
    find_lost_energy,
    find_other_hours,
    sums_by_meter,
)
from ter_pipelines.vocab.rate import Loss, PriceRule, Rate
from tests.settlement.files_at_hand import MONTH, rate, settled, worked_usage


def lines_and_hours(by: Rate) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    found = settled(worked_usage(), by).statement
    assert found
    named = {"meter_id": "0012", "statement_id": "0012-2024-11-INITIAL"}
    lines = [vars(line) | named for line in found.lines]
    return lines, [vars(hour) | named for hour in found.hours]


def sums(hours: list[dict[str, Any]]) -> dict[str, Any]:
    numbers = ("import_kwh", "export_kwh", "import_amount", "export_amount")
    kinds = {n: pl.Decimal(38, 6 if n.endswith("kwh") else 14) for n in numbers}
    kept = [{name: hour[name] for name in ("meter_id", *numbers)} for hour in hours]
    return sums_by_meter(pl.DataFrame(kept, schema={"meter_id": pl.String, **kinds}))


LOSSES = Loss(share=Decimal("0.07"), applies_to="quantity")
UNEVEN = PriceRule(factor=Decimal("1.01234567"), adder_per_kwh=Decimal("0.00000001"))


@pytest.mark.parametrize(
    "by",
    [
        rate(),
        rate(energy_lines="net"),
        rate(netting="hour"),
        rate(loss=LOSSES, import_price=UNEVEN),
        rate(loss=LOSSES, export_price=UNEVEN, energy_lines="net"),
    ],
)
def test_hours_that_are_the_lines_are_no_finding(by: Rate) -> None:
    lines, hours = lines_and_hours(by)

    assert find_other_hours(lines, sums(hours), by, MONTH) == []


@pytest.mark.parametrize(
    ("name", "off"),
    [("import_amount", "0.00000000000001"), ("import_kwh", "0.000001")],
)
def test_hours_that_are_off_by_the_last_digit_are_found(name: str, off: str) -> None:
    lines, hours = lines_and_hours(rate())
    hours[3][name] += Decimal(off)

    (finding,) = find_other_hours(lines, sums(hours), rate(), MONTH)

    assert finding.code == "statement.hours_differ"
    assert finding.facts["line"] == "import_energy"


def test_a_lost_hour_is_found_under_any_rate() -> None:
    by = rate(loss=LOSSES, import_price=UNEVEN)
    lines, hours = lines_and_hours(by)

    assert find_other_hours(lines, sums(hours[1:]), by, MONTH)


def test_a_statement_without_hours_is_found() -> None:
    lines, _ = lines_and_hours(rate())

    codes = {
        finding.facts["line"] for finding in find_other_hours(lines, {}, rate(), MONTH)
    }

    assert codes == {"import_energy", "export_credit"}


def months(**changes: str) -> pl.DataFrame:
    row = {
        "import_kwh": "2.5",
        "export_kwh": "1",
        "import_amount": "0.5",
        "export_amount": "-0.1",
    } | changes
    decimals = {name: Decimal(value) for name, value in row.items()}
    kinds = {n: pl.Decimal(38, 6 if n.endswith("kwh") else 14) for n in decimals}
    rows = [{"meter_id": "0012", **decimals}]
    return pl.DataFrame(rows, schema={"meter_id": pl.String, **kinds})


def test_a_month_that_is_its_usage_is_no_finding() -> None:
    assert find_lost_energy(months(), months(), MONTH) == []


@pytest.mark.parametrize("name", ["import_kwh", "export_kwh", "import_amount"])
def test_a_month_that_is_not_its_usage_is_found_with_both(name: str) -> None:
    (finding,) = find_lost_energy(months(), months(**{name: "2.500001"}), MONTH)

    assert (finding.code, finding.subject) == (
        "settlement.month_differs",
        "0012 2024-11",
    )
    assert list(finding.facts) == [name]
    assert str(finding.facts[name]).endswith("by usage 2.500001")


def test_usage_of_a_meter_that_is_not_settled_is_found_unless_it_is_nothing() -> None:
    nothing = dict.fromkeys(
        ("import_kwh", "export_kwh", "import_amount", "export_amount"), "0"
    )

    assert find_lost_energy(months().clear(), months(), MONTH)
    assert find_lost_energy(months(), months().clear(), MONTH)
    assert find_lost_energy(months().clear(), months(**nothing), MONTH) == []
