"""Dispatch events: plans, told to the VENs of their batteries, and withdrawn."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import dagster as dg

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
from ter_pipelines.dispatch.live import live_events
from ter_pipelines.dispatch.rows import device_of
from ter_pipelines.dispatch_inputs import told_mark
from ter_pipelines.dispatch_telling import (
    Telling,
    event_id_of,
    plans_of,
    raise_together,
)
from ter_pipelines.partitions import days_of
from ter_pipelines.pricing.events import is_worth_telling
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, operating_day_of
from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import EventStatus

EVERY_PLAN_IS_TOLD = blocking(
    "every_plan_is_told",
    tables.DISPATCH_EVENT,
    "The VTN holds an event for every plan of a day that is not over and no event "
    "without a plan, but for batteries whose VEN may not speak.",
)
EVERY_BATTERY_CAN_BE_TOLD = telling(
    "every_battery_can_be_told",
    tables.DISPATCH_EVENT,
    "Tells which planned batteries are behind a VEN that is not on the roster, or "
    "disabled.",
)


@dg.asset(
    **described(
        tables.DISPATCH_EVENT,
        group="dispatch",
        kinds={"openadr", "parquet"},
        upstream=[tables.DISPATCH_PLAN],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=REMOTE_RETRIES,
    check_specs=[EVERY_PLAN_IS_TOLD, EVERY_BATTERY_CAN_BE_TOLD],
)
def dispatch_event_of_day(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    vtn: dg.ResourceParam[Vtn],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    now = utc_now()
    today = operating_day_of(now, programme.zone)
    untold: list[Finding] = []
    unable: list[Finding] = []
    failed: list[RemoteError] = []
    handed_over = 0
    for day in days_of(context):
        facts: dict[str, Any] = {"rows": 0, "why": "The day is over."}
        if is_worth_telling(day, today):
            vens = vtn.vens()
            mark = told_mark(lake, day, vens)
            speaking = frozenset(ven.ven_id for ven in vens if ven.is_enabled)
            told = Telling(lake, registry, vtn, programme, day)
            new, errors = told.tell(speaking, now)
            facts = {"new_events": new, "failed": len(errors)}
            if not errors:
                lake.mark(tables.DISPATCH_EVENT, day, mark)
            failed += errors
            statuses = vtn.events(day_span(day, programme.zone))
            untold += find_untold(lake, programme, (day, now), speaking, statuses)
            unable += find_unable(lake, day, speaking)
            handed_over += new
        report_partition(context, tables.DISPATCH_EVENT, day, facts)
    raise_together(failed)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": handed_over},
        check_results=[
            verdict(EVERY_PLAN_IS_TOLD, untold),
            warning(EVERY_BATTERY_CAN_BE_TOLD, unable),
        ],
    )


def find_untold(
    lake: Lake,
    programme: Programme,
    when: tuple[date, datetime],
    speaking: frozenset[str],
    statuses: Sequence[EventStatus],
) -> list[Finding]:
    """Find plans that can be told and were not, and events whose plan is no more.

    Args:
        lake: With plans and events.
        programme: Whose.
        when: The day, and the present.
        speaking: VENs that may be told.
        statuses: What the VTN's book says of the day.
    """
    day, now = when
    told = lake.read(tables.DISPATCH_EVENT, [day]).iter_rows(named=True)
    live = live_events(told, statuses, (programme.programme_id, day))
    wanted = {
        event_id_of(rows[0], programme, day): rows[0]["ven_id"]
        for rows in plans_of(lake, day)
    }
    able = {event_id for event_id, ven_id in wanted.items() if ven_id in speaking}
    held = {event_id for event_id, one in live.items() if one.row and one.status}
    stale = {event_id for event_id, one in live.items() if one.ends_at > now}
    found = [("not_handed_over", able - held), ("not_withdrawn", stale - set(wanted))]
    return [
        Finding(f"dispatch.{code}", event_id, {"operating_day": str(day)})
        for code, event_ids in found
        for event_id in sorted(event_ids)
    ]


def find_unable(lake: Lake, day: date, speaking: frozenset[str]) -> list[Finding]:
    """Find planned batteries whose VEN cannot be told anything."""
    expected = "its VEN on the roster, and enabled"
    facts = {"operating_day": str(day), "expected": expected}
    return [
        Finding("dispatch.ven_cannot_be_told", "/".join(device_of(rows[0])), facts)
        for rows in plans_of(lake, day)
        if rows[0]["ven_id"] not in speaking
    ]
