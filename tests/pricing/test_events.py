"""A VEN is told the curve as it is stored: every digit, every hour, in UTC."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ter_pipelines.pricing.events import is_worth_telling, price_event
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.programme import parse_programme

PROGRAMME = parse_programme(Path("examples/programme.toml").read_text())
NEW_YORK = ZoneInfo("America/New_York")


def curve(day: date, prices: list[str]) -> pl.DataFrame:
    starts = interval_starts_utc(day, NEW_YORK)[: len(prices)]
    return pl.DataFrame(
        {
            "interval_start_utc": starts,
            "duration_seconds": [3600] * len(prices),
            "price_per_kwh": pl.Series(
                [Decimal(p) for p in prices], dtype=pl.Decimal(18, 8)
            ),
            "currency": ["CAD"] * len(prices),
        }
    )


def test_an_event_carries_the_digits_as_stored() -> None:
    prices = ["0.03512", "-0.012", "0", "0.00000001", "1234.5", "-0.00000010"]

    event = price_event(curve(date(2025, 11, 3), prices), PROGRAMME)

    assert [i["value"] for i in event["intervals"]] == [
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
    event = price_event(curve(day, ["0.1"] * hours), PROGRAMME)

    intervals = event["intervals"]
    assert len(intervals) == hours
    assert (intervals[0]["start_utc"], intervals[-1]["start_utc"]) == (first, last)
    assert {i["duration_seconds"] for i in intervals} == {3600}


def test_an_event_says_what_its_numbers_are() -> None:
    event = price_event(curve(date(2025, 11, 3), ["0.1"]), PROGRAMME)

    assert event["item_units"] == "CAD"
    assert event["item_name"] == "currencyPerKWh"
    assert (event["signal_name"], event["signal_type"]) == (
        "ELECTRICITY_PRICE",
        "price",
    )
    assert event["market_context"] == PROGRAMME.market_context


@pytest.mark.parametrize(("days_ahead", "worth"), [(-1, False), (0, True), (1, True)])
def test_a_day_is_worth_telling_until_it_is_over(
    days_ahead: int,
    worth: bool,  # noqa: FBT001
) -> None:
    today = date(2025, 11, 2)

    assert is_worth_telling(today + timedelta(days=days_ahead), today) is worth
