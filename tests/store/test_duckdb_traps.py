"""Where DuckDB would lose digits: the trap itself, and that we do not step into it."""

from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ter_pipelines.store.frames import conform, frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.units import MAX_ENERGY_KWH, MAX_PRICE_PER_KWH
from tests.store.lake_at_work import (
    PLAIN_DAY,
    hours_of,
    put_mapping,
    put_prices,
    put_usage,
    settle,
    settle_month,
    usage,
)

MOST_KWH = MAX_ENERGY_KWH - Decimal("0.000001")
HIGHEST_PRICE = MAX_PRICE_PER_KWH - Decimal("0.00000001")
# (10^15 - 1) x (10^14 - 1) with its fourteen places: 29 digits, one over Python's 28.
LARGEST_AMOUNT = Decimal("999999999999989.00000000000001")
PAST_EXACT_IN_DOUBLE = 2**53 + 1


def relation(select: str) -> duckdb.DuckDBPyRelation:
    found = duckdb.sql(select)
    assert found is not None
    return found


def settled_at_the_limits(lake: Lake) -> pl.DataFrame:
    put_usage(lake, [usage(start, str(MOST_KWH)) for start in hours_of(PLAIN_DAY)])
    put_prices(lake, PLAIN_DAY, [str(HIGHEST_PRICE)] * 24)
    return settle(lake, PLAIN_DAY)


def test_a_product_of_two_decimals_of_18_digits_overflows_in_duckdb() -> None:
    product = f"SELECT {MOST_KWH}::DECIMAL(18,6) * {HIGHEST_PRICE}::DECIMAL(18,8)"

    with pytest.raises(duckdb.OutOfRangeException, match="Overflow in multiplication"):
        relation(product).fetchall()


def test_the_largest_energy_times_the_highest_price_settles_exactly(
    tmp_path: Path,
) -> None:
    settled = settled_at_the_limits(Lake(tmp_path))

    assert settled["import_amount"].to_list() == [LARGEST_AMOUNT] * 24


def test_a_sum_of_counts_is_a_double_in_parquet_from_duckdb(tmp_path: Path) -> None:
    file = tmp_path / "sum.parquet"
    total = relation(f"SELECT {PAST_EXACT_IN_DOUBLE}::BIGINT AS n").sum("n")

    assert total.types == ["HUGEINT"]
    total.write_parquet(str(file))

    stored = pl.read_parquet(file)
    assert stored.dtypes == [pl.Float64]
    assert int(stored.item()) != PAST_EXACT_IN_DOUBLE


def test_counts_added_in_our_queries_are_stored_as_counts(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    settled_at_the_limits(lake)

    file = next((tmp_path / "core/settled_hour").glob("*/*.parquet"))
    schema = pl.read_parquet_schema(file)
    assert schema["missing_seconds"] == pl.Int32
    assert schema["import_amount"] == pl.Decimal(38, 14)
    assert pl.Float64 not in schema.values()


def test_no_query_gives_a_double(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    settled_at_the_limits(lake)
    put_mapping(lake, ("0012", "battery", hours_of(PLAIN_DAY)[0], None))
    span = {"first_day": PLAIN_DAY, "last_day": PLAIN_DAY}

    month = settle_month(lake, "2024-11", PLAIN_DAY, PLAIN_DAY)["0012"]

    assert month["import_amount"] == Decimal("23999999999999736.00000000000024")
    assert not any(isinstance(value, float) for value in month.values())
    for name in ("settled_hour", "valid_energy", "register_opening"):
        values = {key: span[key] for key in parameters(name)}
        assert pl.Float64 not in lake.run(name, values).schema.values()


def parameters(name: str) -> list[str]:
    return ["first_day"] if name == "register_opening" else ["first_day", "last_day"]


def test_a_division_of_decimals_is_a_double_in_duckdb() -> None:
    third = relation("SELECT 1::DECIMAL(18,6) / 3::DECIMAL(18,6)")

    assert third.types == ["DOUBLE"]


@pytest.mark.parametrize("column", ["import_kwh", "import_amount", "price_per_kwh"])
def test_a_double_is_not_stored_as_energy_or_money(tmp_path: Path, column: str) -> None:
    settled = settled_at_the_limits(Lake(tmp_path))
    with_double = settled.with_columns(pl.col(column).cast(pl.Float64))

    with pytest.raises(ValueError, match=f"{column}: Float64 does not fit"):
        conform(tables.SETTLED_HOUR, with_double)


def test_an_empty_frame_of_no_type_is_not_a_double() -> None:
    empty = frame_of(tables.SETTLED_HOUR, [])

    assert conform(tables.SETTLED_HOUR, empty).schema == empty.schema
