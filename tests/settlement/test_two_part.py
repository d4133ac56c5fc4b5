"""Two-part rates: the subscribed load at the tariff, the rest at the hour's price."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.settlement.two_part import TwoPartHour, settle_two_part

NUMBERS = st.decimals(Decimal(-100), Decimal(100), places=6)
HOURS = st.lists(st.builds(TwoPartHour, NUMBERS, NUMBERS, NUMBERS, NUMBERS))


def hour(base: str, actual: str, tariff: str, price: str) -> TwoPartHour:
    return TwoPartHour(*map(Decimal, (base, actual, tariff, price)))


def test_the_worked_example_is_26_and_a_half_cents() -> None:
    settled = settle_two_part(
        [
            hour("1", "1.4", "0.28", "0.10"),
            hour("1", "0.2", "0.28", "0.30"),
            hour("1", "-0.5", "0.28", "0.25"),
        ]
    )

    assert settled.subscription_kwh == 3
    assert settled.subscription_amount == Decimal("0.840")
    assert settled.deviation_kwh == Decimal("-1.9")
    assert settled.deviation_amount == Decimal("-0.575")
    assert settled.amount == Decimal("0.265")


def test_who_uses_what_was_subscribed_pays_the_tariff_whatever_the_price() -> None:
    settled = settle_two_part([hour("2", "2", "0.28", "9.99")])

    assert settled.deviation_amount == 0
    assert settled.amount == Decimal("0.56")


def test_no_hours_come_to_nothing() -> None:
    assert settle_two_part([]).amount == 0


@given(HOURS)
def test_the_order_of_hours_changes_nothing(hours: list[TwoPartHour]) -> None:
    assert settle_two_part(hours) == settle_two_part(reversed(hours))
