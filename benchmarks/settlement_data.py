"""A month of quarter-hours of many meters and of seven price components, in a lake.

March 2026 in New York, whose 8th has 23 hours. The same every time. Every third meter
gives energy back in some quarter-hours. Energy is in whole Wh and each component in
whole micro-dollars, so that plain whole numbers can say what is right.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.pricing.curve import sum_components
from ter_pipelines.store.frames import schema_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, days_of_month, interval_starts_utc
from ter_pipelines.vocab.table import Table

ZONE = ZoneInfo("America/New_York")
MONTH = "2026-03"
DAYS = days_of_month(MONTH)
STEP = 900
SLOTS_AN_HOUR = 4
COMPONENTS = (
    "energy", "congestion", "losses", "capacity", "ancillary", "transmission", "margin",
)  # fmt: skip
_MAPPED_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """What was made.

    Args:
        meters: How many.
        rows: Quarter-hours.
        hours: Settled hours.
        settling_seconds: CPU that settling the days took.
        storing_seconds: CPU that storing their hours took.
    """

    meters: int
    rows: int
    hours: int
    settling_seconds: float
    storing_seconds: float


def meters_of(rows: int) -> int:
    """Give how many meters have about so many rows in the month."""
    return max(round(rows / sum(len(_slots(day)) for day in DAYS)), 1)


def make_lake(root: Path, meters: int) -> Made:
    """Write the meter map, prices and validated usage, and settle day after day.

    What is there already is kept.
    """
    lake = Lake(root)
    if lake.stored(tables.SETTLED_HOUR, DAYS[-1]) is not None:
        rows = sum(len(_slots(day)) for day in DAYS) * meters
        return Made(meters, rows, rows // SLOTS_AN_HOUR, 0, 0)
    lake.replace(tables.METER_MAPPING, "", _mapping(meters))
    rows = hours = 0
    settling = storing = 0.0
    for day in DAYS:
        lake.replace(tables.PRICE_CURVE, day, price_curve(day))
        rows += lake.replace(tables.VALIDATED_USAGE, day, usage(day, meters)).rows
        began = time.process_time()
        settled = lake.run("settled_hour", {"first_day": day, "last_day": day})
        done = time.process_time()
        hours += lake.replace(tables.SETTLED_HOUR, day, settled).rows
        settling += done - began
        storing += time.process_time() - done
    return Made(meters, rows, hours, settling, storing)


def micro_dollars(day: date) -> list[list[int]]:
    """Give each component of each hour of a day; the first may be below zero."""
    hours = range(len(interval_starts_utc(day, ZONE)))
    of_energy = [(hour * 9973 + day.day * 131) % 400_000 - 20_000 for hour in hours]
    others = [
        [(hour * 37 + day.day * 11 + number * 1009) % 9_000 for hour in hours]
        for number in range(1, len(COMPONENTS))
    ]
    return [of_energy, *others]


def price_curve(day: date) -> pl.DataFrame:
    """Add the components of a day up, as the pipeline does."""
    starts = interval_starts_utc(day, ZONE)
    components = pl.DataFrame(
        [
            {"component": name, "interval_start_utc": start, "micro": micro}
            for name, of_hours in zip(COMPONENTS, micro_dollars(day), strict=True)
            for start, micro in zip(starts, of_hours, strict=True)
        ]
    ).with_columns(
        duration_seconds=pl.lit(3600, pl.Int32),
        price_per_kwh=_scaled(pl.col("micro"), Decimal("0.000001"), 8),
        currency=pl.lit("USD"),
        submission_id=pl.lit(1, pl.Int64),
        source=pl.lit("benchmark"),
        received_at=pl.lit(_MAPPED_SINCE),
        withdrawn_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )
    return sum_components(components, day=day, hours_utc=starts)


def usage(day: date, meters: int) -> pl.DataFrame:
    """Give the validated usage of a day, by meter, then time."""
    slot, number = pl.col("slot"), pl.col("number")
    made = (
        number * 7919 + slot * 104_729 + (number % 89) * (slot % 97) * 7907
    ) % 999_983
    least = pl.when(number % 3 == 0).then(400).otherwise(0)
    name = pl.format("MTR{}", number + 1_000_000)
    start = pl.lit(day_span(DAYS[0], ZONE).start_utc)
    return _typed(
        tables.VALIDATED_USAGE,
        _numbered(meters, "number")
        .join(pl.DataFrame({"slot": _slots(day)}), how="cross")
        .with_columns(
            meter_id=name,
            ven_id=pl.lit("cmep"),
            device_id=name,
            direction=pl.lit("net"),
            interval_start_utc=start + pl.duration(seconds=slot * STEP),
            duration_seconds=pl.lit(STEP, pl.Int32),
            energy_kwh=_scaled(made % 2500 - least, Decimal("0.001"), 6),
            state=pl.lit("VALID"),
            rules_failed=pl.lit(""),
            method=pl.lit(""),
            version=pl.lit(1, pl.Int32),
        ),
    )


def _slots(day: date) -> Sequence[int]:
    """Number a day's quarter-hours from the month's first."""
    begin = day_span(DAYS[0], ZONE).start_utc
    span = day_span(day, ZONE)
    step = timedelta(seconds=STEP)
    return range((span.start_utc - begin) // step, (span.end_utc - begin) // step)


def _mapping(meters: int) -> pl.DataFrame:
    name = pl.format("MTR{}", pl.col("number") + 1_000_000)
    return _typed(
        tables.METER_MAPPING,
        _numbered(meters, "number").with_columns(
            ven_id=pl.lit("cmep"),
            device_id=name,
            meter_id=name,
            valid_from=pl.lit(_MAPPED_SINCE),
            valid_to=pl.lit(None, pl.Datetime("us", "UTC")),
            submission_id=pl.lit(1, pl.Int64),
        ),
    )


def _numbered(count: int, name: str) -> pl.DataFrame:
    return pl.select(pl.int_range(count, dtype=pl.Int64).alias(name))


def _scaled(whole: pl.Expr, unit: Decimal, places: int) -> pl.Expr:
    """Make whole numbers decimals, exactly."""
    one = pl.lit(str(unit)).str.to_decimal(scale=places)
    return whole.cast(pl.Decimal(18, 0)) * one


def _typed(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(n).cast(t) for n, t in schema_of(table).items())
