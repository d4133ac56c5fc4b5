"""A month's energy under a rate: netting, price rules, losses, and missing prices."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.settlement.energy import PricedInterval, energy_of, price_of
from ter_pipelines.settlement.statement import Month
from ter_pipelines.vocab.errors import GapError, InputError
from ter_pipelines.vocab.rate import Loss, PriceRule
from tests.settlement.rates import terms, used, worked_day

FIXED = {
    "import_price": PriceRule(fixed_per_kwh=Decimal("0.20")),
    "export_price": PriceRule(fixed_per_kwh=Decimal("0.15")),
}
QUARTERS = [
    used(kwh, None, minute=15 * i, minutes=15)
    for i, kwh in enumerate(("0.5", "-0.2", "0.3", "-0.1"))
]
ENERGY = st.decimals(Decimal(-50), Decimal(50), places=6)
PRICE = st.decimals(Decimal(-5), Decimal(5), places=8)
HOURS = st.lists(st.tuples(ENERGY, PRICE), max_size=30)


def hours_of(pairs: Sequence[tuple[Decimal, Decimal]]) -> list[PricedInterval]:
    return [used(str(kwh), str(p), minute=60 * i) for i, (kwh, p) in enumerate(pairs)]


def test_the_worked_day_is_exact_in_each_direction() -> None:
    month = energy_of(worked_day(), terms())

    assert month.import_kwh == Decimal("25.125")
    assert month.import_amount == Decimal("3.63441350")
    assert month.export_kwh == Decimal("8.350")
    assert month.export_amount == Decimal("-0.02711750")
    assert month.import_amount + month.export_amount == Decimal("3.60729600")


def test_losing_the_second_hour_of_one_oclock_would_cost_three_cents() -> None:
    day = worked_day()

    without = energy_of([*day[:2], *day[3:]], terms())

    assert without.import_amount + without.export_amount == Decimal("3.57470400")


def test_a_negative_price_credits_import_and_charges_export() -> None:
    month = energy_of([used("10", "-0.01"), used("-4", "-0.02", minute=60)], terms())

    assert (month.import_amount, month.export_amount) == (
        Decimal("-0.10"),
        Decimal("0.08"),
    )


@pytest.mark.parametrize(
    ("netting", "quantities", "amount"),
    [
        ("interval", ("0.8", "0.3"), "0.11500"),
        ("hour", ("0.5", "0"), "0.10000"),
        ("month", ("0.5", "0"), "0.10000"),
    ],
)
def test_import_and_export_are_set_off_as_the_rate_says(
    netting: str, quantities: tuple[str, str], amount: str
) -> None:
    month = energy_of(QUARTERS, terms(netting=netting, **FIXED))

    assert (month.import_kwh, month.export_kwh) == tuple(map(Decimal, quantities))
    assert month.import_amount + month.export_amount == Decimal(amount)


def test_netting_by_the_month_sets_off_hours_and_by_the_hour_does_not() -> None:
    two_hours = [used("1", None), used("-3", None, minute=60)]

    by_hour = energy_of(two_hours, terms(netting="hour", **FIXED))
    by_month = energy_of(two_hours, terms(netting="month", **FIXED))

    assert by_hour == Month(*map(Decimal, ("1", "3", "0.20", "-0.45")))
    assert by_month == Month(*map(Decimal, ("0", "2", "0", "-0.30")))


@pytest.mark.parametrize(
    ("price", "expected"),
    [("0.30", "0.32"), ("0.40", "0.40"), ("0.38", "0.40"), ("-0.12", "-0.10"),
     ("-0.13", "-0.10")],
)  # fmt: skip
def test_a_rule_puts_something_on_the_price_within_floor_and_cap(
    price: str, expected: str
) -> None:
    rule = PriceRule(
        adder_per_kwh=Decimal("0.02"),
        floor_per_kwh=Decimal("-0.10"),
        cap_per_kwh=Decimal("0.40"),
    )

    assert price_of(rule, Decimal(price)) == Decimal(expected)


def test_exports_may_earn_less_and_not_below_zero_while_imports_follow_the_hour() -> (
    None
):
    export = PriceRule(factor=Decimal("0.8"), floor_per_kwh=Decimal(0))
    rate = terms(export_price=export)
    usage = [
        used("-2", "0.10"),
        used("-3", "-0.05", minute=60),
        used("1", "-0.05", minute=120),
    ]

    month = energy_of(usage, rate)

    assert (month.import_amount, month.export_amount) == (
        Decimal("-0.05"),
        Decimal("-0.16"),
    )


def test_losses_multiply_the_quantity_or_the_price_and_give_the_same_money() -> None:
    usage = [used("10", "0.10"), used("-4", "0.20", minute=60)]
    of_quantity = Loss(share=Decimal("0.20"), applies_to="quantity")

    quantity = energy_of(usage, terms(loss=of_quantity))
    price = energy_of(usage, terms(loss=replace(of_quantity, applies_to="price")))

    assert quantity == Month(*map(Decimal, ("12.5", "5", "1.25", "-1.00")))
    assert price == Month(*map(Decimal, ("10", "4", "1.25", "-1.00")))


def test_losses_may_be_of_import_alone() -> None:
    loss = Loss(share=Decimal("0.20"), applies_to="quantity", is_of_export=False)

    month = energy_of(
        [used("10", "0.10"), used("-4", "0.20", minute=60)], terms(loss=loss)
    )

    assert (month.import_kwh, month.export_kwh) == (Decimal("12.5"), Decimal(4))
    assert month.export_amount == Decimal("-0.80")


def test_usage_without_a_price_is_named_by_its_hour_and_counted() -> None:
    usage = [
        used("1", "0.1"),
        used("1", None, minute=60),
        used("0", None, minute=120),
        used("-1", None, minute=180),
    ]

    with pytest.raises(GapError, match=r"2024-11-03T05:00:00Z: .* 2 hours"):
        energy_of(usage, terms())


def test_an_hour_without_usage_needs_no_price_and_a_zero_price_is_one() -> None:
    month = energy_of([used("0", None), used("5", "0", minute=60)], terms())

    assert (month.import_kwh, month.import_amount) == (Decimal(5), Decimal(0))


def test_a_fixed_price_needs_no_hourly_one_in_its_direction_alone() -> None:
    rate = terms(import_price=FIXED["import_price"])

    assert energy_of([used("1", None)], rate).import_amount == Decimal("0.20")
    with pytest.raises(GapError):
        energy_of([used("-1", None)], rate)


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ([used("1", "0.1", minute=10)], "within one hour"),
        ([used("1", "0.1", minutes=61)], "3660 s"),
        ([used("1", "0.1", minutes=0)], "0 s"),
        ([used("1", "0.1"), used("1", "0.1", minute=59, minutes=1)], "overlaps"),
        ([used("1", "0.1")] * 2, "overlaps"),
        ([replace(used("1", "0.1"), export_kwh=Decimal(-1))], "negative"),
    ],
)
def test_usage_that_cannot_be_billed_is_named(
    usage: list[PricedInterval], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        energy_of(usage, terms())


def test_an_hour_has_one_price_where_it_is_netted() -> None:
    usage = [used("1", "0.1", minutes=30), used("1", "0.2", minute=30, minutes=30)]

    with pytest.raises(InputError, match="2 prices"):
        energy_of(usage, terms(netting="hour"))


@settings(deadline=None)
@given(HOURS)
def test_the_order_of_usage_changes_nothing(
    pairs: list[tuple[Decimal, Decimal]],
) -> None:
    usage = hours_of(pairs)

    assert energy_of(usage, terms()) == energy_of(reversed(usage), terms())


@settings(deadline=None)
@given(HOURS)
def test_money_is_exact_to_the_last_digit(pairs: list[tuple[Decimal, Decimal]]) -> None:
    month = energy_of(hours_of(pairs), terms())

    units = sum(int(kwh * 10**6) * int(price * 10**8) for kwh, price in pairs)
    assert int((month.import_amount + month.export_amount).scaleb(14)) == units


@settings(deadline=None)
@given(HOURS, st.sampled_from(["0.01", "0.04", "0.3", "0.5"]))
def test_losses_are_the_same_money_wherever_they_apply(
    pairs: list[tuple[Decimal, Decimal]], share: str
) -> None:
    loss = Loss(share=Decimal(share), applies_to="quantity")

    quantity = energy_of(hours_of(pairs), terms(loss=loss))
    price = energy_of(hours_of(pairs), terms(loss=replace(loss, applies_to="price")))

    assert quantity.import_amount == price.import_amount
    assert quantity.export_amount == price.export_amount
