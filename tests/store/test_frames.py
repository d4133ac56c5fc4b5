"""Frames are stored exactly as described, or refused; a hash is of what they say."""

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from ter_pipelines.store.frames import conform, content_sha256, frame_of, schema_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.table import Table
from tests.store.lake_at_work import usage

START = datetime(2024, 11, 3, 4, tzinfo=UTC)
USAGE = tables.VALIDATED_USAGE


@pytest.mark.parametrize("table", tables.ALL, ids=str)
def test_an_empty_table_keeps_its_types(table: Table) -> None:
    empty = frame_of(table, [])

    assert empty.schema == schema_of(table)
    assert conform(table, empty).schema == schema_of(table)
    assert empty.columns == table.column_names


def test_a_decimal_is_kept_to_its_last_place() -> None:
    frame = frame_of(USAGE, [usage(START, "-999999999999.999999")])

    assert frame["energy_kwh"].to_list() == [Decimal("-999999999999.999999")]


@pytest.mark.parametrize(
    ("kwh", "expected"),
    [
        (Decimal("0.0000001"), "6 places at most"),
        (Decimal("1E12"), "at most 12 digits"),
        (Decimal("NaN"), "a finite Decimal"),
        (Decimal("Infinity"), "a finite Decimal"),
        (1.5, "a finite Decimal"),
        ("1.5", "a finite Decimal"),
    ],
)
def test_a_decimal_that_would_not_be_kept_exactly_is_refused(
    kwh: object, expected: str
) -> None:
    with pytest.raises(ValueError, match=f"energy_kwh: got .*, expected {expected}"):
        frame_of(USAGE, [usage(START, "1", energy_kwh=kwh)])


def test_zeros_after_the_last_place_are_no_loss() -> None:
    frame = frame_of(USAGE, [usage(START, "1.50000000000"), usage(START, "0E+20")])

    assert frame["energy_kwh"].to_list() == [Decimal("1.5"), Decimal(0)]


def test_a_row_that_lacks_a_column_is_refused() -> None:
    row = usage(START, "1")
    del row["state"]

    with pytest.raises(ValueError, match="core/validated_usage: a row lacks state"):
        frame_of(USAGE, [usage(START, "1"), row])


def test_a_frame_that_lacks_columns_is_refused_with_their_names() -> None:
    frame = frame_of(USAGE, [usage(START, "1")]).drop("state", "version")

    with pytest.raises(ValueError, match="frame lacks state, version"):
        conform(USAGE, frame)


def test_a_frame_is_stored_with_the_tables_columns_types_and_order() -> None:
    later, earlier = usage(START.replace(hour=9), "1"), usage(START, "2")
    frame = frame_of(USAGE, [later, earlier]).with_columns(
        pl.col("duration_seconds").cast(pl.Int64), extra=pl.lit("x")
    )

    stored = conform(USAGE, frame.select(reversed(frame.columns)))

    assert stored.schema == schema_of(USAGE)
    assert stored["energy_kwh"].to_list() == [Decimal(2), Decimal(1)]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("energy_kwh", pl.lit(0.1)),
        ("energy_kwh", pl.lit("0.1")),
        ("energy_kwh", pl.lit(Decimal("0.0000001"), pl.Decimal(18, 7))),
    ],
)
def test_what_would_lose_places_is_refused(column: str, value: pl.Expr) -> None:
    frame = frame_of(USAGE, [usage(START, "1")]).with_columns(value.alias(column))

    with pytest.raises(ValueError, match=f"{column}: .* does not fit"):
        conform(USAGE, frame)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("energy_kwh", pl.lit(Decimal("1E12"), pl.Decimal(38, 6))),
        ("duration_seconds", pl.lit(2**31, pl.Int64)),
    ],
)
def test_what_is_too_large_is_refused(column: str, value: pl.Expr) -> None:
    frame = frame_of(USAGE, [usage(START, "1")]).with_columns(value.alias(column))

    with pytest.raises(pl.exceptions.InvalidOperationError, match=column):
        conform(USAGE, frame)


def test_the_hash_is_of_what_a_frame_says_however_it_came_about() -> None:
    rows = [usage(START.replace(hour=h), "1", device_id=f"{h}" * 20) for h in (4, 5, 6)]
    direct = frame_of(USAGE, rows[:2])
    filtered = frame_of(USAGE, rows).filter(pl.col("device_id") != rows[2]["device_id"])
    joined = pl.concat([frame_of(USAGE, rows[:1]), frame_of(USAGE, rows[1:2])])

    hashes = {content_sha256(frame) for frame in (direct, filtered, joined)}

    assert len(hashes) == 1


def test_the_hash_does_not_see_what_is_behind_an_empty_value() -> None:
    empty = frame_of(USAGE, [usage(START, None), usage(START, "1")])
    emptied = frame_of(USAGE, [usage(START, "7", state="MISSING", version=0),
                               usage(START, "1")]).with_columns(
        energy_kwh=pl.when(pl.col("state") == "VALID").then("energy_kwh")
    )  # fmt: skip

    assert emptied.equals(empty)
    assert content_sha256(emptied) == content_sha256(empty)


def test_the_hash_tells_an_empty_value_from_zero_and_from_no_text() -> None:
    frames = [
        frame_of(USAGE, [usage(START, "0", state="x", rules_failed=text) | energy])
        for text in ("", None)
        for energy in ({}, {"energy_kwh": None})
    ]

    assert len({content_sha256(frame) for frame in frames}) == 4


@pytest.mark.parametrize(
    "change",
    [{"energy_kwh": Decimal("1.000001")}, {"meter_id": "12"}, {"state": "SUSPECT"}],
)
def test_the_hash_changes_with_any_value_and_with_order(
    change: dict[str, object],
) -> None:
    row, other = usage(START, "1"), usage(START.replace(hour=5), "1")
    said = content_sha256(frame_of(USAGE, [row, other]))

    assert content_sha256(frame_of(USAGE, [row | change, other])) != said
    assert content_sha256(frame_of(USAGE, [other, row])) != said
