"""What changed between versions: lines, hours, causes, and that they add up."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from ter_pipelines.settlement.differences import (
    Difference,
    differences,
    told_difference,
)
from ter_pipelines.settlement.document import Statement
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.rate import PriceRule, Rate
from tests.settlement.files_at_hand import PRICES, metered, rate, settled, worked_usage
from tests.settlement.rates import MIDNIGHT
from tests.settlement.test_from_files import rows_of

AT_18 = MIDNIGHT + 18 * HOUR


def difference(
    *, kwh: str = "2.100", price: str = "0.48650", by: Rate | None = None
) -> Difference:
    """Settle the worked day, then again with another 18th hour."""
    first = settled(worked_usage())
    prices = {**PRICES, AT_18: Decimal(price)}
    again = settled(worked_usage(h18=kwh), by, prices=prices, before=rows_of(first))
    assert first.statement
    assert again.statement
    (found,) = differences([first.statement, again.statement])
    return found


def test_corrected_usage_is_named_with_its_hour_and_amount() -> None:
    told = told_difference(difference(kwh="2.350"))

    assert (told["before"], told["after"], told["amount"]) == ("INITIAL", "R1", "0.13")
    assert told["exact_by_cause"] == {"usage": "0.121625"}
    assert told["lines"] == [
        {
            "line_code": "import_energy",
            "line_title": "Energy you used",
            "before_kwh": "25.125",
            "after_kwh": "25.375",
            "before_amount": "3.63",
            "after_amount": "3.76",
            "amount": "0.13",
        }
    ]
    assert told["hours"] == [
        {
            "interval_start_utc": "2024-11-03T22:00:00Z",
            "causes": ["usage"],
            "before_kwh": "2.1",
            "before_price_per_kwh": "0.4865",
            "before_usage_version": 1,
            "before_price_submission_id": None,
            "after_kwh": "2.35",
            "after_price_per_kwh": "0.4865",
            "after_usage_version": 1,
            "after_price_submission_id": None,
            "amount": "0.121625",
        }
    ]


def test_a_revised_price_and_both_at_once_are_told_apart() -> None:
    by_price = difference(price="0.50000")
    by_both = difference(kwh="2.000", price="0.50000")

    # 2.1 x 0.0135, and 2.0 x 0.5 - 2.1 x 0.4865
    assert by_price.amount_by_cause() == {"price": Decimal("0.02835")}
    assert by_both.amount_by_cause() == {"usage and price": Decimal("-0.02165")}


def test_other_terms_of_the_rate_are_a_cause_of_their_own() -> None:
    dearer = rate(import_price=PriceRule(adder_per_kwh=Decimal("0.01")))

    found = difference(by=dearer)

    assert found.amount_by_cause() == {"rate": Decimal("0.25125")}
    assert {hour.causes for hour in found.hours} == {("rate",)}


def test_an_hour_that_was_not_billed_or_is_no_more_is_a_change_of_usage() -> None:
    whole = statement_of()
    without = replace(whole, version=2, hours=whole.hours[1:])

    for pair, amount in (((without, whole), "0.0439"), ((whole, without), "-0.0439")):
        (found,) = differences(pair)
        (hour,) = found.hours
        assert (hour.causes, hour.amount) == (("usage",), Decimal(amount))
        assert hour.interval_start_utc == MIDNIGHT


def test_each_version_is_held_against_the_one_before_it() -> None:
    one = statement_of()

    assert differences([one]) == []
    assert len(differences([one, one, one])) == 2


@given(
    kwh=st.lists(st.decimals(-5, 5, places=3), min_size=25, max_size=25),
    prices=st.lists(st.decimals(-1, 1, places=5), min_size=25, max_size=25),
)
@tries(deadline=None, max_examples=30)
def test_the_changed_hours_add_up_to_the_exact_difference(
    kwh: list[Decimal], prices: list[Decimal]
) -> None:
    first = settled(worked_usage())
    usage = [metered(i, str(each)) for i, each in enumerate(kwh)]
    again = settled(
        usage, prices=dict(zip(PRICES, prices, strict=True)), before=rows_of(first)
    )
    assert first.statement
    assert again.statement

    (found,) = differences([first.statement, again.statement])

    exact = [
        line.exact_amount
        for statement, sign in ((again.statement, 1), (first.statement, -1))
        for line in statement.lines[:2]
        for line in [replace(line, exact_amount=sign * line.exact_amount)]
    ]
    assert sum(found.amount_by_cause().values(), Decimal(0)) == sum(exact, Decimal(0))


def statement_of() -> Statement:
    found = settled(worked_usage()).statement
    assert found
    return found
