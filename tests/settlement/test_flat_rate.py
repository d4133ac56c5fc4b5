"""The same usage at one price: the average of the hours' prices, or a given one."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ter_pipelines.settlement.flat_rate import at_a_flat_rate
from tests.settlement.files_at_hand import PRICES, metered, rate, settled


def test_the_average_counts_every_hour_the_same() -> None:
    # 2 kWh in each of the first two hours, at 0.03512 and 0.03277: 0.13578 -> 0.14
    no_gate = rate(minimum_completeness=Decimal(0))
    found = settled([metered(0, "2"), metered(1, "2")], no_gate).statement
    assert found

    flat = at_a_flat_rate(found)

    assert flat
    average = sum(PRICES.values(), Decimal(0)) / 25
    assert flat.price_per_kwh == round(average, 8)
    assert (flat.hourly_amount, flat.is_average) == (Decimal("0.14"), True)
    assert flat.flat_amount == round(4 * average, 2)
    assert flat.saved == flat.flat_amount - Decimal("0.14")


def test_a_given_price_is_paid_for_what_is_given_back_too() -> None:
    no_gate = rate(minimum_completeness=Decimal(0))
    found = settled([metered(0, "3"), metered(1, "-1")], no_gate).statement
    assert found

    flat = at_a_flat_rate(found, Decimal("0.20"))

    assert flat
    # 3 x 0.03512 = 0.10536 -> 0.11 and 1 x 0.03277 -> 0.03; 0.60 and 0.20
    assert (flat.hourly_amount, flat.flat_amount) == (Decimal("0.08"), Decimal("0.40"))
    assert (flat.saved, flat.is_average) == (Decimal("0.32"), False)


@pytest.mark.parametrize(("rounding", "cents"), [("half-up", 13), ("half-even", 12)])
def test_the_flat_amount_is_rounded_as_the_statement_is(
    rounding: str, cents: int
) -> None:
    # 1.25 kWh at 0.10 is 0.125 either way
    by = rate(minimum_completeness=Decimal(0), rounding=rounding)
    prices = {metered(0, "1").interval_start_utc: Decimal("0.10")}
    found = settled([metered(0, "1.25")], by, prices=prices).statement
    assert found

    flat = at_a_flat_rate(found)

    assert flat
    assert flat.hourly_amount == flat.flat_amount == Decimal(cents) / 100
    assert flat.saved == 0


def test_without_any_price_there_is_nothing_to_compare() -> None:
    found = settled([metered(0, "3")], rate(minimum_completeness=Decimal(0))).statement
    assert found

    assert at_a_flat_rate(replace(found, hours=())) is None
