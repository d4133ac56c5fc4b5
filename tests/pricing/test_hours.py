"""Prices of several files: each hour once, or it is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.pricing.hours import distinct_hours, price_by_hour
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.prices import PriceHour

START = datetime(2025, 11, 3, 5, tzinfo=UTC)


def part(price: str, component: str = "energy", field: str = "line 1") -> PriceHour:
    return PriceHour(START, 3600, component, Decimal(price), "USD", field)


def test_the_same_hour_in_two_files_counts_once() -> None:
    hour = [part("0.03"), part("0.01", "loss")]
    again = [replace(each, field="line 9") for each in reversed(hour)]

    found = distinct_hours([hour, hour, [*hour, *again]], "USD")

    assert price_by_hour(found) == {START: Decimal("0.04")}


@pytest.mark.parametrize(
    "other",
    [
        [part("0.04", field="line 9")],
        [part("0.02", field="line 9"), part("0.02", "loss", field="line 9")],
    ],
)
def test_an_hour_told_in_two_ways_is_named(other: list[PriceHour]) -> None:
    with pytest.raises(InputError, match=r"2025-11-03T05:00:00Z: got 0\.03 and 0\.04"):
        distinct_hours([[part("0.03")], other], "USD")


@pytest.mark.parametrize(
    ("hour", "wrong"),
    [
        (replace(part("1"), currency="CAD"), "got CAD, expected USD"),
        (replace(part("1"), duration_seconds=900), "got 900 s, expected one hour"),
        (
            replace(part("1"), interval_start_utc=START + timedelta(minutes=15)),
            "got no start of an hour",
        ),
    ],
)
def test_what_is_no_hour_of_the_rate_is_refused(hour: PriceHour, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        distinct_hours([[hour]], "USD")
