"""Usage: the VTN's reports -> interval usage of meters."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import dagster as dg
import polars as pl

from ter_pipelines.arrivals import USAGE_SOURCES
from ter_pipelines.assets.common import (
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
from ter_pipelines.metering.mapping import MeterMap, read_meter_map
from ter_pipelines.metering.usage import DayOfUsage, sort_out
from ter_pipelines.partitions import days_of
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

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
DIALS_RUN_ON = telling(
    "dials_run_on",
    tables.REGISTER_READING,
    "Tells which dials started again, rolled over or were exchanged.",
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
    check_specs=[
        NO_OVERLAPS,
        ONE_READING,
        DIALS_RUN_ON,
        ALL_ACCOUNTED_FOR,
        NOTHING_QUARANTINED,
    ],
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
        results[day] = _sort_out_day(lake, day, meter_map, programme)
        _report_usage(context, day, results[day])
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
        check_results=[
            verdict(ONE_READING, _find_two_readings(results)),
            warning(DIALS_RUN_ON, [f for r in results.values() for f in r.findings]),
        ],
    )
    yield dg.MaterializeResult(
        asset_key=tables.QUARANTINED_USAGE.asset_key,
        check_results=[
            verdict(ALL_ACCOUNTED_FOR, _find_unaccounted(lake, results)),
            warning(NOTHING_QUARANTINED, _find_quarantined(results)),
        ],
    )


def _sort_out_day(
    lake: Lake, day: date, meter_map: MeterMap, programme: Programme
) -> DayOfUsage:
    span = day_span(day, programme.zone)
    inputs = {
        **hashes_of(lake, day, *USAGE_SOURCES),
        "meter_mapping": meter_map.digest_during(span),
    }
    reported, filed, metered = (
        lake.read(table, [day]).iter_rows(named=True) for table in USAGE_SOURCES
    )
    result = sort_out(reported, meter_map.meter_at, span, filed=filed, metered=metered)
    made = (result.usage, result.registers, result.quarantined)
    for table, rows in zip(USAGE_TABLES, made, strict=True):
        lake.replace(table, day, frame_of(table, rows), inputs)
    return result


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
