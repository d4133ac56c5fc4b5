"""Validation: interval usage -> validated usage, and the log of its changes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    blocking,
    described,
    report_partition,
    telling,
    total,
    utc_now,
    verdict,
    warning,
)
from ter_pipelines.assets.heat_maps import picture_of_days, picture_of_hours
from ter_pipelines.assets.judging import JudgedDay, Judging
from ter_pipelines.assets.surroundings import dial_sums
from ter_pipelines.metering.mapping import read_meter_map
from ter_pipelines.metering.vee.changes import find_untold, next_changes
from ter_pipelines.metering.vee.completeness import Share, shares_of
from ter_pipelines.metering.vee.day_channels import ChannelKey
from ter_pipelines.metering.vee.day_sums import closing_day, find_sums_over_days
from ter_pipelines.metering.vee.findings import (
    SUM_OVER_DAYS,
    Effect,
    UsageFinding,
    speaking_of,
)
from ter_pipelines.metering.vee.row_findings import (
    find_missing,
    find_suspect,
    find_unaccounted,
)
from ter_pipelines.partitions import days_of
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.vee_edits import VEE_EDIT, edits_during, newest_edit_ids
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vee_inputs import GAP_POLICY
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import Span, day_span
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

UPSTREAM = (tables.INTERVAL_USAGE, tables.REGISTER_READING, tables.METER_MAPPING)
EVERY_SECOND_HAS_A_STATE = blocking(
    "every_second_has_a_state",
    tables.VALIDATED_USAGE,
    "Each mapped device's whole day is VALID, SUSPECT, MISSING, ESTIMATED or ADJUSTED, "
    "once for each of its channels.",
)
USAGE_IS_COMPLETE = telling(
    "usage_is_complete",
    tables.VALIDATED_USAGE,
    "Tells which channels have missing, suspect or rejected time, which is not billed.",
)
USAGE_IS_PLAUSIBLE = telling(
    "usage_is_plausible",
    tables.VALIDATED_USAGE,
    "Tells what is billed and a person may look at, such as a day far above its like.",
)
CHANGES_ARE_TOLD = blocking(
    "every_change_is_told",
    tables.USAGE_CHANGE,
    "The last change told of an interval is how it stands.",
)


@dataclass
class _Run:
    """What a run found, day by day."""

    rows: int = 0
    changes: int = 0
    unaccounted: list[Finding] = field(default_factory=list)
    incomplete: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    untold: list[Finding] = field(default_factory=list)
    shares: dict[date, dict[ChannelKey, Share]] = field(default_factory=dict)


@dg.multi_asset(
    specs=[
        dg.AssetSpec(**described(table, group="usage", kinds=kinds, upstream=UPSTREAM))
        for table, kinds in (
            (tables.VALIDATED_USAGE, {"python", "parquet"}),
            (tables.USAGE_CHANGE, {"python", "parquet"}),
        )
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        EVERY_SECOND_HAS_A_STATE,
        USAGE_IS_COMPLETE,
        USAGE_IS_PLAUSIBLE,
        CHANGES_ARE_TOLD,
    ],
)
def validated_usage(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
) -> Iterator[dg.MaterializeResult]:
    days = days_of(context)
    begin, end = (day_span(day, programme.zone) for day in (days[0], days[-1]))
    edit_ids = newest_edit_ids(registry.submissions(VEE_EDIT), programme.zone)
    judging = Judging(
        lake=lake,
        programme=programme,
        meter_map=read_meter_map(lake.read(tables.METER_MAPPING)),
        edits=edits_during(registry, Span(begin.start_utc, end.end_utc)),
        edit_ids=edit_ids,
        now=utc_now(),
    )
    run = _Run()
    for judged in judging.judge(days):
        frame, changes = _store(lake, judged, run)
        _report(context, judged, frame, changes)
    run.notes += _hold_against_dials(context, lake, programme, days)
    yield dg.MaterializeResult(
        asset_key=tables.VALIDATED_USAGE.asset_key,
        metadata={"dagster/row_count": run.rows, "days": picture_of_days(run.shares)},
        check_results=[
            verdict(EVERY_SECOND_HAS_A_STATE, run.unaccounted),
            warning(USAGE_IS_COMPLETE, run.incomplete),
            warning(USAGE_IS_PLAUSIBLE, run.notes),
        ],
    )
    yield dg.MaterializeResult(
        asset_key=tables.USAGE_CHANGE.asset_key,
        metadata={"dagster/row_count": run.changes},
        check_results=[verdict(CHANGES_ARE_TOLD, run.untold)],
    )


def _store(
    lake: Lake, judged: JudgedDay, run: _Run
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell the changes, then put the day's rows in place of what was there."""
    day, rows = judged.day, judged.rows()
    frame = frame_of(tables.VALIDATED_USAGE, rows)
    published = lake.versions(tables.USAGE_CHANGE, day)
    log = lake.read(tables.USAGE_CHANGE, [day])
    stood = lake.read(tables.VALIDATED_USAGE, [day])
    changes = frame_of(
        tables.USAGE_CHANGE,
        next_changes(frame, stood, log, judged.reasons(), utc_now()),
    )
    if changes.height:
        lake.publish(tables.USAGE_CHANGE, day, changes, after=published)
    inputs = {**judged.inputs, GAP_POLICY: judged.gap_policy}
    run.rows += lake.replace(tables.VALIDATED_USAGE, day, frame, inputs).rows
    run.changes += changes.height
    run.unaccounted += find_unaccounted(rows, judged.devices, day)
    run.untold += find_untold(frame, lake.read(tables.USAGE_CHANGE, [day]))
    findings = judged.findings()
    rejected = speaking_of(findings, Effect.REJECT)
    run.incomplete += [*find_missing(rows), *find_suspect(rows), *rejected]
    run.notes += speaking_of(findings, Effect.NOTE)
    run.shares[day] = shares_of(rows)
    return frame, changes


def _hold_against_dials(
    context: dg.AssetExecutionContext,
    lake: Lake,
    programme: Programme,
    days: Sequence[date],
) -> list[UsageFinding]:
    """Hold the days, and those around them, against dials that were read days apart.

    This waits for the days of the run to be stored. A day of the run that closes such
    a window tells of it.
    """
    sums = dial_sums(lake, days, programme.zone)
    found = find_sums_over_days(sums, programme.vee)
    closing = Counter(closing_day(finding.span, programme.zone) for finding in found)
    for day in closing.keys() & set(days):
        facts = {f"{SUM_OVER_DAYS.code} findings": closing[day]}
        report_partition(context, tables.VALIDATED_USAGE, day, facts)
    return found


def _report(
    context: dg.AssetExecutionContext,
    judged: JudgedDay,
    frame: pl.DataFrame,
    changes: pl.DataFrame,
) -> None:
    states = {f"{s.lower()}_rows": n for s, n in frame["state"].value_counts().rows()}
    codes = Counter(finding.code for finding in judged.findings())
    facts: dict[str, Any] = {
        "dagster/row_count": frame.height,
        **states,
        **{f"{code} findings": n for code, n in sorted(codes.items())},
        "energy_kwh": total(frame, "energy_kwh"),
        "gap_policy": judged.gap_policy or "no gaps",
        "hours": picture_of_hours(frame.rows(named=True), judged.day, judged.zone),
    }
    report_partition(context, tables.VALIDATED_USAGE, judged.day, facts)
    told = {"dagster/row_count": changes.height}
    report_partition(context, tables.USAGE_CHANGE, judged.day, told)
