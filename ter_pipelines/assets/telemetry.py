"""Telemetry: what devices report beside billable energy, named, and checked.

Power is held against the energy of the same hour here; it never becomes energy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    blocking,
    described,
    hashes_of,
    picture,
    report_partition,
    telling,
    verdict,
    warning,
)
from ter_pipelines.metering.mapping import MeterMap, read_meter_map
from ter_pipelines.metering.power_check import PowerCheck, compare_power, power_by_hour
from ter_pipelines.metering.telemetry import (
    DayOfTelemetry,
    charge_by_hour,
    sort_out_measurements,
    sort_out_telemetry,
)
from ter_pipelines.metering.telemetry_checks import find_doubtful, find_uncatalogued
from ter_pipelines.partitions import days_of
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, interval_starts_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

SOURCES = (tables.VEN_REPORT, tables.METER_READING)

ALL_ACCOUNTED_FOR = blocking(
    "every_measurement_is_accounted_for",
    tables.TELEMETRY_VALUE,
    "Every reported value is telemetry, a repeat, replaced by a newer one, or left to "
    "usage and its quarantine.",
)
ALL_CATALOGUED = telling(
    "every_point_is_catalogued",
    tables.TELEMETRY_VALUE,
    "Tells what is reported that the catalogue of points does not know.",
)
ALL_PLAUSIBLE = telling(
    "telemetry_is_plausible",
    tables.TELEMETRY_VALUE,
    "Tells which values are beyond what is plausible, or doubted by their device.",
)
POWER_AGREES = telling(
    "power_agrees_with_energy",
    tables.TELEMETRY_VALUE,
    "Tells in which hours a device's average power is not the energy it reported.",
)


@dataclass
class _Seen:
    """What was found over the days of a run."""

    rows: int = 0
    unaccounted: list[Finding] = field(default_factory=list)
    uncatalogued: list[Finding] = field(default_factory=list)
    doubtful: list[Finding] = field(default_factory=list)
    disagreeing: list[Finding] = field(default_factory=list)


@dg.asset(
    **described(
        tables.TELEMETRY_VALUE,
        group="usage",
        kinds={"python", "parquet"},
        upstream=[*SOURCES, tables.METER_MAPPING, tables.INTERVAL_USAGE],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[ALL_ACCOUNTED_FOR, ALL_CATALOGUED, ALL_PLAUSIBLE, POWER_AGREES],
)
def telemetry(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    meter_map = read_meter_map(lake.read(tables.METER_MAPPING))
    seen = _Seen()
    for day in days_of(context):
        inputs = {
            **hashes_of(lake, day, *SOURCES, tables.INTERVAL_USAGE),
            "meter_mapping": meter_map.digest_during(day_span(day, programme.zone)),
            "points": programme.telemetry.digest,
        }
        reported, measured = (lake.read(table, [day]) for table in SOURCES)
        told = _sort_out(reported, measured, meter_map, day, programme)
        values = [row for part in told for row in part.values]
        frame = frame_of(tables.TELEMETRY_VALUE, values)
        stored = lake.replace(tables.TELEMETRY_VALUE, day, frame, inputs)
        usage = lake.read(tables.INTERVAL_USAGE, [day]).rows(named=True)
        power = compare_power(values, usage, programme.telemetry)
        seen.rows += stored.rows
        seen.unaccounted += _find_unaccounted(told, [reported, measured], day)
        seen.uncatalogued += find_uncatalogued(values, day)
        seen.doubtful += find_doubtful(values, programme.telemetry, day)
        seen.disagreeing += power.findings
        facts = _facts(told, values, power) | _pictures(values, usage, day, programme)
        report_partition(context, tables.TELEMETRY_VALUE, day, facts)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": seen.rows},
        check_results=[
            verdict(ALL_ACCOUNTED_FOR, seen.unaccounted),
            warning(ALL_CATALOGUED, seen.uncatalogued),
            warning(ALL_PLAUSIBLE, seen.doubtful),
            warning(POWER_AGREES, seen.disagreeing),
        ],
    )


def _sort_out(
    reported: pl.DataFrame,
    measured: pl.DataFrame,
    meter_map: MeterMap,
    day: date,
    programme: Programme,
) -> list[DayOfTelemetry]:
    return [
        sort_out(
            frame.iter_rows(named=True),
            meter_map.meter_at,
            day_span(day, programme.zone),
            programme.telemetry,
        )
        for sort_out, frame in (
            (sort_out_telemetry, reported),
            (sort_out_measurements, measured),
        )
    ]


def _find_unaccounted(
    told: Sequence[DayOfTelemetry], raw: Sequence[pl.DataFrame], day: date
) -> list[Finding]:
    return [
        Finding(
            "telemetry.unaccounted",
            f"{day} {table}",
            {"accounted_for": part.accounted_for, "reported": frame.height},
        )
        for table, part, frame in zip(SOURCES, told, raw, strict=True)
        if part.accounted_for != frame.height
    ]


def _facts(
    told: Sequence[DayOfTelemetry], values: Sequence[Any], power: PowerCheck
) -> dict[str, Any]:
    devices = {(row["ven_id"], row["device_id"]) for row in values}
    return {
        "dagster/row_count": len(values),
        "devices": len(devices),
        "points": len({row["point"] for row in values}),
        "repeats": sum(part.repeats for part in told),
        "replaced": sum(part.replaced for part in told),
        "hours_compared": power.compared,
        "hours_with_power_of_several_points": power.ambiguous,
    }


def _pictures(
    values: Sequence[Any], usage: Sequence[Any], day: date, programme: Programme
) -> dict[str, Any]:
    """Draw the power and the state of charge of a day, where there is any."""
    hours = interval_starts_utc(day, programme.zone)
    power = power_by_hour(values, usage, programme.telemetry)
    charge = charge_by_hour(values)
    drawn = (
        ("power", power, f"Power of all devices on {day}", "kW"),
        ("state_of_charge", charge, f"Average state of charge on {day}", "%"),
    )
    return {
        name: picture([by_hour.get(h) for h in hours], title=title, unit=unit)
        for name, by_hour, title, unit in drawn
        if by_hour
    }
