"""Telemetry of a day: kept, drawn, and held against the reported energy."""

import base64
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import dagster as dg
import pytest

from ter_pipelines.definitions import all_assets
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from tests.assets.conftest import Installation, failed_checks

DAY, LONG_DAY, SHORT_DAY = date(2025, 11, 3), date(2025, 11, 2), date(2026, 3, 8)
ONE_METER = """
    {"meters": {"meterID": "TER0001", "VEN_ID": "ven-1", "device_id": "device-1"}}
"""
POWER = {"r_id": "POWER", "unit": "W", "scale": "k", "report_type": "reading"}
SOC = {"r_id": "MBMU_system_SOC", "unit": "", "scale": ""}
CHAIN = (
    tables.VEN_REPORT,
    tables.INTERVAL_USAGE,
    tables.REGISTER_READING,
    tables.QUARANTINED_USAGE,
    tables.TELEMETRY_VALUE,
)
JUST = (tables.VEN_REPORT, tables.TELEMETRY_VALUE)


@pytest.fixture
def mapped(installation: Installation) -> Installation:
    installation.post_meters(ONE_METER)
    assert installation.run("map_meters", "", "").success
    return installation


def settled(
    installation: Installation, *days: date, only: Sequence[Any] = CHAIN
) -> dg.ExecuteInProcessResult:
    result = installation.run("settle_usage", days[0], days[-1], only=only)
    assert result.success
    return result


def telemetry_of(installation: Installation, day: date) -> list[dict[str, Any]]:
    return installation.lake.read(tables.TELEMETRY_VALUE, [day]).rows(named=True)


def findings(result: dg.ExecuteInProcessResult, check: str) -> str:
    (evaluation,) = (
        e for e in result.get_asset_check_evaluations() if e.check_name == check
    )
    return str(evaluation.metadata["what"].value)


def facts(result: dg.ExecuteInProcessResult, day: date) -> dict[str, Any]:
    key = dg.AssetKey(tables.TELEMETRY_VALUE.asset_key)
    (event,) = (
        e.event_specific_data
        for e in result.get_asset_materialization_events()
        if e.asset_key == key and e.partition == str(day)
    )
    return {k: v.value for k, v in event.materialization.metadata.items()}  # type: ignore[union-attr]


@pytest.mark.parametrize(("day", "hours"), [(DAY, 24), (LONG_DAY, 25), (SHORT_DAY, 23)])
def test_power_that_agrees_and_a_charge_pass_on_days_of_every_length(
    mapped: Installation, day: date, hours: int
) -> None:
    points: list[tuple[str, dict[str, str]]] = [
        ("2", {}), ("2.05", POWER), ("812", SOC),
    ]  # fmt: skip
    for value, point in points:
        told_hourly: list[str | None] = [value] * hours
        mapped.report(day, told_hourly, received_at="2026-04-02T00:00:00Z", **point)

    result = settled(mapped, day)

    assert failed_checks(result) == []
    rows = telemetry_of(mapped, day)
    assert {(r["point"], r["value"], r["unit"], r["meter_id"]) for r in rows} == {
        ("power", Decimal("2.05"), "kW", "TER0001"),
        ("state_of_charge", Decimal("81.2"), "%", "TER0001"),
    }
    told = facts(result, day)
    assert (told["dagster/row_count"], told["hours_compared"]) == (2 * hours, hours)
    assert bars(told["power"]) == bars(told["state_of_charge"]) == hours


def test_power_that_disagrees_is_named_by_its_hour_and_changes_no_energy(
    mapped: Installation,
) -> None:
    mapped.report(DAY, ["2"] * 24)
    mapped.report(DAY, [*["2"] * 12, "7", *["2"] * 11], **POWER)

    result = settled(mapped, DAY)

    assert failed_checks(result) == ["power_agrees_with_energy"]
    assert findings(result, "power_agrees_with_energy") == (
        "- telemetry.power_disagrees ven-1 device-1: hour 2025-11-03T17:00:00Z, "
        "power_kwh 7, energy_kwh 2, allowed_kwh 0.1"
    )
    usage = mapped.lake.read(tables.INTERVAL_USAGE, [DAY])
    assert (usage.height, usage["energy_kwh"].sum()) == (24, Decimal(48))


