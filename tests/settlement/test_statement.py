"""A statement's lines are rounded once each, and its total is their sum."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.settlement.rate import Adjustment, Service, month_lines
from ter_pipelines.settlement.statement import (
    EXPORT,
    IMPORT,
    TOTAL,
    Line,
    Month,
    lines_sum_to_total,
    round_to_cent,
)
from tests.settlement.rates import terms

WORKED_DAY = Month(
    Decimal("25.125"), Decimal("8.350"), Decimal("3.63441350"), Decimal("-0.02711750")
)
AMOUNTS = st.decimals(Decimal(-10) ** 9, Decimal(10) ** 9, places=14)
ENERGY = st.decimals(0, 10**9, places=6)


def stated(month: Month, *adjustments: Adjustment) -> list[Line]:
    return month_lines(month, terms(), Service(days=30, adjustments=adjustments))


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.125", "0.13"),
        ("0.135", "0.14"),
        ("2.675", "2.68"),
        ("-0.125", "-0.13"),
        ("0.12499999999999", "0.12"),
        ("0.12500000000001", "0.13"),
        ("-0.12499999999999", "-0.12"),
        ("0.004", "0.00"),
        ("-0.004", "0.00"),
        ("-0.005", "-0.01"),
        ("1.0387", "1.04"),
        ("0", "0.00"),
        ("123456789012345678901234.005", "123456789012345678901234.01"),
    ],
)
def test_an_amount_is_rounded_half_away_from_zero(amount: str, cents: str) -> None:
    assert str(round_to_cent(Decimal(amount))) == cents


@given(amount=AMOUNTS)
@settings(deadline=None)
def test_rounding_moves_an_amount_half_a_cent_at_most_and_mirrors(
    amount: Decimal,
) -> None:
    cents = round_to_cent(amount)

    assert abs(cents - amount) <= Decimal("0.005")
    assert round_to_cent(-amount) == -cents
    assert round_to_cent(cents) == cents


def test_the_worked_day_is_three_dollars_sixty() -> None:
    lines = stated(WORKED_DAY)

    assert [(li.line_code, str(li.amount)) for li in lines] == [
        (IMPORT, "3.63"),
        (EXPORT, "-0.03"),
        (TOTAL, "3.60"),
    ]
    assert lines[-1].exact_amount == Decimal("3.60729600")
    assert lines[-1].energy_kwh == Decimal("16.775")


def test_a_negative_price_credits_import_and_charges_export() -> None:
    month = Month(Decimal(10), Decimal(4), Decimal("-0.125"), Decimal("0.050"))

    lines = stated(month)

    assert [str(li.amount) for li in lines] == ["-0.13", "0.05", "-0.08"]


def test_what_a_month_before_was_corrected_by_is_a_line_of_its_own() -> None:
    lines = stated(WORKED_DAY, Adjustment("2024-10", Decimal("-3.48")))

    assert [(li.line_code, str(li.amount)) for li in lines] == [
        (IMPORT, "3.63"),
        (EXPORT, "-0.03"),
        ("adjustment.2024-10", "-3.48"),
        (TOTAL, "0.12"),
    ]


@given(
    imported=AMOUNTS,
    exported=AMOUNTS,
    corrected=st.decimals(-(10**9), 10**9, places=2),
    energy=st.tuples(ENERGY, ENERGY),
)
@settings(deadline=None)
def test_lines_always_sum_to_the_total(
    imported: Decimal,
    exported: Decimal,
    corrected: Decimal,
    energy: tuple[Decimal, Decimal],
) -> None:
    month = Month(*energy, imported, exported)
    lines = stated(month, Adjustment("2024-10", corrected))

    assert lines_sum_to_total(lines)
    parts = Decimal(0)
    for line in lines[:-1]:
        parts += line.amount
    assert parts == lines[-1].amount
    assert all(line.amount.as_tuple().exponent == -2 for line in lines)
    assert lines[-1].energy_kwh == energy[0] - energy[1]


def test_a_total_that_is_a_cent_off_or_not_last_is_seen() -> None:
    lines = stated(WORKED_DAY)
    off = Line(TOTAL, Decimal(0), Decimal(0), lines[-1].amount + Decimal("0.01"))

    assert not lines_sum_to_total([*lines[:-1], off])
    assert not lines_sum_to_total(lines[:-1])
