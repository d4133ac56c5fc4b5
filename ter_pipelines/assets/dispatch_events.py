"""Dispatch events: plans, told to the VENs of their batteries, and withdrawn."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

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
from ter_pipelines.dispatch.answers import newest_events
from ter_pipelines.dispatch.events import (
    dispatch_event,
    dispatch_event_id,
    ends_at,
    withdrawn,
)
from ter_pipelines.dispatch.rows import device_of
from ter_pipelines.dispatch_inputs import told_mark
from ter_pipelines.partitions import days_of
from ter_pipelines.pricing.events import is_worth_telling
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import operating_day_of
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

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
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    now = utc_now()
    today = operating_day_of(now, programme.zone)
    untold: list[Finding] = []
    unable: list[Finding] = []
    handed_over = 0
    for day in days_of(context):
        if not is_worth_telling(day, today):
            facts: dict[str, Any] = {"rows": 0, "why": "The day is over."}
        else:
            vens = vtn.vens()
            mark = told_mark(lake, day, vens)
            speaking = frozenset(ven.ven_id for ven in vens if ven.is_enabled)
            facts = _Telling(lake, vtn, programme, day, speaking).tell(now)
            lake.mark(tables.DISPATCH_EVENT, day, mark)
            untold += find_untold(lake, programme, (day, now), speaking)
            unable += find_unable(lake, day, speaking)
            handed_over += facts["new_events"]
        report_partition(context, tables.DISPATCH_EVENT, day, facts)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": handed_over},
        check_results=[
            verdict(EVERY_PLAN_IS_TOLD, untold),
            warning(EVERY_BATTERY_CAN_BE_TOLD, unable),
        ],
    )


@dataclass(frozen=True)
class _Telling:
    """Tells a day's plans, and that those which are no more are withdrawn.

    Args:
        lake: With the plans, and what was told before.
        vtn: Who tells them.
        programme: Whose.
        day: Whose.
        speaking: VENs that may be told.
    """

    lake: Lake
    vtn: Vtn
    programme: Programme
    day: date
    speaking: frozenset[str]

    def tell(self, now: datetime) -> dict[str, Any]:
        """Hand everything over; the same again changes nothing."""
        published = self.lake.versions(tables.DISPATCH_EVENT, self.day)
        told = self.lake.read(tables.DISPATCH_EVENT, [self.day])
        rows = [{**row, "handed_over_at": now} for row in self._hand_over(told, now)]
        new = frame_of(tables.DISPATCH_EVENT, rows).join(
            told, on=["event_id", "modification_number"], how="anti"
        )
        if not new.is_empty():
            self.lake.publish(tables.DISPATCH_EVENT, self.day, new, after=published)
        return {"events": len(rows), "new_events": new.height}

    def _hand_over(self, told: pl.DataFrame, now: datetime) -> Iterator[dict[str, Any]]:
        planned = set()
        for rows in _plans(self.lake, self.day):
            event_id = event_id_of(rows[0], self.programme, self.day)
            planned.add(event_id)
            if rows[0]["ven_id"] in self.speaking:
                body = dispatch_event(rows, self.programme.market_context)
                yield self._put(event_id, rows[0], body)
        for event_id, row in _live_events(told).items():
            if event_id not in planned and ends_at(row["body"]) > now:
                yield self._put(event_id, row, withdrawn(row["body"]))

    def _put(
        self, event_id: str, row: Mapping[str, Any], body: dict[str, Any]
    ) -> dict[str, Any]:
        receipt = self.vtn.put_event(row["ven_id"], event_id, body)
        return {
            "event_id": event_id,
            "modification_number": receipt.modification_number,
            "ven_id": row["ven_id"],
            "device_id": row["device_id"],
            "submission_id": row["submission_id"],
            "intervals": len(body["signals"][0]["intervals"]),
            "is_cancelled": body.get("is_cancelled", False),
            "body": json.dumps(body),
            "body_sha256": receipt.body_sha256,
        }


def event_id_of(row: Mapping[str, Any], programme: Programme, day: date) -> str:
    """Give the id of the event that tells a planned row."""
    return dispatch_event_id(programme.programme_id, device_of(row), day)


def find_untold(
    lake: Lake,
    programme: Programme,
    when: tuple[date, datetime],
    speaking: frozenset[str],
) -> list[Finding]:
    """Find plans that can be told and were not, and events whose plan is no more.

    Args:
        lake: With plans and events.
        programme: Whose.
        when: The day, and the present.
        speaking: VENs that may be told.
    """
    day, now = when
    told = lake.read(tables.DISPATCH_EVENT, [day])
    live = _live_events(told)
    wanted = {
        event_id_of(rows[0], programme, day): rows[0]["ven_id"]
        for rows in _plans(lake, day)
    }
    able = {event_id for event_id, ven_id in wanted.items() if ven_id in speaking}
    stale = {e for e, row in live.items() if ends_at(row["body"]) > now} - set(wanted)
    found = [("not_handed_over", able - set(live)), ("not_withdrawn", stale)]
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
        for rows in _plans(lake, day)
        if rows[0]["ven_id"] not in speaking
    ]


def _live_events(told: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Give the newest revision of each event that is not withdrawn."""
    events = newest_events(told.iter_rows(named=True)).items()
    return {event_id: row for event_id, row in events if not row["is_cancelled"]}


def _plans(lake: Lake, day: date) -> Iterator[list[dict[str, Any]]]:
    """Give the rows of each plan of a day."""
    rows = lake.read(tables.DISPATCH_PLAN, [day]).iter_rows(named=True)
    return (list(group) for _, group in groupby(rows, key=device_of))