def test_an_unknown_point_and_an_implausible_value_are_kept_and_named(
    installation: Installation,
) -> None:
    charging = {"r_id": "BatteryCharging", "unit": "W", "scale": "k"}
    installation.report(DAY, ["100000"] + [None] * 23, **charging)
    installation.report(DAY, ["7"] + [None] * 23, r_id="x", unit="furlong", scale="")

    result = settled(installation, DAY, only=JUST)

    assert sorted(failed_checks(result)) == [
        "every_point_is_catalogued",
        "telemetry_is_plausible",
    ]
    assert "x, unit furlong" in findings(result, "every_point_is_catalogued")
    assert "highest 100000, unit kW" in findings(result, "telemetry_is_plausible")
    rows = telemetry_of(installation, DAY)
    assert {(r["point"], r["value"], r["quality"], r["meter_id"]) for r in rows} == {
        ("charging_power", Decimal(100000), "SUSPECT", ""),
        ("uncatalogued", Decimal(7), "SUSPECT", ""),
    }


def test_measurements_of_meters_stand_beside_reports(
    installation: Installation,
) -> None:
    start = interval_starts_utc(DAY, installation.programme.zone)[0]
    reading = {
        "reading_seq": 1, "source": "modbus", "received_at": start, "host_id": "roof",
        "measurement": "voltage_l1", "read_at": start, "value": Decimal("230.25"),
        "unit": "V", "quality": "GOOD", "explanation": "", "role": "",
    }  # fmt: skip
    rows = [
        reading,
        {**reading, "reading_seq": 2, "value": None, "quality": "TIMEOUT"},
        {**reading, "reading_seq": 3, "read_at": start - timedelta(minutes=1)},
    ]
    blank = dict.fromkeys(tables.METER_READING.column_names)
    frame = frame_of(tables.METER_READING, [{**blank, **row} for row in rows])
    installation.lake.replace(tables.METER_READING, DAY, frame)
    installation.report(DAY, ["2"] + [None] * 23, **POWER)

    result = settled(installation, DAY, only=JUST)

    assert failed_checks(result) == []
    assert [
        (row["ven_id"], row["device_id"], row["point"])
        for row in telemetry_of(installation, DAY)
    ] == [("modbus", "roof", "voltage"), ("ven-1", "device-1", "power")]


def test_a_day_without_telemetry_is_empty_and_draws_nothing(
    mapped: Installation,
) -> None:
    mapped.report(DAY, ["2"] * 24)

    result = settled(mapped, DAY)

    told = facts(result, DAY)
    assert told["dagster/row_count"] == 0
    assert {"power", "state_of_charge"} & set(told) == set()


def test_a_partition_knows_what_it_was_made_from(mapped: Installation) -> None:
    mapped.report(DAY, ["2"] * 24, **POWER)
    settled(mapped, DAY, only=JUST)

    stored = mapped.lake.stored(tables.TELEMETRY_VALUE, DAY)

    assert stored
    raw = mapped.lake.stored(tables.VEN_REPORT, DAY)
    assert raw
    assert stored.inputs["ven_report"] == raw.content_sha256
    assert stored.inputs["points"] == mapped.programme.telemetry.digest
    assert set(stored.inputs) == {
        "ven_report", "meter_reading", "interval_usage", "meter_mapping", "points",
    }  # fmt: skip


def test_several_days_are_one_run_and_each_its_own_partition(
    installation: Installation,
) -> None:
    installation.report(LONG_DAY, ["1"] * 25, **POWER)
    installation.report(DAY, ["1"] * 24, **POWER)

    settled(installation, LONG_DAY, DAY, only=JUST)

    assert len(telemetry_of(installation, LONG_DAY)) == 25
    assert len(telemetry_of(installation, DAY)) == 24


def test_telemetry_bills_nobody() -> None:
    specs = {spec.key: spec for asset in all_assets() for spec in asset.specs}
    key = dg.AssetKey(tables.TELEMETRY_VALUE.asset_key)

    feeds = {k for k, s in specs.items() if key in {d.asset_key for d in s.deps}}

    assert feeds == {dg.AssetKey("warehouse")}


def bars(markdown: str) -> int:
    """Count the bars of a picture that show something."""
    data = markdown.partition("base64,")[2].rstrip(")")
    svg = base64.b64decode(data).decode()
    return svg.count("<rect") - svg.count('height="0.0"')
