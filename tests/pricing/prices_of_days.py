"""Days of prices, as they lie in a lake and as everybody is told them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.pricing.curve import sum_components
from ter_pipelines.pricing.versions import find_versions, write_versions
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import GapError
from ter_pipelines.vocab.price_day import DayHour, PriceDay, PriceVersion, digest_of

ZONE = ZoneInfo("America/New_York")
SHORT_DAY, PLAIN_DAY, LONG_DAY = date(2026, 3, 8), date(2025, 11, 4), date(2025, 11, 2)
RECEIVED = datetime(2025, 10, 31, 21, tzinfo=UTC)
DIGITS = ["0.03512", "-0.012", "0", "0.00000001", "4.99", "-0.0000001"]


def digits_of(day: date) -> list[str]:
    """Give a price for every hour of a day, of many lengths and both signs."""
    hours = len(interval_starts_utc(day, ZONE))
    return (DIGITS + [f"0.{n:02d}" for n in range(11, 99) if n % 10])[:hours]


def price_day_of(
    day: date, prices: Sequence[str] | None = None, *, currency: str = "USD"
) -> PriceDay:
    """Make a day's prices in their first version."""
    starts = interval_starts_utc(day, ZONE)
    told = digits_of(day) if prices is None else prices
    hours = tuple(
        DayHour(start, 3600, Decimal(price), 1)
        for start, price in zip(starts, told, strict=False)
    )
    digest = digest_of(hours, f"{currency}/kWh")
    return PriceDay(day, currency, hours, PriceVersion(1, digest, RECEIVED, 1, "post"))


def submitted(
    day: date,
    prices: Sequence[str],
    *,
    submission: int = 1,
    received_at: datetime = RECEIVED,
    withdrawn_at: datetime | None = None,
) -> pl.DataFrame:
    """Make the components of one submission for a day."""
    starts = interval_starts_utc(day, ZONE)
    rows: list[dict[str, Any]] = [
        {
            "submission_id": submission,
            "source": "post",
            "received_at": received_at,
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "component": "price",
            "price_per_kwh": Decimal(price),
            "currency": "USD",
            "withdrawn_at": withdrawn_at,
        }
        for start, price in zip(starts, prices, strict=True)
    ]
    return frame_of(tables.PRICE_COMPONENT, rows)


def put_in_lake(lake: Lake, day: date, *submissions: pl.DataFrame) -> None:
    """Write a day's components, and the curve and versions that they make."""
    components = pl.concat(submissions)
    starts = interval_starts_utc(day, ZONE)
    versions = write_versions(find_versions(components, day=day, hours_utc=starts))
    try:
        curve = sum_components(components, day=day, hours_utc=starts)
    except GapError:
        curve = frame_of(tables.PRICE_CURVE, [])
    lake.replace(tables.PRICE_COMPONENT, day, components)
    lake.replace(tables.PRICE_CURVE, day, curve, {"versions": versions})
