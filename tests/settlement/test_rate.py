"""The lines of a statement under a rate: energy, fees, taxes, adjustments, rounding."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.settlement.rate import (
    Adjustment,
    Service,
    lines_of,
    month_lines,
)
from ter_pipelines.settlement.statement import (
    ROUNDING_POLICIES,
    ROUNDING_POLICY,
    Line,
    Month,
    lines_sum_to_total,
    round_to_cent,
)
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.rate import Fee, Loss, Tax
from tests.settlement.rates import terms, used, worked_day

SERVICE = Service(days=30)
NOTHING = Month(*[Decimal(0)] * 4)
FEE = Fee(code="fee", title="A fee", amount=Decimal("12.345"), per="month")
TAX = Tax(code="tax", title="A tax", share=Decimal("0.05"), on=("import_energy",))


def amounts(lines: list[Line]) -> dict[str, str]:
    return {line.line_code: str(line.amount) for line in lines}


def test_the_worked_day_is_three_dollars_sixty_on_two_lines() -> None:
    lines = lines_of(worked_day(), terms(), SERVICE)

    assert amounts(lines) == {
        "import_energy": "3.63",
        "export_credit": "-0.03",
        "total": "3.60",
    }
    assert [line.exact_amount for line in lines] == [
        Decimal("3.63441350"),
        Decimal("-0.02711750"),
        Decimal("3.60729600"),
    ]
    assert lines[-1].energy_kwh == Decimal("16.775")


def test_the_worked_day_is_a_cent_dearer_on_one_net_line() -> None:
    lines = lines_of(worked_day(), terms(energy_lines="net"), SERVICE)

    assert amounts(lines) == {"net_energy": "3.61", "total": "3.61"}
    assert lines[0].energy_kwh == Decimal("16.775")


def test_a_late_correction_is_an_adjustment_of_twelve_cents() -> None:
    net = terms(energy_lines="net")
    before = lines_of(worked_day(), net, SERVICE)
    after = lines_of(worked_day(h18="2.350"), net, SERVICE)

    changed = after[-1].amount - before[-1].amount
    adjustment = Adjustment("2024-11", changed)
    lines = month_lines(NOTHING, net, Service(days=31, adjustments=(adjustment,)))

    assert (amounts(before)["total"], amounts(after)["total"]) == ("3.61", "3.73")
    assert changed == Decimal("0.12")
    assert amounts(lines) == {
        "net_energy": "0.00",
        "adjustment.2024-11": "0.12",
        "total": "0.12",
    }


def test_a_month_that_did_not_change_gives_no_adjustment_line() -> None:
    none = Adjustment("2024-11", Decimal(0))

    assert month_lines(NOTHING, terms(), Service(days=1, adjustments=(none,))) == (
        month_lines(NOTHING, terms(), Service(days=1))
    )


@pytest.mark.parametrize(
    ("fee", "service", "exact", "cents"),
    [
        (FEE, SERVICE, "12.345", "12.35"),
        (replace(FEE, per="day", amount=Decimal("0.1")), SERVICE, "3.0", "3.00"),
        (replace(FEE, per="day"), Service(days=0), "0", "0.00"),
        (
            Fee(
                code="fee",
                title="Capacity",
                amount=Decimal("8.331"),
                per="kw",
                factors=(Decimal("1.00712"), Decimal("0.9380")),
            ),
            Service(days=30, demand_kw=Decimal(3)),
            "23.61035125008",
            "23.61",
        ),
    ],
)
def test_a_fee_is_by_month_by_day_or_by_kw(
    fee: Fee, service: Service, exact: str, cents: str
) -> None:
    lines = month_lines(NOTHING, terms(fees=(fee,)), service)

    assert (lines[2].exact_amount, str(lines[2].amount)) == (Decimal(exact), cents)
    assert lines[-1].amount == Decimal(cents)


def test_the_capacity_charge_of_the_worked_example_to_four_places() -> None:
    capacity = Decimal(3) * Decimal("1.00712") * Decimal("0.9380") * Decimal("8.331")

    assert capacity == Decimal("23.61035125008")
    assert round(capacity, 4) == Decimal("23.6104")


@pytest.mark.parametrize("per", ["month", "day", "kw"])
def test_who_was_not_served_on_any_day_owes_no_fee(
    per: Literal["month", "day", "kw"],
) -> None:
    fee = replace(FEE, per=per)

    lines = month_lines(NOTHING, terms(fees=(fee,)), Service(days=0))

    assert amounts(lines)["fee"] == "0.00"


def test_a_fee_by_kw_needs_a_demand_tag() -> None:
    fee = replace(FEE, per="kw")

    with pytest.raises(InputError, match="fee fee: got no demand tag"):
        month_lines(NOTHING, terms(fees=(fee,)), SERVICE)


def test_a_tax_is_of_the_named_lines_exact_amounts() -> None:
    month = Month(*map(Decimal, ("10", "2", "1.004", "-0.50")))
    tax = replace(TAX, on=("import_energy", "fee"), share=Decimal("0.5"))

    lines = month_lines(month, terms(fees=(FEE,), taxes=(tax,)), SERVICE)

    assert amounts(lines)["tax"] == "6.67"
    assert lines[3].exact_amount == Decimal("6.6745")


def test_credits_are_not_taxed_unless_the_tax_says_so() -> None:
    month = Month(*map(Decimal, ("10", "2", "1.00", "-0.40")))
    both = replace(TAX, on=("import_energy", "export_credit"))

    plain = month_lines(month, terms(taxes=(both,)), SERVICE)
    taxed = month_lines(
        month, terms(taxes=(replace(both, is_on_credits=True),)), SERVICE
    )

    assert (amounts(plain)["tax"], amounts(taxed)["tax"]) == ("0.05", "0.03")


@pytest.mark.parametrize(
    ("amount", "up", "even"),
    [
        ("0.125", "0.13", "0.12"),
        ("0.135", "0.14", "0.14"),
        ("2.675", "2.68", "2.68"),
        ("-0.125", "-0.13", "-0.12"),
        ("0.1250000000000000000001", "0.13", "0.13"),
        ("0.1249999999999999999999", "0.12", "0.12"),
    ],
)
def test_a_line_is_rounded_once_by_the_rates_policy(
    amount: str, up: str, even: str
) -> None:
    month = Month(Decimal(0), Decimal(0), Decimal(amount), Decimal(0))

    half_up = month_lines(month, terms(), SERVICE)
    half_even = month_lines(month, terms(rounding="half-even"), SERVICE)

    assert (str(half_up[0].amount), str(half_even[0].amount)) == (up, even)


def test_each_policy_says_what_it_is_and_the_usual_one_is_as_before() -> None:
    assert ROUNDING_POLICIES["half-up"] == ROUNDING_POLICY
    assert "even" in ROUNDING_POLICIES["half-even"]


def test_quantities_at_the_node_are_kept_to_six_places() -> None:
    loss = Loss(share=Decimal("0.05"), applies_to="quantity")

    lines = lines_of([used("1", "0.10")], terms(loss=loss), SERVICE)

    assert lines[0].energy_kwh == Decimal("1.052632")
    assert lines[0].exact_amount == Decimal("0.105263158")


@settings(deadline=None)
@given(amount=st.decimals(Decimal(-(10**6)), Decimal(10**6), places=30))
def test_a_kept_amount_rounds_to_the_same_cents_as_the_exact_one(
    amount: Decimal,
) -> None:
    month = Month(Decimal(0), Decimal(0), amount, Decimal(0))

    for name, mode in (("half-up", ROUND_HALF_UP), ("half-even", ROUND_HALF_EVEN)):
        line = month_lines(month, terms(rounding=name), SERVICE)[0]
        again = line.exact_amount.quantize(Decimal("0.01"), mode)
        assert again == line.amount == amount.quantize(Decimal("0.01"), mode)


@settings(deadline=None)
@given(
    exact=st.tuples(*[st.decimals(-1000, 1000, places=14)] * 2),
    days=st.integers(0, 31),
    corrected=st.decimals(-100, 100, places=2),
)
def test_rounded_lines_add_up_to_the_total(
    exact: tuple[Decimal, Decimal], days: int, corrected: Decimal
) -> None:
    rate = terms(
        fees=(replace(FEE, per="day"),),
        taxes=(replace(TAX, on=("import_energy", "fee")),),
    )
    service = Service(days=days, adjustments=(Adjustment("2024-10", corrected),))

    lines = month_lines(Month(Decimal(1), Decimal(1), *exact), rate, service)

    assert lines_sum_to_total(lines)
    assert all(line.amount == round_to_cent(line.exact_amount) for line in lines[:-1])
