"""Exports: the month as a CMEP file for the meter-data system, and its send log."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
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
from ter_pipelines.formats.cmep import (
    CmepPartner,
    MeteredHour,
    file_name,
    metered_hour,
    month_records,
    read_cmep,
    write_records,
)
from ter_pipelines.partitions import months_of
from ter_pipelines.store.frames import content_sha256, frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month, interval_starts_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

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
        published = lake.versions(tables.CMEP_FILE, month)
        hours = _billed_hours(lake, month)
        made_at = utc_now().replace(second=0, microsecond=0)
        body, sent, refused = _write_month(lake, hours, month, made_at, programme)
        unsent += refused
        hours = hours.filter(pl.col("meter_id").is_in(sent))
        usage_sha256 = _hash_of_usage(lake, hours, sent, month)
        log = lake.read(tables.CMEP_FILE, [month]).sort("version")
        if sent and (log.is_empty() or log["usage_sha256"][-1] != usage_sha256):
            row = _log_row(body, hours, month, published + 1, made_at, programme)
            path = lake.write_bytes(tables.CMEP_FILE, month, row["file_name"], body)
            row |= {"usage_sha256": usage_sha256, "path": path}
            frame = frame_of(tables.CMEP_FILE, [row])
            lake.publish(tables.CMEP_FILE, month, frame, after=published)
        found = _find_unequal(lake, month, hours)
        if not found:
            lake.mark(tables.CMEP_FILE, month, manifest)
        wrong += found
        report_partition(context, tables.CMEP_FILE, month, _facts(lake, month))
    return dg.MaterializeResult(
        check_results=[verdict(READS_BACK, wrong), warning(EVERY_METER_IS_SENT, unsent)]
    )


def _manifest_settled(lake: Lake, month: str) -> str:
    settled = lake.stored(tables.MONTHLY_SETTLEMENT, month)
    return settled.inputs["manifest"] if settled else ""


def _billed_meters(lake: Lake, month: str) -> list[str]:
    """Name the meters that ever had a statement of the month.

    One that lost its usage to another meter stays: its hours are sent as missing.
    """
    return sorted(set(lake.read(tables.STATEMENT, [month])["meter_id"]))


def _billed_hours(lake: Lake, month: str) -> pl.DataFrame:
    """Give the settled hours of the month's meters that have a statement."""
    settled = lake.read(tables.SETTLED_HOUR, days_of_month(month))
    return (
        settled.filter(pl.col("meter_id").is_in(_billed_meters(lake, month)))
        .select(
            "meter_id", "interval_start_utc", "import_kwh", "export_kwh",
            "heard_seconds", "missing_seconds", "quality",
        )
        .sort("meter_id", "interval_start_utc")
    )  # fmt: skip


def _openings(lake: Lake, month: str) -> dict[str, tuple[Decimal, Decimal]]:
    """Give each meter's KWH and GKWH registers at the start of the month."""
    found = lake.run("register_opening", {"first_day": days_of_month(month)[0]})
    return {
        row["meter_id"]: (row["import_kwh"], row["export_kwh"])
        for row in found.rows(named=True)
    }


def _hash_of_usage(
    lake: Lake, hours: pl.DataFrame, meters: list[str], month: str
) -> str:
    """Hash what a file says, whenever it is made: meters, hours and registers."""
    openings = _openings(lake, month)
    says = [content_sha256(hours), *((m, openings.get(m)) for m in meters)]
    return hashlib.sha256(repr(says).encode()).hexdigest()


def _write_month(
    lake: Lake, hours: pl.DataFrame, month: str, made_at: datetime, programme: Programme
) -> tuple[bytes, list[str], list[Finding]]:
    """Write every meter; give the bytes, the meters in them and those refused."""
    partner = CmepPartner(programme.cmep_sender_id, programme.cmep_receiver_id)
    purpose = "OK" if lake.read(tables.CMEP_FILE, [month]).is_empty() else "RESEND"
    openings = _openings(lake, month)
    days = [interval_starts_utc(d, programme.zone) for d in days_of_month(month)]
    parts: list[bytes] = []
    refused: dict[str, Finding] = {}
    by_meter = _by_meter(hours, _billed_meters(lake, month))
    for meter_id, billed in by_meter.items():
        opening = openings.get(meter_id, (Decimal(0), Decimal(0)))
        try:
            records = month_records(meter_id, billed, days, opening, purpose)
            parts.append(write_records(records, partner=partner, made_at_utc=made_at))
        except InputError as error:
            why = {"why": str(error)}
            refused[meter_id] = Finding("cmep.refused", meter_id, why)
    sent = [meter_id for meter_id in by_meter if meter_id not in refused]
    return b"".join(parts), sent, list(refused.values())


def _by_meter(
    hours: pl.DataFrame, meters: Sequence[str]
) -> dict[str, dict[datetime, MeteredHour]]:
    found: dict[str, dict[datetime, MeteredHour]] = {meter: {} for meter in meters}
    for row in hours.rows(named=True):
        start = row["interval_start_utc"]
        found[row["meter_id"]][start] = metered_hour(
            start,
            (row["import_kwh"], row["export_kwh"]),
            heard_seconds=row["heard_seconds"],
            missing_seconds=row["missing_seconds"],
            quality=row["quality"],
        )
    return found


def _log_row(
    body: bytes,
    hours: pl.DataFrame,
    month: str,
    version: int,
    made_at: datetime,
    programme: Programme,
) -> dict[str, Any]:
    job_number = int(f"{month[2:4]}{month[5:7]}{version:03d}")
    return {
        "file_name": file_name(programme.cmep_sender_id, made_at, job_number),
        "purpose": "OK" if version == 1 else "RESEND",
        "version": version,
        "records": body.count(b"\r\n"),
        "size_bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "import_kwh": total(hours, "import_kwh"),
        "export_kwh": total(hours, "export_kwh"),
        "made_at": made_at,
    }


def _find_unequal(lake: Lake, month: str, hours: pl.DataFrame) -> list[Finding]:
    log = lake.read(tables.CMEP_FILE, [month]).sort("version")
    if log.is_empty():
        return []
    newest = log.row(-1, named=True)
    body = (lake.root / newest["path"]).read_bytes()
    if hashlib.sha256(body).hexdigest() != newest["sha256"]:
        return [Finding("cmep.changed_on_disk", newest["file_name"])]
    read = {"KWH": Decimal(0), "GKWH": Decimal(0)}
    for line in read_cmep(body, is_strict=True):
        for reading in line.record.readings:
            if line.record.units in read and reading.value is not None:
                read[line.record.units] += reading.value
    settled = {"KWH": total(hours, "import_kwh"), "GKWH": total(hours, "export_kwh")}
    return [
        Finding(
            "cmep.energy_differs",
            newest["file_name"],
            {"units": units, "read": str(read[units]), "settled": str(settled[units])},
        )
        for units in read
        if read[units] != settled[units]
    ]


def _facts(lake: Lake, month: str) -> dict[str, Any]:
    log = lake.read(tables.CMEP_FILE, [month]).sort("version")
    if log.is_empty():
        return {"files": 0, "why": "No meter of the month has a statement."}
    newest = log.row(-1, named=True)
    shown = ("records", "size_bytes", "sha256", "import_kwh", "export_kwh", "purpose")
    return {
        "files": log.height,
        "file": dg.MetadataValue.path(str((lake.root / newest["path"]).absolute())),
        **{name: newest[name] for name in shown},
    }
