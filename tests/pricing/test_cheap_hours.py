"""Cheap and dear hours: few, below or above the mean, the earlier of equal ones."""

from datetime import date

import pytest

from ter_pipelines.pricing.cheap_hours import blocks_of, cheap_hours, dear_hours
from tests.pricing.prices_of_days import LONG_DAY, PLAIN_DAY, SHORT_DAY, price_day_of


def test_the_cheapest_hours_are_given_in_order_of_time() -> None:
    prices = price_day_of(PLAIN_DAY, ["0.5"] * 10 + ["0.1", "0.3"] + ["0.2"] * 12)

    found = cheap_hours(prices, count=3)

    assert [hour.value for hour in found] == ["0.1", "0.2", "0.2"]
    assert found == [prices.hours[10], prices.hours[12], prices.hours[13]]


def test_negative_prices_are_the_cheapest() -> None:
    prices = price_day_of(PLAIN_DAY, ["0", "-0.02", "0.01"] + ["0.2"] * 21)

    assert [hour.value for hour in cheap_hours(prices, count=2)] == ["0", "-0.02"]


def test_the_dearest_hours_are_given_in_order_of_time() -> None:
    prices = price_day_of(PLAIN_DAY, ["0.1"] * 16 + ["0.4", "0.9", "0.8"] + ["0.1"] * 5)

    assert [hour.value for hour in dear_hours(prices, count=2)] == ["0.9", "0.8"]


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_a_day_of_one_price_has_neither(day: date, hours: int) -> None:
    prices = price_day_of(day, ["0.1"] * hours)

    assert cheap_hours(prices, count=4) == []
    assert dear_hours(prices, count=4) == []


def test_no_hour_is_both_however_many_are_asked_for() -> None:
    prices = price_day_of(LONG_DAY, ["0.1"] * 8 + ["0.3"] * 17)

    cheap, dear = cheap_hours(prices, count=25), dear_hours(prices, count=25)

    assert (len(cheap), len(dear)) == (8, 17)


def test_hours_that_follow_each_other_are_one_block_also_when_clocks_change() -> None:
    hours = price_day_of(LONG_DAY).hours

    blocks = blocks_of([hours[0], hours[1], hours[2], hours[5]])

    assert [len(block.hours) for block in blocks] == [3, 1]
    assert (blocks[0].start_utc, blocks[0].end_utc) == (
        hours[0].start_utc,
        hours[3].start_utc,
    )
    assert blocks_of([]) == []
