"""The example files: made the same every time, and what the example month is."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from ter_pipelines.formats.price_files import read_iso_ne_da_csv, read_schedule
from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab.clock import days_of_month, interval_starts_utc
from ter_pipelines.vocab.ids import require_id

EXAMPLES = Path(__file__).parents[2] / "examples"
EASTERN = ZoneInfo("America/New_York")
CSV_DAY = date(2025, 11, 14)
QUIRKS = {
    "sends_a_day_twice",
    "sends_two_days_out_of_order",
    "leaves_a_two_hour_gap",
    "not_in_the_meter_list",
}


def month_of_prices() -> dict[date, list[Decimal]]:
    """Read the month as the system does; each day's hourly prices in order."""
    prices: dict[date, list[Decimal]] = {}
    for day in days_of_month("2025-11"):
        body = file_of(day).read_bytes()
        if day == CSV_DAY:
            read = read_iso_ne_da_csv(body, location_id="4002", zone=EASTERN)
        else:
            read = read_schedule(body, default_unit="USD/kWh", default_currency="USD")
            assert read.publication_day is not None
            assert (day - read.publication_day).days == 1
        assert require_whole_day(read.hours, EASTERN) == day
        by_start = dict.fromkeys(interval_starts_utc(day, EASTERN), Decimal(0))
        for hour in read.hours:
            by_start[hour.interval_start_utc] += hour.price_per_kwh
        prices[day] = list(by_start.values())
    return prices


def file_of(day: date) -> Path:
    name = f"WW_DALMP_ISO_{day:%Y%m%d}.csv" if day == CSV_DAY else f"{day}.json"
    return EXAMPLES / "prices" / name


def test_making_the_examples_again_changes_no_byte(tmp_path: Path) -> None:
    script = EXAMPLES / "make_examples.py"

    subprocess.run(  # noqa: S603
        [sys.executable, str(script), "--into", str(tmp_path)], check=True, timeout=60
    )

    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.*")}
    kept = {path.relative_to(EXAMPLES) for path in (EXAMPLES / "prices").iterdir()}
    assert made == kept | {Path("devices.json"), Path("meters.json")}
    for name in made:
        assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes()


def test_the_month_is_721_hours_of_realistic_prices() -> None:
    prices = month_of_prices()

    hourly = [price for day in prices.values() for price in day]
    assert len(hourly) == 721
    assert len(prices[date(2025, 11, 2)]) == 25
    assert any(price < 0 for price in hourly)
    assert Decimal("-0.05") < min(hourly)
    assert Decimal("0.30") < max(hourly) < Decimal("0.65")
    assert all(Decimal("0.02") < day[3] < Decimal("0.05") for day in prices.values())


def test_choosing_another_location_gives_other_prices() -> None:
    body = file_of(CSV_DAY).read_bytes()

    ours = read_iso_ne_da_csv(body, location_id="4002", zone=EASTERN)
    maine = read_iso_ne_da_csv(body, location_id="4001", zone=EASTERN)

    assert [h.price_per_kwh for h in ours.hours] != [
        h.price_per_kwh for h in maine.hours
    ]
    assert {hour.component for hour in ours.hours} == {
        "energy",
        "congestion",
        "loss",
        "rounding",
    }


def test_any_next_day_can_take_its_prices_from_the_shape() -> None:
    shape = json.loads((EXAMPLES / "prices" / "next_day.json").read_text())

    by_hour = {(h["local_hour"], h["is_repeated"]): h["price"] for h in shape["hours"]}

    assert len(by_hour) == len(shape["hours"]) == 25
    for day in (date(2025, 3, 9), date(2025, 11, 2), date(2025, 11, 22)):
        for start in interval_starts_utc(day, EASTERN):
            local = start.astimezone(EASTERN)
            assert Decimal(by_hour[local.hour, bool(local.fold)]) < 1


def test_ten_devices_show_every_scale_and_quirk_and_nine_have_a_meter() -> None:
    devices = json.loads((EXAMPLES / "devices.json").read_text())["devices"]
    meters = json.loads((EXAMPLES / "meters.json").read_text())["meters"]

    assert len({device["ven_id"] for device in devices}) == 10
    assert {device["kind"] for device in devices} == {"battery", "ev", "heat_pump"}
    assert {(d["unit"], d["scale"]) for d in devices} == {
        ("Wh", "k"),
        ("Wh", "none"),
        ("Wh", "M"),
    }
    assert sorted(d["quirk"] for d in devices if d["quirk"]) == sorted(QUIRKS)
    names = ("meter_id", "ven_id", "device_id")
    assert meters == [{n: d[n] for n in names} for d in devices if d["meter_id"]]
    assert len(meters) == 9
    for meter in meters:
        assert all(require_id(meter[name], name=name) for name in names)
        assert len(meter["meter_id"]) <= 12
