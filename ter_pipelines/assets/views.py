"""The warehouse: one DuckDB file with a view per table, for analysts."""

import dagster as dg

from ter_pipelines.assets.common import OWNERS
from ter_pipelines.assets.jobs import WAREHOUSE
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables

WAREHOUSE_FILE = "warehouse.duckdb"


@dg.asset(
    key=WAREHOUSE,
    deps=[table.asset_key for table in tables.ALL],
    description="One DuckDB file with a view for every table of the lake. Open it "
    "read-only and see everything; nothing in the pipeline writes through it.",
    group_name="exports",
    owners=[OWNERS["exports"]],
    kinds={"duckdb"},
)
def warehouse(lake: dg.ResourceParam[Lake]) -> dg.MaterializeResult:
    path = lake.root / WAREHOUSE_FILE
    views = lake.write_warehouse(path)
    return dg.MaterializeResult(metadata={"views": views, "path": str(path)})
