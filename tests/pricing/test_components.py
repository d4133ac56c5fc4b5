"""A price built from parts: each part a component, and their sum the price."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.pricing.components import build_prices
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.price_recipe import (
    Adder,
    PeakWindow,
    PriceRecipe,
    spread_per_kwh,
)
from ter_pipelines.vocab.prices import PriceHour

EASTERN, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Europe/London")
FIVE_PM = datetime(2025, 11, 14, 22, tzinfo=UTC)
PEAK = PeakWindow(hours=frozenset({17, 18, 19}), weekdays=frozenset(range(1, 6)))
MONEY = st.decimals(Decimal(-9), Decimal(9), places=8)


def market(
    price: str, start: datetime = FIVE_PM, component: str = "energy"
) -> PriceHour:
    return PriceHour(start, 3600, component, Decimal(price), "USD", "line 4")


def built(price: str, recipe: PriceRecipe, start: datetime = FIVE_PM) -> dict[str, str]:
    hours = build_prices([market(price, start)], recipe, EASTERN)
    return {hour.component: str(hour.price_per_kwh.normalize()) for hour in hours}


def test_a_price_is_its_parts_in_the_order_of_the_formula() -> None:
    recipe = PriceRecipe(
        loss_uplift=Decimal("0.05"),
        adders=(
            Adder(name="capacity", per_kwh=Decimal("0.02")),
            Adder(name="transmission", per_kwh=Decimal("0.21"), window=PEAK),
        ),
        margin_per_kwh=Decimal("0.005"),
    )

    assert built("0.04", recipe) == {
        "energy": "0.04",
        "loss_uplift": "0.002",
        "capacity": "0.02",
        "transmission": "0.21",
        "margin": "0.005",
    }


def test_the_markets_components_stay_and_losses_are_of_their_sum() -> None:
    hours = [market("0.045"), market("-0.005", component="congestion")]

    got = build_prices(hours, PriceRecipe(loss_uplift=Decimal("0.1")), EASTERN)

    assert got[:2] == hours
    assert (got[2].component, got[2].price_per_kwh) == ("loss_uplift", Decimal("0.004"))
    assert (got[2].field, got[2].currency) == ("line 4", "USD")


def test_a_product_is_kept_to_eight_places_half_away_from_zero() -> None:
    recipe = PriceRecipe(loss_uplift=Decimal("0.5"))

    assert built("0.00000001", recipe)["loss_uplift"] == "1E-8"
    assert built("-0.00000001", recipe)["loss_uplift"] == "-1E-8"


def test_demand_is_spread_over_the_hours_in_which_it_is_expected() -> None:
    assert spread_per_kwh(Decimal("12.60"), expected_hours=60) == Decimal("0.21")
    assert spread_per_kwh(Decimal(1), expected_hours=3) == Decimal("0.33333333")


@pytest.mark.parametrize(
    ("start", "is_in"),
    [
        (FIVE_PM - timedelta(seconds=3600), False),
        (FIVE_PM, True),
        (FIVE_PM + timedelta(hours=2), True),
        (FIVE_PM + timedelta(hours=3), False),
        (FIVE_PM + timedelta(days=1), False),
        (FIVE_PM + timedelta(days=3), True),
        (datetime(2025, 7, 14, 21, tzinfo=UTC), True),
        (datetime(2025, 7, 14, 22, tzinfo=UTC), True),
        (datetime(2025, 7, 15, 0, tzinfo=UTC), False),
    ],
)
def test_a_window_is_by_the_local_clock_and_the_weekday(
    start: datetime, *, is_in: bool
) -> None:
    assert PEAK.has(start, EASTERN) is is_in


def test_a_window_has_months_and_leaves_out_holidays() -> None:
    winter = PeakWindow(hours=frozenset({17}), months=frozenset({12, 1}))
    holidays = PeakWindow(
        hours=frozenset({17}), left_out=frozenset({date(2025, 11, 14)})
    )

    assert not winter.has(FIVE_PM, EASTERN)
    assert winter.has(FIVE_PM + timedelta(days=31), EASTERN)
    assert not holidays.has(FIVE_PM, EASTERN)
    assert holidays.has(FIVE_PM + timedelta(days=1), EASTERN)


@pytest.mark.parametrize(
    ("price", "extra"),
    [
        ("0.50", {}),
        ("0.5001", {"cap": "-0.0001"}),
        ("-0.10", {}),
        ("-0.1001", {"floor": "0.0001"}),
    ],
)
def test_what_a_cap_or_floor_changes_is_a_component(
    price: str, extra: dict[str, str]
) -> None:
    recipe = PriceRecipe(cap_per_kwh=Decimal("0.50"), floor_per_kwh=Decimal("-0.10"))

    got = built(price, recipe)

    assert {name: got[name] for name in got if name != "energy"} == extra


@pytest.mark.parametrize(
    ("wholesale", "hour", "pence"),
    [("15", 16, "45"), ("8", 15, "17.6"), ("60", 18, "95"), ("-3", 19, "-6.6")],
)
def test_a_half_hourly_tariff_with_a_peak_adder_and_a_cap(
    wholesale: str, hour: int, pence: str
) -> None:
    recipe = PriceRecipe(
        loss_uplift=Decimal("1.20"),
        adders=(
            Adder(
                name="peak",
                per_kwh=Decimal("0.12"),
                window=PeakWindow(hours=frozenset({16, 17, 18})),
            ),
        ),
        cap_per_kwh=Decimal("0.95"),
    )
    start = datetime(2025, 11, 14, hour, tzinfo=UTC)
    hours = [market(str(Decimal(wholesale) / 100), start)]

    got = build_prices(hours, recipe, LONDON)

    assert sum(part.price_per_kwh for part in got) * 100 == Decimal(pence)


def test_a_part_that_is_called_like_the_markets_is_refused() -> None:
    recipe = PriceRecipe(adders=(Adder(name="energy", per_kwh=Decimal(1)),))

    with pytest.raises(InputError, match=r"2025-11-14T22:00:00Z: .*energy"):
        built("0.04", recipe)


def test_hours_come_in_order_of_time_whatever_the_order_given() -> None:
    later = market("0.05", FIVE_PM + timedelta(hours=1))
    recipe = PriceRecipe(margin_per_kwh=Decimal("0.01"))

    one = build_prices([market("0.04"), later], recipe, EASTERN)
    other = build_prices([later, market("0.04")], recipe, EASTERN)

    assert one == other
    assert [part.component for part in one] == ["energy", "margin"] * 2


@settings(deadline=None)
@given(
    price=MONEY, uplift=st.decimals(0, 1, places=4), adder=MONEY, margin=MONEY,
    cap=MONEY, width=st.decimals("0.00000001", 1, places=8),
)  # fmt: skip
def test_the_sum_of_the_components_is_the_price_to_the_last_digit(
    price: Decimal, uplift: Decimal, adder: Decimal, margin: Decimal, cap: Decimal,
    width: Decimal,
) -> None:  # fmt: skip
    recipe = PriceRecipe(
        loss_uplift=uplift,
        adders=(Adder(name="a", per_kwh=adder),),
        margin_per_kwh=margin,
        cap_per_kwh=cap,
        floor_per_kwh=cap - width,
    )

    parts = build_prices([market(str(price))], recipe, EASTERN)

    free = price + round_half_away(price * uplift) + adder + margin
    expected = min(max(free, cap - width), cap)
    assert sum(part.price_per_kwh for part in parts) == expected
    assert all(places_of(part.price_per_kwh) <= 8 for part in parts)


def round_half_away(value: Decimal) -> Decimal:
    units = abs(value) * 10**8
    whole = int(units) + (1 if units - int(units) >= Decimal("0.5") else 0)
    return (Decimal(whole) / 10**8).copy_sign(value)


def places_of(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent
