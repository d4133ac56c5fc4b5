"""Statements: a meter's month -> the version to issue, and the hours it was made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    blocking,
    described,
    report_partition,
    telling,
    utc_now,
    verdict,
    warning,
)
from ter_pipelines.freshness import manifest_of
from ter_pipelines.partitions import months_of
from ter_pipelines.settlement.digest import rate_name, rate_sha256, sha256_of
from ter_pipelines.settlement.gate import adjustable_until_utc, cut_off_utc
from ter_pipelines.settlement.hour_sums import find_other_hours, sums_by_meter
from ter_pipelines.settlement.rated import loss_values, rule_values
from ter_pipelines.settlement.statement import INCOMPLETE, TOTAL
from ter_pipelines.settlement.true_ups import Owed, find_foreign, owed_by_meter
from ter_pipelines.settlement.versions import (
    Issue,
    find_wrong_totals,
    next_versions,
)
from ter_pipelines.store.frames import conform, frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month, iso_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.rate import Rate

Row = dict[str, Any]
_TABLES = (tables.STATEMENT_HOUR, tables.STATEMENT)
METERS_AT_ONCE = 1_000
LINES_SUM_TO_TOTAL = blocking(
    "statement_lines_sum_to_the_total",
    tables.STATEMENT,
    "On every statement of the month the rounded lines add up to the total.",
)
CHANGES_ARE_IN_TIME = telling(
    "every_change_is_in_time",
    tables.STATEMENT,
    "Tells which meters' months changed after the rate's limit, so that the change is "
    "on no statement.",
)
DIFFERENCES_CAN_BE_BILLED = telling(
    "every_difference_can_be_billed",
    tables.STATEMENT,
    "Tells which meters are held back: months before owe them another currency.",
)
HOURS_SUM_TO_LINES = blocking(
    "statement_hours_sum_to_the_lines",
    tables.STATEMENT_HOUR,
    "The hours that are kept of each new statement add up to its lines of energy.",
)


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            **described(
                table,
                group="settlement",
                kinds={"python", "parquet"},
                upstream=[tables.MONTHLY_SETTLEMENT, tables.SETTLED_HOUR],
            )
        )
        for table in _TABLES
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[
        LINES_SUM_TO_TOTAL,
        CHANGES_ARE_IN_TIME,
        DIFFERENCES_CAN_BE_BILLED,
        HOURS_SUM_TO_LINES,
    ],
)
def statement(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    rate: dg.ResourceParam[Rate],
) -> Iterator[dg.MaterializeResult]:
    unequal: list[Finding] = []
    wrong: list[Finding] = []
    late: list[Finding] = []
    foreign: list[Finding] = []
    for month in months_of(context):
        before = _published(lake)
        rows, issue, left_out = _new_versions(lake, month, rate, utc_now())
        late += left_out[0]
        foreign += left_out[1]
        other, hours = _publish_hours(lake, rows, issue, rate)
        unequal += other
        if rows and not other:
            _publish_lines(lake, month, rows, before)
        issued = lake.read(tables.STATEMENT, [month])
        wrong += find_wrong_totals(issued.iter_rows(named=True))
        report_partition(context, tables.STATEMENT, month, _facts(issued, rows))
        facts = {"dagster/row_count": hours}
        report_partition(context, tables.STATEMENT_HOUR, month, facts)
    yield dg.MaterializeResult(
        asset_key=tables.STATEMENT_HOUR.asset_key,
        check_results=[verdict(HOURS_SUM_TO_LINES, unequal)],
    )
    yield dg.MaterializeResult(
        asset_key=tables.STATEMENT.asset_key,
        check_results=[
            verdict(LINES_SUM_TO_TOTAL, wrong),
            warning(CHANGES_ARE_IN_TIME, late),
            warning(DIFFERENCES_CAN_BE_BILLED, foreign),
        ],
    )


def _published(lake: Lake) -> dict[str, int]:
    """Count what was published of each month."""
    months = lake.partitions(tables.STATEMENT)
    return {month: lake.versions(tables.STATEMENT, month) for month in months}


def _publish_lines(
    lake: Lake, month: str, rows: Sequence[Row], before: Mapping[str, int]
) -> None:
    """Publish new versions, unless a statement came that may owe or say the same."""
    if _published(lake) != before:
        raise dg.Failure(
            f"statements of {month}: others were published since it was read what "
            "months before owe; run close_month again"
        )
    frame = frame_of(tables.STATEMENT, rows)
    lake.publish(tables.STATEMENT, month, frame, after=before.get(month, 0))


def _new_versions(
    lake: Lake, month: str, rate: Rate, now: datetime
) -> tuple[list[Row], Issue, tuple[list[Finding], list[Finding]]]:
    """Give the lines to issue, what they share, and what is on none of them.

    That is what changed too late, and who is held back.
    """
    inputs = inputs_of_month(lake, month)
    if inputs.get("rate") != rate_sha256(rate, month):
        raise dg.Failure(
            f"statements of {month}: the month was added up under other terms of the "
            "rate than hold now; run close_month, which adds it up first",
            allow_retries=False,
        )
    if now < cut_off_utc(rate, month):
        raise dg.Failure(
            f"statements of {month}: got {iso_utc(now)}, expected the month's cut-off, "
            f"{iso_utc(cut_off_utc(rate, month))}, or later; run close_month then",
            allow_retries=False,
        )
    issue = Issue(
        billing_month=month,
        terms=rate.terms_of(month),
        rate=rate_name(rate, month),
        inputs_sha256=sha256_of(inputs),
        issued_at=now,
    )
    issued = lake.read(tables.STATEMENT, [month])
    settled, owed, foreign = _owed(lake, month, set(issued["meter_id"]))
    issue = replace(issue, owed=owed)
    rows = next_versions(settled, issued.iter_rows(named=True), issue)
    late: list[Finding] = []
    if now >= adjustable_until_utc(rate, month):
        late = _too_late(rows, issued)
        rows = [row for row in rows if row["version"] == 1]
    return rows, issue, (late, foreign)


def _owed(
    lake: Lake, month: str, has_statement: set[str]
) -> tuple[list[Row], Owed, list[Finding]]:
    """Give the settled month, what months before still owe, and who is held back.

    To meters that are not settled it is owed on the newest month alone: they may have a
    statement of a later month than one that is only settled anew. A meter that is held
    back counts as incomplete.
    """
    settled = lake.read(tables.MONTHLY_SETTLEMENT, [month]).rows(named=True)
    lines = lake.run("corrected_statement", {"billing_month": month})
    owed = owed_by_meter(lines.iter_rows(named=True), month)
    is_newest = month >= max(lake.partitions(tables.STATEMENT), default=month)
    known = {row["meter_id"] for row in settled} | (set(owed) if is_newest else set())
    owed = {m: each for m, each in owed.items() if m in known - has_statement}
    foreign = find_foreign(settled, owed, month)
    held = {finding.subject.removesuffix(f" {month}") for finding in foreign}
    incomplete = {"state": INCOMPLETE}
    rows = [row | (incomplete if row["meter_id"] in held else {}) for row in settled]
    return rows, {m: each for m, each in owed.items() if m not in held}, foreign


def inputs_of_month(lake: Lake, month: str) -> dict[str, str]:
    """Give what a month was added up from: its days and the terms of the rate."""
    stored = lake.stored(tables.MONTHLY_SETTLEMENT, month)
    return {"manifest": "", **(stored.inputs if stored else {})}


def _publish_hours(
    lake: Lake, rows: Sequence[Row], issue: Issue, rate: Rate
) -> tuple[list[Finding], int]:
    """Publish the hours of new versions, some meters at a time.

    The lines that name them by the hash of their inputs are published after them. Hours
    whose lines never were, since the run died in between, are named by no statement, or
    by the one that is made of the same inputs.

    Returns:
        Statements whose hours are not their lines, and how many hours there are.
    """
    month = issue.billing_month
    after = lake.versions(tables.STATEMENT_HOUR, month)
    kept = lake.run("kept_hours", {"billing_month": month})
    versions = {row["meter_id"]: row["version"] for row in rows}
    other: list[Finding] = []
    count = 0
    for some in _batches(sorted(versions)):
        hours = _hours_of(lake, {m: versions[m] for m in some}, issue)
        _require_unchanged(lake, issue)
        lines = (row for row in rows if row["meter_id"] in some)
        other += find_other_hours(lines, sums_by_meter(hours), rate, month)
        count += hours.height
        new = hours.join(kept, on=kept.columns, how="anti")
        if not other and not new.is_empty():
            lake.publish(tables.STATEMENT_HOUR, month, new, after=after)
            after += 1
    return other, count


def _batches(meter_ids: Sequence[str]) -> Iterator[set[str]]:
    for i in range(0, len(meter_ids), METERS_AT_ONCE):
        yield set(meter_ids[i : i + METERS_AT_ONCE])


def _hours_of(lake: Lake, versions: Mapping[str, int], issue: Issue) -> pl.DataFrame:
    """Give the hours of the meters that get a version, as the rate bills them."""
    days = days_of_month(issue.billing_month)
    values = {
        "first_day": days[0],
        "last_day": days[-1],
        "meter_ids": sorted(versions),
        **rule_values(issue.terms),
        **loss_values(issue.terms),
    }
    hours = lake.run("statement_hour", values)
    of_version = pl.DataFrame(
        {"meter_id": list(versions), "version": list(versions.values())},
        schema={"meter_id": pl.String, "version": pl.Int32},
    )
    named = hours.join(of_version, on="meter_id").with_columns(
        pl.lit(issue.inputs_sha256).alias("inputs_sha256")
    )
    return conform(tables.STATEMENT_HOUR, named)


def _require_unchanged(lake: Lake, issue: Issue) -> None:
    """Stop where the month, or what it was added up from, is another by now."""
    month = issue.billing_month
    inputs = inputs_of_month(lake, month)
    is_same = sha256_of(inputs) == issue.inputs_sha256
    if not is_same or manifest_of(lake, month) != inputs["manifest"]:
        raise dg.Failure(
            f"statements of {month}: its days or its meters changed since the month "
            "was added up; run close_month again"
        )


def _facts(issued: pl.DataFrame, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dagster/row_count": len(rows),
        "statements": issued["statement_id"].n_unique(),
        "new_statements": len({row["statement_id"] for row in rows}),
        "new_dollars": sum(r["amount"] for r in rows if r["line_code"] == TOTAL),
    }


def _too_late(rows: Sequence[dict[str, Any]], issued: pl.DataFrame) -> list[Finding]:
    """Tell what new versions would change, each against the newest that was issued."""
    totals = issued.filter(pl.col("line_code") == TOTAL).sort("version")
    newest = dict(totals.select("meter_id", "amount").iter_rows())
    return [
        Finding(
            "statement.too_late",
            row["statement_id"],
            {"amount": str(row["amount"] - newest[row["meter_id"]])},
        )
        for row in rows
        if row["line_code"] == TOTAL and row["version"] > 1
    ]
