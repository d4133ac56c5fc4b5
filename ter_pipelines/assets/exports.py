"""Exports: months and days as CMEP files for the meter-data system; the send logs."""

from datetime import date
from typing import Any

import dagster as dg

from ter_pipelines.assets.common import (
    blocking,
    described,
    report_partition,
    telling,
    utc_now,
    verdict,
    warning,
)
from ter_pipelines.exporting import Export
from ter_pipelines.freshness import manifest_of_day
from ter_pipelines.partitions import days_of, months_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.table import Table

READS_BACK = blocking(
    "file_reads_back_to_the_same_kwh",
    tables.CMEP_FILE,
    "Read from disk, the newest file of the month holds the energy that was settled "
    "for the meters in it.",
)
EVERY_METER_IS_SENT = telling(
    "every_meter_is_sent",
    tables.CMEP_FILE,
    "Tells which meters cannot stand in a CMEP file, and why.",
)
DAY_READS_BACK = blocking(
    "day_file_reads_back_to_the_same_kwh",
    tables.CMEP_DAY_FILE,
    "Read from disk, the newest file of the day holds the energy that was settled for "
    "the meters in it.",
)
EVERY_METER_OF_THE_DAY_IS_SENT = telling(
    "every_meter_of_the_day_is_sent",
    tables.CMEP_DAY_FILE,
    "Tells which meters of the day cannot stand in a CMEP file, and why.",
)
_FIRST_JOB_DAY = date(2000, 1, 1)
_A_MONTH, _A_DAY = 1000, 100  # job numbers
_SHOWN = ("records", "size_bytes", "sha256", "import_kwh", "export_kwh", "purpose")


@dg.asset(
    **described(
        tables.CMEP_FILE,
        group="exports",
        kinds={"python", "file"},
        upstream=[tables.STATEMENT, tables.SETTLED_HOUR],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[READS_BACK, EVERY_METER_IS_SENT],
)
def cmep_file(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    wrong: list[Finding] = []
    unsent: list[Finding] = []
    for month in months_of(context):
        manifest = _manifest_settled(lake, month)
        export = _export_of_month(lake, programme, month)
        found: list[Finding] = []
        if programme.cmep_out.monthly:
            found, refused = _bring_up_to_date(export, _billed_meters(lake, month))
            unsent += refused
        if not found:
            lake.mark(tables.CMEP_FILE, month, manifest)
        wrong += found
        report_partition(context, tables.CMEP_FILE, month, _facts(export))
    return dg.MaterializeResult(
        check_results=[verdict(READS_BACK, wrong), warning(EVERY_METER_IS_SENT, unsent)]
    )


@dg.asset(
    **described(
        tables.CMEP_DAY_FILE,
        group="exports",
        kinds={"python", "file"},
        upstream=[tables.SETTLED_HOUR],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[DAY_READS_BACK, EVERY_METER_OF_THE_DAY_IS_SENT],
)
def cmep_day_file(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    wrong: list[Finding] = []
    unsent: list[Finding] = []
    for day in days_of(context):
        manifest = manifest_of_day(lake, day, programme)
        export = _export_of_day(lake, programme, day)
        found: list[Finding] = []
        if programme.cmep_out.daily:
            settled = set(lake.read(tables.SETTLED_HOUR, [day])["meter_id"])
            meters = sorted(settled | set(export.meters_sent()))
            found, refused = _bring_up_to_date(export, meters)
            unsent += refused
        if not found:
            lake.mark(tables.CMEP_DAY_FILE, day, manifest)
        wrong += found
        report_partition(context, tables.CMEP_DAY_FILE, day, _facts(export))
    return dg.MaterializeResult(
        check_results=[
            verdict(DAY_READS_BACK, wrong),
            warning(EVERY_METER_OF_THE_DAY_IS_SENT, unsent),
        ]
    )


def _bring_up_to_date(
    export: Export, meters: list[str]
) -> tuple[list[Finding], list[Finding]]:
    """Write a version if there is something new to say; read the newest back.

    Returns:
        What is wrong with the file on the disk, and which meters are not in it.
    """
    content = export.content(meters)
    log = export.log()
    if content.sent and (not log or log[-1]["usage_sha256"] != content.usage_sha256):
        export.write(content, utc_now().replace(second=0, microsecond=0))
    refused = [
        Finding("cmep.refused", meter_id, {"why": why})
        for meter_id, why in content.refused.items()
    ]
    return export.find_unequal(content), refused


def _export_of_month(lake: Lake, programme: Programme, month: str) -> Export:
    """Number a month's files by year, month and version."""
    base = int(f"{month[2:4]}{month[5:7]}") * _A_MONTH
    days = days_of_month(month)
    return Export(lake, programme, tables.CMEP_FILE, month, days, base, _A_MONTH)


def _export_of_day(lake: Lake, programme: Programme, day: date) -> Export:
    """Number a day's files by the days since 2000 and version."""
    base = (day - _FIRST_JOB_DAY).days
    log, key = tables.CMEP_DAY_FILE, str(day)
    return Export(lake, programme, log, key, [day], base * _A_DAY, _A_DAY)


def _manifest_settled(lake: Lake, month: str) -> str:
    settled = lake.stored(tables.MONTHLY_SETTLEMENT, month)
    return settled.inputs["manifest"] if settled else ""


def _billed_meters(lake: Lake, month: str) -> list[str]:
    """Name the meters that ever had a statement of the month.

    One that lost its usage to another meter stays: its hours are sent as missing.
    """
    return sorted(set(lake.read(tables.STATEMENT, [month])["meter_id"]))


def _facts(export: Export) -> dict[str, Any]:
    log = export.log()
    if not log:
        return {"files": 0, "why": _why_none(export.table)}
    newest = log[-1]
    file = (export.lake.root / newest["path"]).absolute()
    return {
        "files": len(log),
        "file": dg.MetadataValue.path(str(file)),
        **{name: newest[name] for name in _SHOWN},
    }


def _why_none(table: Table) -> str:
    if table == tables.CMEP_FILE:
        return "No meter of the month has a statement, or [cmep_out] wants no months."
    return "Nothing of the day is settled, or [cmep_out] wants no days."
