"""Statements by component: what each part of the hours' prices came to, frozen too."""

import dagster as dg

from ter_pipelines.assets.common import (
    blocking,
    described,
    report_partition,
    verdict,
)
from ter_pipelines.partitions import months_of
from ter_pipelines.settlement.components import component_rows, find_wrong_sums
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
    "amount, to the last digit.",
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
        rows = []
        if rate.terms_of(month).shows_components:
            rows = component_rows(
                lines.iter_rows(named=True),
                _sums(lake, month),
                rate.terms_of(month),
            )
        if rows:
            frame = frame_of(tables.STATEMENT_COMPONENT, rows)
            lake.publish(tables.STATEMENT_COMPONENT, month, frame, after=published)
        told = lake.read(tables.STATEMENT_COMPONENT, [month])
        wrong += find_wrong_sums(
            lines.iter_rows(named=True), told.iter_rows(named=True)
        )
        facts = {"dagster/row_count": told.height, "new_rows": len(rows)}
        report_partition(context, tables.STATEMENT_COMPONENT, month, facts)
        added += len(rows)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": added},
        check_results=[verdict(COMPONENTS_ARE_THE_LINE, wrong)],
    )


def _sums(lake: Lake, month: str) -> list[dict[str, object]]:
    days = days_of_month(month)
    values = {"billing_month": month, "first_day": days[0], "last_day": days[-1]}
    return lake.run("statement_component", values).rows(named=True)
