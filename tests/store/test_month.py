"""A meter's month: its hours added up, and how much of it was heard."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month
from tests.store.lake_at_work import (
    ALWAYS,
    LONG_DAY,
    NET_KWH,
    PLAIN_DAY,
    PRICES,
    hours_of,
    put_mapping,
    put_prices,
    put_usage,
    put_worked_day,
    settle,
    settle_month,
    usage,
)

MONTH = "2024-11"
FIRST, LAST = date(2024, 11, 1), date(2024, 11, 30)
NOVEMBER_SECONDS = 721 * 3600


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data")


def month_of(lake: Lake) -> dict[str, Any]:
    return settle_month(lake, MONTH, FIRST, LAST)


def seconds(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["expected_seconds"], row["settled_seconds"], row["unpriced_seconds"]


def test_a_whole_month_adds_up_against_plain_decimals(lake: Lake) -> None:
    days = days_of_month(MONTH)
    put_mapping(lake, ("0012", "battery", ALWAYS, None))
    imported = exported = cost = credit = Decimal(0)
    rows = []
    for day in days:
        for i, start in enumerate(hours_of(day)):
            kwh, price = Decimal(NET_KWH[i]), Decimal(PRICES[i])
            rows.append(usage(start, NET_KWH[i]))
            imported += max(kwh, Decimal(0))
            exported += max(-kwh, Decimal(0))
            cost += max(kwh, Decimal(0)) * price
            credit -= max(-kwh, Decimal(0)) * price
        put_prices(lake, day, PRICES[: len(hours_of(day))])
    put_usage(lake, rows)
    settle(lake, *days)

    row = month_of(lake)["0012"]

    assert (row["import_kwh"], row["export_kwh"]) == (imported, exported)
    assert (row["import_amount"], row["export_amount"]) == (cost, credit)
    assert seconds(row) == (NOVEMBER_SECONDS, NOVEMBER_SECONDS, 0)
    assert row["currency"] == "USD"


def test_the_worked_day_alone_is_a_small_part_of_the_month(lake: Lake) -> None:
    put_mapping(lake, ("0012", "battery", ALWAYS, None))
    put_worked_day(lake)
    settle(lake, LONG_DAY)

    row = month_of(lake)["0012"]

    assert row["import_amount"] == Decimal("3.63441350")
    assert row["export_amount"] == Decimal("-0.02711750")
    assert seconds(row) == (NOVEMBER_SECONDS, 25 * 3600, 0)


def test_a_silent_meter_is_expected_all_month_and_has_nothing(lake: Lake) -> None:
    put_mapping(lake, ("0012", "battery", ALWAYS, None))

    row = month_of(lake)["0012"]

    assert seconds(row) == (NOVEMBER_SECONDS, 0, 0)
    assert (row["import_kwh"], row["import_amount"]) == (Decimal(0), Decimal(0))
    assert row["currency"] is None


def test_every_device_of_a_meter_is_expected(lake: Lake) -> None:
    put_mapping(lake, ("0012", "battery", ALWAYS, None), ("0012", "ev", ALWAYS, None))

    assert seconds(month_of(lake)["0012"]) == (2 * NOVEMBER_SECONDS, 0, 0)


def test_a_meter_mapped_in_other_months_only_is_not_in_this_one(lake: Lake) -> None:
    november, december = hours_of(FIRST)[0], hours_of(date(2024, 12, 1))[0]
    put_mapping(
        lake,
        ("before", "a", ALWAYS, november),
        ("after", "b", december, None),
        ("first-second", "c", ALWAYS, november + timedelta(seconds=1)),
        ("last-second", "d", december - timedelta(seconds=1), None),
    )

    found = {meter: row["expected_seconds"] for meter, row in month_of(lake).items()}

    assert found == {"first-second": 1, "last-second": 1}


def replaced_at(lake: Lake, moment: datetime) -> dict[str, Any]:
    """Let a meter be replaced on the worked day; an hour goes by its start."""
    put_mapping(
        lake, ("OLD", "battery", ALWAYS, moment), ("NEW", "battery", moment, None)
    )
    put_usage(
        lake,
        [
            usage(start, kwh, meter_id="OLD" if start < moment else "NEW")
            for start, kwh in zip(hours_of(LONG_DAY), NET_KWH, strict=True)
        ],
    )
    put_prices(lake, LONG_DAY, PRICES)
    settle(lake, LONG_DAY)
    return month_of(lake)


def test_a_meter_replaced_mid_month_is_two_bills_that_share_the_energy(
    lake: Lake,
) -> None:
    moment = hours_of(LONG_DAY)[10]

    found = replaced_at(lake, moment)

    old, new = found["OLD"], found["NEW"]
    assert old["import_kwh"] == Decimal("10.225")
    assert old["import_kwh"] + new["import_kwh"] == Decimal("25.125")
    assert old["import_amount"] == Decimal("0.35795600")
    assert new["import_amount"] == Decimal("3.27645750")
    before = int((moment - hours_of(FIRST)[0]).total_seconds())
    assert seconds(old) == (before, 10 * 3600, 0)
    assert seconds(new) == (NOVEMBER_SECONDS - before, 15 * 3600, 0)


def test_an_hour_in_which_the_meter_changed_counts_only_to_the_change(
    lake: Lake,
) -> None:
    moment = hours_of(LONG_DAY)[10] + timedelta(minutes=23)

    found = replaced_at(lake, moment)

    assert found["OLD"]["settled_seconds"] == 10 * 3600 + 23 * 60
    assert found["NEW"]["settled_seconds"] == 14 * 3600
    energy = [found[m]["import_kwh"] - found[m]["export_kwh"] for m in ("OLD", "NEW")]
    assert sum(energy, Decimal(0)) == Decimal("16.775")


def test_usage_without_price_is_counted_apart(lake: Lake) -> None:
    put_mapping(lake, ("0012", "battery", ALWAYS, None))
    put_worked_day(lake)
    put_usage(lake, [usage(start, "1") for start in hours_of(PLAIN_DAY)[:3]])
    settle(lake, LONG_DAY, PLAIN_DAY)

    row = month_of(lake)["0012"]

    assert seconds(row) == (NOVEMBER_SECONDS, 25 * 3600, 3 * 3600)


def test_suspect_and_missing_usage_is_neither_settled_nor_unpriced(lake: Lake) -> None:
    start = hours_of(PLAIN_DAY)[0]
    put_mapping(lake, ("0012", "battery", ALWAYS, None))
    put_usage(
        lake,
        [
            usage(start, "1"),
            usage(start + timedelta(hours=1), "9", state="SUSPECT"),
            usage(start + timedelta(hours=2), None),
        ],
    )
    put_prices(lake, PLAIN_DAY, ["0.1"] * 24)
    settle(lake, PLAIN_DAY)

    assert seconds(month_of(lake)["0012"])[1:] == (3600, 0)


def test_hours_of_other_months_do_not_count(lake: Lake) -> None:
    put_mapping(lake, ("0012", "battery", ALWAYS, None))
    for day in (date(2024, 10, 31), FIRST, LAST, date(2024, 12, 1)):
        put_usage(lake, [usage(hours_of(day)[-1], "1")])
        put_prices(lake, day, ["0.5"] * 24)
        settle(lake, day)

    row = month_of(lake)["0012"]

    assert row["import_kwh"] == Decimal(2)
    assert row["settled_seconds"] == 2 * 3600


def test_registers_open_with_all_energy_settled_before(lake: Lake) -> None:
    put_worked_day(lake)
    settle(lake, LONG_DAY)

    def opening(day: date) -> list[tuple[Any, ...]]:
        return lake.run("register_opening", {"first_day": day}).rows()

    assert opening(LONG_DAY) == []
    assert opening(PLAIN_DAY) == [("0012", Decimal("25.125"), Decimal("8.350"))]


@pytest.mark.parametrize(
    ("minutes", "overlaps"), [(60, False), (59, True), (0, True), (120, False)]
)
def test_usage_that_overlaps_is_found(
    lake: Lake,
    minutes: int,
    overlaps: bool,  # noqa: FBT001
) -> None:
    start = hours_of(PLAIN_DAY)[3]
    later = start + timedelta(minutes=minutes)
    put_interval_usage(lake, PLAIN_DAY, [start, later])

    found = lake.run(
        "overlapping_usage", {"first_day": PLAIN_DAY, "last_day": PLAIN_DAY}
    )

    assert found.rows() == ([("ven-1", "battery", later)] if overlaps else [])


def test_an_interval_into_the_next_day_is_suspect_and_no_overlap(lake: Lake) -> None:
    last_half_hour = hours_of(LONG_DAY)[-1] + timedelta(minutes=30)
    put_interval_usage(lake, LONG_DAY, [last_half_hour])
    put_interval_usage(lake, PLAIN_DAY, [hours_of(PLAIN_DAY)[0]])

    found = lake.run(
        "overlapping_usage", {"first_day": LONG_DAY, "last_day": PLAIN_DAY}
    )

    assert found.is_empty()


def put_interval_usage(lake: Lake, day: date, starts: list[datetime]) -> None:
    extra = {
        "quality": "RAW",
        "marks": "",
        "source": "openadr",
        "source_reference": "report 1 value 0",
        "received_at": ALWAYS,
    }
    rows = [usage(start, "1") | extra for start in starts]
    lake.replace(tables.INTERVAL_USAGE, day, frame_of(tables.INTERVAL_USAGE, rows))


def test_a_device_is_expected_once_for_each_direction_it_measures_on_a_day(
    lake: Lake,
) -> None:
    put_mapping(lake, ("0012", "battery", ALWAYS, None))
    start = hours_of(PLAIN_DAY)[0]
    both = [
        usage(start, "1", seconds=86_400, direction=d)
        for d in ("delivered", "received")
    ]
    next_day = usage(start + timedelta(days=1), "1", direction="delivered")
    put_usage(lake, [*both, next_day])

    assert seconds(month_of(lake)["0012"])[0] == NOVEMBER_SECONDS + 86_400
