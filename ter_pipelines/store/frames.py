"""How table descriptions, Polars frames and DuckDB results turn into each other."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from typing import Any

import polars as pl

from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.table import (
    COUNT,
    DATE,
    FLAG,
    INSTANT,
    SEQUENCE,
    TEXT,
    Column,
    Table,
)

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_WIDE = Context(prec=100)
_ANEW = "materialize the partition again; what is of `out` only that version can read"
_HASHED_AT_ONCE = 200_000
_SIMPLE: Mapping[str, pl.DataType] = {
    TEXT: pl.String(),
    COUNT: pl.Int32(),
    SEQUENCE: pl.Int64(),
    DATE: pl.Date(),
    FLAG: pl.Boolean(),
    INSTANT: pl.Datetime("us", "UTC"),
}


def schema_of(table: Table) -> pl.Schema:
    """Give the Polars schema a table is stored in."""
    return pl.Schema({c.name: _polars_type(c.type) for c in table.columns})


def frame_of(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Make a frame of a table from rows that name its columns.

    Raises:
        ValueError: If a row lacks a column, or a decimal would not be kept exactly.
    """
    listed = list(rows)
    schema = schema_of(table)
    for name, kind in schema.items():
        if any(name not in row for row in listed):
            raise ValueError(f"{table}: a row lacks {name}")
        if isinstance(kind, pl.Decimal):
            for row in listed:
                _require_exact(row[name], kind, f"{table}.{name}")
    return pl.DataFrame(listed, schema=schema, orient="row")


def conform(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Give the frame exactly the table's columns, types and order of rows.

    Raises:
        ValueError: If a column is missing, or what should be a decimal is none or
            would lose places.
    """
    schema = schema_of(table)
    if missing := set(schema) - set(frame.columns):
        raise ValueError(f"{table}: frame lacks {', '.join(sorted(missing))}")
    for name, wanted in schema.items():
        have = frame.schema[name]
        if isinstance(wanted, pl.Decimal) and not _fits(have, wanted):
            raise ValueError(f"{table}.{name}: {have} does not fit {wanted}")
    typed = frame.select(pl.col(n).cast(t, strict=True) for n, t in schema.items())
    return typed.sort(table.sorted_by, maintain_order=True, nulls_last=True)


def find_absent(
    table: Table, have: Mapping[str, pl.DataType], where: object
) -> list[Column]:
    """Find the columns that a stored file lacks, and may lack.

    Args:
        table: As it is described now.
        have: The file's columns.
        where: The file, for messages.

    Raises:
        InputError: If a column that every file must have is not there, or one has
            another type: DuckDB would round to it without a word.
    """
    schema = schema_of(table)
    lacking = [column for column in table.columns if column.name not in have]
    for column in lacking:
        if not column.absent:
            raise InputError(
                f"{table}, file {where}: got no column {column.name}, expected "
                f"{column.type}; it was written by a version that had none, {_ANEW}"
            )
    for name, kind in have.items():
        if name in schema and kind != schema[name]:
            raise InputError(
                f"{table}, file {where}: got {kind} in column {name}, expected "
                f"{schema[name]}; it was written by a version that had that type, "
                f"{_ANEW}"
            )
    return lacking


def as_described(table: Table, frame: pl.DataFrame, where: object) -> pl.DataFrame:
    """Give a stored frame the columns that its table has now, and no others.

    Raises:
        InputError: As `find_absent`.
    """
    if frame.schema == schema_of(table):
        return frame
    lacking = find_absent(table, frame.schema, where)
    filled = frame.with_columns(
        pl.sql_expr(column.absent).cast(_polars_type(column.type)).alias(column.name)
        for column in lacking
    )
    return filled.select(table.column_names)


def content_sha256(frame: pl.DataFrame) -> str:
    """Hash what a frame says: its schema and rows in order.

    Hashed as text: how a frame lies in memory depends on how it came about, and what
    lies there behind an empty value is nothing it says.
    """
    empty = [name for name in frame.columns if frame[name].null_count()]
    plain = frame.with_columns(
        *(pl.col(name).is_null().alias(f"{name} is empty") for name in empty),
        *(pl.col(name).fill_null(_filler(frame.schema[name])) for name in empty),
    )
    digest, is_first = hashlib.sha256(), True
    for name, kind in plain.schema.items():
        digest.update(f"{name} {kind}\n".encode())
    for part in plain.iter_slices(_HASHED_AT_ONCE) if plain.height else [plain]:
        text = part.write_csv(quote_style="non_numeric", include_header=is_first)
        digest.update(text.encode())
        is_first = False
    return digest.hexdigest()


def _filler(kind: pl.DataType) -> pl.Expr:
    return pl.lit("") if kind == pl.String else pl.lit(0).cast(kind)


def _fits(have: pl.DataType, wanted: pl.Decimal) -> bool:
    if isinstance(have, pl.Decimal):
        return have.scale <= wanted.scale
    return have.is_integer() or have == pl.Null


def _require_exact(value: object, kind: pl.Decimal, name: str) -> None:
    """Refuse what Polars would round, or turn to empty, without a word."""
    if value is None:
        return
    if not isinstance(value, Decimal) or not value.is_finite():
        raise ValueError(f"{name}: got {value!r}, expected a finite Decimal")
    digits = (kind.precision or 38) - kind.scale
    if value.adjusted() >= digits and value != 0:
        raise ValueError(f"{name}: got {value}, expected at most {digits} digits")
    if _WIDE.quantize(value, Decimal(1).scaleb(-kind.scale)) != value:
        raise ValueError(f"{name}: got {value}, expected {kind.scale} places at most")


def _polars_type(sql_type: str) -> pl.DataType:
    if match := _DECIMAL.fullmatch(sql_type):
        return pl.Decimal(int(match[1]), int(match[2]))
    return _SIMPLE[sql_type]
