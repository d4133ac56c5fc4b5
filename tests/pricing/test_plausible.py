"""Prices outside the programme's band are found, at the limits and by their sum."""

from datetime import UTC, datetime
from decimal import Decimal

from ter_pipelines.pricing.plausible import find_implausible_prices
from ter_pipelines.vocab.prices import PriceHour

LOWEST = Decimal("-0.50")
HIGHEST = Decimal("5.00")


def hour(start_hour: int, price: str, *, component: str = "price") -> PriceHour:
    return PriceHour(
        interval_start_utc=datetime(2025, 11, 3, start_hour, tzinfo=UTC),
        duration_seconds=3600,
        component=component,
        price_per_kwh=Decimal(price),
        currency="USD",
        field=f"schedule.prices[{start_hour}].datetime",
    )


def test_prices_on_the_limits_are_plausible() -> None:
    hours = [hour(0, "-0.50"), hour(1, "0"), hour(2, "5.00")]

    findings = find_implausible_prices(hours, lowest=LOWEST, highest=HIGHEST)

    assert findings == []


def test_prices_just_outside_the_limits_are_found_in_order_of_time() -> None:
    hours = [hour(2, "5.00000001"), hour(1, "0.10"), hour(0, "-0.50000001")]

    findings = find_implausible_prices(hours, lowest=LOWEST, highest=HIGHEST)

    assert [str(finding) for finding in findings] == [
        "price.implausible 2025-11-03T00:00:00Z: price_per_kwh -0.50000001, "
        "lowest_per_kwh -0.5, highest_per_kwh 5",
        "price.implausible 2025-11-03T02:00:00Z: price_per_kwh 5.00000001, "
        "lowest_per_kwh -0.5, highest_per_kwh 5",
    ]


def test_the_sum_of_an_hours_components_is_what_counts() -> None:
    above_only_in_part = [
        hour(0, "5.20", component="energy"),
        hour(0, "-0.30", component="congestion"),
    ]
    above_only_together = [
        hour(1, "4.90", component="energy"),
        hour(1, "0.20", component="loss"),
    ]

    findings = find_implausible_prices(
        above_only_in_part + above_only_together, lowest=LOWEST, highest=HIGHEST
    )

    assert [(f.subject, f.facts["price_per_kwh"]) for f in findings] == [
        ("2025-11-03T01:00:00Z", "5.1")
    ]


def test_no_hours_have_no_findings() -> None:
    assert find_implausible_prices([], lowest=LOWEST, highest=HIGHEST) == []
