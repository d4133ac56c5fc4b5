"""Usage: the VTN's reports -> interval usage of meters."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    REMOTE_RETRIES,
    blocking,
    described,
    hashes_of,
    picture,
    report_partition,
    telling,
    total,
    verdict,
    warning,
)
from ter_pipelines.freshness import USAGE_SOURCES
from ter_pipelines.metering.mapping import BEGINNING, read_meter_map
from ter_pipelines.metering.placing import Calendar, place_values
from ter_pipelines.metering.usage import DayOfUsage, sort_out
from ter_pipelines.partitions import days_of
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, parse_instant
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import Report

USAGE_TABLES = (
    tables.INTERVAL_USAGE,
    tables.REGISTER_READING,
    tables.QUARANTINED_USAGE,
)
NO_OVERLAPS = blocking(
    "intervals_do_not_overlap",
    tables.INTERVAL_USAGE,
    "No instant of a device's life is counted twice.",
)
ONE_READING = blocking(
    "a_dial_has_one_reading_at_an_instant",
    tables.REGISTER_READING,
    "No dial of a device shows two things at one instant.",
)
ALL_ACCOUNTED_FOR = blocking(
    "every_value_is_accounted_for",
    tables.QUARANTINED_USAGE,
    "Every reported value is usage, a repeat, replaced by a newer one, not energy, or "
    "quarantined.",
)
NOTHING_QUARANTINED = telling(
    "nothing_is_quarantined",
    tables.QUARANTINED_USAGE,
    "Tells which values could not be used, and why.",
)


@dg.asset(
    **described(tables.VEN_REPORT, group="usage", kinds={"openadr", "parquet"}),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=REMOTE_RETRIES,
)
def ven_report(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    vtn: dg.ResourceParam[Vtn],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    calendar = Calendar(programme.zone, programme.first_operating_day)
    rows = 0
    for day in days_of(context):
        span = day_span(day, programme.zone)
        values: list[dict[str, Any]] = []
        newest_seq = 0
        begin = span.start_utc if day > calendar.first_day else BEGINNING
        for report in vtn.reports(begin, span.end_utc):
            newest_seq = max(newest_seq, report.seq)
            values += _value_rows(report, day, calendar)
        frame = frame_of(tables.VEN_REPORT, values)
        stored = lake.replace(
            tables.VEN_REPORT, day, frame, {"report_seq": str(newest_seq)}
        )
        facts = {"rows": stored.rows, "vens": frame["ven_id"].n_unique()}
        report_partition(context, tables.VEN_REPORT, day, facts)
        rows += stored.rows
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            **described(
                table,
                group="usage",
                kinds={"python", "parquet"},
                upstream=[*USAGE_SOURCES, tables.METER_MAPPING],
            )
        )
        for table in USAGE_TABLES
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[NO_OVERLAPS, ONE_READING, ALL_ACCOUNTED_FOR, NOTHING_QUARANTINED],
)
def interval_usage(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    programme: dg.ResourceParam[Programme],
) -> Iterator[dg.MaterializeResult]:
    meter_map = read_meter_map(lake.read(tables.METER_MAPPING))
    days = days_of(context)
    results: dict[date, DayOfUsage] = {}
    for day in days:
        span = day_span(day, programme.zone)
        inputs = {
            **hashes_of(lake, day, *USAGE_SOURCES),
            "meter_mapping": meter_map.digest_during(span),
        }
        reported, filed, metered = (
            lake.read(table, [day]).iter_rows(named=True) for table in USAGE_SOURCES
        )
        result = sort_out(
            reported, meter_map.meter_at, span, filed=filed, metered=metered
        )
        results[day] = result
        made = (result.usage, result.registers, result.quarantined)
        for table, rows in zip(USAGE_TABLES, made, strict=True):
            lake.replace(table, day, frame_of(table, rows), inputs)
        _report_usage(context, day, result)
    overlaps = lake.run(
        "overlapping_usage", {"first_day": days[0], "last_day": days[-1]}
    )
    yield dg.MaterializeResult(
        asset_key=tables.INTERVAL_USAGE.asset_key,
        metadata={"dagster/row_count": sum(len(r.usage) for r in results.values())},
        check_results=[verdict(NO_OVERLAPS, _overlap_findings(overlaps))],
    )
    yield dg.MaterializeResult(
        asset_key=tables.REGISTER_READING.asset_key,
        check_results=[verdict(ONE_READING, _find_two_readings(results))],
    )
    yield dg.MaterializeResult(
        asset_key=tables.QUARANTINED_USAGE.asset_key,
        check_results=[
            verdict(ALL_ACCOUNTED_FOR, _find_unaccounted(lake, results)),
            warning(NOTHING_QUARANTINED, _find_quarantined(results)),
        ],
    )


def _value_rows(
    report: Report, day: date, calendar: Calendar
) -> Iterator[dict[str, Any]]:
    """Give a report's values that are stored on a day, as rows."""
    received_at = parse_instant(report.received_at)
    starts = [value.start_text for value in report.values]
    days = place_values(starts, received_at, calendar)
    for position, (value, placed) in enumerate(zip(report.values, days, strict=True)):
        if placed == day:
            given = dict(vars(value))
            yield {
                "report_seq": report.seq,
                "position": position,
                "source": "openadr",
                "received_at": received_at,
                "ven_id": report.ven_id,
                "interval_start_text": given.pop("start_text"),
                **given,
            }


def _find_unaccounted(lake: Lake, results: Mapping[date, DayOfUsage]) -> list[Finding]:
    reported = {
        day: sum(lake.read(table, [day]).height for table in USAGE_SOURCES)
        for day in results
    }
    return [
        Finding(
            "usage.unaccounted",
            str(day),
            {"accounted_for": result.accounted_for, "reported": reported[day]},
        )
        for day, result in results.items()
        if result.accounted_for != reported[day]
    ]


def _find_two_readings(results: Mapping[date, DayOfUsage]) -> list[Finding]:
    names = ("ven_id", "device_id", "direction", "read_at")
    counted = Counter(
        tuple(str(row[name]) for name in names)
        for result in results.values()
        for row in result.registers
    )
    return [
        Finding("register.two_readings", " ".join(key), {"readings": count})
        for key, count in counted.items()
        if count > 1
    ]


def _find_quarantined(results: Mapping[date, DayOfUsage]) -> list[Finding]:
    counted = Counter(
        (row["reason"], f"{row['ven_id']} {row['device_id']}", str(day))
        for day, result in results.items()
        for row in result.quarantined
    )
    return [
        Finding(reason, device, {"values": values, "day": day})
        for (reason, device, day), values in sorted(counted.items())
    ]


def _overlap_findings(overlaps: pl.DataFrame) -> list[Finding]:
    return [
        Finding(
            "usage.overlaps",
            f"{row['ven_id']} {row['device_id']}",
            {"at": str(row["interval_start_utc"])},
        )
        for row in overlaps.iter_rows(named=True)
    ]


def _report_usage(
    context: dg.AssetExecutionContext,
    day: date,
    result: DayOfUsage,
) -> None:
    usage = frame_of(tables.INTERVAL_USAGE, result.usage)
    hourly = (
        usage.group_by(pl.col("interval_start_utc").dt.truncate("1h"))
        .agg(pl.col("energy_kwh").sum())
        .sort("interval_start_utc")
    )
    facts = {
        "dagster/row_count": usage.height,
        "energy_kwh": total(usage, "energy_kwh"),
        "devices": usage["device_id"].n_unique(),
        "repeats": result.repeats,
        "replaced": result.replaced,
        "day": picture(
            hourly["energy_kwh"].to_list(), title=f"Net usage of {day}", unit="kWh"
        ),
    }
    report_partition(context, tables.INTERVAL_USAGE, day, facts)
    for table, rows in (
        (tables.REGISTER_READING, result.registers),
        (tables.QUARANTINED_USAGE, result.quarantined),
    ):
        report_partition(context, table, day, {"dagster/row_count": len(rows)})
