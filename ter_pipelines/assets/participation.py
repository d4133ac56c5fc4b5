"""Participation: what VENs made of a day's price event, and which are silent.

A look is taken every hour. It adds a row for each VEN of which something else is true
than at the look before; that a VEN polled or reported again is no change.
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
from ter_pipelines.partitions import days_of
from ter_pipelines.pricing.participation import (
    MOVING,
    find_lost,
    find_silent,
    find_unanswered,
    participation,
)
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.ids import price_event_id
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import EventStatus, VenStatus

NO_EVENT_IS_LOST = blocking(
    "no_event_is_lost",
    tables.VEN_PARTICIPATION,
    "Every price event handed over is in the VTN's book, in that revision or a later.",
)
NO_VEN_IS_SILENT = telling(
    "no_ven_is_silent",
    tables.VEN_PARTICIPATION,
    "Tells which enabled VENs were not heard for too long, or never.",
)
EVERY_VEN_HAS_OPTED_IN = telling(
    "every_ven_has_opted_in",
    tables.VEN_PARTICIPATION,
    "Tells which enabled VENs were not told a day's prices, did not answer, or opted "
    "out.",
)


@dg.asset(
    **described(
        tables.VEN_PARTICIPATION,
        group="prices",
        kinds={"openadr", "parquet"},
        upstream=[tables.PRICE_EVENT],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=REMOTE_RETRIES,
    check_specs=[NO_EVENT_IS_LOST, NO_VEN_IS_SILENT, EVERY_VEN_HAS_OPTED_IN],
)
def ven_participation(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    vtn: dg.ResourceParam[Vtn],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    seen_at = utc_now()
    vens = vtn.vens()
    lost: list[Finding] = []
    unanswered: list[Finding] = []
    changes = 0
    for day in days_of(context):
        span = day_span(day, programme.zone)
        published = lake.versions(tables.VEN_PARTICIPATION, day)
        handed_over = lake.read(tables.PRICE_EVENT, [day]).rows(named=True)
        events = _price_events(vtn.events(span), vens, day, programme)
        rows = participation(
            vens,
            {e.ven_id: e for e in events if not e.is_cancelled},
            begins=span.start_utc,
            seen_at=seen_at,
        )
        new = _changed(lake, day, frame_of(tables.VEN_PARTICIPATION, rows))
        if not new.is_empty():
            lake.publish(tables.VEN_PARTICIPATION, day, new, after=published)
        lost += find_lost(handed_over, events, day)
        unanswered += find_unanswered(rows, day)
        facts = {"vens": len(rows), "changed": new.height}
        report_partition(context, tables.VEN_PARTICIPATION, day, facts)
        changes += new.height
    return dg.MaterializeResult(
        metadata={"dagster/row_count": changes},
        check_results=[
            verdict(NO_EVENT_IS_LOST, lost),
            warning(NO_VEN_IS_SILENT, find_silent(vens)),
            warning(EVERY_VEN_HAS_OPTED_IN, unanswered),
        ],
    )


def _price_events(
    events: list[EventStatus], vens: list[VenStatus], day: date, programme: Programme
) -> list[EventStatus]:
    """Keep the day's price events; a VEN may have events of other kinds."""
    wanted = {
        price_event_id(
            programme_id=programme.programme_id, ven_id=ven.ven_id, operating_day=day
        )
        for ven in vens
    }
    return [event for event in events if event.event_id in wanted]


def _changed(lake: Lake, day: date, rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows that say something else than the newest known of their VEN."""
    known = lake.read(tables.VEN_PARTICIPATION, [day]).sort("seen_at")
    newest = known.unique("ven_id", keep="last", maintain_order=True)
    lasting = [name for name in rows.columns if name not in MOVING]
    return rows.join(newest, on=lasting, how="anti", nulls_equal=True)
