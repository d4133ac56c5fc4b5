"""A VEN is told the curve as it is stored: every digit, every hour, in UTC."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.pricing.events import is_worth_telling, price_event
from ter_pipelines.vocab.price_day import PriceDay
from ter_pipelines.vocab.programme import parse_programme
from tests.pricing.prices_of_days import price_day_of
from vtn_service.contract import Event

PROGRAMME = parse_programme(Path("examples/programme.toml").read_text())
NEW_YORK = ZoneInfo("America/New_York")


def prices_of(day: date, prices: list[str]) -> PriceDay:
    return price_day_of(day, prices, currency="CAD")


def signal_of(prices: PriceDay) -> dict[str, Any]:
    signal: dict[str, Any]
    [signal] = price_event(prices, PROGRAMME)["signals"]
    return signal


def test_an_event_carries_the_digits_as_stored() -> None:
    prices = ["0.03512", "-0.012", "0", "0.00000001", "1234.5", "-0.00000010"]

    signal = signal_of(prices_of(date(2025, 11, 3), prices))

    assert [i["value"] for i in signal["intervals"]] == [
        "0.03512", "-0.012", "0", "0.00000001", "1234.5", "-0.0000001",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "hours", "first", "last"),
    [
        (date(2025, 3, 9), 23, "2025-03-09T05:00:00Z", "2025-03-10T03:00:00Z"),
        (date(2025, 11, 3), 24, "2025-11-03T05:00:00Z", "2025-11-04T04:00:00Z"),
        (date(2025, 11, 2), 25, "2025-11-02T04:00:00Z", "2025-11-03T04:00:00Z"),
    ],
)
def test_an_event_has_each_hour_of_the_local_day_in_utc(
    day: date, hours: int, first: str, last: str
) -> None:
    intervals = signal_of(prices_of(day, ["0.1"] * hours))["intervals"]

    assert len(intervals) == hours
    assert (intervals[0]["start_utc"], intervals[-1]["start_utc"]) == (first, last)
    assert {i["duration_seconds"] for i in intervals} == {3600}


def test_an_event_says_what_its_numbers_are() -> None:
    event = price_event(prices_of(date(2025, 11, 3), ["0.1"]), PROGRAMME)

    [signal] = event.pop("signals")
    signal.pop("intervals")
    assert event == {"market_context": PROGRAMME.market_context}
    assert signal == {
        "signal_name": "ELECTRICITY_PRICE",
        "signal_type": "price",
        "item_name": "currencyPerKWh",
        "item_units": "CAD",
    }


def test_the_vtn_reads_an_event_by_its_contract() -> None:
    body = price_event(prices_of(date(2025, 11, 2), ["0.1"] * 25), PROGRAMME)

    event = Event.from_json(body)

    assert (event.needs_answer, event.is_cancelled) == (True, False)
    assert len(event.signals[0].intervals) == 25


@pytest.mark.parametrize(("days_ahead", "worth"), [(-1, False), (0, True), (1, True)])
def test_a_day_is_worth_telling_until_it_is_over(
    days_ahead: int,
    worth: bool,  # noqa: FBT001
) -> None:
    today = date(2025, 11, 2)

    assert is_worth_telling(today + timedelta(days=days_ahead), today) is worth


def test_a_withdrawn_day_is_told_as_a_cancelled_event_with_the_same_prices() -> None:
    told = prices_of(date(2025, 11, 2), ["0.1"] * 25)

    body = price_event(told, PROGRAMME, is_withdrawn=True)

    assert body.pop("is_cancelled") is True
    assert body == price_event(told, PROGRAMME)
