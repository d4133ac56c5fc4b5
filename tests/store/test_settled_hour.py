"""Energy times price in SQL, held against plain Decimal to the last digit."""

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import iso_utc
from tests.store.lake_at_work import (
    LONG_DAY,
    NET_KWH,
    PLAIN_DAY,
    PRICES,
    SHORT_DAY,
    hours_of,
    put_prices,
    put_usage,
    put_worked_day,
    settle,
    usage,
)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "data")


def test_the_worked_day_settles_to_the_last_digit(lake: Lake) -> None:
    put_worked_day(lake)

    hours = settle(lake, LONG_DAY)

    assert hours["import_kwh"].sum() == Decimal("25.125")
    assert hours["export_kwh"].sum() == Decimal("8.350")
    assert hours["import_amount"].sum() == Decimal("3.63441350")
    assert hours["export_amount"].sum() == Decimal("-0.02711750")
    amounts = [*hours["import_amount"], *hours["export_amount"]]
    assert sum(amounts, Decimal(0)) == Decimal("3.60729600")


def test_each_hour_of_the_worked_day_is_its_energy_times_its_price(lake: Lake) -> None:
    put_worked_day(lake)

    hours = settle(lake, LONG_DAY)

    assert hours.height == 25
    running = Decimal(0)
    for row, kwh, price in zip(hours.rows(named=True), NET_KWH, PRICES, strict=True):
        net, amount = Decimal(kwh), Decimal(kwh) * Decimal(price)
        running += amount
        assert row["import_kwh"] == max(net, Decimal(0))
        assert row["export_kwh"] == max(-net, Decimal(0))
        assert row["import_amount"] + row["export_amount"] == amount
    assert running == Decimal("3.60729600")


def test_an_export_at_a_negative_price_costs(lake: Lake) -> None:
    put_worked_day(lake)

    noon = settle(lake, LONG_DAY).row(12, named=True)

    assert iso_utc(noon["interval_start_utc"]) == "2024-11-03T16:00:00Z"
    assert (noon["import_amount"], noon["export_amount"]) == (
        Decimal(0),
        Decimal("0.02100000"),
    )


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_a_day_settles_as_many_hours_as_it_has(
    lake: Lake, day: date, hours: int
) -> None:
    prices = [f"0.{i + 10}" for i in range(hours)]
    put_usage(lake, [usage(start, "1") for start in hours_of(day)])
    put_prices(lake, day, prices)

    settled = settle(lake, day)

    assert settled["interval_start_utc"].to_list() == hours_of(day)
    assert settled["import_amount"].to_list() == [Decimal(p) for p in prices]


def test_quarter_hours_are_split_at_the_metering_interval(lake: Lake) -> None:
    start = hours_of(PLAIN_DAY)[0]
    quarters = ["0.5", "-0.2", "0.3", "-0.1"]
    put_usage(
        lake,
        [
            usage(start + i * timedelta(minutes=15), kwh, seconds=900, version=i + 1)
            for i, kwh in enumerate(quarters)
        ],
    )
    put_prices(lake, PLAIN_DAY, ["0.20"] * 24)

    (hour,) = settle(lake, PLAIN_DAY).rows(named=True)

    assert (hour["import_kwh"], hour["export_kwh"]) == (Decimal("0.8"), Decimal("0.3"))
    assert (hour["import_amount"], hour["export_amount"]) == (
        Decimal("0.16"),
        Decimal("-0.06"),
    )
    assert (hour["usage_version"], hour["missing_seconds"]) == (4, 0)
    assert hour["duration_seconds"] == 3600


def test_devices_of_a_meter_are_not_netted_and_meters_stay_apart(lake: Lake) -> None:
    start = hours_of(PLAIN_DAY)[5]
    put_usage(
        lake,
        [
            usage(start, "2", device_id="ev"),
            usage(start, "-1.5", device_id="battery"),
            usage(start, "7", device_id="pump", meter_id="12"),
        ],
    )
    put_prices(lake, PLAIN_DAY, ["0.10"] * 24)

    hours = settle(lake, PLAIN_DAY)

    assert hours.select("meter_id", "import_kwh", "export_kwh").rows() == [
        ("0012", Decimal(2), Decimal("1.5")),
        ("12", Decimal(7), Decimal(0)),
    ]


def test_only_valid_usage_is_billed_and_the_rest_is_missing_time(lake: Lake) -> None:
    start = hours_of(PLAIN_DAY)[0]
    put_usage(
        lake,
        [
            usage(start, "1", seconds=900),
            usage(start + timedelta(minutes=15), "9", seconds=900, state="SUSPECT"),
            usage(start + timedelta(minutes=30), None, seconds=1800),
        ],
    )
    put_prices(lake, PLAIN_DAY, ["0.10"] * 24)

    (hour,) = settle(lake, PLAIN_DAY).rows(named=True)

    assert hour["import_kwh"] == Decimal(1)
    assert (hour["heard_seconds"], hour["missing_seconds"]) == (900, 2700)


@pytest.mark.parametrize(
    ("states", "quality"),
    [
        (["VALID", "VALID"], ""),
        (["VALID", "ADJUSTED"], "A"),
        (["ADJUSTED", "ESTIMATED"], "E"),
        (["ESTIMATED", "VALID"], "E"),
        (["VALID", "SUSPECT"], ""),
    ],
)
def test_an_hour_is_of_the_quality_of_its_worst_billed_value(
    lake: Lake, states: list[str], quality: str
) -> None:
    start = hours_of(PLAIN_DAY)[0]
    devices = [usage(start, "1", device_id=s, state=s) for s in states]
    put_usage(lake, devices)
    put_prices(lake, PLAIN_DAY, ["0.10"] * 24)

    (hour,) = settle(lake, PLAIN_DAY).rows(named=True)

    assert hour["quality"] == quality


