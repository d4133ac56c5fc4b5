"""A partition is put there whole or not at all, and remembers what it was made of."""

import os
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ter_pipelines.store.frames import frame_of, schema_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.table import Table
from tests.store.lake_at_work import (
    LONG_DAY,
    PLAIN_DAY,
    hours_of,
    put_mapping,
    put_worked_day,
    settle,
    usage,
)

USAGE = tables.VALIDATED_USAGE
HOURS = hours_of(PLAIN_DAY)
BOTH_DAYS = {"first_day": LONG_DAY, "last_day": PLAIN_DAY}


def frame(*kwh: str) -> pl.DataFrame:
    rows = zip(HOURS, kwh, strict=False)
    return frame_of(USAGE, [usage(start, value) for start, value in rows])


def files_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data")


def test_what_is_written_is_read_with_its_partition_first(lake: Lake) -> None:
    lake.replace(USAGE, PLAIN_DAY, frame("1.25", "-0.3"))

    read = lake.read(USAGE)

    assert read.columns == ["operating_day", *USAGE.column_names]
    assert set(read["operating_day"]) == {"2024-11-04"}
    assert read.drop("operating_day").equals(frame("1.25", "-0.3"))


def test_a_rerun_puts_its_rows_in_place_of_the_old_ones(lake: Lake) -> None:
    lake.replace(USAGE, PLAIN_DAY, frame("1", "2", "3"))
    lake.replace(USAGE, PLAIN_DAY, frame("4"))

    assert lake.read(USAGE)["energy_kwh"].to_list() == [4]
    assert files_in(lake.root) == ["current.parquet"]


def test_partitions_are_named_and_read_apart(lake: Lake) -> None:
    lake.replace(USAGE, PLAIN_DAY, frame("1"))
    lake.replace(USAGE, LONG_DAY, frame("2").clear())

    assert lake.partitions(USAGE) == ["2024-11-03", "2024-11-04"]
    assert lake.read(USAGE, [PLAIN_DAY]).height == 1
    assert lake.read(USAGE, [LONG_DAY]).height == 0
    assert lake.read(USAGE, [date(1999, 1, 1)]).height == 0


def test_what_was_never_written_reads_as_empty_with_its_types(lake: Lake) -> None:
    empty = lake.read(USAGE)

    assert empty.schema == {"operating_day": pl.String(), **schema_of(USAGE)}
    assert lake.stored(USAGE, PLAIN_DAY) is None
    assert lake.partitions(USAGE) == []


def test_a_table_without_partitions_is_one_file(lake: Lake) -> None:
    put_mapping(lake, ("A", "battery", HOURS[0], None))

    assert lake.partitions(tables.METER_MAPPING) == [""]
    read = lake.read(tables.METER_MAPPING)
    assert read.columns == tables.METER_MAPPING.column_names
    assert lake.stored(tables.METER_MAPPING) is not None


def test_a_file_remembers_rows_hash_and_inputs(lake: Lake) -> None:
    inputs = {"ven_report": "abc", "meter_mapping": "7"}

    written = lake.replace(USAGE, PLAIN_DAY, frame("1", "2"), inputs)

    assert lake.stored(USAGE, PLAIN_DAY) == written
    assert (written.rows, written.inputs) == (2, inputs)
    again = lake.replace(USAGE, PLAIN_DAY, frame("1", "2"), {"ven_report": "def"})
    assert again.content_sha256 == written.content_sha256
    other = lake.replace(USAGE, PLAIN_DAY, frame("1", "2.000001"), inputs)
    assert other.content_sha256 != written.content_sha256


def test_versions_are_published_side_by_side_and_never_changed(lake: Lake) -> None:
    lake.publish(USAGE, PLAIN_DAY, frame("1"), after=0, inputs={"run": "1"})
    folder = lake.root / "core/validated_usage/operating_day=2024-11-04"
    first_bytes = (folder / "v000001.parquet").read_bytes()

    lake.publish(USAGE, PLAIN_DAY, frame("2"), after=1, inputs={"run": "2"})

    assert files_in(folder) == ["v000001.parquet", "v000002.parquet"]
    assert (folder / "v000001.parquet").read_bytes() == first_bytes
    assert lake.read(USAGE)["energy_kwh"].to_list() == [1, 2]
    newest = lake.stored(USAGE, PLAIN_DAY)
    assert newest is not None
    assert newest.inputs == {"run": "2"}


def test_who_publishes_without_having_read_the_newest_version_is_refused(
    lake: Lake,
) -> None:
    read_by_both = lake.versions(USAGE, PLAIN_DAY)
    lake.publish(USAGE, PLAIN_DAY, frame("1"), after=read_by_both)

    with pytest.raises(FileExistsError):
        lake.publish(USAGE, PLAIN_DAY, frame("2"), after=read_by_both)

    assert lake.read(USAGE)["energy_kwh"].to_list() == [1]


def test_a_mark_says_what_a_partition_is_up_to_date_with(lake: Lake) -> None:
    before = lake.marked(USAGE, PLAIN_DAY)

    lake.mark(USAGE, PLAIN_DAY, "abc")
    lake.mark(USAGE, PLAIN_DAY, "def")

    assert (before, lake.marked(USAGE, PLAIN_DAY)) == ("", "def")
    assert lake.partitions(USAGE) == []


