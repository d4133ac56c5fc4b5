"""A lake to settle in: usage, prices and mappings put there a line at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, month_span, operating_day_of

NEW_YORK = ZoneInfo("America/New_York")
SHORT_DAY, PLAIN_DAY, LONG_DAY = date(2024, 3, 10), date(2024, 11, 4), date(2024, 11, 3)
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
NET_KWH = """
    1.250 1.100 1.050 1.000 0.950 0.900 0.875 1.200 1.500 0.400 -0.300 -1.100 -1.750
    -2.000 -1.800 -1.150 -0.250 0.650 2.100 2.600 2.450 2.200 1.900 1.600 1.400
""".split()
PRICES = """
    0.03512 0.03277 0.03104 0.02988 0.02951 0.02990 0.03310 0.04025 0.04518 0.03890
    0.02210 0.00455 -0.01200 -0.00835 0.00390 0.02875 0.05240 0.11875 0.48650 0.45320
    0.21440 0.09875 0.06520 0.04810 0.03995
""".split()


def hours_of(day: date) -> list[datetime]:
    return interval_starts_utc(day, NEW_YORK)


def usage(
    start: datetime, kwh: str | None, *, seconds: int = 3600, **changes: object
) -> dict[str, Any]:
    """Give a row of validated usage; None for energy means MISSING."""
    return {
        "meter_id": "0012",
        "ven_id": "ven-1",
        "device_id": "battery",
        "direction": "net",
        "interval_start_utc": start,
        "duration_seconds": seconds,
        "energy_kwh": None if kwh is None else Decimal(kwh),
        "state": "MISSING" if kwh is None else "VALID",
        "rules_failed": "",
        "method": "",
        "version": 0 if kwh is None else 1,
        **changes,
    }


def put_usage(lake: Lake, rows: Iterable[Mapping[str, Any]]) -> None:
    """Store rows of validated usage, each on its local day."""
    by_day: dict[date, list[Mapping[str, Any]]] = {}
    for row in rows:
        day = operating_day_of(row["interval_start_utc"], NEW_YORK)
        by_day.setdefault(day, []).append(row)
    for day, of_day in by_day.items():
        frame = frame_of(tables.VALIDATED_USAGE, of_day)
        lake.replace(tables.VALIDATED_USAGE, day, frame)


def put_prices(
    lake: Lake, day: date, prices: Sequence[str | None], *, submission: int = 7
) -> None:
    """Store a curve; None leaves the hour out."""
    rows = [
        {
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "price_per_kwh": Decimal(price),
            "currency": "USD",
            "submission_id": submission,
            "source": "post",
            "published_at": datetime(2024, 1, 1, tzinfo=UTC),
        }
        for start, price in zip(hours_of(day), prices, strict=True)
        if price is not None
    ]
    lake.replace(tables.PRICE_CURVE, day, frame_of(tables.PRICE_CURVE, rows))


def put_mapping(
    lake: Lake,
    *lines: tuple[str, str, datetime, datetime | None],
) -> None:
    """Store a mapping of (meter, device, from, to)."""
    rows = [
        {
            "ven_id": "ven-1",
            "device_id": device,
            "meter_id": meter,
            "valid_from": start,
            "valid_to": end,
            "submission_id": 1,
        }
        for meter, device, start, end in lines
    ]
    lake.replace(tables.METER_MAPPING, "", frame_of(tables.METER_MAPPING, rows))


def put_worked_day(lake: Lake) -> None:
    """Store the worked day: 25 hours of net energy and prices."""
    rows = zip(hours_of(LONG_DAY), NET_KWH, strict=True)
    put_usage(lake, [usage(start, kwh) for start, kwh in rows])
    put_prices(lake, LONG_DAY, PRICES)


def settle(lake: Lake, *days: date) -> pl.DataFrame:
    """Settle days as they would be stored, and give them back as stored."""
    first, last = min(days), max(days)
    settled = lake.run("settled_hour", {"first_day": first, "last_day": last})
    for i in range((last - first).days + 1):
        day = first + timedelta(days=i)
        hours = settled.filter(pl.col("operating_day") == day)
        lake.replace(tables.SETTLED_HOUR, day, hours)
    return lake.read(tables.SETTLED_HOUR, days)


def settle_month(lake: Lake, month: str, first: date, last: date) -> dict[str, Any]:
    """Give the rows of the month's settlement by meter."""
    span = month_span(month, NEW_YORK)
    values = {
        "first_day": first,
        "last_day": last,
        "month_start_utc": span.start_utc,
        "month_end_utc": span.end_utc,
        "after_meter": "",
        "last_meter": "~",
    }
    rows = lake.run("monthly_settlement", values).rows(named=True)
    return {row["meter_id"]: row for row in rows}
