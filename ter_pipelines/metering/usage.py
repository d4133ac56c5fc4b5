"""Interval usage of a day from every source: kept, repeated, replaced or refused.

`readings` and `file_usage` say what a row means, `channels` which of several values
holds; here each row gets its fate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ter_pipelines.metering import channels, file_usage, readings
from ter_pipelines.metering.channels import Contradicts, Heard, Version
from ter_pipelines.metering.modbus_usage import sort_out_meters
from ter_pipelines.metering.point_lives import (
    lives_in,
    point_of,
    stand_side_by_side,
)
from ter_pipelines.metering.readings import (
    OPENADR,
    MeterAt,
    Reading,
    Row,
    Unusable,
    read_value,
)
from ter_pipelines.metering.telemetry_values import is_energy, read_telemetry
from ter_pipelines.vocab.clock import Span, iso_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import plain


@dataclass
class DayOfUsage:
    """What became of a day's values.

    Args:
        usage: Rows of `core/interval_usage`.
        registers: Rows of `core/register_reading`.
        quarantined: Rows of `core/quarantined_usage`.
        repeats: Values that said again what was known.
        replaced: Values that a newer one took the place of.
        other_values: Values that do not mean energy.
        readings: Meter readings that intervals and dial readings were made from.
        made: Rows above that were made from them, not from a value each.
        findings: Where dials started again or were exchanged.
    """

    usage: list[dict[str, Any]] = field(default_factory=list)
    registers: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    repeats: int = 0
    replaced: int = 0
    other_values: int = 0
    readings: int = 0
    made: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def accounted_for(self) -> int:
        """Count the values whose fate is known; it must be all of them."""
        fates = self.repeats + self.replaced + self.other_values + self.readings
        kept = len(self.usage) + len(self.registers)
        return kept + len(self.quarantined) + fates - self.made


def sort_out(
    reported: Iterable[Row],
    meter_at: MeterAt,
    day: Span,
    *,
    filed: Iterable[Row] = (),
    metered: Iterable[Row] = (),
) -> DayOfUsage:
    """Turn a day's rows of the sources into usage, dial readings and quarantine.

    Args:
        reported: Rows of `raw/ven_report`, in order of report and position.
        meter_at: Which meter a device belongs to at an instant.
        day: The operating day; an interval that begins outside it was stored here
            only to be seen.
        filed: Rows of `raw/usage_file_value`, in order of submission and position.
        metered: Rows of `raw/meter_reading`, in order of `reading_seq`.
    """
    result = DayOfUsage()
    heard = Heard()
    _hear_reports(reported, meter_at, day, heard, result)
    _hear_files(filed, meter_at, day, heard, result)
    _hear_meters(metered, meter_at, day, heard, result)
    for kept, refused in heard.settled():
        result.usage += [_usage_row(version) for version in kept]
        result.quarantined += [_quarantine_row(v.row, why) for v, why in refused]
    result.repeats += heard.repeats
    result.replaced += heard.replaced
    return result


def _hear_reports(
    rows: Iterable[Row], meter_at: MeterAt, day: Span, heard: Heard, result: DayOfUsage
) -> None:
    usage_rows = []
    for row in rows:
        if is_energy(row):
            usage_rows.append(row)
            continue
        try:
            read_telemetry(row, day)
            result.other_values += 1
        except Unusable as why:
            result.quarantined.append(_quarantine_row(row, why))
    contradicts = _contradictions_among(usage_rows)
    for row in usage_rows:
        try:
            reading = read_value(row, meter_at)
            _require_inside(reading.interval_start_utc, day)
            heard.hear(reading, row, contradicts)
        except Unusable as why:
            result.quarantined.append(_quarantine_row(row, why))


def _hear_files(
    rows: Iterable[Row], meter_at: MeterAt, day: Span, heard: Heard, result: DayOfUsage
) -> None:
    registers = Registers()
    for row in rows:
        if not file_usage.is_file_usage(row):
            result.other_values += 1
            continue
        try:
            if row["is_register"] and not row["reason"]:
                dial = file_usage.read_register(row, meter_at)
                _require_inside(dial["read_at"], day)
                registers.hear(dial, row)
            else:
                reading = file_usage.read_file_value(row, meter_at)
                _require_inside(reading.interval_start_utc, day)
                heard.hear(reading, row, _never)
        except Unusable as why:
            result.quarantined.append(_quarantine_row(row, why))
    result.registers += registers.newest.values()
    result.repeats += registers.repeats
    result.replaced += registers.replaced


def _hear_meters(
    rows: Iterable[Row], meter_at: MeterAt, day: Span, heard: Heard, result: DayOfUsage
) -> None:
    """Make intervals of meter readings; many readings make one, so they count apart."""
    meters = sort_out_meters(rows, meter_at, day)
    for reading in meters.usage:
        heard.hear(reading, {"reading": reading}, _never)
    result.registers += meters.registers
    result.quarantined += meters.quarantined
    result.readings += meters.used
    result.other_values += meters.other_values
    refused = sum(bool(row["duration_text"]) for row in meters.quarantined)
    result.made += len(meters.usage) + len(meters.registers) + refused
    result.findings += meters.findings


@dataclass
class Registers:
    """Dial readings by channel and instant; the newest holds."""

    newest: dict[tuple[object, ...], dict[str, Any]] = field(default_factory=dict)
    repeats: int = 0
    replaced: int = 0
    _told_by: dict[tuple[object, ...], Row] = field(default_factory=dict)

    def hear(self, dial: dict[str, Any], row: Row) -> None:
        """Take a row of `core/register_reading` in, with the row that told it."""
        key = (dial["ven_id"], dial["device_id"], dial["direction"], dial["read_at"])
        before = self.newest.get(key)
        is_older = before is not None and channels.is_older(row, self._told_by[key])
        if not is_older:
            self._told_by[key] = row
        if before and before["reading_kwh"] == dial["reading_kwh"]:
            self.repeats += 1
            return
        self.replaced += before is not None
        if not is_older:
            self.newest[key] = dial


def _require_inside(begin: datetime, day: Span) -> None:
    if begin not in day:
        raise Unusable(
            "usage.out_of_range",
            f"interval begins {iso_utc(begin)}, which is no operating day of the "
            "programme",
        )


def _never(*_both: object) -> None:
    """Let a later file say something else: that is a new version."""


def _contradictions_among(rows: Sequence[Row]) -> Contradicts:
    """Make what tells when two values for one interval are told side by side.

    They are in the same report, or of two points that the device has at one time.
    """
    lives = lives_in(rows)

    def contradicts(
        before: Reading, row_before: Row, reading: Reading, row: Row
    ) -> Unusable | None:
        values = (
            f"{before.energy_kwh} and {reading.energy_kwh} kWh for "
            f"{iso_utc(reading.interval_start_utc)}"
        )
        if row_before["report_seq"] == row["report_seq"]:
            report = f"report {row['report_seq']}"
            return Unusable("usage.two_values", f"{report} gives {values}")
        if stand_side_by_side(row_before, row, lives):
            return Unusable(
                "usage.two_points",
                f"specifier and rID {point_of(row_before)} and {point_of(row)}, both "
                f"at one time of {reading.device_id!r}, give {values}",
            )
        return None

    return contradicts


def _usage_row(version: Version) -> dict[str, Any]:
    return {**vars(version.reading), "version": version.number}


def _quarantine_row(row: Row, why: Unusable) -> dict[str, Any]:
    if "reading" in row:
        own = _of_reading(row["reading"])
    else:
        own = _of_file(row) if "submission_id" in row else _of_report(row)
        said = ("interval_start_text", "value_text", "unit", "received_at")
        own |= {name: row[name] for name in said}
    return {"reason": why.reason, "explanation": why.explanation, **own}


def _of_reading(reading: Reading) -> dict[str, Any]:
    return {
        "ven_id": reading.ven_id,
        "device_id": reading.device_id,
        "interval_start_text": iso_utc(reading.interval_start_utc),
        "duration_text": f"PT{reading.duration_seconds}S",
        "value_text": plain(reading.energy_kwh),
        "unit": "kWh",
        "scale": "none",
        "source": reading.source,
        "source_reference": reading.source_reference,
        "received_at": reading.received_at,
    }


def _of_report(row: Row) -> dict[str, Any]:
    return {
        "ven_id": row["ven_id"],
        "device_id": row["resource_id"],
        "duration_text": row["duration_text"],
        "scale": row["scale"],
        "source": OPENADR,
        "source_reference": readings.reference_of(row),
    }


def _of_file(row: Row) -> dict[str, Any]:
    seconds, power = row["duration_seconds"], row["power_of_ten"]
    return {
        "ven_id": row["source"],
        "device_id": row["device_id"],
        "duration_text": "" if seconds is None else f"PT{seconds}S",
        "scale": f"10^{power}" if power else "none",
        "source": row["source"],
        "source_reference": file_usage.reference_of(row),
    }
