"""Components of a line: a rest is what the rate makes of the price, or a loss."""

from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.components import (
    RATE_TERMS,
    component_rows,
    find_lost_components,
    find_wrong_sums,
)
from ter_pipelines.vocab.rate import PriceRule, Terms
from tests.settlement.rates import terms

DEARER = PriceRule(adder_per_kwh=Decimal("0.10"))
KEY = {"meter_id": "0012", "version": 1, "inputs_sha256": "ab"}


def shared(by: Terms, *amounts: str) -> list[dict[str, Any]]:
    """Share a line of 2.50 out over components of these amounts."""
    line = {
        **KEY,
        "statement_id": "0012-2024-11-INITIAL",
        "line_code": "import_energy",
        "exact_amount": Decimal("2.50"),
    }
    sums = [
        {**KEY, "component": f"part_{i}", "import_amount": Decimal(amount)}
        for i, amount in enumerate(amounts)
    ]
    rows = component_rows([line], sums, by)
    assert find_wrong_sums([line], rows) == []
    return rows


def test_a_component_that_is_not_there_is_found_where_the_hours_price_is_billed() -> (
    None
):
    rows = shared(terms(), "1.70")

    (found,) = find_lost_components(rows, terms())

    assert str(found) == (
        "statement.component_lost 0012 version 1: line import_energy, rest 0.8"
    )


def test_components_that_are_the_line_have_no_rest() -> None:
    rows = shared(terms(), "1.70", "0.80")

    assert find_lost_components(rows, terms()) == []
    assert [row["component"] for row in rows] == ["part_0", "part_1"]


def test_what_a_rate_puts_on_the_price_is_a_rest_and_no_loss() -> None:
    dearer = terms(import_price=DEARER)
    rows = shared(dearer, "1.70")

    assert find_lost_components(rows, dearer) == []
    assert rows[-1]["component"] == RATE_TERMS