def test_an_hour_that_one_of_two_devices_lived_through_was_heard(lake: Lake) -> None:
    start = hours_of(PLAIN_DAY)[0]
    put_usage(lake, [usage(start, "2"), usage(start, None, device_id="ev", version=0)])
    put_prices(lake, PLAIN_DAY, ["0.10"] * 24)

    (hour,) = settle(lake, PLAIN_DAY).rows(named=True)

    assert (hour["heard_seconds"], hour["missing_seconds"]) == (3600, 3600)
    assert hour["import_amount"] == Decimal("0.2")


def test_an_hour_without_price_is_named_and_not_settled(lake: Lake) -> None:
    put_usage(lake, [usage(start, "1") for start in hours_of(LONG_DAY)])
    put_prices(lake, LONG_DAY, ["0.1", None, "0", *["0.1"] * 22])
    span = {"first_day": LONG_DAY, "last_day": LONG_DAY}

    unpriced = lake.run("unpriced_hour", span)

    assert unpriced.rows() == [(LONG_DAY, hours_of(LONG_DAY)[1], 1)]
    settled = settle(lake, LONG_DAY)
    assert settled.height == 24
    assert hours_of(LONG_DAY)[1] not in settled["interval_start_utc"].to_list()


def test_a_price_of_zero_settles_to_nothing_owed(lake: Lake) -> None:
    put_usage(lake, [usage(hours_of(PLAIN_DAY)[0], "3")])
    put_prices(lake, PLAIN_DAY, ["0"] * 24)

    (hour,) = settle(lake, PLAIN_DAY).rows(named=True)

    assert (hour["import_kwh"], hour["import_amount"]) == (Decimal(3), Decimal(0))


def test_a_day_without_prices_names_each_of_its_hours(lake: Lake) -> None:
    put_usage(lake, [usage(start, "1") for start in hours_of(SHORT_DAY)])

    unpriced = lake.run(
        "unpriced_hour", {"first_day": SHORT_DAY, "last_day": SHORT_DAY}
    )

    assert unpriced["interval_start_utc"].to_list() == hours_of(SHORT_DAY)


def test_valid_energy_is_what_settled_hours_must_add_up_to(lake: Lake) -> None:
    put_worked_day(lake)
    silent = usage(hours_of(PLAIN_DAY)[1], None)
    doubtful = usage(hours_of(PLAIN_DAY)[2], "5", state="SUSPECT")
    put_usage(lake, [usage(hours_of(PLAIN_DAY)[0], "1"), silent, doubtful])
    span = {"first_day": LONG_DAY, "last_day": PLAIN_DAY}

    assert lake.run("valid_energy", span).rows() == [
        (LONG_DAY, Decimal("16.775")),
        (PLAIN_DAY, Decimal(1)),
    ]


def test_the_machines_time_zone_changes_no_byte(tmp_path: Path) -> None:
    said = {
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "tests.store.settle_once", str(tmp_path / place)],
            env={"TZ": zone, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for place, zone in (
            ("a", "Asia/Tokyo"),
            ("b", "America/New_York"),
            ("c", "Asia/Kolkata"),
        )
    }

    assert len(said) == 1
    content, file, unpriced = said.pop().split()
    assert len(content) == len(file) == 64
    assert unpriced == "2024-11-04T05:00:00+00:00,2024-11-04T06:00:00+00:00"


def test_a_rerun_says_the_same(lake: Lake) -> None:
    put_worked_day(lake)

    settle(lake, LONG_DAY)
    first = lake.stored(tables.SETTLED_HOUR, LONG_DAY)
    settle(lake, LONG_DAY)

    assert lake.stored(tables.SETTLED_HOUR, LONG_DAY) == first


def test_what_a_meter_received_is_its_export_and_is_not_netted(lake: Lake) -> None:
    start = hours_of(PLAIN_DAY)[0]
    put_usage(
        lake,
        [
            usage(start, "2", direction="delivered"),
            usage(start, "0.5", direction="received"),
        ],
    )
    put_prices(lake, PLAIN_DAY, ["0.10"] * 24)
    span = {"first_day": PLAIN_DAY, "last_day": PLAIN_DAY}

    (hour,) = settle(lake, PLAIN_DAY).rows(named=True)

    assert (hour["import_kwh"], hour["export_kwh"]) == (Decimal(2), Decimal("0.5"))
    assert (hour["import_amount"], hour["export_amount"]) == (
        Decimal("0.2"),
        Decimal("-0.05"),
    )
    assert lake.run("valid_energy", span).rows() == [(PLAIN_DAY, Decimal("1.5"))]


@pytest.mark.parametrize(
    ("state", "billed"),
    [("VALID", 1), ("ESTIMATED", 1), ("ADJUSTED", 1), ("SUSPECT", 0)],
)
def test_what_was_estimated_or_adjusted_is_billed_and_what_is_doubted_not(
    lake: Lake, state: str, billed: int
) -> None:
    put_usage(lake, [usage(hours_of(PLAIN_DAY)[0], "1", state=state)])
    put_prices(lake, PLAIN_DAY, ["0.10"] * 24)

    (hour,) = settle(lake, PLAIN_DAY).rows(named=True)

    assert hour["import_kwh"] == billed
    assert (hour["heard_seconds"], hour["missing_seconds"]) == (
        (3600, 0) if billed else (0, 3600)
    )
