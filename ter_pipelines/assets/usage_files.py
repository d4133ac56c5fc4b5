"""Usage files: Green Button and CMEP as partners sent them -> a day's rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from ter_pipelines.arrivals import days_however_read, days_of_file
from ter_pipelines.assets.common import described, report_partition
from ter_pipelines.formats.usage_files import unreadable_row
from ter_pipelines.metering.placing import Calendar
from ter_pipelines.partitions import days_of
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.registry.usage_files import usage_rows
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.programme import Programme

Placed = tuple[date, Mapping[str, Any]]
Touching = Sequence[tuple[Submission, list[date]]]
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
    digest = programme.cmep_in.digest
    newest = str(max((file.id for file in files), default=0))
    touching = [(file, days_of_file(file, programme)) for file in files]
    differ = {day for file in files for day in days_however_read(file, programme)}
    by_day = _rows_by_day(touching, days, registry, programme)
    rows = 0
    for day in days:
        frame = frame_of(tables.USAGE_FILE_VALUE, by_day[day])
        inputs = {"submission": newest, "cmep_in": digest if day in differ else ""}
        stored = lake.replace(tables.USAGE_FILE_VALUE, day, frame, inputs)
        facts = {"rows": stored.rows, "files": frame["submission_id"].n_unique()}
        report_partition(context, tables.USAGE_FILE_VALUE, day, facts)
        rows += stored.rows
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


def _rows_by_day(
    touching: Touching, days: Iterable[date], registry: Registry, programme: Programme
) -> Rows:
    """Read every file that touches one of the days, each once.

    One that cannot be read any more spoils no other: each of its days has a row that
    says why.
    """
    by_day: Rows = {day: [] for day in days}
    for file, on in touching:
        if by_day.keys().isdisjoint(on):
            continue
        placed = _read_or_tell(file, on, registry, programme)
        for day, row in _with_origin(placed, file):
            if day in by_day:
                by_day[day].append(row)
    return by_day


def _read_or_tell(
    file: Submission, on: Sequence[date], registry: Registry, programme: Programme
) -> Iterator[Placed]:
    try:
        yield from _read(file, on, registry, programme)
    except InputError as error:
        for day in on:
            yield day, unreadable_row(error)


def _read(
    file: Submission, on: Sequence[date], registry: Registry, programme: Programme
) -> Iterator[Placed]:
    """Give a file's rows, each with the day it is stored on.

    What begins on none of the file's days is stored on the day of receipt.

    Raises:
        InputError: If its bytes are gone or changed, or are no usage file as they are
            read now.
    """
    calendar = Calendar(programme.zone, programme.first_operating_day)
    received = calendar.day_of_receipt(file.received_at)
    there_are = frozenset(on)
    name = f"{file.source}, submission {file.id}"
    body = registry.body(file)
    for row in usage_rows(file.kind, body, name, programme.cmep_in):
        start = row["interval_start_utc"]
        day = calendar.day_at(start, file.received_at) if start else None
        yield (day if day in there_are else received), row


def _with_origin(
    placed: Iterable[Placed], file: Submission
) -> Iterator[tuple[date, dict[str, Any]]]:
    """Add what the submission says to a file's rows, and their places in it."""
    for position, (day, row) in enumerate(placed):
        yield (
            day,
            {
                **row,
                "submission_id": file.id,
                "position": position,
                "source": file.kind,
                "received_at": file.received_at,
            },
        )
