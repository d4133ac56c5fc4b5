"""What is no energy is kept as telemetry, once, in the catalogue's units."""

from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.metering.readings import Row
from ter_pipelines.metering.telemetry import (
    charge_by_hour,
    sort_out_measurements,
    sort_out_telemetry,
)
from ter_pipelines.metering.telemetry_checks import find_doubtful, find_uncatalogued
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from tests.metering.reported import DAY, RECEIVED, at, meter_of_all, value_row
from tests.metering.telemetry_rows import (
    SHIPPED,
    kept,
    power_row,
    status_row,
    values,
)

NOON = at(12).date()


def test_power_of_an_interval_is_kept_in_the_catalogues_unit() -> None:
    assert kept(power_row(2, "5000", report_seq=4, position=3)).values == [
        {
            "meter_id": "TER0001",
            "ven_id": "ven-1",
            "device_id": "0012",
            "point": "power",
            "point_reference": "POWER",
            "measured_at": at(2),
            "duration_seconds": 3600,
            "value": Decimal("5.000000000"),
            "unit": "kW",
            "quality": "RAW",
            "source": "openadr",
            "source_reference": "report 4 value 3",
            "received_at": RECEIVED,
        }
    ]


def test_a_status_is_two_points_of_one_value() -> None:
    result = kept(status_row(1, "true", "false"))

    assert values(result) == [
        ("is_online", "1", "RAW"),
        ("manual_override", "0", "RAW"),
    ]
    assert (result.kept, result.values[0]["duration_seconds"]) == (1, 0)


def test_a_device_that_is_not_mapped_has_telemetry_of_no_meter() -> None:
    result = sort_out_telemetry([power_row()], lambda *_: None, DAY, SHIPPED)

    assert [row["meter_id"] for row in result.values] == [""]


def test_the_newest_value_of_a_point_at_an_instant_holds() -> None:
    result = kept(
        power_row(0, "1000", report_seq=1),
        power_row(0, "2000", report_seq=2),
        power_row(0, "2000.0", report_seq=3),
    )

    assert values(result) == [("power", "2", "RAW")]
    assert result.values[0]["source_reference"] == "report 2 value 0"
    assert (result.replaced, result.repeats) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"ven_id": "ven-2"},
        {"resource_id": "0013"},
        {"r_id": "POWER2"},
        {"report_specifier_id": "other"},
        {"interval_start_text": "2025-11-03T05:00:00.000001Z"},
    ],
)
def test_values_of_two_devices_points_or_instants_stand_beside_each_other(
    other: dict[str, str],
) -> None:
    result = kept(power_row(0, "1000"), power_row(0, "2000", report_seq=2, **other))

    assert len(result.values) == 2


def test_a_number_and_a_status_of_one_id_do_not_replace_each_other() -> None:
    number = power_row(0, "1", r_id="status", report_name="TELEMETRY_STATUS")

    assert kept(number, status_row(0)).kept == 2


@pytest.mark.parametrize(
    ("changes", "quality"),
    [
        ({}, "RAW"),
        ({"data_quality": "Quality Good - Non Specific"}, "RAW"),
        ({"data_quality": "Quality Bad - Device Failure"}, "SUSPECT"),
        ({"data_quality": "No New Value - Previous Value Used"}, "SUSPECT"),
        ({"value_text": "1000000"}, "RAW"),
        ({"value_text": "1000001"}, "SUSPECT"),
    ],
)
def test_a_value_is_suspect_if_its_device_or_the_catalogue_doubts_it(
    changes: dict[str, Any], quality: str
) -> None:
    assert [row["quality"] for row in kept(power_row(**changes)).values] == [quality]


def test_an_implausible_value_is_named_and_not_rescaled() -> None:
    row = value_row(
        0, "100000", r_id="BatteryCharging", unit="W", scale="k", report_type="reading"
    )

    result = kept(row)

    assert values(result) == [("charging_power", "100000", "SUSPECT")]
    (finding,) = find_doubtful(result.values, SHIPPED, NOON)
    assert str(finding) == (
        "telemetry.implausible ven-1 0012: point_reference BatteryCharging, point "
        "charging_power, values 1, lowest 100000, highest 100000, unit kW, "
        "day 2025-11-03"
    )


