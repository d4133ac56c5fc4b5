"""Dispatch answers: what VENs made of the events that tell them what to do.

A look is taken every hour, as at `participation`; `ter dispatch show` asks at once.
"""

from datetime import date

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    REMOTE_RETRIES,
    blocking,
    described,
    report_partition,
    telling,
    utc_now,
    verdict,
    warning,
)
from ter_pipelines.dispatch.answers import (
    MOVING,
    answers,
    find_unaccepted,
    newest_events,
)
from ter_pipelines.partitions import days_of
from ter_pipelines.pricing.participation import find_lost
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

NO_DISPATCH_IS_LOST = blocking(
    "no_dispatch_is_lost",
    tables.DISPATCH_ANSWER,
    "Every dispatch event handed over is in the VTN's book, in that revision or a "
    "later.",
)
EVERY_DISPATCH_IS_ACCEPTED = telling(
    "every_dispatch_is_accepted",
    tables.DISPATCH_ANSWER,
    "Tells which dispatch events were not told, not answered, or opted out of.",
)


@dg.asset(
    **described(
        tables.DISPATCH_ANSWER,
        group="dispatch",
        kinds={"openadr", "parquet"},
        upstream=[tables.DISPATCH_EVENT],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=REMOTE_RETRIES,
    check_specs=[NO_DISPATCH_IS_LOST, EVERY_DISPATCH_IS_ACCEPTED],
)
def dispatch_answer(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    vtn: dg.ResourceParam[Vtn],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    seen_at = utc_now()
    lost: list[Finding] = []
    unaccepted: list[Finding] = []
    changes = 0
    for day in days_of(context):
        published = lake.versions(tables.DISPATCH_ANSWER, day)
        told = lake.read(tables.DISPATCH_EVENT, [day]).rows(named=True)
        events = newest_events(told)
        statuses = vtn.events(day_span(day, programme.zone)) if events else []
        rows = answers(events, statuses, seen_at=seen_at)
        new = _changed(lake, day, frame_of(tables.DISPATCH_ANSWER, rows))
        if not new.is_empty():
            lake.publish(tables.DISPATCH_ANSWER, day, new, after=published)
        lost += find_lost(told, statuses, day)
        unaccepted += find_unaccepted(rows, day)
        facts = {
            "events": len(rows),
            "accepted": sum(row["is_accepted"] for row in rows),
            "changed": new.height,
        }
        report_partition(context, tables.DISPATCH_ANSWER, day, facts)
        changes += new.height
    return dg.MaterializeResult(
        metadata={"dagster/row_count": changes},
        check_results=[
            verdict(NO_DISPATCH_IS_LOST, lost),
            warning(EVERY_DISPATCH_IS_ACCEPTED, unaccepted),
        ],
    )


def _changed(lake: Lake, day: date, rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows that say something else than the newest known of their event."""
    known = lake.read(tables.DISPATCH_ANSWER, [day]).sort("seen_at")
    newest = known.unique("event_id", keep="last", maintain_order=True)
    lasting = [name for name in rows.columns if name not in MOVING]
    return rows.join(newest, on=lasting, how="anti", nulls_equal=True)
