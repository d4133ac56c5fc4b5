"""A programme states its unit and currency and does not contradict itself."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.programme import parse_programme

EXAMPLE = Path("examples/programme.toml").read_text()


def without(name: str) -> str:
    """Give the example without a field of its own, or of a table after it."""
    lines = EXAMPLE.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(f"{name} ="))
    return "\n".join(lines[:first] + lines[first + 1 :])


def changed(name: str, value: str) -> str:
    return f"{name} = {value}\n{without(name)}"


def refusals(text: str) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refusal:
        parse_programme(text)
    return refusal.value.fields


def test_the_example_programme_reads_exactly() -> None:
    programme = parse_programme(EXAMPLE)

    assert programme.zone.key == "America/New_York"
    assert programme.first_operating_day == date(2025, 10, 1)
    assert (programme.currency, programme.price_unit) == ("USD", "USD/kWh")
    assert programme.lowest_price_per_kwh == Decimal("-0.50")
    assert programme.minimum_completeness == Decimal("0.95")
    assert programme.fetch_prices_at == time(16, 30)


@pytest.mark.parametrize("name", ["currency", "price_unit", "zone", "programme_id"])
def test_a_programme_without_a_field_is_refused_by_that_field(name: str) -> None:
    assert refusals(without(name)) == {name: ["is missing"]}


def test_an_empty_programme_lacks_every_field() -> None:
    fields = refusals("")

    assert len(fields) == 19
    assert set(map(tuple, fields.values())) == {("is missing",)}


@pytest.mark.parametrize("unit", ["EUR/kWh", "$/kWh", "/kWh", "kWh", "USD/kW"])
def test_a_unit_that_is_not_of_the_currency_is_refused(unit: str) -> None:
    assert refusals(changed("price_unit", f'"{unit}"')) == {
        "price_unit": [f"got {unit!r}, expected one of USD/kWh, USD/MWh, cents/kWh"]
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("currency", '"usd"', "got 'usd', expected an ISO 4217 code such as USD"),
        ("zone", '"Mars/Base"', "got 'Mars/Base', expected an IANA zone such as"),
        ("zone", '"America"', "got 'America', expected an IANA zone such as"),
        ("zone", '"../../etc/passwd"', "expected an IANA zone such as"),
        ("zone", '"Asia/Kolkata"', "expected a zone that is whole hours from UTC"),
        ("zone", '"Australia/Lord_Howe"', "expected a zone that is whole hours from"),
        ("title", '"  "', "got '  ', expected text"),
        ("title", "7", "got 7, expected text"),
        ("programme_id", '"a b"', "expected an identifier as text"),
        ("lowest_price_per_kwh", "-0.5", "expected a decimal number in quotes"),
        ("lowest_price_per_kwh", '"NaN"', "expected a finite decimal number"),
        ("minimum_completeness", '"1.01"', "expected a share from 0 to 1"),
        ("minimum_completeness", '"-0.01"', "expected a share from 0 to 1"),
        ("first_operating_day", '"2025-10-01"', "expected a date such as"),
        ("first_operating_day", "2025-10-01T00:00:00", "expected a date such as"),
        ("fetch_prices_at", '"16:30"', "expected a time such as"),
        ("close_month_day", "0", "expected a day from 1 to 28"),
        ("close_month_day", "29", "expected a day from 1 to 28"),
        ("close_month_day", "true", "expected a day from 1 to 28"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(
    name: str, value: str, message: str
) -> None:
    fields = refusals(changed(name, value))

    assert list(fields) == [name]
    assert message in fields[name][0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("minimum_completeness", '"0"'), ("minimum_completeness", '"1"'),
     ("close_month_day", "1"), ("close_month_day", "28")],
)  # fmt: skip
def test_values_on_the_limit_are_taken(name: str, value: str) -> None:
    programme = parse_programme(changed(name, value))

    assert str(getattr(programme, name)) == value.strip('"')


@pytest.mark.parametrize(
    ("low", "high", "equal"),
    [
        ("lowest_price_per_kwh", "highest_price_per_kwh", '"-0.50"'),
        ("lowest_energy_kwh", "highest_energy_kwh", '"-25"'),
        ("fetch_prices_at", "fetch_prices_until", "16:30:00"),
    ],
)
def test_a_band_without_width_is_a_contradiction(
    low: str, high: str, equal: str
) -> None:
    fields = refusals(changed(high, equal))

    assert list(fields) == [high]
    assert f"expected more than {low}" in fields[high][0]


def test_every_wrong_field_is_named_at_once() -> None:
    text = changed("currency", '"usd"').replace('title = "', 'titel = "')

    assert refusals(text) == {
        "currency": ["got 'usd', expected an ISO 4217 code such as USD"],
        "titel": ["is not a field of a programme"],
        "title": ["is missing"],
    }


def test_what_is_not_toml_is_refused_as_a_file() -> None:
    with pytest.raises(FieldError, match=r"my\.toml: file: is not TOML"):
        parse_programme("currency = USD", subject="my.toml")
