"""Rows of `raw/meter_reading` as usage and dial readings of mapped meters.

A host's registers, and power where its map says so, become intervals by the rules of
`counters` and `power_energy`. Every row of the day that was meant for that is used, or
is in quarantine with its reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Context, Decimal
from typing import Any

from ter_pipelines.metering.counter_steps import Counter
from ter_pipelines.metering.counters import (
    Counted,
    DialReading,
    EnergyInterval,
    count_energy,
)
from ter_pipelines.metering.power_energy import integrate_power
from ter_pipelines.metering.readings import (
    NET,
    MeterAt,
    Reading,
    Row,
    Unusable,
    find_meter,
)
from ter_pipelines.metering.time_order import CounterEvent, CounterReading
from ter_pipelines.vocab.clock import Span, iso_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.modbus import (
    ENERGY_UNITS,
    GOOD,
    MAX_POWER_KW,
    POWER,
    POWER_UNITS,
    REGISTER,
    SOURCE,
)
from ter_pipelines.vocab.units import MAX_ENERGY_KWH, plain

_EXACT = Context(prec=60)
_MOST = {REGISTER: (MAX_ENERGY_KWH, "kWh"), POWER: (MAX_POWER_KW, "kW")}
_DROPPED = {
    "GLITCH": "meter.out_of_line",
    "CLOCK": "meter.clock_was_ahead",
    "EARLY": "meter.clock_was_behind",
}


@dataclass
class ModbusDay:
    """What became of a day's rows.

    Args:
        usage: Intervals, each on its meter.
        registers: Rows of `core/register_reading`.
        quarantined: Rows of `core/quarantined_usage`.
        findings: Where registers started again or were exchanged.
        used: Rows that intervals and dial readings were made from.
        other_values: Rows that are not meant for that, or are of the days beside.
    """

    usage: list[Reading] = field(default_factory=list)
    registers: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    used: int = 0
    other_values: int = 0


@dataclass(frozen=True)
class _Channel:
    host_id: str
    direction: str
    role: str
    measurement: str

    @property
    def device(self) -> tuple[str, str]:
        return SOURCE, self.host_id


def sort_out_meters(rows: Iterable[Row], meter_at: MeterAt, day: Span) -> ModbusDay:
    """Turn a day's rows of `raw/meter_reading` into usage and quarantine.

    Args:
        rows: In order of `reading_seq`; readings beside the day help to bound it.
        meter_at: Which meter a device belongs to at an instant.
        day: The operating day.
    """
    result = ModbusDay()
    channels: dict[_Channel, list[Row]] = {}
    for row in rows:
        if row["role"] not in {REGISTER, POWER}:
            result.other_values += 1
        elif why := _find_fault(row):
            result.quarantined.append(_quarantined_row(row, why))
        else:
            key = (row["host_id"], row["direction"], row["role"], row["measurement"])
            channels.setdefault(_Channel(*key), []).append(row)
    for channel, own in channels.items():
        counted = _count(channel, own, day)
        by_reference = {_reference(row): row for row in own}
        dropped = _quarantine_dropped(counted.events, by_reference, day, result)
        inside = sum(row["read_at"] in day for row in own)
        result.used += inside - dropped
        result.other_values += len(own) - inside
        _place_intervals(channel, counted, by_reference, meter_at, result)
        _place_dials(channel, counted.dials, by_reference, meter_at, day, result)
        result.findings += _findings(channel, counted.events, day)
    return result


def _find_fault(row: Row) -> Unusable | None:
    if row["quality"] != GOOD:
        return Unusable(
            "meter.no_good_value", f"quality {row['quality']}: {row['explanation']}"
        )
    most, unit = _MOST[row["role"]]
    if abs(_scaled(row["value"], row)) >= most:
        return Unusable(
            "meter.too_large",
            f"got {plain(row['value'])} {row['unit']}, expected less than "
            f"{plain(most)} {unit}",
        )
    return None


def _count(channel: _Channel, rows: Sequence[Row], day: Span) -> Counted:
    """Make intervals of a channel, as its newest row says they are made."""
    newest = rows[-1]
    readings = [
        CounterReading(row["read_at"], _value_of(channel, row), _reference(row))
        for row in rows
    ]
    if channel.role == POWER:
        return integrate_power(
            readings,
            interval_seconds=newest["interval_seconds"],
            longest_gap_seconds=newest["longest_gap_seconds"],
            span=day,
        )
    counter = Counter(
        newest["interval_seconds"],
        max(_scaled(row["step"], row) for row in rows),
        _scaled_or_none(newest["rolls_over_at"], newest),
        newest["highest_kw"],
    )
    return count_energy(readings, counter, day)


def _value_of(channel: _Channel, row: Row) -> Decimal:
    value = _scaled(row["value"], row)
    is_one_way = channel.role == POWER and channel.direction != NET
    return max(value, Decimal(0)) if is_one_way else value


def _scaled(value: Decimal, row: Row) -> Decimal:
    units = POWER_UNITS if row["role"] == POWER else ENERGY_UNITS
    return _EXACT.multiply(value, units[row["unit"]])


def _scaled_or_none(value: Decimal | None, row: Row) -> Decimal | None:
    return None if value is None else _scaled(value, row)


def _quarantine_dropped(
    events: Iterable[CounterEvent],
    rows: Mapping[str, Row],
    day: Span,
    result: ModbusDay,
) -> int:
    """Quarantine the day's rows that were not used; count them."""
    dropped = 0
    for event in events:
        row = rows[event.reference]
        if event.kind in _DROPPED and row["read_at"] in day:
            reason = _DROPPED[event.kind]
            why = Unusable(reason, event.explanation)
            result.quarantined.append(_quarantined_row(row, why))
            dropped += 1
    return dropped