def test_a_partners_file_is_written_once(lake: Lake) -> None:
    table = tables.CMEP_FILE

    path, written = lake.write_file(table, "2024-11", "NHEC.cme", [b"MEPMD01", b"\r\n"])
    again = lake.write_file(table, "2024-11", "NHEC.cme", [b"MEPMD01\r\n"])

    assert again == (path, written)
    assert path == "out/cmep_file/billing_month=2024-11/NHEC.cme"
    assert written.size_bytes == 9
    with pytest.raises(FileExistsError):
        lake.write_file(table, "2024-11", "NHEC.cme", [b"other"])
    assert (lake.root / path).read_bytes() == b"MEPMD01\r\n"
    assert files_in(lake.root) == ["NHEC.cme"]
    assert lake.partitions(table) == []


def test_a_write_that_fails_leaves_nothing_half_written(lake: Lake) -> None:
    in_the_way = lake.root / "core/validated_usage/operating_day=2024-11-04"
    in_the_way /= "current.parquet"
    in_the_way.mkdir(parents=True)

    with pytest.raises(IsADirectoryError):
        lake.replace(USAGE, PLAIN_DAY, frame("2"))

    assert files_in(lake.root) == []


def test_a_frame_that_is_refused_leaves_the_old_content(lake: Lake) -> None:
    lake.replace(USAGE, PLAIN_DAY, frame("1"))

    with pytest.raises(ValueError, match="frame lacks state"):
        lake.replace(USAGE, PLAIN_DAY, frame("2").drop("state"))

    assert lake.read(USAGE)["energy_kwh"].to_list() == [1]
    assert files_in(lake.root) == ["current.parquet"]


def test_what_a_killed_writer_left_is_never_read_and_swept_a_day_later(
    lake: Lake,
) -> None:
    folder = lake.root / "core/validated_usage/operating_day=2024-11-04"
    folder.mkdir(parents=True)
    young, old = folder / ".current.parquet.a.partial", folder / ".b.partial"
    for partial in (young, old):
        partial.write_bytes(b"PAR1 half")
    two_days_ago = young.stat().st_mtime - 2 * 86400
    os.utime(old, (two_days_ago, two_days_ago))

    assert lake.partitions(USAGE) == []
    lake.replace(USAGE, PLAIN_DAY, frame("1"))

    assert files_in(folder) == [young.name, "current.parquet"]
    assert lake.read(USAGE).height == 1
    assert lake.run("unpriced_hour", BOTH_DAYS).height == 1


@pytest.mark.parametrize("table", tables.ALL, ids=str)
def test_the_view_of_an_empty_table_has_the_types_of_a_full_one(
    lake: Lake, table: Table
) -> None:
    before = described(lake, table)
    row = dict.fromkeys(table.column_names)
    partition = {"operating_day": PLAIN_DAY, "billing_month": "2024-11"}
    key = partition[table.partition] if table.partition else ""

    lake.replace(table, key, frame_of(table, [row]))

    assert described(lake, table) == before
    expected = [(column.name, column.type) for column in table.columns]
    assert before[bool(table.partition) :] == expected


def described(lake: Lake, table: Table) -> list[tuple[str, str]]:
    file = lake.root.parent / "described.duckdb"
    lake.write_warehouse(file)
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.execute(f"DESCRIBE {table.schema}.{table.name}").fetchall()
    return [(row[0], row[1]) for row in rows]


def test_the_warehouse_shows_every_table_and_opens_read_only(lake: Lake) -> None:
    put_worked_day(lake)
    settle(lake, LONG_DAY)
    file = lake.root / "warehouse.duckdb"

    assert lake.write_warehouse(file) == len(tables.ALL)

    with duckdb.connect(str(file), read_only=True) as connection:
        views = connection.execute(
            "SELECT schema_name || '/' || view_name FROM duckdb_views() "
            "WHERE NOT internal"
        ).fetchall()
        net = connection.execute(
            "SELECT sum(import_amount + export_amount) FROM core.settled_hour"
        ).fetchall()
    assert sorted(name for (name,) in views) == sorted(t.path for t in tables.ALL)
    assert str(net[0][0]) == "3.60729600000000"
    assert [name for name in files_in(lake.root) if "partial" in name] == []


def test_whoever_has_the_warehouse_open_does_not_hinder_a_new_one(lake: Lake) -> None:
    file = lake.root / "warehouse.duckdb"
    lake.write_warehouse(file)

    with duckdb.connect(str(file), read_only=True) as analyst:
        put_worked_day(lake)
        lake.write_warehouse(file)
        old = analyst.execute("SELECT count(*) FROM core.price_curve").fetchall()

    assert old == [(0,)]
    with duckdb.connect(str(file), read_only=True) as analyst:
        new = analyst.execute("SELECT count(*) FROM core.price_curve").fetchall()
    assert new == [(25,)]


@pytest.mark.parametrize("name", ["it's", "a[1]b", "what?", "star*", "x=1", "ü b"])
def test_a_lake_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    lake = Lake(tmp_path / name / "data")
    put_worked_day(lake)

    assert settle(lake, LONG_DAY).height == 25


def test_a_folder_that_only_looks_alike_is_another_lake(tmp_path: Path) -> None:
    put_worked_day(Lake(tmp_path / "aXb"))

    other = Lake(tmp_path / "a?b")
    other.replace(USAGE, LONG_DAY, frame("1").clear())

    span = {"first_day": LONG_DAY, "last_day": LONG_DAY}
    assert other.run("unpriced_hour", span).is_empty()
