"""DuckDB as the engine: connections, views over the tables, queries from files."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import polars as pl

from ter_pipelines.vocab.table import Table

READ_AGAIN = 9
_PARTITION_TYPES = {"operating_day": "DATE", "billing_month": "VARCHAR"}


@dataclass(frozen=True)
class Memory:
    """How much memory a query may take, and where it puts what does not fit.

    Args:
        limit_mb: In MB; 0 for DuckDB's own limit, four fifths of the machine's.
        spill_root: Folder that is made when needed, and removed.
    """

    limit_mb: int
    spill_root: Path


@contextmanager
def connect(
    database: str, views: Mapping[Table, str], memory: Memory | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection in UTC with a view `schema.name` per table."""
    connection = duckdb.connect(database, config=_config(memory))
    try:
        connection.execute("SET TimeZone = 'UTC'")
        for schema in sorted({table.schema for table in views}):
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for table, select in views.items():
            name = f"{table.schema}.{table.name}"
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {select}")
        yield connection
    finally:
        connection.close()


def query(
    sql_name: str,
    params: Mapping[str, object],
    views: Mapping[Table, str],
    memory: Memory | None = None,
) -> pl.DataFrame:
    """Run `store/sql/<sql_name>.sql` with named values bound.

    DuckDB opens a file by name more than once in a query. Where the file was replaced
    in between it finds bytes that do not fit, and the query is run again.
    """
    for _ in range(READ_AGAIN):
        try:
            return _run(sql_name, params, views, memory)
        except duckdb.ProgrammingError:
            raise
        except duckdb.Error:
            continue
    return _run(sql_name, params, views, memory)


def _config(memory: Memory | None) -> dict[str, str | bool | int | float | list[str]]:
    if memory is None:
        return {}
    limit = {"memory_limit": f"{memory.limit_mb}MB"} if memory.limit_mb else {}
    return {"temp_directory": str(memory.spill_root), **limit}


def _run(
    sql_name: str,
    params: Mapping[str, object],
    views: Mapping[Table, str],
    memory: Memory | None,
) -> pl.DataFrame:
    with connect(":memory:", views, memory) as connection:
        return pl.DataFrame(connection.sql(sql_text(sql_name), params=dict(params)))


def sql_text(sql_name: str) -> str:
    """Give the text of a query."""
    return (files("ter_pipelines.store") / "sql" / f"{sql_name}.sql").read_text()


def view_sql(table: Table, root: Path, *, has_files: bool) -> str:
    """Write the select behind a table's view; an empty table keeps its types."""
    column, kind = table.partition, ""
    if column is not None:
        kind = _PARTITION_TYPES[column]
    if not has_files:
        empty = [f"NULL::{c.type} AS {c.name}" for c in table.columns]
        if column is not None:
            empty.insert(0, f"NULL::{kind} AS {column}")
        return f"SELECT {', '.join(empty)} LIMIT 0"
    columns = table.column_names
    if column is not None:
        columns = [f"{column}::{kind} AS {column}", *columns]
    depth = "" if column is None else "*/"
    folder = re.sub(r"[*?\[]", r"[\g<0>]", str(root.absolute()))
    place = f"{folder}/{table.path}/{depth}*.parquet".replace("'", "''")
    return (
        f"SELECT {', '.join(columns)} "
        f"FROM read_parquet('{place}', hive_partitioning = true)"
    )
