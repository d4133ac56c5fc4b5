"""The binding curve: what was told before the hour, its components added exactly."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ter_pipelines.pricing.curve import find_incomplete_hours, sum_components
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import GapError

NEW_YORK = ZoneInfo("America/New_York")
SHORT_DAY, PLAIN_DAY, LONG_DAY = date(2025, 3, 9), date(2025, 11, 3), date(2025, 11, 2)
RECEIVED = datetime(2025, 11, 1, 21, tzinfo=ZoneInfo("UTC"))


def hours_of(day: date) -> list[datetime]:
    return interval_starts_utc(day, NEW_YORK)


def components(
    starts: list[datetime],
    price: str,
    *,
    component: str = "price",
    submission: int = 1,
    received_at: datetime = RECEIVED,
    withdrawn_at: datetime | None = None,
) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "submission_id": submission,
            "source": f"source-{submission}",
            "received_at": received_at,
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "component": component,
            "price_per_kwh": Decimal(price),
            "currency": "USD",
            "withdrawn_at": withdrawn_at,
        }
        for start in starts
    ]
    return frame_of(tables.PRICE_COMPONENT, rows)


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_a_whole_day_is_a_curve_in_order_of_time(day: date, hours: int) -> None:
    given = components(hours_of(day)[::-1], "0.31")

    curve = sum_components(given, day=day, hours_utc=hours_of(day))

    assert curve["interval_start_utc"].to_list() == hours_of(day)
    assert curve["price_per_kwh"].to_list() == [Decimal("0.31")] * hours


def test_the_newest_submission_told_in_time_wins_whatever_the_order_of_rows() -> None:
    starts = hours_of(PLAIN_DAY)
    newer = components(starts, "0.20", submission=12)
    older = components(starts, "0.10", submission=9)

    for given in (pl.concat([newer, older]), pl.concat([older, newer])):
        curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

        assert set(curve["price_per_kwh"]) == {Decimal("0.20")}
        assert set(curve["submission_id"]) == {12}
        assert set(curve["source"]) == {"source-12"}
        assert set(curve["published_at"]) == {RECEIVED}


def test_a_revision_binds_from_the_first_hour_that_begins_after_it_came() -> None:
    starts = hours_of(PLAIN_DAY)
    during_the_fourth = starts[3] + timedelta(minutes=20)
    given = pl.concat(
        [
            components(starts, "0.10", submission=1),
            components(starts, "0.20", submission=2, received_at=during_the_fourth),
        ]
    )

    curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

    prices = [Decimal("0.10")] * 4 + [Decimal("0.20")] * 20
    assert curve["price_per_kwh"].to_list() == prices
    assert curve["submission_id"].to_list() == [1] * 4 + [2] * 20


@pytest.mark.parametrize(("seconds_late", "binds"), [(-1, 2), (0, 2), (1, 1)])
def test_a_revision_must_have_come_by_the_hours_start(
    seconds_late: int, binds: int
) -> None:
    starts = hours_of(PLAIN_DAY)
    came = starts[3] + timedelta(seconds=seconds_late)
    given = pl.concat(
        [
            components(starts, "0.10", submission=1),
            components(starts, "0.20", submission=2, received_at=came),
        ]
    )

    curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

    assert curve["submission_id"].to_list()[2:5] == [1, binds, 2]


def test_hours_nobody_was_told_in_time_have_the_newest_of_all() -> None:
    starts = hours_of(PLAIN_DAY)
    noon, next_day = starts[12], starts[-1] + timedelta(hours=9)
    given = pl.concat(
        [
            components(starts, "0.10", submission=1, received_at=noon),
            components(starts, "0.20", submission=2, received_at=next_day),
        ]
    )

    curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

    assert curve["submission_id"].to_list() == [2] * 12 + [1] * 12


def test_what_is_withdrawn_binds_the_hours_that_had_begun_and_none_after() -> None:
    starts = hours_of(PLAIN_DAY)
    gone_at = starts[5] + timedelta(minutes=1)
    given = pl.concat(
        [
            components(starts, "0.10", submission=1),
            components(starts, "0.20", submission=2, withdrawn_at=gone_at),
        ]
    )

    curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

    assert curve["submission_id"].to_list() == [2] * 6 + [1] * 18


@pytest.mark.parametrize(("seconds_late", "binds"), [(-1, 1), (0, 1), (1, 2)])
def test_what_is_withdrawn_by_an_hours_start_does_not_bind_it(
    seconds_late: int, binds: int
) -> None:
    starts = hours_of(PLAIN_DAY)
    gone_at = starts[3] + timedelta(seconds=seconds_late)
    given = pl.concat(
        [
            components(starts, "0.10", submission=1),
            components(starts, "0.20", submission=2, withdrawn_at=gone_at),
        ]
    )

    curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

    assert curve["submission_id"].to_list()[2:5] == [2, binds, 1]


def test_a_day_whose_only_prices_are_withdrawn_has_none() -> None:
    starts = hours_of(LONG_DAY)
    given = components(starts, "0.10", withdrawn_at=RECEIVED + timedelta(minutes=1))

    with pytest.raises(GapError, match="got prices for 0 of 25 hours"):
        sum_components(given, day=LONG_DAY, hours_utc=starts)


def test_components_of_different_submissions_are_never_added_together() -> None:
    starts = hours_of(PLAIN_DAY)
    given = pl.concat(
        [
            components(starts, "0.10", component="energy", submission=1),
            components(starts, "0.05", component="loss", submission=1),
            components(starts, "0.20", component="energy", submission=2),
        ]
    )

    curve = sum_components(given, day=PLAIN_DAY, hours_utc=starts)

    assert set(curve["price_per_kwh"]) == {Decimal("0.20")}


def test_components_add_up_to_the_last_digit() -> None:
    starts = hours_of(PLAIN_DAY)
    given = pl.concat(
        [
            components(starts, "0.10000001", component="energy"),
            components(starts, "0.20000002", component="congestion"),
            components(starts[:1], "-0.30000004", component="rounding"),
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
        duration_seconds=pl.lit(900, pl.Int32)
    )
    curve = pl.concat([components(starts[1:] + strange, "0.1"), short])

    findings = find_incomplete_hours(curve, day=PLAIN_DAY, hours_utc=starts)

    assert [str(f) for f in findings] == [
        "price.not_hourly 2025-11-03: extra 2, not_an_hour 1"
    ]


@pytest.mark.parametrize("day", [SHORT_DAY, LONG_DAY])
def test_an_hour_without_one_of_its_components_is_no_price(day: date) -> None:
    starts = hours_of(day)
    parts = [
        components(starts, "0.04", component="energy"),
        components([*starts[:3], *starts[4:]], "0.01", component="transmission"),
        components(starts[:1], "-0.01", component="cap"),
    ]

    with pytest.raises(GapError) as told:
        sum_components(pl.concat(parts), day=day, hours_utc=starts)

    assert f"component 'transmission' of submission 1 lacks 1 of {len(starts)}" in str(
        told.value
    )
    assert f"first {starts[3]:%Y-%m-%dT%H:%M:%SZ}" in str(told.value)


def test_a_revision_may_have_other_components_than_what_it_revises() -> None:
    starts = hours_of(PLAIN_DAY)
    parts = [
        components(starts, "0.04", component="energy"),
        components(starts, "0.01", component="margin"),
        components(starts, "0.07", submission=2),
    ]

    curve = sum_components(pl.concat(parts), day=PLAIN_DAY, hours_utc=starts)

    assert set(curve["price_per_kwh"]) == {Decimal("0.07")}
