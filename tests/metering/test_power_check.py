"""Power is held against reported energy hour by hour, and only where it is known."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.metering.power_check import PowerCheck, compare_power, power_by_hour
from ter_pipelines.metering.readings import Row
from ter_pipelines.vocab.points import read_telemetry_settings
from tests.metering.reported import at

SETTINGS, _ = read_telemetry_settings(
    {"least_coverage": "0.90", "tolerance_share": "0.05", "tolerance_kwh": "0.1"}
)


def power(hours: float, kw: str, *, seconds: int = 3600, **changes: object) -> Row:
    """Give a power value that stands for so many seconds; 0 for an instant."""
    return {
        "ven_id": "ven-1",
        "device_id": "0012",
        "point": "power",
        "point_reference": "POWER",
        "measured_at": at(hours),
        "duration_seconds": seconds,
        "value": Decimal(kw),
        "quality": "RAW",
        "received_at": at(30),
        **changes,
    }


def used(hours: float, kwh: str, *, seconds: int = 3600, **changes: object) -> Row:
    return {
        "ven_id": "ven-1",
        "device_id": "0012",
        "direction": "net",
        "interval_start_utc": at(hours),
        "duration_seconds": seconds,
        "energy_kwh": Decimal(kwh),
        **changes,
    }


def compared(*rows: Row) -> PowerCheck:
    telemetry = [row for row in rows if "point" in row]
    usage = [row for row in rows if "energy_kwh" in row]
    return compare_power(telemetry, usage, SETTINGS)


def test_power_that_is_the_energy_agrees() -> None:
    result = compared(power(0, "2"), power(1, "-3"), used(0, "2"), used(1, "-3"))

    assert (result.compared, result.findings) == (2, [])


@pytest.mark.parametrize(
    ("kwh", "kw", "agrees"),
    [
        ("1", "1.1", True),
        ("1", "1.100001", False),
        ("1", "0.9", True),
        ("1", "0.899999", False),
        ("10", "10.5", True),
        ("10", "10.500001", False),
        ("-10", "-10.5", True),
        ("-10", "10", False),
        ("0", "0.1", True),
        ("0", "0.100001", False),
    ],
)
def test_they_may_differ_by_a_share_or_a_little(
    kwh: str,
    kw: str,
    agrees: bool,  # noqa: FBT001
) -> None:
    result = compared(power(0, kw), used(0, kwh))

    assert (result.compared, len(result.findings)) == (1, int(not agrees))


def test_a_difference_names_device_hour_and_numbers() -> None:
    (finding,) = compared(power(3, "2"), used(3, "1.5")).findings

    assert str(finding) == (
        "telemetry.power_disagrees ven-1 0012: hour 2025-11-03T08:00:00Z, "
        "power_kwh 2, energy_kwh 1.5, allowed_kwh 0.1"
    )


def test_each_value_weighs_as_long_as_it_stands() -> None:
    quarter, rest = power(0, "8", seconds=900), power(0.25, "4", seconds=2700)

    assert compared(quarter, rest, used(0, "5")).findings == []
    assert compared(quarter, rest, used(0, "6")).findings != []


@pytest.mark.parametrize(("seconds", "hours"), [(3239, 0), (3240, 1), (3600, 1)])
def test_an_hour_is_compared_from_nine_tenths_on_by_the_average_of_what_is_known(
    seconds: int, hours: int
) -> None:
    result = compared(power(0, "10", seconds=seconds), used(0, "10"))

    assert (result.compared, result.findings) == (hours, [])


def test_a_value_may_stand_for_several_hours() -> None:
    result = compared(power(0.5, "4", seconds=9000), *(used(h, "4") for h in range(4)))

    assert (result.compared, result.findings) == (2, [])


def test_a_value_never_reaches_beyond_the_next_one() -> None:
    values = [power(0, "0"), power(0.5, "6")]

    assert compared(*values, used(0, "3")).findings == []


@pytest.mark.parametrize(("apart", "hours"), [(300, 1), (360, 0)])
def test_readings_of_instants_stand_until_the_next_for_five_minutes_at_most(
    apart: int, hours: int
) -> None:
    readings = [
        power(0, "6", seconds=0, measured_at=at(0) + timedelta(seconds=n * apart))
        for n in range(3600 // apart)
    ]

    assert compared(*readings, used(0, "6")).compared == hours


def test_of_two_values_of_an_instant_the_one_received_last_counts() -> None:
    first = power(0, "1", received_at=at(2))
    second = power(0, "9", received_at=at(3))

    assert compared(second, first, used(0, "9")).findings == []


@pytest.mark.parametrize(
    "changes",
    [
        {"quality": "SUSPECT"},
        {"point": "charging_power"},
        {"device_id": "0013"},
        {"ven_id": "ven-2"},
    ],
)
def test_only_sound_power_of_the_same_device_is_compared(
    changes: dict[str, Any],
) -> None:
    assert compared(power(0, "9", **changes), used(0, "1")) == PowerCheck()


def test_a_device_with_power_of_two_points_is_told_and_not_judged() -> None:
    other = power(0, "9", point_reference="PV")

    assert compared(power(0, "1"), other, used(0, "1")) == PowerCheck(ambiguous=1)


@pytest.mark.parametrize(
    ("rows", "hours"),
    [
        ([used(0, "1", seconds=1800), used(0.5, "1", seconds=1800)], 1),
        ([used(0, "2", seconds=1800)], 0),
        ([used(0, "2", seconds=3599)], 0),
        ([used(-0.5, "2")], 0),
        ([used(0, "4", seconds=7200)], 0),
    ],
)
def test_energy_must_be_known_for_every_second_of_the_hour(
    rows: list[Row], hours: int
) -> None:
    result = compared(power(0, "2"), *rows)

    assert (result.compared, result.findings) == (hours, [])


def test_what_was_taken_less_what_was_given_is_net() -> None:
    taken = used(0, "3", direction="delivered")
    given = used(0, "5", direction="received")

    assert compared(power(0, "-2"), taken, given).findings == []
    assert compared(power(0, "8"), taken, given).findings != []
    assert compared(power(0, "-2"), taken, given, used(1, "1", direction="received"),
                    power(1, "-1")).compared == 1  # fmt: skip


@pytest.mark.parametrize("kw", ["5", "-5"])
def test_a_device_that_only_gives_may_count_it_as_positive(kw: str) -> None:
    given = used(0, "5", direction="received")

    assert compared(power(0, kw), given).findings == []
    assert power_by_hour([power(0, kw)], [given], SETTINGS) == {at(0): Decimal(-5)}


def test_power_of_all_devices_adds_up_where_it_is_known() -> None:
    rows = [
        power(0, "2"),
        power(0, "-0.5", device_id="0013"),
        power(1, "2", seconds=60),
        power(2, "1"),
        power(2, "1", point_reference="PV"),
    ]

    assert power_by_hour(rows, [], SETTINGS) == {at(0): Decimal("1.5")}


def test_nothing_is_nothing() -> None:
    assert compared() == PowerCheck()
