"""VEN reports: the VTN's inbox -> a day's rows."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg

from ter_pipelines.assets.common import REMOTE_RETRIES, described, report_partition
from ter_pipelines.metering.mapping import BEGINNING
from ter_pipelines.metering.placing import Calendar, place_values
from ter_pipelines.partitions import days_of
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, parse_instant
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import Report


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
