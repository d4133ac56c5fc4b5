"""The lake: a table is a folder, a partition is a file, a write is a rename.

Any number of processes read and write at once as long as they write different
partitions. `replace` puts a partition's new content in the place of the old;
`publish` adds an immutable version next to the others. Every file remembers the hash
of what it says and the inputs it was made from, so that anybody can ask whether it is
still what its inputs would make today.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from ter_pipelines.store.durable import Written, partial, put, put_pieces, settle
from ter_pipelines.store.engine import (
    Memory,
    UnlikeFilesError,
    connect,
    query,
    sql_text,
    view_sql,
)
from ter_pipelines.store.frames import (
    as_described,
    conform,
    content_sha256,
    find_absent,
    schema_of,
)
from ter_pipelines.store.ready_engine import opener
from ter_pipelines.vocab.table import Table
from ter_pipelines.vocab.tables import ALL

_CONTENT = "ter.content_sha256"
_ROWS = "ter.rows"
_INPUTS = "ter.inputs"
_CURRENT = "current.parquet"
_MARK = ".made_from"


@dataclass(frozen=True)
class Stored:
    """A file of the lake.

    Args:
        rows: Number of rows.
        content_sha256: Hash of what they say.
        inputs: What it was made from: name to version or hash.
    """

    rows: int
    content_sha256: str
    inputs: Mapping[str, str] = field(default_factory=dict)


class Lake:
    """Tables under one root folder."""

    def __init__(
        self, root: Path, query_memory_mb: int = 0, *, stays_ready: bool = False
    ) -> None:
        """Use the lake in `root`; it is made when first written.

        A query takes no more memory than is said, MB; 0 for DuckDB's own limit. The
        engine starts with every query, or once where it stays ready for many.
        """
        self.root = root
        memory = Memory(query_memory_mb, root / ".spill")
        self._opens = opener(memory, stays_ready=stays_ready)
        self._described: dict[Path, tuple[tuple[int, int, int], Stored]] = {}
        self._mixed: set[Table] = set()

    def read(
        self, table: Table, partitions: Iterable[object] | None = None
    ) -> pl.DataFrame:
        """Read whole partitions, all of them by default; missing ones are empty.

        Returns:
            The table's columns, and first the partition column where it has one.

        Raises:
            InputError: If a file has not the columns that its table has now.
        """
        keys = self.partitions(table) if partitions is None else map(str, partitions)
        parts = [self._read_partition(table, key) for key in keys]
        return pl.concat([self._empty(table), *parts])

    def partitions(self, table: Table) -> list[str]:
        """Name the partitions that were ever written, in order; `` for the only one."""
        if table.partition is None:
            return [""] if self._files(table, "") else []
        prefix = f"{table.partition}="
        folders = sorted((self.root / table.path).glob(f"{prefix}*"))
        keys = [folder.name.removeprefix(prefix) for folder in folders]
        return [key for key in keys if self._files(table, key)]

    def stored(self, table: Table, partition: object = "") -> Stored | None:
        """Tell what the newest file of a partition is; None if there is none."""
        files = self._files(table, str(partition))
        return self._describe(files[-1]) if files else None

    def written_at(self, table: Table, partition: object = "") -> datetime:
        """Tell when the newest file of a partition was written."""
        newest = self._files(table, str(partition))[-1]
        return datetime.fromtimestamp(newest.stat().st_mtime, UTC)

    def replace(
        self,
        table: Table,
        partition: object,
        frame: pl.DataFrame,
        inputs: Mapping[str, str] | None = None,
    ) -> Stored:
        """Put a partition's content in place of what was there, at one stroke."""
        path = self._folder(table, str(partition)) / _CURRENT
        return _write(path, conform(table, frame), inputs or {}, replacing=True)

    def publish(
        self,
        table: Table,
        partition: object,
        frame: pl.DataFrame,
        *,
        after: int,
        inputs: Mapping[str, str] | None = None,
    ) -> Stored:
        """Add an immutable file to a partition.

        Args:
            table: Of `out`.
            partition: Where the file goes.
            frame: Only what is new.
            after: How many files the partition had (`versions`) before it was read to
                find out what is new.
            inputs: What it was made from.

        Raises:
            FileExistsError: If somebody published meanwhile: read again.
        """
        path = self._folder(table, str(partition)) / f"v{after + 1:06d}.parquet"
        return _write(path, conform(table, frame), inputs or {}, replacing=False)

    def versions(self, table: Table, partition: object) -> int:
        """Count the files that were published in a partition."""
        return len(self._files(table, str(partition)))

    def mark(self, table: Table, partition: object, made_from: str) -> None:
        """Note what a partition is up to date with, also where that added nothing."""
        path = self._folder(table, str(partition)) / _MARK
        put(path, made_from.encode(), replacing=True)

    def marked(self, table: Table, partition: object) -> str:
        """Give what was noted; empty if nothing was."""
        path = self._folder(table, str(partition)) / _MARK
        return path.read_text() if path.is_file() else ""

    def write_file(
        self, table: Table, partition: object, name: str, pieces: Iterable[bytes]
    ) -> tuple[str, Written]:
        """Write a file for a partner next to the partition, piece by piece.

        The same bytes again change nothing.

        Returns:
            Its path in the lake, and what was written.

        Raises:
            FileExistsError: If the name is taken by other bytes.
            DiskFullError: If there is no room for it.
        """
        path = self._folder(table, str(partition)) / name
        written = put_pieces(path, pieces)
        return str(path.relative_to(self.root)), written

    def run(self, sql_name: str, params: Mapping[str, object]) -> pl.DataFrame:
        """Run a query of `store/sql` over the tables; values are bound.

        Raises:
            InputError: If a file has not the columns that its table has now.
        """
        text = sql_text(sql_name)
        named = [t for t in ALL if f"{t.schema}.{t.name}" in text]
        try:
            views = {table: self._view(table) for table in named}
            return query(sql_name, params, views, self._opens)
        except UnlikeFilesError:
            self._mixed |= {table for table in named if self._find_unlike(table)}
            views = {table: self._view(table) for table in named}
            return query(sql_name, params, views, self._opens)

    def write_warehouse(self, path: Path) -> int:
        """Write a DuckDB file with one view per table; give the number of views.

        Analysts open it; nothing in the pipeline writes through it. Whoever has the
        old file open keeps it.
        """
        self._mixed |= {t for t in ALL if any(c.absent for c in t.columns)}
        views = {table: self._view(table) for table in ALL}
        with partial(path) as name:
            with connect(str(name), views):
                pass
            settle(name, path, replacing=True)
        return len(views)

    def _describe(self, path: Path) -> Stored:
        """Read a file's own description, unless it is the file that was read last."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            identity = (status.st_ino, status.st_mtime_ns, status.st_size)
            known = self._described.get(path)
            if known is None or known[0] != identity:
                known = self._described[path] = identity, _description(file)
        return known[1]

    def _view(self, table: Table) -> str:
        """Write a table's view; DuckDB takes columns and types from the first file."""
        keys = self.partitions(table)
        if keys:
            first = self._files(table, keys[0])[0]
            if find_absent(table, _schema(first), first):
                self._mixed.add(table)
        is_mixed = table in self._mixed
        return view_sql(table, self.root, has_files=bool(keys), is_mixed=is_mixed)

    def _find_unlike(self, table: Table) -> list[Path]:
        """Find the files of a table that lack columns, which they may."""
        return [
            file
            for key in self.partitions(table)
            for file in self._files(table, key)
            if find_absent(table, _schema(file), file)
        ]

    def _empty(self, table: Table) -> pl.DataFrame:
        schema = dict(schema_of(table))
        if table.partition is not None:
            schema = {table.partition: pl.String(), **schema}
        return pl.DataFrame(schema=schema)

    def _read_partition(self, table: Table, key: str) -> pl.DataFrame:
        files = self._files(table, key)
        frames = [as_described(table, _read(file), file) for file in files]
        if not frames:
            return self._empty(table)
        frame = pl.concat(frames)
        if table.partition is None:
            return frame
        return frame.select(pl.lit(key).alias(table.partition), pl.all())

    def _folder(self, table: Table, key: str) -> Path:
        folder = self.root / table.path
        return (
            folder if table.partition is None else folder / f"{table.partition}={key}"
        )

    def _files(self, table: Table, key: str) -> list[Path]:
        return sorted(self._folder(table, key).glob("[!.]*.parquet"))


def _read(path: Path) -> pl.DataFrame:
    """Read a file opened once, so that it may be replaced meanwhile."""
    with path.open("rb") as file:
        return pl.read_parquet(file, hive_partitioning=False)


def _schema(path: Path) -> pl.Schema:
    with path.open("rb") as file:
        return pl.Schema(pl.read_parquet_schema(file))


def _description(file: BinaryIO) -> Stored:
    metadata = pl.read_parquet_metadata(file)
    inputs = json.loads(metadata[_INPUTS])
    return Stored(int(metadata[_ROWS]), metadata[_CONTENT], inputs)


def _write(
    path: Path, frame: pl.DataFrame, inputs: Mapping[str, str], *, replacing: bool
) -> Stored:
    stored = Stored(frame.height, content_sha256(frame), dict(inputs))
    metadata = {
        _CONTENT: stored.content_sha256,
        _ROWS: str(stored.rows),
        _INPUTS: json.dumps(stored.inputs, sort_keys=True),
    }
    with partial(path) as name:
        frame.write_parquet(name, metadata=metadata)
        settle(name, path, replacing=replacing)
    return stored
