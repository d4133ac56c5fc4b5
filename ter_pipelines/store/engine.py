"""DuckDB as the engine: connections, views over the tables, queries from files."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import polars as pl

from ter_pipelines.vocab.table import Column, Table

READ_AGAIN = 9
_UNLIKE = "schema mismatch in glob"
Opens = Callable[
    [Mapping[Table, str]], AbstractContextManager[duckdb.DuckDBPyConnection]
]
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


class UnlikeFilesError(Exception):
    """Files of one table have not the same columns."""


@contextmanager
def connect(
    database: str, views: Mapping[Table, str], memory: Memory | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection in UTC with a view `schema.name` per table."""
    connection = duckdb.connect(database, config=config_of(memory))
    try:
        add_views(connection, views)
        yield connection
    finally:
        connection.close()


def add_views(
    connection: duckdb.DuckDBPyConnection, views: Mapping[Table, str]
) -> None:
    """Set a connection to UTC and make a view `schema.name` per table."""
    connection.execute("SET TimeZone = 'UTC'")
    for schema in sorted({table.schema for table in views}):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for table, select in views.items():
        name = f"{table.schema}.{table.name}"
        connection.execute(f"CREATE OR REPLACE VIEW {name} AS {select}")


def query(
    sql_name: str,
    params: Mapping[str, object],
    views: Mapping[Table, str],
    opens: Opens,
) -> pl.DataFrame:
    """Run `store/sql/<sql_name>.sql` with named values bound.

    DuckDB opens a file by name more than once in a query. Where the file was replaced
    in between it finds bytes that do not fit, and the query is run again.

    Raises:
        UnlikeFilesError: If a table's later file lacks a column that its first one has.
    """
    for _ in range(READ_AGAIN):
        try:
            return _run(sql_name, params, views, opens)
        except duckdb.ProgrammingError as error:
            if _UNLIKE in str(error):
                raise UnlikeFilesError(str(error)) from error
            raise
        except duckdb.Error:
            continue
    return _run(sql_name, params, views, opens)


def config_of(
    memory: Memory | None,
) -> dict[str, str | bool | int | float | list[str]]:
    """Write what a query may take as DuckDB's own settings."""
    if memory is None:
        return {}
    limit = {"memory_limit": f"{memory.limit_mb}MB"} if memory.limit_mb else {}
    return {"temp_directory": str(memory.spill_root), **limit}


def _run(
    sql_name: str,
    params: Mapping[str, object],
    views: Mapping[Table, str],
    opens: Opens,
) -> pl.DataFrame:
    with opens(views) as connection:
        return pl.DataFrame(connection.sql(sql_text(sql_name), params=dict(params)))


def sql_text(sql_name: str) -> str:
    """Give the text of a query."""
    return (files("ter_pipelines.store") / "sql" / f"{sql_name}.sql").read_text()


def view_sql(
    table: Table, root: Path, *, has_files: bool, is_mixed: bool = False
) -> str:
    """Write the select behind a table's view.

    Args:
        table: Of the lake.
        root: The lake's folder.
        has_files: An empty table keeps its types.
        is_mixed: Some of the files may lack columns that may be absent. To read those
            takes a look at every file, also at those that a query leaves out.
    """
    column = table.partition
    empty = [f"NULL::{c.type} AS {c.name}" for c in table.columns]
    columns = table.column_names
    if column is not None:
        kind = _PARTITION_TYPES[column]
        empty.insert(0, f"NULL::{kind} AS {column}")
        columns = [f"{column}::{kind} AS {column}", *columns]
    nothing = f"SELECT {', '.join(empty)} WHERE false"
    if not has_files:
        return nothing
    depth = "" if column is None else "*/"
    folder = re.sub(r"[*?\[]", r"[\g<0>]", str(root.absolute()))
    place = f"{folder}/{table.path}/{depth}*.parquet".replace("'", "''")
    if not is_mixed:
        return (
            f"SELECT {', '.join(columns)} "
            f"FROM read_parquet('{place}', hive_partitioning = true)"
        )
    filled = {c.name: _filled(c) for c in table.columns if c.absent}
    chosen = [filled.get(name, name) for name in columns]
    every = (
        f"SELECT * FROM read_parquet('{place}', hive_partitioning = true, "
        "union_by_name = true)"
    )
    return f"SELECT {', '.join(chosen)} FROM ({nothing} UNION ALL BY NAME {every})"


def _filled(column: Column) -> str:
    if column.absent == "NULL":
        return column.name
    return f"coalesce({column.name}, {column.absent})::{column.type} AS {column.name}"
