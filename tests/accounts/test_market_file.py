"""The market's file: what it says, and a message for every wrong field."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.accounts.market import NO_MARKET
from ter_pipelines.vocab.errors import FieldError
from tests.accounts.at_hand import MARKET_TOML, market

EXAMPLE = Path(__file__).parents[2] / "examples" / "market.toml"


def errors_of(text: str) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as caught:
        market(text)
    return caught.value.fields


def changed(before: str, after: str) -> str:
    assert before in MARKET_TOML
    return MARKET_TOML.replace(before, after)


def test_a_market_is_read_with_its_lists() -> None:
    found = market()

    assert found.is_set
    assert list(found.load_zones) == ["APS-PA", "H"]
    assert found.utilities["WPP"].loss_uplifts == {"Primary": Decimal("0.0552")}
    assert found.profile_of("WPP", "GPC") is not None
    assert found.profile_of("CONED", "GPC") is None
    assert not NO_MARKET.is_set


def test_the_example_is_fine() -> None:
    assert market(EXAMPLE.read_text()).is_set


def test_rates_hold_from_their_day_until_the_next() -> None:
    zone = market().load_zones["H"]

    found = [
        rates and rates.capacity_per_mw_day
        for day in (
            date(2017, 12, 31),
            date(2018, 1, 1),
            date(2025, 11, 2),
            date(2025, 11, 3),
        )
        for rates in [zone.rates_on(day)]
    ]

    assert found == [None, 100, 100, 200]


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2025, 11, 27), "holiday"),
        (date(2025, 11, 28), "weekday"),
        (date(2025, 11, 29), "saturday"),
        (date(2025, 11, 30), "sunday"),
    ],
)
def test_a_day_is_of_one_type(day: date, kind: str) -> None:
    text = changed('currency = "USD"', 'currency = "USD"\nholidays = [2025-11-27]')

    assert market(text).day_type(day) == kind


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('currency = "USD"', "", "currency"),
        ('states = ["PA", "NY"]', "states = []", "states"),
        ('states = ["PA", "NY"]', 'states = ["PA", "PA"]', "states"),
        ('name = "H"', 'name = "APS-PA"', "load_zone"),
        ('lmp_source = "pjm"', 'lmp_source = "pjn"', "load_zone[0].lmp_source"),
        ('"1.7129"', "1.7129", "load_zone[0].rates[0].ancillaries_per_mwh"),
        ('"1.7129"', '"1.123456789"', "load_zone[0].rates[0].ancillaries_per_mwh"),
        ('"98.50"', '"1000000"', "load_zone[0].rates[0].capacity_per_mw_day"),
        ("effective_from = 2025-11-03", "effective_from = 2018-01-01",
         "load_zone[1].rates"),
        ('lmp_location = "APS"', 'lmp_location = "APS"\ntemperature_days = { x = "a" }',
         "load_zone[0].temperature_days.x"),
        ('load_zones = ["H"]', 'load_zones = ["I"]', "utility[1].load_zones"),
        ('"0.0552"', '"1"', "utility[0].voltage[0].loss_uplift"),
        ('"0.0552"', '"-0.1"', "utility[0].voltage[0].loss_uplift"),
        (f"weights = {['1'] * 24}", f"weights = {['1'] * 23}",
         "utility[1].load_profile[0].shape[0].weights"),
        (f"weights = {['1'] * 24}", f"weights = {['-1'] * 24}",
         "utility[1].load_profile[0].shape[0].weights"),
        (f"weights = {['1'] * 24}", f"weights = {['1'] * 24}\nmonths = [13]",
         "utility[1].load_profile[0].shape[0].months"),
        (f"weights = {['1'] * 24}", f"weights = {['1'] * 24}\nday_types = ['x']",
         "utility[1].load_profile[0].shape[0].day_types"),
        ('2018-10-03 = "1.2"', '2018-10-03 = "x"',
         "utility[0].load_profile[0].day_factors.2018-10-03"),
        ('name = "LV"', 'name = "LV"\ncolour = "red"', "utility[1].voltage[0].colour"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_by_its_place(
    before: str, after: str, field: str
) -> None:
    assert list(errors_of(changed(before, after))) == [field]


def test_what_is_no_toml_or_has_no_tables_is_refused() -> None:
    assert list(errors_of("a = ")) == ["file"]
    assert list(errors_of("utility = 3\n")) == [
        "currency",
        "load_zone",
        "states",
        "utility",
    ]