def _place_intervals(
    channel: _Channel,
    counted: Counted,
    rows: Mapping[str, Row],
    meter_at: MeterAt,
    result: ModbusDay,
) -> None:
    for interval in counted.intervals:
        duration = timedelta(seconds=interval.seconds)
        last = rows[interval.last_reference]
        try:
            meter_id = find_meter(
                channel.device, interval.start_utc, duration, meter_at
            )
        except Unusable as why:
            result.quarantined.append(_refused_interval(interval, last, why))
            continue
        result.usage.append(
            Reading(
                meter_id,
                *channel.device,
                direction=channel.direction,
                interval_start_utc=interval.start_utc,
                duration_seconds=interval.seconds,
                energy_kwh=interval.energy_kwh,
                quality="RAW",
                source=SOURCE,
                source_reference=_reference_of(interval),
                received_at=last["received_at"],
            )
        )


def _place_dials(
    channel: _Channel,
    dials: Iterable[DialReading],
    rows: Mapping[str, Row],
    meter_at: MeterAt,
    day: Span,
    result: ModbusDay,
) -> None:
    """Place dial readings; one at the end of the day is the next day's."""
    for dial in dials:
        meter_id = meter_at(channel.device, dial.read_at)
        if dial.read_at not in day or meter_id is None:
            continue
        result.registers.append(
            {
                "meter_id": meter_id,
                "ven_id": SOURCE,
                "device_id": channel.host_id,
                "direction": channel.direction,
                "read_at": dial.read_at,
                "reading_kwh": dial.reading_kwh,
                "step_kwh": dial.step_kwh,
                "event": dial.event,
                "source": SOURCE,
                "source_reference": dial.reference,
                "received_at": rows[dial.reference]["received_at"],
            }
        )


def _findings(
    channel: _Channel, events: Iterable[CounterEvent], day: Span
) -> Iterator[Finding]:
    for event in events:
        if event.kind not in _DROPPED and event.at_utc in day:
            facts = {"at": iso_utc(event.at_utc), "readings": event.explanation}
            subject = f"{SOURCE} {channel.host_id} {channel.direction}"
            yield Finding(f"register.{event.kind.lower()}", subject, facts)


def _reference(row: Row) -> str:
    return f"reading {row['reading_seq']}"


def _reference_of(interval: EnergyInterval) -> str:
    last = interval.last_reference.removeprefix("reading ")
    return f"{interval.first_reference} to {last}"


def _quarantined_row(row: Row, why: Unusable) -> dict[str, Any]:
    value = row["value"]
    return {
        "reason": why.reason,
        "explanation": why.explanation,
        "ven_id": SOURCE,
        "device_id": row["host_id"],
        "interval_start_text": iso_utc(row["read_at"]),
        "duration_text": "",
        "value_text": "" if value is None else plain(value),
        "unit": row["unit"],
        "scale": "none",
        "source": SOURCE,
        "source_reference": _reference(row),
        "received_at": row["received_at"],
    }


def _refused_interval(
    interval: EnergyInterval, last: Row, why: Unusable
) -> dict[str, Any]:
    return {
        **_quarantined_row(last, why),
        "interval_start_text": iso_utc(interval.start_utc),
        "duration_text": f"PT{interval.seconds}S",
        "value_text": plain(interval.energy_kwh),
        "unit": "kWh",
        "source_reference": _reference_of(interval),
    }
