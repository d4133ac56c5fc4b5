"""Meters over Modbus: what the collector kept -> a day's rows."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import described, report_partition
from ter_pipelines.partitions import days_of
from ter_pipelines.registry.modbus_book import ModbusBook
from ter_pipelines.registry.readings import StoredReading
from ter_pipelines.registry.registry import Registry
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import HOUR, Span, day_span
from ter_pipelines.vocab.modbus import GOOD, NO_ROLE, SOURCE
from ter_pipelines.vocab.programme import Programme

READING_SEQ = "reading_seq"
CHANNEL = ("host_id", "measurement")
PLACES = Decimal("1E-9")
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dg.asset(
    **described(tables.METER_READING, group="usage", kinds={"modbus", "parquet"}),
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def meter_reading(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    rows = 0
    for day in days_of(context):
        newest = registry.modbus.newest_reading_id()  # what comes later is not here
        found = readings_of(registry.modbus, day_span(day, programme.zone))
        frame = found.filter(pl.col(READING_SEQ) <= newest)
        inputs = {READING_SEQ: str(newest)}
        stored = lake.replace(tables.METER_READING, day, frame, inputs)
        report_partition(context, tables.METER_READING, day, _facts(frame, day))
        rows += stored.rows
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


def readings_of(book: ModbusBook, span: Span) -> pl.DataFrame:
    """Give what was read in a span of time as a frame of `raw/meter_reading`.

    With it come, of each channel that intervals are made of, the good readings of the
    hour before, the last ones before that, and the first ones after the span: they
    bound its first and last interval, and tell what the counter did between.
    """
    inside = pl.concat([_frame([]), *(_hour_of(book, at) for at in _hours(span))])
    channels = _used(inside).select(CHANNEL).unique(maintain_order=True)
    hour_before = span.start_utc - HOUR
    just_before = _used(_hour_of(book, hour_before)).join(channels, CHANNEL, "semi")
    beside = book.readings_beside(channels.rows(), hour_before, span.end_utc)
    return pl.concat([inside, just_before, _frame(beside)])


def _hour_of(book: ModbusBook, begin: datetime) -> pl.DataFrame:
    return _frame(book.readings(begin, begin + HOUR))


def _frame(readings: Iterable[StoredReading]) -> pl.DataFrame:
    return frame_of(tables.METER_READING, map(_row, readings))


def _used(frame: pl.DataFrame) -> pl.DataFrame:
    """Choose what intervals are made from."""
    return frame.filter(pl.col("role") != NO_ROLE, pl.col("quality") == GOOD)


def _hours(span: Span) -> Iterator[datetime]:
    hours = (span.end_utc - span.start_utc) // HOUR
    return (span.start_utc + timedelta(hours=hour) for hour in range(hours))


def _row(stored: StoredReading) -> dict[str, Any]:
    reading, meaning = stored.reading, stored.reading.meaning
    return {
        "reading_seq": stored.id,
        "source": SOURCE,
        "received_at": reading.read_at,
        "host_id": reading.host_id,
        "measurement": reading.measurement,
        "read_at": reading.read_at,
        "value": _kept(reading.value),
        "unit": reading.unit,
        "quality": reading.quality,
        "explanation": reading.explanation,
        "role": meaning.role,
        "direction": meaning.direction,
        "interval_seconds": reading.interval_seconds,
        "step": _kept(meaning.step),
        "rolls_over_at": _kept(meaning.rolls_over_at),
        "highest_kw": _kept(meaning.highest_kw),
        "longest_gap_seconds": meaning.longest_gap_seconds,
    }


def _kept(number: Decimal | None) -> Decimal | None:
    """Round to what the table keeps, a thousand-millionth."""
    return None if number is None else _ROUNDING.quantize(number, PLACES)


def _facts(frame: pl.DataFrame, day: date) -> dict[str, Any]:
    failed = frame.filter(pl.col("measurement") == "")
    return {
        "day": str(day),
        "rows": frame.height,
        "hosts": frame["host_id"].n_unique(),
        "good_values": frame.filter(pl.col("quality") == GOOD).height,
        "failed_polls": failed.height,
    }
