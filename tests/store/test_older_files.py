"""Files that an older version wrote, beside new ones: read as the table is now."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ter_pipelines.store.engine import view_sql
from ter_pipelines.store.frames import as_described, frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.table import Column, Table

DAYS = [date(2025, 11, day) for day in (1, 2, 3)]
SPAN = {
    "billing_month": "2025-11",
    "first_day": DAYS[0],
    "last_day": DAYS[-1],
}
COUNTED = Table(
    "core",
    "counted",
    "A table that got two columns later.",
    "name",
    "operating_day",
    (
        Column("name", "VARCHAR", "Name."),
        Column("energy_kwh", "DECIMAL(18,6)", "Energy.", "kWh"),
        Column("note", "VARCHAR", "A remark; empty if none.", absent="NULL"),
        Column("turns", "INTEGER", "How often; never empty.", absent="1"),
    ),
    ("name",),
)


def put_prices(lake: Lake, day: date) -> Path:
    start = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    row = {
        "submission_id": day.day,
        "source": "post",
        "received_at": start - timedelta(hours=12),
        "interval_start_utc": start,
        "duration_seconds": 3600,
        "component": "price",
        "price_per_kwh": Decimal("0.12345678"),
        "currency": "USD",
        "withdrawn_at": None,
    }
    lake.replace(tables.PRICE_COMPONENT, day, frame_of(tables.PRICE_COMPONENT, [row]))
    (file,) = (lake.root / "raw" / "price_component").glob(f"*={day}/*.parquet")
    return file


def rewrite(file: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Write a file as an older version would have, its description kept."""
    metadata = pl.read_parquet_metadata(file)
    kept = {name: text for name, text in metadata.items() if name.startswith("ter.")}
    frame = pl.read_parquet(file, hive_partitioning=False)
    change(frame).write_parquet(file, metadata=kept)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.mark.parametrize("older", [0, 1, 2])
def test_a_column_that_an_older_file_lacks_is_empty_wherever_the_file_lies(
    lake: Lake, older: int
) -> None:
    files = [put_prices(lake, day) for day in DAYS]
    whole = lake.read(tables.PRICE_COMPONENT)
    rewrite(files[older], lambda frame: frame.drop("withdrawn_at"))

    read = Lake(lake.root).read(tables.PRICE_COMPONENT)
    asked = Lake(lake.root)._view(tables.PRICE_COMPONENT)  # noqa: SLF001

    assert read.equals(whole)
    assert ("union_by_name" in asked) is (older == 0)


@pytest.mark.parametrize("older", [0, 1, 2])
def test_a_query_finds_the_rows_of_older_and_newer_files(
    lake: Lake, older: int
) -> None:
    files = [put_prices(lake, day) for day in DAYS]
    put_statement_hours(lake)
    whole = lake.run("statement_component", SPAN)
    rewrite(files[older], lambda frame: frame.drop("withdrawn_at"))

    # A query that names the column, and one that does not.
    assert lake.run("statement_component", SPAN).equals(whole)
    with duckdb.connect() as connection:
        view = view_sql(
            tables.PRICE_COMPONENT, lake.root, has_files=True, is_mixed=True
        )
        found = connection.sql(f"FROM ({view}) WHERE withdrawn_at IS NULL")
        assert len(found.fetchall()) == len(DAYS)


def put_statement_hours(lake: Lake) -> None:
    keys = {"meter_id": "M1", "version": 1, "inputs_sha256": "0"}
    hours = [
        keys
        | {
            "interval_start_utc": datetime(2025, 11, day.day, 5, tzinfo=UTC),
            "duration_seconds": 3600,
            "import_kwh": Decimal(1),
            "export_kwh": Decimal(0),
            "price_per_kwh": Decimal("0.12345678"),
            "import_amount": Decimal("0.12345678"),
            "export_amount": Decimal(0),
            "price_submission_id": day.day,
            "usage_version": 1,
            "quality": "",
            "heard_seconds": 3600,
            "missing_seconds": 0,
        }
        for day in DAYS
    ]
    line = keys | {
        column.name: None
        for column in tables.STATEMENT.columns
        if column.name not in keys
    }
    for table, rows in ((tables.STATEMENT_HOUR, hours), (tables.STATEMENT, [line])):
        lake.publish(table, "2025-11", frame_of(table, rows), after=0)


def test_the_warehouse_shows_older_files_too(lake: Lake, tmp_path: Path) -> None:
    files = [put_prices(lake, day) for day in DAYS]
    rewrite(files[0], lambda frame: frame.drop("withdrawn_at"))
    rewrite(files[2], lambda frame: frame.drop("withdrawn_at"))

    lake.write_warehouse(tmp_path / "warehouse.duckdb")

    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as opened:
        told = opened.sql(
            "SELECT operating_day, price_per_kwh, withdrawn_at "
            "FROM raw.price_component ORDER BY ALL"
        )
        price = Decimal("0.12345678")
        assert told.fetchall() == [(day, price, None) for day in DAYS]


@pytest.mark.parametrize("older", [0, 1])
def test_a_column_that_every_file_must_have_is_named_with_its_file(
    lake: Lake, older: int
) -> None:
    files = [put_prices(lake, day) for day in DAYS]
    put_statement_hours(lake)
    rewrite(files[older], lambda frame: frame.drop("submission_id"))
    expected = (
        rf"raw/price_component, file .*={DAYS[older]}/current\.parquet: got no column "
        r"submission_id, expected BIGINT; .* materialize the partition again"
    )

    with pytest.raises(InputError, match=expected):
        lake.read(tables.PRICE_COMPONENT)
    with pytest.raises(InputError, match=expected):
        lake.run("statement_component", SPAN)


def test_a_column_of_another_type_is_named_and_never_rounded(lake: Lake) -> None:
    """DuckDB takes the first file's type for all, and rounds the others to it."""
    files = [put_prices(lake, day) for day in DAYS]
    put_statement_hours(lake)
    cents = pl.col("price_per_kwh").cast(pl.Decimal(18, 2))
    rewrite(files[0], lambda frame: frame.with_columns(cents))
    expected = r"={}/current.* got Decimal\(precision=18, scale=2\) in column price_per"

    with pytest.raises(InputError, match=expected.format(DAYS[0])):
        lake.read(tables.PRICE_COMPONENT)
    with pytest.raises(InputError, match=expected.format(DAYS[0])):
        lake.run("statement_component", SPAN)


def test_what_stands_for_an_absent_column_is_a_value_or_nothing(
    tmp_path: Path,
) -> None:
    old = pl.DataFrame(
        {"name": ["a"], "energy_kwh": [Decimal("1.5")], "gone": [True]},
        schema_overrides={"energy_kwh": pl.Decimal(18, 6)},
    )
    new = frame_of(
        COUNTED, [{"name": "b", "energy_kwh": Decimal(2), "note": "n", "turns": 3}]
    )
    for day, frame in zip(DAYS, (old, new), strict=False):
        folder = tmp_path / COUNTED.path / f"operating_day={day}"
        folder.mkdir(parents=True)
        frame.write_parquet(folder / "current.parquet")

    read = as_described(COUNTED, old, "here")
    with duckdb.connect() as connection:
        view = view_sql(COUNTED, tmp_path, has_files=True, is_mixed=True)
        rows = connection.sql(f"FROM ({view}) ORDER BY 1").fetchall()

    assert read.rows() == [("a", Decimal("1.5"), None, 1)]
    assert read.schema == new.schema
    assert rows == [
        (DAYS[0], "a", Decimal("1.5"), None, 1),
        (DAYS[1], "b", Decimal(2), "n", 3),
    ]
