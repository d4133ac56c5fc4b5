"""Prices: what arrived -> the binding curve of a day -> an event for every VEN."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    REMOTE_RETRIES,
    bad_input_is_final,
    blocking,
    described,
    hashes_of,
    picture,
    report_partition,
    utc_now,
    verdict,
)
from ter_pipelines.formats.price_sources import read_prices
from ter_pipelines.partitions import days_of
from ter_pipelines.pricing.curve import find_incomplete_hours, sum_components
from ter_pipelines.pricing.events import is_worth_telling, price_event
from ter_pipelines.pricing.plausible import find_implausible_prices
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, operating_day_of
from ter_pipelines.vocab.errors import GapError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.ids import price_event_id
from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.programme import Programme

PRICES_ARE_COMPLETE_AND_PLAUSIBLE = blocking(
    "prices_are_complete_and_plausible",
    tables.PRICE_CURVE,
    "Every stored day has each of its 23, 24 or 25 hours once, in the programme's "
    "currency and inside its plausible band.",
)
EVERY_DAY_IS_PUBLISHED = dg.AssetCheckSpec(
    "every_day_is_published",
    asset=tables.PRICE_CURVE.asset_key,
    description="No day of the run lacks prices; a day that does is not stored and "
    "not settled.",
)
EVERY_VEN_IS_TOLD = blocking(
    "every_ven_is_told",
    tables.PRICE_EVENT,
    "The VTN holds an event for every enabled VEN and every day that is not over.",
)


@dg.asset(
    **described(tables.PRICE_COMPONENT, group="prices", kinds={"python", "parquet"}),
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def price_component(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    rows = 0
    for day in days_of(context):
        submissions = registry.price_submissions_of(day)
        with bad_input_is_final():
            components = [
                _component_row(submission, hour)
                for submission in submissions
                for hour in read_prices(
                    submission.format, registry.body(submission), programme
                ).hours
            ]
        stored = lake.replace(
            tables.PRICE_COMPONENT,
            day,
            frame_of(tables.PRICE_COMPONENT, components),
            {"submission": str(submissions[-1].id if submissions else 0)},
        )
        facts = {"rows": stored.rows, "submissions": len(submissions)}
        report_partition(context, tables.PRICE_COMPONENT, day, facts)
        rows += stored.rows
    return dg.MaterializeResult(metadata={"dagster/row_count": rows})


@dg.asset(
    **described(
        tables.PRICE_CURVE,
        group="prices",
        kinds={"polars", "parquet"},
        upstream=[tables.PRICE_COMPONENT],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[PRICES_ARE_COMPLETE_AND_PLAUSIBLE, EVERY_DAY_IS_PUBLISHED],
)
def price_curve(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    unpublished: list[Finding] = []
    wrong: list[Finding] = []
    rows = 0
    for day in days_of(context):
        inputs = hashes_of(lake, day, tables.PRICE_COMPONENT)
        components = lake.read(tables.PRICE_COMPONENT, [day])
        hours_utc = interval_starts_utc(day, programme.zone)
        try:
            curve = sum_components(components, day=day, hours_utc=hours_utc)
        except GapError as gap:
            unpublished.append(Finding("price.not_published", str(gap)))
            continue
        stored = lake.replace(tables.PRICE_CURVE, day, curve, inputs)
        curve = lake.read(tables.PRICE_CURVE, [day])
        wrong += _find_wrong_prices(curve, day, hours_utc, programme)
        report_partition(context, tables.PRICE_CURVE, day, _curve_facts(curve, day))
        rows += stored.rows
    return dg.MaterializeResult(
        metadata={"dagster/row_count": rows},
        check_results=[
            verdict(PRICES_ARE_COMPLETE_AND_PLAUSIBLE, wrong),
            verdict(EVERY_DAY_IS_PUBLISHED, unpublished),
        ],
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
        curve = lake.read(tables.PRICE_CURVE, [day])
        if curve.is_empty() or not is_worth_telling(day, today):
            facts = {"rows": 0, "why": "The day is over or has no prices."}
            report_partition(context, tables.PRICE_EVENT, day, facts)
            continue
        vens = [ven.ven_id for ven in vtn.vens() if ven.is_enabled]
        rows = list(_hand_over(vtn, vens, curve, day, programme, now))
        new = _not_told_before(lake, day, rows)
        if not new.is_empty():
            lake.publish(tables.PRICE_EVENT, day, new)
        untold += _find_untold(lake, day, vens)
        facts = {"vens": len(vens), "new_events": new.height}
        report_partition(context, tables.PRICE_EVENT, day, facts)
        handed_over += new.height
    return dg.MaterializeResult(
        metadata={"dagster/row_count": handed_over},
        check_results=[verdict(EVERY_VEN_IS_TOLD, untold)],
    )


def _component_row(submission: Submission, hour: PriceHour) -> dict[str, Any]:
    return {
        "submission_id": submission.id,
        "source": submission.source,
        "received_at": submission.received_at,
        "interval_start_utc": hour.interval_start_utc,
        "duration_seconds": hour.duration_seconds,
        "component": hour.component,
        "price_per_kwh": hour.price_per_kwh,
        "currency": hour.currency,
    }


def _find_wrong_prices(
    curve: pl.DataFrame, day: date, hours_utc: list[datetime], programme: Programme
) -> list[Finding]:
    hours = [
        PriceHour(
            row["interval_start_utc"],
            row["duration_seconds"],
            "price",
            row["price_per_kwh"],
            row["currency"],
            f"{day}",
        )
        for row in curve.iter_rows(named=True)
    ]
    foreign = sorted(set(curve["currency"]) - {programme.currency})
    return [
        *find_incomplete_hours(curve, day=day, hours_utc=hours_utc),
        *find_implausible_prices(
            hours,
            lowest=programme.lowest_price_per_kwh,
            highest=programme.highest_price_per_kwh,
        ),
        *(Finding("price.foreign_currency", f"{day}", {"got": c}) for c in foreign),
    ]


def _curve_facts(curve: pl.DataFrame, day: date) -> dict[str, Any]:
    prices = curve["price_per_kwh"].to_list()
    unit = f"{curve['currency'][0]}/kWh"
    return {
        "dagster/row_count": curve.height,
        "lowest_price_per_kwh": min(prices),
        "highest_price_per_kwh": max(prices),
        "currency": curve["currency"][0],
        "submission_id": curve["submission_id"][0],
        "curve": picture(prices, title=f"Prices of {day}", unit=unit),
    }


def _hand_over(
    vtn: Vtn,
    vens: list[str],
    curve: pl.DataFrame,
    day: date,
    programme: Programme,
    now: datetime,
) -> Iterator[dict[str, Any]]:
    body = price_event(curve, programme)
    for ven_id in vens:
        event_id = price_event_id(
            programme_id=programme.programme_id, ven_id=ven_id, operating_day=day
        )
        receipt = vtn.put_event(ven_id, event_id, body)
        yield {
            "event_id": event_id,
            "modification_number": receipt.modification_number,
            "ven_id": ven_id,
            "submission_id": curve["submission_id"][0],
            "intervals": curve.height,
            "currency": curve["currency"][0],
            "body_sha256": receipt.body_sha256,
            "handed_over_at": now,
        }


def _not_told_before(lake: Lake, day: date, rows: list[dict[str, Any]]) -> pl.DataFrame:
    told = lake.read(tables.PRICE_EVENT, [day])
    new = frame_of(tables.PRICE_EVENT, rows)
    return new.join(told, on=["event_id", "modification_number"], how="anti")


def _find_untold(lake: Lake, day: date, vens: list[str]) -> list[Finding]:
    told = set(lake.read(tables.PRICE_EVENT, [day])["ven_id"])
    return [
        Finding("event.not_handed_over", ven_id, {"operating_day": str(day)})
        for ven_id in vens
        if ven_id not in told
    ]