def test_what_a_device_doubts_itself_is_named_apart() -> None:
    rows = [
        power_row(0, "1000", data_quality="bad"),
        power_row(1, "3000", data_quality="bad"),
        power_row(2, "9e9"),
        power_row(3, "1"),
    ]

    found = find_doubtful(kept(*rows).values, SHIPPED, NOON)

    assert [(f.code, f.facts["values"], f.facts["highest"]) for f in found] == [
        ("telemetry.doubted", 2, "3"),
        ("telemetry.implausible", 1, "9000000"),
    ]


def test_an_unknown_point_is_kept_as_it_was_sent_and_named() -> None:
    result = kept(
        value_row(0, "7.5", r_id="warp", unit="cochrane", scale="k"),
        value_row(1, "8.5", r_id="warp", unit="cochrane", scale="k"),
    )

    assert values(result) == [
        ("uncatalogued", "7.5", "SUSPECT"),
        ("uncatalogued", "8.5", "SUSPECT"),
    ]
    (finding,) = find_uncatalogued(result.values, NOON)
    assert str(finding) == (
        "telemetry.uncatalogued ven-1 0012: point_reference warp, unit k cochrane, "
        "values 2, such_as 7.5, day 2025-11-03"
    )
    assert find_doubtful(result.values, SHIPPED, NOON) == []


def test_a_state_of_charge_without_an_item_base_is_known_by_its_name() -> None:
    row = value_row(0, "812", r_id="MBMU_system_SOC", unit="", scale="")

    assert values(kept(row)) == [("state_of_charge", "81.2", "RAW")]


def reading(
    measurement: str = "power", value: str | None = "5000", **changes: object
) -> Row:
    return {
        "reading_seq": 9,
        "source": "modbus",
        "received_at": at(1),
        "host_id": "roof",
        "measurement": measurement,
        "read_at": at(1),
        "value": None if value is None else Decimal(value),
        "unit": "W",
        "quality": "GOOD",
        "explanation": "",
        "role": "",
        **changes,
    }


def test_a_measurement_of_a_meter_is_a_point_of_an_instant() -> None:
    result = sort_out_measurements([reading()], meter_of_all, DAY, SHIPPED)

    (row,) = frame_of(tables.TELEMETRY_VALUE, result.values).rows(named=True)
    assert (row["ven_id"], row["device_id"], row["point"]) == (
        "modbus",
        "roof",
        "power",
    )
    assert (row["value"], row["unit"], row["quality"]) == (Decimal(5), "kW", "RAW")
    assert (row["duration_seconds"], row["source_reference"]) == (0, "reading 9")


def test_energy_that_no_intervals_are_made_of_is_a_point() -> None:
    row = reading("total_energy", "12", unit="MWh")

    result = sort_out_measurements([row], meter_of_all, DAY, SHIPPED)

    assert values(result) == [("energy", "12000", "RAW")]


@pytest.mark.parametrize(
    "changes",
    [
        {"value": None, "quality": "TIMEOUT"},
        {"unit": "kWh", "measurement": "import_energy", "role": "REGISTER"},
        {"unit": "W", "measurement": "power", "role": "POWER"},
        {"read_at": at(-0.001)},
        {"read_at": at(24)},
    ],
)
def test_what_intervals_are_made_of_failures_and_other_days_are_left(
    changes: dict[str, Any],
) -> None:
    result = sort_out_measurements([reading(**changes)], meter_of_all, DAY, SHIPPED)

    assert (result.values, result.elsewhere, result.accounted_for) == ([], 1, 1)


@pytest.mark.parametrize(
    ("changes", "quality"),
    [
        ({"measurement": "voltage_l1", "unit": "V", "value": "0"}, "SUSPECT"),
        ({"measurement": "voltage_l1", "unit": "V", "value": "230.25"}, "RAW"),
        ({"quality": "IMPLAUSIBLE"}, "SUSPECT"),
    ],
)
def test_zero_volts_and_a_collectors_doubt_are_suspect(
    changes: dict[str, Any], quality: str
) -> None:
    result = sort_out_measurements([reading(**changes)], meter_of_all, DAY, SHIPPED)

    assert [row["quality"] for row in result.values] == [quality]


def test_the_state_of_charge_of_an_hour_is_what_its_sound_values_average() -> None:
    def charge(hours: float, value: str, device: str = "0012") -> Row:
        said = {"unit": "%", "r_id": "SOC", "resource_id": device, "report_seq": 1}
        return value_row(hours, value, **said)

    result = kept(
        charge(0, "50"),
        charge(0.5, "60", "0013"),
        charge(0.75, "101"),
        charge(1, "70"),
    )

    assert charge_by_hour(result.values) == {at(0): Decimal(55), at(1): Decimal(70)}
