"""The partner's JSON schedule: what is read, what is refused."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.formats.price_files import (
    MAX_PRICES,
    read_schedule,
)
from ter_pipelines.vocab.errors import FieldError, FormatError
from ter_pipelines.vocab.prices import WHOLE_PRICE, PriceHour, PriceSchedule
from ter_pipelines.vocab.strict_json import MAX_BYTES

REQUIRED = ["This field is required."]


def read(body: bytes) -> PriceSchedule:
    return read_schedule(body, default_unit="USD/kWh", default_currency="USD")


def schedule(**changes: object) -> bytes:
    entry = {"datetime": "2022-02-23T0:0:0+0000", "price": "12.34"}
    fields = {"date": "2022-02-22", "prices": [entry], **changes}
    kept = {name: value for name, value in fields.items() if value is not ...}
    return json.dumps({"schedule": kept}).encode()


def entries(*prices: object) -> bytes:
    return schedule(
        prices=[{"datetime": "2022-02-23T0:0:0+0000", "price": p} for p in prices]
    )


def errors_of(body: bytes) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refused:
        read(body)
    return refused.value.fields


def test_the_partners_own_body_is_read_in_the_programmes_unit() -> None:
    got = read(schedule())

    assert got.publication_day == date(2022, 2, 22)
    assert got.hours == (
        PriceHour(
            interval_start_utc=datetime(2022, 2, 23, tzinfo=UTC),
            duration_seconds=3600,
            component=WHOLE_PRICE,
            price_per_kwh=Decimal("12.34"),
            currency="USD",
            field="schedule.prices[0].datetime",
        ),
    )


@pytest.mark.parametrize(
    ("unit", "price", "expected"),
    [
        ("USD/kWh", "-0.01200", "-0.012"),
        ("USD/MWh", "31.04", "0.03104"),
        ("cents/kWh", "3.512", "0.03512"),
    ],
)
def test_a_schedules_own_unit_wins(unit: str, price: str, expected: str) -> None:
    body = schedule(
        unit=unit, prices=[{"datetime": "2022-02-23T00:00:00Z", "price": price}]
    )

    got = read(body)

    assert got.hours[0].price_per_kwh == Decimal(expected)


def test_numbers_are_read_from_their_own_digits() -> None:
    body = entries("0.1").replace(b'"0.1"', b"0.10000001")

    got = read(body)

    assert got.hours[0].price_per_kwh == Decimal("0.10000001")


def test_a_zone_offset_is_turned_into_utc() -> None:
    body = schedule(prices=[{"datetime": "2025-11-02T01:00:00-05:00", "price": "1"}])

    got = read(body)

    assert got.hours[0].interval_start_utc == datetime(2025, 11, 2, 6, tzinfo=UTC)


def test_a_body_without_a_schedule_says_it_is_required() -> None:
    assert errors_of(b"{}") == {"schedule": REQUIRED}


def test_an_empty_schedule_says_all_that_is_required() -> None:
    errors = errors_of(b'{"schedule": {}}')

    assert errors == {"schedule.date": REQUIRED, "schedule.prices": REQUIRED}


@pytest.mark.parametrize("document", ["[]", "null", '"text"', "7", "true"])
def test_a_body_that_is_no_object_is_refused(document: str) -> None:
    assert set(errors_of(document.encode())) == {"schedule"}
    assert set(errors_of(b'{"schedule": ' + document.encode() + b"}")) == {"schedule"}


def test_every_wrong_field_is_named_at_once() -> None:
    body = schedule(
        date="22.02.2022",
        unit="USD/kW",
        prices=[
            {"datetime": "2022-02-23T0:0:0+0000", "price": "1"},
            {"datetime": "2022-02-23T01:00:00", "price": "free"},
            {},
            17,
        ],
    )

    errors = errors_of(body)

    assert set(errors) == {
        "schedule.date",
        "schedule.unit",
        "schedule.prices[1].datetime",
        "schedule.prices[1].price",
        "schedule.prices[2].datetime",
        "schedule.prices[2].price",
        "schedule.prices[3]",
    }
    assert errors["schedule.prices[2].price"] == REQUIRED
    assert "'free'" in errors["schedule.prices[1].price"][0]


@pytest.mark.parametrize(
    "price",
    [
        True, None, "", "text", "NaN", "sNaN", "Infinity", "-inf", [], {}, "1_0",
        "\N{FULLWIDTH DIGIT ONE}",
        "0.123456789", "1e-99", "1e99", "1000000", "1" * 41, "0x1f", "1,5",
    ],
)  # fmt: skip
def test_a_price_that_is_no_plain_price_is_refused(price: object) -> None:
    assert set(errors_of(entries("0", price))) == {"schedule.prices[1].price"}


@pytest.mark.parametrize(
    "instant",
    [
        "", "now", "2022-02-23", "2022-02-23T00:00:00", "2022-02-30T00:00:00Z",
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:00:00-10:00", None, 1645574400,
        "\N{FULLWIDTH DIGIT TWO}022-02-23T00:00:00Z",
    ],
)  # fmt: skip
def test_a_datetime_that_is_no_instant_is_refused(instant: object) -> None:
    body = schedule(prices=[{"datetime": instant, "price": "1"}])

    assert set(errors_of(body)) == {"schedule.prices[0].datetime"}


@pytest.mark.parametrize(
    "day", ["2022-2-22", "2022-02-30", "20220222", "", None, 20220222]
)
def test_a_date_that_is_no_date_is_refused(day: object) -> None:
    assert set(errors_of(schedule(date=day))) == {"schedule.date"}


@pytest.mark.parametrize("count", [0, MAX_PRICES + 1])
def test_a_list_of_no_or_too_many_prices_is_one_message(count: int) -> None:
    errors = errors_of(entries(*["1"] * count))

    assert list(errors) == ["schedule.prices"]
    assert str(count) in errors["schedule.prices"][0]


def test_the_programmes_unit_is_not_taken_for_another_currency() -> None:
    assert set(errors_of(schedule(currency="EUR"))) == {"schedule.unit"}
    assert read(schedule(currency="EUR", unit="EUR/kWh")).hours[0].currency == "EUR"


@pytest.mark.parametrize("currency", ["usd", "DOLLAR", "", None, 840])
def test_a_currency_that_is_no_code_is_refused(currency: object) -> None:
    assert set(errors_of(schedule(currency=currency))) == {"schedule.currency"}


def test_a_misspelt_field_is_not_passed_over() -> None:
    errors = errors_of(schedule(units="USD/MWh"))

    assert "'units'" in errors["schedule"][0]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe{}", b'{"schedule": NaN}', b'{"a": 1, "a": 2}',
        b'{"schedule": {"date": "2022-02-22", "date": "2022-02-23"}}',
        b"[" * 100_000, b'{"a":' * 100_000, b" " * (MAX_BYTES + 1), b"\xef\xbb\xbf{}",
    ],
    ids=range(10),
)  # fmt: skip
def test_bytes_that_are_no_json_are_a_parse_error(body: bytes) -> None:
    with pytest.raises(FormatError, match=r"^JSON parse error - "):
        read(body)


def test_a_message_does_not_repeat_a_long_value() -> None:
    errors = errors_of(entries("9" * 100_000))

    assert len(errors["schedule.prices[0].price"][0]) < 200


@settings(max_examples=50)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["schedule", "date", "prices", "datetime", "price"]), inner
    ),
))  # fmt: skip
def test_any_json_is_read_or_refused_in_our_words(document: object) -> None:
    body = json.dumps(document).encode()

    try:
        got = read(body)
    except (FieldError, FormatError):
        return

    assert got.hours
