"""Prices: what arrived -> the binding curve of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    blocking,
    described,
    hashes_of,
    picture,
    report_partition,
    telling,
    verdict,
)
from ter_pipelines.partitions import days_of
from ter_pipelines.price_book import PriceBook
from ter_pipelines.pricing.curve import (
    find_incomplete_hours,
    find_refused_submissions,
    sum_components,
)
from ter_pipelines.pricing.plausible import find_implausible_prices
from ter_pipelines.pricing.versions import find_versions, write_versions
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import GapError, InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.price_day import PriceVersion
from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.rate import Rate

EVERY_SUBMISSION_IS_READ = telling(
    "every_submission_is_read",
    tables.PRICE_COMPONENT,
    "Tells which landed price files could not be read; the others are.",
)
PRICES_ARE_COMPLETE_AND_PLAUSIBLE = blocking(
    "prices_are_complete_and_plausible",
    tables.PRICE_CURVE,
    "Every stored day has each of its 23, 24 or 25 hours once, in the programme's "
    "currency and inside its plausible band.",
)
EVERY_DAY_IS_PUBLISHED = telling(
    "every_day_is_published",
    tables.PRICE_CURVE,
    "Tells which days of the run lack prices; such a day has an empty curve and is not "
    "settled.",
)
NO_SUBMISSION_IS_REFUSED = telling(
    "no_submission_is_refused",
    tables.PRICE_CURVE,
    "Tells which submissions bind nobody: implausible, or in another currency.",
)


@dg.asset(
    **described(tables.PRICE_COMPONENT, group="prices", kinds={"python", "parquet"}),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[EVERY_SUBMISSION_IS_READ],
)
def price_component(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
    rate: dg.ResourceParam[Rate],
) -> dg.MaterializeResult:
    unread: list[Finding] = []
    book = PriceBook(programme, rate)
    rows = 0
    for day in days_of(context):
        known = lake.read(tables.PRICE_COMPONENT, [day])
        submissions = registry.price_submissions_of(day)
        new = [s for s in submissions if s.id not in set(known["submission_id"])]
        read, failed = _read_submissions(new, registry, book, day)
        unread += failed
        gone = {s.id: s.withdrawn_at for s in submissions if s.withdrawn_at}
        newest = str(submissions[-1].id if submissions else 0)
        inputs = {"submission": newest, "withdrawn": str(len(gone))}
        frame = _marked(pl.concat([known.select(read.columns), read]), gone)
        stored = lake.replace(tables.PRICE_COMPONENT, day, frame, inputs)
        facts = {"rows": stored.rows, "submissions": len(submissions)}
        report_partition(context, tables.PRICE_COMPONENT, day, facts)
        rows += stored.rows
    return dg.MaterializeResult(
        metadata={"dagster/row_count": rows},
        check_results=[verdict(EVERY_SUBMISSION_IS_READ, unread)],
    )


@dg.asset(
    **described(
        tables.PRICE_CURVE,
        group="prices",
        kinds={"polars", "parquet"},
        upstream=[tables.PRICE_COMPONENT],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        PRICES_ARE_COMPLETE_AND_PLAUSIBLE,
        EVERY_DAY_IS_PUBLISHED,
        NO_SUBMISSION_IS_REFUSED,
    ],
)
def price_curve(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    unpublished: list[Finding] = []
    refused: list[Finding] = []
    wrong: list[Finding] = []
    for day in days_of(context):
        inputs = hashes_of(lake, day, tables.PRICE_COMPONENT)
        curve, found = _make_curve(
            lake.read(tables.PRICE_COMPONENT, [day]), day, programme
        )
        inputs["versions"] = write_versions(found.versions)
        unpublished += found.unpublished
        refused += found.refused
        wrong += found.wrong
        lake.replace(tables.PRICE_CURVE, day, curve, inputs)
        report_partition(context, tables.PRICE_CURVE, day, _curve_facts(curve, day))
    return dg.MaterializeResult(
        check_results=[
            verdict(PRICES_ARE_COMPLETE_AND_PLAUSIBLE, wrong),
            verdict(EVERY_DAY_IS_PUBLISHED, unpublished),
            verdict(NO_SUBMISSION_IS_REFUSED, refused),
        ],
    )


def _marked(
    components: pl.DataFrame, withdrawn: Mapping[int, datetime]
) -> pl.DataFrame:
    """Mark the components of what was withdrawn, also where they were read before."""
    marks = pl.DataFrame(
        {"submission_id": list(withdrawn), "withdrawn_at": list(withdrawn.values())},
        schema={n: components.schema[n] for n in ("submission_id", "withdrawn_at")},
    )
    return components.drop("withdrawn_at").join(marks, on="submission_id", how="left")


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
        "withdrawn_at": submission.withdrawn_at,
    }


def _read_submissions(
    submissions: Sequence[Submission], registry: Registry, book: PriceBook, day: date
) -> tuple[pl.DataFrame, list[Finding]]:
    rows: list[dict[str, Any]] = []
    failed = []
    for submission in submissions:
        try:
            body = registry.body(submission)
            hours = book.read(submission.format, body, day).hours
            rows += [_component_row(submission, hour) for hour in hours]
        except InputError as error:
            why = {"why": str(error)}
            failed.append(Finding("price.unreadable", str(submission.id), why))
    return frame_of(tables.PRICE_COMPONENT, rows), failed


@dataclass
class _Judgement:
    unpublished: list[Finding] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    wrong: list[Finding] = field(default_factory=list)
    versions: list[PriceVersion] = field(default_factory=list)


def _make_curve(
    components: pl.DataFrame, day: date, programme: Programme
) -> tuple[pl.DataFrame, _Judgement]:
    """Make a day's curve and judge it before it is stored; a bad one is empty."""
    hours_utc = interval_starts_utc(day, programme.zone)
    found = _Judgement()
    found.refused = find_refused_submissions(
        components,
        lowest=programme.lowest_price_per_kwh,
        highest=programme.highest_price_per_kwh,
        currency=programme.currency,
    )
    ids = [int(finding.subject) for finding in found.refused]
    binding = components.filter(~pl.col("submission_id").is_in(ids))
    found.versions = find_versions(binding, day=day, hours_utc=hours_utc)
    try:
        curve = sum_components(binding, day=day, hours_utc=hours_utc)
    except GapError as gap:
        found.unpublished = [Finding("price.not_published", str(gap))]
        return frame_of(tables.PRICE_CURVE, []), found
    found.wrong = _find_wrong_prices(curve, day, hours_utc, programme)
    return (frame_of(tables.PRICE_CURVE, []) if found.wrong else curve), found


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
    if curve.is_empty():
        return {"dagster/row_count": 0, "why": "The day has no complete prices."}
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
