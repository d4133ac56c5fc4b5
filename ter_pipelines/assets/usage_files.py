"""Usage files: Green Button and CMEP as partners sent them -> a day's rows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg

from ter_pipelines.arrivals import days_of_file
from ter_pipelines.assets.common import described, report_partition
from ter_pipelines.metering.placing import Calendar
from ter_pipelines.partitions import days_of
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.registry.usage_files import usage_rows
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.programme import Programme

Rows = dict[date, list[dict[str, Any]]]


@dg.asset(
    **described(tables.USAGE_FILE_VALUE, group="usage", kinds={"xml", "parquet"}),
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def usage_file_value(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    days = days_of(context)
    files = registry.usage_files()
    newest = {"submission": str(max((file.id for file in files), default=0))}
    by_day = _rows_by_day(files, days, registry, programme)
    rows = 0
    for day in days:
        frame = frame_of(tables.USAGE_FILE_VALUE, by_day[day])
        stored = lake.replace(tables.USAGE_FILE_VALUE, day, frame, newest)
        facts = {"rows": stored.rows, "files": frame["submission_id"].n_unique()}
        report_partition(context, tables.USAGE_FILE_VALUE, day, facts)
        rows += stored.rows
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


def _rows_by_day(
    files: Iterable[Submission],
    days: Iterable[date],
    registry: Registry,
    programme: Programme,
) -> Rows:
    """Read every file that touches one of the days, each once."""
    by_day: Rows = {day: [] for day in days}
    for file in files:
        if not by_day.keys().isdisjoint(days_of_file(file, programme)):
            body = registry.body(file)
            name = f"{file.source}, submission {file.id}"
            read = usage_rows(file.kind, body, name, programme.cmep_in)
            for day, row in _placed(read, file, programme):
                if day in by_day:
                    by_day[day].append(row)
    return by_day


def _placed(
    read: Iterable[Mapping[str, Any]], file: Submission, programme: Programme
) -> Iterator[tuple[date, dict[str, Any]]]:
    """Give a file's rows, each with the day it is stored on."""
    calendar = Calendar(programme.zone, programme.first_operating_day)
    received = calendar.day_of_receipt(file.received_at)
    for position, row in enumerate(read):
        start = row["interval_start_utc"]
        day = calendar.day_at(start, file.received_at) if start else None
        yield (
            day or received,
            {
                **row,
                "submission_id": file.id,
                "position": position,
                "source": file.kind,
                "received_at": file.received_at,
            },
        )
