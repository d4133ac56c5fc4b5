"""Price events: the curve of a day, told to every VEN that it still matters to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    REMOTE_RETRIES,
    blocking,
    described,
    report_partition,
    utc_now,
    verdict,
)
from ter_pipelines.partitions import days_of
from ter_pipelines.price_days import price_day, withdrawn_day
from ter_pipelines.pricing.events import (
    is_worth_telling,
    last_told_events,
    price_event,
)
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import operating_day_of
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.ids import price_event_id
from ter_pipelines.vocab.price_day import PriceDay
from ter_pipelines.vocab.programme import Programme

EVERY_VEN_IS_TOLD = blocking(
    "every_ven_is_told",
    tables.PRICE_EVENT,
    "The VTN holds an event for every enabled VEN and every day that is not over.",
)


@dg.asset(
    **described(
        tables.PRICE_EVENT,
        group="prices",
        kinds={"openadr", "parquet"},
        upstream=[tables.PRICE_CURVE],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=REMOTE_RETRIES,
    check_specs=[EVERY_VEN_IS_TOLD],
)
def price_event_of_day(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    vtn: dg.ResourceParam[Vtn],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    now = utc_now()
    today = operating_day_of(now, programme.zone)
    untold: list[Finding] = []
    handed_over = 0
    for day in days_of(context):
        is_over = not is_worth_telling(day, today)
        telling = None if is_over else _telling(lake, programme, day)
        if telling is None:
            facts = {"rows": 0, "why": "The day is over or has no prices."}
            report_partition(context, tables.PRICE_EVENT, day, facts)
            continue
        vens = _whom_to_tell(vtn, lake, telling)
        published = lake.versions(tables.PRICE_EVENT, day)
        stamp = {**telling.row, "handed_over_at": now}
        rows = [{**row, **stamp} for row in _hand_over(vtn, vens, telling, programme)]
        new = _not_told_last(lake, day, rows)
        if not new.is_empty():
            lake.publish(tables.PRICE_EVENT, day, new, after=published)
        untold += _find_untold(lake, day, vens)
        facts = {"vens": len(vens), "new_events": new.height}
        report_partition(context, tables.PRICE_EVENT, day, facts)
        handed_over += new.height
    return dg.MaterializeResult(
        metadata={"dagster/row_count": handed_over},
        check_results=[verdict(EVERY_VEN_IS_TOLD, untold)],
    )


@dataclass(frozen=True)
class _Telling:
    """What is told of a day: its prices, or that those are withdrawn."""

    prices: PriceDay
    is_withdrawn: bool
    curve_sha256: str

    @property
    def row(self) -> dict[str, Any]:
        """Give what every row of `out/price_event` says of it."""
        return {
            "submission_id": self.prices.version.submission_id,
            "intervals": 0 if self.is_withdrawn else len(self.prices.hours),
            "currency": self.prices.currency,
            "curve_sha256": self.curve_sha256,
        }


def _telling(lake: Lake, programme: Programme, day: date) -> _Telling | None:
    source = lake.stored(tables.PRICE_CURVE, day)
    if source is None:
        return None
    if prices := price_day(lake, day):
        return _Telling(prices, is_withdrawn=False, curve_sha256=source.content_sha256)
    if prices := withdrawn_day(lake, programme, day):
        return _Telling(prices, is_withdrawn=True, curve_sha256=source.content_sha256)
    return None


def _whom_to_tell(vtn: Vtn, lake: Lake, telling: _Telling) -> list[str]:
    """Name the enabled VENs; of a withdrawn day, those that were told its prices."""
    vens = [ven.ven_id for ven in vtn.vens() if ven.is_enabled]
    if not telling.is_withdrawn:
        return vens
    told = lake.read(tables.PRICE_EVENT, [telling.prices.operating_day])
    return [ven_id for ven_id in vens if ven_id in set(told["ven_id"])]


def _hand_over(
    vtn: Vtn, vens: list[str], telling: _Telling, programme: Programme
) -> Iterator[dict[str, Any]]:
    body = price_event(telling.prices, programme, is_withdrawn=telling.is_withdrawn)
    for ven_id in vens:
        event_id = price_event_id(
            programme_id=programme.programme_id,
            ven_id=ven_id,
            operating_day=telling.prices.operating_day,
        )
        receipt = vtn.put_event(ven_id, event_id, body)
        yield {
            "event_id": event_id,
            "modification_number": receipt.modification_number,
            "ven_id": ven_id,
            "body_sha256": receipt.body_sha256,
        }


def _not_told_last(lake: Lake, day: date, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Keep what differs from the last that each VEN was told."""
    told = last_told_events(lake.read(tables.PRICE_EVENT, [day]))
    new = frame_of(tables.PRICE_EVENT, rows)
    return new.join(
        told, on=["event_id", "modification_number", "curve_sha256"], how="anti"
    )


def _find_untold(lake: Lake, day: date, vens: list[str]) -> list[Finding]:
    told = set(lake.read(tables.PRICE_EVENT, [day])["ven_id"])
    return [
        Finding("event.not_handed_over", ven_id, {"operating_day": str(day)})
        for ven_id in vens
        if ven_id not in told
    ]
