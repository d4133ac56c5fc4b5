"""Energy and price are exact decimals in one unit each; anything else is refused."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.vocab.units import (
    parse_decimal,
    plain,
    price_units,
    to_kwh,
    to_price_per_kwh,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        (" -0.06 ", "-0.06"),
        ("+12.340", "12.340"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.5E-3", "0.0015"),
        ("1" * 40, "1" * 40),
    ],
)
def test_a_number_is_read_with_every_digit(text: str, value: str) -> None:
    assert parse_decimal(text).as_tuple() == Decimal(value).as_tuple()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a decimal number"),
        ("cheap", "a decimal number"),
        ("1,5", "a decimal number"),
        ("1_000", "a decimal number"),
        ("0x10", "a decimal number"),
        ("١٢", "a decimal number"),
        ("1 2", "a decimal number"),
        ("1e99999999999", "a decimal number"),
        ("NaN", "a finite decimal number"),
        ("sNaN", "a finite decimal number"),
        ("-Infinity", "a finite decimal number"),
        ("inf", "a finite decimal number"),
        ("1" * 41, "at most 40 digits"),
        ("1e308", "at most 40 digits"),
        ("1e-41", "at most 40 digits"),
    ],
)
def test_what_is_not_a_plain_number_is_refused_by_what_it_is(
    text: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=rf"expected {expected}$"):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("value", "unit", "scale", "kwh"),
    [
        ("1250", "Wh", "none", "1.250000"),
        ("0.06", "Wh", "k", "0.060000"),
        ("0.06", "kWh", "none", "0.060000"),
        ("2", "MWh", "none", "2000.000000"),
        ("2", "Wh", "M", "2000.000000"),
        ("1", "Wh", "G", "1000000.000000"),
        ("0.5", "Wh", "T", "500000000.000000"),
        ("1", "Wh", "m", "0.000001"),
        ("1000", "Wh", "micro", "0.000001"),
        ("1000000", "Wh", "n", "0.000001"),
        ("1000000000", "Wh", "p", "0.000001"),
        ("10", "Wh", "c", "0.000100"),
        ("10", "Wh", "d", "0.001000"),
        ("-1.75", "kWh", "none", "-1.750000"),
    ],
)
def test_energy_of_any_unit_and_scale_is_kwh(
    value: str, unit: str, scale: str, kwh: str
) -> None:
    assert str(to_kwh(Decimal(value), unit=unit, scale=scale)) == kwh


@pytest.mark.parametrize(
    ("kwh", "kept"),
    [
        ("0.0000014", "0.000001"),
        ("0.0000015", "0.000002"),
        ("0.0000025", "0.000003"),
        ("-0.0000025", "-0.000003"),
        ("-0.0000024", "-0.000002"),
        # Rounded twice, first to seven places, this would be 0.000002.
        ("0.00000149", "0.000001"),
    ],
)
def test_energy_is_rounded_once_half_away_from_zero(kwh: str, kept: str) -> None:
    assert str(to_kwh(Decimal(kwh), unit="kWh")) == kept


def test_energy_is_kept_up_to_its_limit_and_refused_from_there() -> None:
    below = to_kwh(Decimal("-999999999.999999"), unit="kWh")

    assert str(below) == "-999999999.999999"
    for too_much in ("1000000000", "-1000000000", "1e308"):
        with pytest.raises(ValueError, match="expected less than 1000000000 kWh"):
            to_kwh(Decimal(too_much), unit="kWh")


@pytest.mark.parametrize("unit", ["W", "kwh", "WH", "J", "", "kW"])
def test_an_unknown_energy_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="expected Wh, kWh, MWh"):
        to_kwh(Decimal(1), unit=unit)


@pytest.mark.parametrize("scale", ["K", "kilo", "", "0"])
def test_an_unknown_scale_is_refused(scale: str) -> None:
    with pytest.raises(ValueError, match="got scale"):
        to_kwh(Decimal(1), unit="Wh", scale=scale)


@pytest.mark.parametrize(
    ("value", "unit", "price"),
    [
        ("0.31", "USD/kWh", "0.31000000"),
        ("31.04", "USD/MWh", "0.03104000"),
        ("12.34", "cents/kWh", "0.12340000"),
        ("-12.00", "USD/MWh", "-0.01200000"),
        ("0", "USD/kWh", "0E-8"),
        ("0.00001", "USD/MWh", "1E-8"),
        ("999999.99999999", "USD/kWh", "999999.99999999"),
    ],
)
def test_a_price_of_any_unit_is_per_kwh_to_the_last_digit(
    value: str, unit: str, price: str
) -> None:
    read = to_price_per_kwh(Decimal(value), unit=unit, currency="USD")

    assert str(read) == price


@pytest.mark.parametrize(
    "unit", ["EUR/kWh", "/kWh", "USDcents/kWh", "usd/kWh", "USD", "USD/kW", ""]
)
def test_a_price_unit_of_another_currency_or_none_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="expected USD/kWh, USD/MWh, cents/kWh"):
        to_price_per_kwh(Decimal(1), unit=unit, currency="USD")


def test_a_price_with_more_places_than_are_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 8 places per kWh"):
        to_price_per_kwh(Decimal("0.000001"), unit="USD/MWh", currency="USD")


@pytest.mark.parametrize("value", ["1000000", "-1000000", "1e40", "1e308"])
def test_a_price_beyond_all_sense_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="expected less than 1000000"):
        to_price_per_kwh(Decimal(value), unit="USD/kWh", currency="USD")


def test_price_units_name_the_currency() -> None:
    assert price_units("CAD") == ["CAD/kWh", "CAD/MWh", "cents/kWh"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.03104000", "0.03104"), ("1E+2", "100"), ("-0.0", "0"), ("0E-8", "0"),
     ("100", "100"), ("-1.50", "-1.5"), ("1E-8", "0.00000001")],
)  # fmt: skip
def test_a_decimal_is_written_without_exponent_or_needless_zeros(
    value: str, text: str
) -> None:
    assert plain(Decimal(value)) == text


@given(value=st.decimals(-999_999_999, 999_999_999, places=6))
@settings(deadline=None)
def test_a_decimal_written_plain_reads_back_the_same(value: Decimal) -> None:
    assert parse_decimal(plain(value)) == value
    assert to_kwh(value, unit="kWh") == value
