"""How table descriptions, Polars frames and DuckDB results turn into each other."""

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from ter_pipelines.vocab import tables
from ter_pipelines.vocab.tables import Table

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_SIMPLE: Mapping[str, pl.DataType] = {
    tables.TEXT: pl.String(),
    tables.COUNT: pl.Int32(),
    tables.SEQUENCE: pl.Int64(),
    tables.DATE: pl.Date(),
    tables.FLAG: pl.Boolean(),
    tables.INSTANT: pl.Datetime("us", "UTC"),
}


def schema_of(table: Table) -> pl.Schema:
    """Give the Polars schema a table is stored in."""
    return pl.Schema({c.name: _polars_type(c.type) for c in table.columns})


def frame_of(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Make a frame of a table from rows that name its columns."""
    return pl.DataFrame(list(rows), schema=schema_of(table), orient="row")


def conform(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Give the frame exactly the table's columns, types and order of rows.

    Raises:
        ValueError: If a column is missing, or a decimal would lose places.
    """
    schema = schema_of(table)
    if missing := set(schema) - set(frame.columns):
        raise ValueError(f"{table}: frame lacks {', '.join(sorted(missing))}")
    for name, wanted in schema.items():
        have = frame.schema[name]
        if (
            isinstance(have, pl.Decimal)
            and isinstance(wanted, pl.Decimal)
            and have.scale > wanted.scale
        ):
            raise ValueError(f"{table}.{name}: {have} does not fit {wanted}")
    typed = frame.select(pl.col(n).cast(t, strict=True) for n, t in schema.items())
    return typed.sort(table.sorted_by, maintain_order=True, nulls_last=True)


def content_sha256(frame: pl.DataFrame) -> str:
    """Hash what a frame says: its schema and rows in order."""
    buffer = io.BytesIO()
    frame.rechunk().write_ipc(buffer, compression="uncompressed")
    return hashlib.sha256(buffer.getbuffer()).hexdigest()


def _polars_type(sql_type: str) -> pl.DataType:
    if match := _DECIMAL.fullmatch(sql_type):
        return pl.Decimal(int(match[1]), int(match[2]))
    return _SIMPLE[sql_type]
