"""A lake of many devices as the pages read it: usage after VEE, and who takes part.

Two weeks of November 2025 in New York, whose 2nd has 25 hours. The same every time:
which hours lack is drawn from their number.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, days_between, interval_starts_utc

ZONE = ZoneInfo("America/New_York")
DAYS = days_between(date(2025, 11, 1), date(2025, 11, 14))
LOOKED_AT_DAYS, LOOKS = 7, 24
_PRIME, _OTHER_PRIME = 2_654_435_761, 40_503
_THOUSAND, _LACKING, _ESTIMATED = 1000, 8, 16


def make_lake(root: Path, devices: int, *, interval_minutes: int) -> int:
    """Write everything; give the number of intervals."""
    lake = Lake(root)
    fleet = _fleet(devices)
    lake.replace(tables.METER_MAPPING, "", _mapping(fleet))
    rows = 0
    for day in DAYS:
        usage = _usage(fleet, day, interval_minutes)
        rows += lake.replace(tables.VALIDATED_USAGE, day, usage).rows
        lake.replace(tables.INTERVAL_USAGE, day, _told(usage, day))
    for day in DAYS[-LOOKED_AT_DAYS:]:
        for after, look in enumerate(_looks(fleet, day)):
            lake.publish(tables.VEN_PARTICIPATION, day, look, after=after)
    return rows


def _fleet(devices: int) -> pl.DataFrame:
    number = pl.col("n")
    return pl.DataFrame({"n": range(devices)}).with_columns(
        meter_id=pl.format("MTR{}", number + 1_000_000),
        ven_id=pl.format("ven-{}", number),
        device_id=pl.format("thermostat-{}", number),
        direction=pl.lit("delivered"),
    )


def _mapping(fleet: pl.DataFrame) -> pl.DataFrame:
    return fleet.select(
        "ven_id",
        "device_id",
        "meter_id",
        valid_from=pl.lit(day_span(DAYS[0], ZONE).start_utc),
        valid_to=pl.lit(None),
        submission_id=pl.lit(1),
    )


def _usage(fleet: pl.DataFrame, day: date, interval_minutes: int) -> pl.DataFrame:
    starts = interval_starts_utc(day, ZONE, interval_minutes=interval_minutes)
    drawn = (
        pl.col("i").cast(pl.Int64) * _PRIME + day.toordinal() * _OTHER_PRIME
    ) % _THOUSAND
    lacks = drawn < _LACKING
    return (
        fleet.join(pl.DataFrame({"interval_start_utc": starts}), how="cross")
        .with_row_index("i")
        .with_columns(
            duration_seconds=pl.lit(interval_minutes * 60),
            energy_kwh=pl.when(~lacks).then(drawn.cast(pl.Decimal(18, 6)) / Decimal(8)),
            state=pl.when(lacks)
            .then(pl.lit("MISSING"))
            .when(drawn < _ESTIMATED)
            .then(pl.lit("ESTIMATED"))
            .otherwise(pl.lit("VALID")),
            rules_failed=pl.lit(""),
            method=pl.lit(""),
            version=pl.when(lacks).then(0).otherwise(1),
        )
        .drop("i", "n")
    )


def _told(usage: pl.DataFrame, day: date) -> pl.DataFrame:
    return (
        usage.filter(pl.col("state") == "VALID")
        .drop("state", "rules_failed", "method")
        .with_columns(
            quality=pl.lit("RAW"),
            marks=pl.lit(""),
            source=pl.lit("openadr"),
            source_reference=pl.lit("report-1"),
            received_at=pl.lit(day_span(day, ZONE).end_utc),
        )
    )


def _looks(fleet: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
    """Give a look every hour: the first one has every VEN, the others some."""
    begin = day_span(day, ZONE).start_utc
    for look in range(LOOKS):
        seen = fleet if look == 0 else fleet.filter(pl.col("n") % LOOKS == look)
        yield _look(seen, begin, begin + timedelta(hours=look))


def _look(fleet: pl.DataFrame, begin: datetime, seen_at: datetime) -> pl.DataFrame:
    is_silent = pl.col("n") % 50 == 0
    return fleet.select(
        "ven_id",
        is_enabled=pl.lit(True),  # noqa: FBT003 - a value, not a switch
        event_id=pl.format("event-{}", pl.col("n")),
        modification_number=pl.lit(0),
        delivered_at=pl.lit(begin),
        opt=pl.lit("optIn"),
        opt_at=pl.lit(begin),
        is_answered=~is_silent,
        last_poll_at=pl.lit(seen_at),
        last_report_at=pl.lit(seen_at),
        has_reported=~is_silent,
        silent_since=pl.when(is_silent).then(pl.lit(begin)),
        certificate_expires_at=pl.lit(begin + timedelta(days=90)),
        seen_at=pl.lit(seen_at),
    )
