"""The binding curve is the newest revision, its components added exactly."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ter_pipelines.pricing.curve import find_incomplete_hours, sum_components
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import GapError

NEW_YORK = ZoneInfo("America/New_York")
SHORT_DAY, PLAIN_DAY, LONG_DAY = date(2025, 3, 9), date(2025, 11, 3), date(2025, 11, 2)
RECEIVED = datetime(2025, 11, 1, 21, tzinfo=ZoneInfo("UTC"))


def hours_of(day: date) -> list[datetime]:
    return interval_starts_utc(day, NEW_YORK)


def components(
    starts: list[datetime], price: str, *, component: str = "price", submission: int = 1
) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "submission_id": submission,
            "source": f"source-{submission}",
            "received_at": RECEIVED,
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "component": component,
            "price_per_kwh": Decimal(price),
            "currency": "USD",
        }
        for start in starts
    ]
    decimal = {"price_per_kwh": pl.Decimal(18, 8)}
    return pl.DataFrame(rows, schema_overrides=decimal)


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_a_whole_day_is_a_curve_in_order_of_time(day: date, hours: int) -> None:
    given = components(hours_of(day)[::-1], "0.31")

    curve = sum_components(given, day=day, hours_utc=hours_of(day))

    assert curve["interval_start_utc"].to_list() == hours_of(day)
    assert curve["price_per_kwh"].to_list() == [Decimal("0.31")] * hours


def test_the_newest_submission_wins_whatever_the_order_of_rows() -> None:
    starts = hours_of(PLAIN_DAY)
    newer = components(starts, "0.20", submission=12)
    older = components(starts, "0.10", submission=9)

    for given in (pl.concat([newer, older]), pl.concat([older, newer])):
        curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

        assert set(curve["price_per_kwh"]) == {Decimal("0.20")}
        assert set(curve["submission_id"]) == {12}
        assert set(curve["source"]) == {"source-12"}
        assert set(curve["published_at"]) == {RECEIVED}


def test_a_newer_submission_that_lacks_hours_is_not_filled_from_an_older() -> None:
    starts = hours_of(PLAIN_DAY)
    older = components(starts, "0.10", submission=1)
    newer = components(starts[:23], "0.20", submission=2)

    with pytest.raises(GapError, match="got prices for 23 of 24 hours"):
        sum_components(pl.concat([older, newer]), day=PLAIN_DAY, hours_utc=starts)


def test_components_add_up_to_the_last_digit() -> None:
    starts = hours_of(PLAIN_DAY)
    given = pl.concat(
        [
            components(starts, "0.10000001", component="energy"),
            components(starts, "0.20000002", component="congestion"),
            components(starts[:1], "-0.30000004", component="loss"),
        ]
    )

    curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

    assert curve["price_per_kwh"][0] == Decimal("-0.00000001")
    assert set(curve["price_per_kwh"][1:]) == {Decimal("0.30000003")}


def test_a_gap_names_the_first_hour_that_lacks_a_price() -> None:
    starts = hours_of(LONG_DAY)
    given = components(starts[:2] + starts[4:], "0.10")

    with pytest.raises(GapError) as refusal:
        sum_components(given, day=LONG_DAY, hours_utc=starts)

    assert str(refusal.value) == (
        "2025-11-02: got prices for 23 of 25 hours, first missing "
        "2025-11-02T06:00:00Z; publish the whole day again"
    )


def test_a_day_without_any_price_is_a_gap_from_its_midnight() -> None:
    starts = hours_of(PLAIN_DAY)
    nothing = components(starts, "0.10").clear()

    with pytest.raises(
        GapError, match=r"0 of 24 hours, first missing 2025-11-03T05:00"
    ):
        sum_components(nothing, day=PLAIN_DAY, hours_utc=starts)


def test_a_price_of_zero_is_a_price() -> None:
    starts = hours_of(PLAIN_DAY)

    curve = sum_components(components(starts, "0"), day=PLAIN_DAY, hours_utc=starts)

    assert set(curve["price_per_kwh"]) == {Decimal(0)}


def test_a_stored_curve_of_whole_hours_has_no_findings() -> None:
    starts = hours_of(LONG_DAY)
    curve = components(starts, "0.1")

    assert find_incomplete_hours(curve, day=LONG_DAY, hours_utc=starts) == []


def test_missing_hours_of_a_stored_curve_are_counted_and_the_first_is_named() -> None:
    starts = hours_of(LONG_DAY)
    curve = components(starts[:5] + starts[7:], "0.1")

    findings = find_incomplete_hours(curve, day=LONG_DAY, hours_utc=starts)

    assert [str(f) for f in findings] == [
        "price.missing 2025-11-02: hours 2, first 2025-11-02T09:00:00Z"
    ]


def test_repeated_strange_and_short_hours_of_a_stored_curve_are_found() -> None:
    starts = hours_of(PLAIN_DAY)
    strange = [starts[0], *hours_of(LONG_DAY)[:1]]
    short = components(starts[:1], "0.1").with_columns(
        duration_seconds=pl.lit(900, pl.Int64)
    )
    curve = pl.concat([components(starts[1:] + strange, "0.1"), short])

    findings = find_incomplete_hours(curve, day=PLAIN_DAY, hours_utc=starts)

    assert [str(f) for f in findings] == [
        "price.not_hourly 2025-11-03: extra 2, not_an_hour 1"
    ]
