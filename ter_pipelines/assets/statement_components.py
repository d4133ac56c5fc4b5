"""Statements by component: what each part of the hours' prices came to, frozen too."""

from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.assets.common import (
    blocking,
    described,
    report_partition,
    verdict,
)
from ter_pipelines.assets.statements import inputs_of_month
from ter_pipelines.partitions import months_of
from ter_pipelines.settlement.components import (
    component_rows,
    find_lost_components,
    find_wrong_sums,
)
from ter_pipelines.settlement.digest import rate_sha256, sha256_of
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.rate import Rate

COMPONENTS_ARE_THE_LINE = blocking(
    "statement_components_sum_to_the_line",
    tables.STATEMENT_COMPONENT,
    "On every statement that tells its components, those of a line add up to its exact "
    "amount, to the last digit, and without a rest where the hour's price is billed.",
)


@dg.asset(
    **described(
        tables.STATEMENT_COMPONENT,
        group="settlement",
        kinds={"duckdb", "parquet"},
        upstream=[tables.STATEMENT, tables.STATEMENT_HOUR, tables.PRICE_COMPONENT],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[COMPONENTS_ARE_THE_LINE],
)
def statement_component(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    rate: dg.ResourceParam[Rate],
) -> dg.MaterializeResult:
    wrong: list[Finding] = []
    added = 0
    for month in months_of(context):
        published = lake.versions(tables.STATEMENT_COMPONENT, month)
        lines = lake.read(tables.STATEMENT, [month])
        rows = _new_rows(lake, lines, rate, month)
        lost = find_lost_components(rows, rate.terms_of(month))
        wrong += lost
        if rows and not lost:
            frame = frame_of(tables.STATEMENT_COMPONENT, rows)
            lake.publish(tables.STATEMENT_COMPONENT, month, frame, after=published)
        told = lake.read(tables.STATEMENT_COMPONENT, [month])
        wrong += find_wrong_sums(
            lines.iter_rows(named=True), told.iter_rows(named=True)
        )
        new = 0 if lost else len(rows)
        facts = {"dagster/row_count": told.height, "new_rows": new}
        report_partition(context, tables.STATEMENT_COMPONENT, month, facts)
        added += new
    return dg.MaterializeResult(
        metadata={"dagster/row_count": added},
        check_results=[verdict(COMPONENTS_ARE_THE_LINE, wrong)],
    )


def _new_rows(
    lake: Lake, lines: pl.DataFrame, rate: Rate, month: str
) -> list[dict[str, Any]]:
    """Share out the lines that were made under the terms that hold now.

    Statements of other terms, or of other days, are not shared out anew.
    """
    inputs, terms = inputs_of_month(lake, month), rate.terms_of(month)
    if not terms.shows_components or inputs.get("rate") != rate_sha256(rate, month):
        return []
    own = lines.filter(pl.col("inputs_sha256") == sha256_of(inputs))
    return component_rows(own.iter_rows(named=True), _sums(lake, month), terms)


def _sums(lake: Lake, month: str) -> list[dict[str, object]]:
    days = days_of_month(month)
    values = {"billing_month": month, "first_day": days[0], "last_day": days[-1]}
    return lake.run("statement_component", values).rows(named=True)
