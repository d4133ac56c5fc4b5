"""Exports: the month as a CMEP file for the meter-data system, and its send log."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
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
    day_records,
    file_name,
    read_cmep,
    write_records,
)
from ter_pipelines.partitions import months_of
from ter_pipelines.store.frames import content_sha256, frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import HOUR, days_of_month, interval_starts_utc
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
Hours = dict[datetime, dict[str, Any]]


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
            "heard_seconds", "missing_seconds",
        )
        .sort("meter_id", "interval_start_utc")
    )  # fmt: skip


def _openings(lake: Lake, month: str) -> dict[str, dict[str, Decimal]]:
    """Give each meter's registers at the start of the month."""
    found = lake.run("register_opening", {"first_day": days_of_month(month)[0]})
    return {row.pop("meter_id"): row for row in found.rows(named=True)}


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
    by_meter: dict[str, Hours] = {m: {} for m in _billed_meters(lake, month)}
    for row in hours.rows(named=True):
        by_meter[row["meter_id"]][row["interval_start_utc"]] = row
    parts: list[bytes] = []
    refused: dict[str, Finding] = {}
    for meter_id, by_start in by_meter.items():
        opening = openings.get(meter_id, {})
        try:
            records = [
                record
                for day, registers in _days(by_start, month, opening, programme)
                for record in day_records(meter_id, day, *registers, purpose)
            ]
            parts.append(write_records(records, partner=partner, made_at_utc=made_at))
        except InputError as error:
            why = {"why": str(error)}
            refused[meter_id] = Finding("cmep.refused", meter_id, why)
    sent = [meter_id for meter_id in by_meter if meter_id not in refused]
    return b"".join(parts), sent, list(refused.values())


def _days(
    by_start: Hours, month: str, opening: Mapping[str, Decimal], programme: Programme
) -> Iterator[tuple[list[MeteredHour], tuple[Decimal, Decimal]]]:
    """Give each day's hours, missing ones too, and the registers at its start."""
    import_kwh = opening.get("import_kwh", Decimal(0))
    export_kwh = opening.get("export_kwh", Decimal(0))
    for day in days_of_month(month):
        hours = [_hour(start, by_start) for start in _starts(day, programme)]
        yield hours, (import_kwh, export_kwh)
        import_kwh += sum((h.import_kwh or Decimal(0) for h in hours), Decimal(0))
        export_kwh += sum((h.export_kwh or Decimal(0) for h in hours), Decimal(0))


def _starts(day: date, programme: Programme) -> list[datetime]:
    return interval_starts_utc(day, programme.zone)


def _hour(start: datetime, by_start: Hours) -> MeteredHour:
    """Say what was billed for an hour.

    A validated hour has no flag, one that was heard in part is raw, one that was not
    heard has no value.
    """
    row = by_start.get(start)
    end = start + HOUR
    if row is None or row["heard_seconds"] == 0:
        return MeteredHour(end, None, None, "N")
    flag = "R" if row["missing_seconds"] else ""
    return MeteredHour(end, row["import_kwh"], row["export_kwh"], flag)


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
