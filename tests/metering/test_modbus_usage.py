"""Rows of meters over Modbus: usage on their meter, dials, or in quarantine."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.metering.modbus_usage import ModbusDay, sort_out_meters
from ter_pipelines.vocab.clock import Span

START = datetime(2025, 11, 3, 5, tzinfo=UTC)
DAY = Span(START, START + timedelta(days=1))
Row = dict[str, Any]


def row(seq: int, minutes: float, value: str | None, **changes: object) -> Row:
    at = START + timedelta(minutes=minutes)
    return {
        "reading_seq": seq, "source": "modbus", "received_at": at, "host_id": "solar-1",
        "measurement": "export_energy", "read_at": at,
        "value": None if value is None else Decimal(value), "unit": "Wh",
        "quality": "GOOD", "explanation": "", "role": "REGISTER",
        "direction": "received", "interval_seconds": 900, "step": Decimal(10),
        "rolls_over_at": None, "highest_kw": None, "longest_gap_seconds": None,
        **changes,
    }  # fmt: skip


def meter_of_all(device: tuple[str, str], _at: datetime) -> str | None:
    return f"meter of {device[0]} {device[1]}"


def nobody(_device: tuple[str, str], _at: datetime) -> str | None:
    return None


def sorted_out(rows: Sequence[Row]) -> ModbusDay:
    return sort_out_meters(rows, meter_of_all, DAY)


def reasons(result: ModbusDay) -> list[tuple[str, str]]:
    return [(q["reason"], q["source_reference"]) for q in result.quarantined]


def test_a_counter_becomes_usage_of_its_direction() -> None:
    result = sorted_out([row(1, 0, "5000000"), row(2, 15, "5001250")])

    (usage,) = result.usage
    assert (usage.meter_id, usage.ven_id, usage.device_id) == (
        "meter of modbus solar-1", "modbus", "solar-1",
    )  # fmt: skip
    assert (usage.direction, usage.interval_start_utc) == ("received", START)
    assert (usage.duration_seconds, usage.energy_kwh) == (900, Decimal("1.25"))
    assert (usage.quality, usage.source) == ("RAW", "modbus")
    assert usage.source_reference == "reading 1 to 2"
    assert usage.received_at == START + timedelta(minutes=15)
    assert (result.used, result.other_values, result.quarantined) == (2, 0, [])


def test_dials_stand_where_a_stretch_of_intervals_begins_and_ends() -> None:
    result = sorted_out([row(1, 0, "5000000"), row(2, 15, "5001250")])

    first, last = result.registers
    assert (first["read_at"], first["reading_kwh"]) == (START, Decimal(5000))
    assert (first["step_kwh"], first["event"]) == (Decimal("0.01"), "")
    assert (last["reading_kwh"], last["direction"]) == (Decimal("5001.25"), "received")


def test_the_dial_at_the_end_of_the_day_is_the_next_days() -> None:
    rows = [row(1, 60 * 24 - 15, "100"), row(2, 60 * 24, "200")]

    result = sorted_out(rows)

    assert [u.energy_kwh for u in result.usage] == [Decimal("0.1")]
    assert [r["reading_kwh"] for r in result.registers] == [Decimal("0.1")]
    assert (result.used, result.other_values) == (1, 1)


def test_other_measurements_are_left_alone() -> None:
    result = sorted_out([row(1, 0, "230", role="", direction="", unit="V", step=None)])

    assert (result.other_values, result.used, result.quarantined) == (1, 0, [])


def test_a_value_that_is_not_good_is_quarantined() -> None:
    rows = [row(1, 0, None, quality="TIMEOUT", explanation="no answer in 3 s")]

    (refused,) = sorted_out(rows).quarantined

    assert refused["reason"] == "meter.no_good_value"
    assert refused["explanation"] == "quality TIMEOUT: no answer in 3 s"
    assert (refused["device_id"], refused["value_text"]) == ("solar-1", "")


def test_what_is_out_of_line_or_stamped_ahead_is_quarantined() -> None:
    rows = [
        row(1, 0, "1000"), row(2, 5, "0"), row(3, 10, "1100"),
        row(4, 25, "1200"), row(5, 20, "1300"),
    ]  # fmt: skip

    result = sorted_out(rows)

    assert reasons(result) == [
        ("meter.out_of_line", "reading 2"),
        ("meter.clock_was_ahead", "reading 4"),
    ]
    assert result.used == 3


def test_what_is_stamped_early_is_quarantined() -> None:
    rows = [row(i, 5 * i, str(1000 + 100 * i)) for i in range(5)]
    rows.insert(4, row(9, 1, "1350"))

    result = sorted_out(rows)

    assert reasons(result) == [("meter.clock_was_behind", "reading 9")]
    assert result.used == 5


POWER = {
    "measurement": "power", "unit": "W", "role": "POWER", "step": None,
    "longest_gap_seconds": 900,
}  # fmt: skip


def test_power_stamped_ahead_is_quarantined() -> None:
    rows = [row(i, 5 * i, "2000", **POWER) for i in range(8)]
    rows[3]["read_at"] += timedelta(hours=10)

    result = sorted_out(rows)

    assert reasons(result) == [("meter.clock_was_ahead", "reading 3")]
    assert [u.energy_kwh for u in result.usage] == [Decimal("0.5")] * 2
    assert result.used == 7


@pytest.mark.parametrize("sign", ["", "-"])
def test_values_too_large_to_be_true_are_quarantined(sign: str) -> None:
    power = [row(1, 0, f"{sign}1E9", **POWER), row(2, 5, f"{sign}999999999", **POWER)]
    energy = [row(3, 0, f"{sign}1E12"), row(4, 5, f"{sign}999999999999")]

    result = sorted_out([*power, *energy])

    assert reasons(result) == [
        ("meter.too_large", "reading 1"),
        ("meter.too_large", "reading 3"),
    ]
    assert "expected less than 1000000 kW" in result.quarantined[0]["explanation"]


def test_a_reset_is_found_and_flagged() -> None:
    result = sorted_out([row(1, 0, "900000"), row(2, 15, "10"), row(3, 30, "20")])

    (finding,) = result.findings
    assert (finding.code, finding.subject) == (
        "register.reset", "modbus solar-1 received",
    )  # fmt: skip
    assert [r["event"] for r in result.registers] == ["", "RESET", ""]
    assert [u.energy_kwh for u in result.usage] == [Decimal("0.01")]


def test_an_unmapped_meters_intervals_are_quarantined() -> None:
    rows = [row(1, 0, "5000000"), row(2, 15, "5001250")]

    result = sort_out_meters(rows, nobody, DAY)

    (refused,) = result.quarantined
    assert (refused["reason"], refused["value_text"], refused["unit"]) == (
        "device.not_mapped", "1.25", "kWh",
    )  # fmt: skip
    assert (refused["duration_text"], result.registers) == ("PT900S", [])


def test_power_becomes_energy_where_the_row_says_so() -> None:
    power = {
        "measurement": "power", "unit": "W", "role": "POWER", "step": None,
        "longest_gap_seconds": 300,
    }  # fmt: skip
    rows = [row(i, 5 * i, "2000", **power) for i in range(4)]

    result = sorted_out(rows)

    assert [u.energy_kwh for u in result.usage] == [Decimal("0.5")]
    assert result.registers == []


def test_power_the_other_way_counts_as_none() -> None:
    power = {
        "measurement": "power", "unit": "W", "role": "POWER", "step": None,
        "longest_gap_seconds": 900,
    }  # fmt: skip
    rows = [row(i, 15 * i, "-2000", **power) for i in range(2)]

    one_way, net = (
        sorted_out(rows),
        sorted_out([{**r, "direction": "net"} for r in rows]),
    )

    assert [u.energy_kwh for u in one_way.usage] == [0]
    assert [u.energy_kwh for u in net.usage] == [Decimal("-0.5")]


def test_the_newest_row_says_how_long_intervals_are() -> None:
    rows = [row(1, 0, "0"), row(2, 30, "500"), row(3, 60, "1000")]
    changed = [*rows[:2], {**rows[2], "interval_seconds": 1800}]

    assert len(sorted_out(rows).usage) == 0
    assert [u.duration_seconds for u in sorted_out(changed).usage] == [1800, 1800]
