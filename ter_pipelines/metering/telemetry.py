"""Telemetry of a day: what devices report beside billable energy, in known units.

It bills nobody: a device need not be mapped, and a value of an unknown point is kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ter_pipelines.metering.points import Placement, Placer, Sent, is_plausible
from ter_pipelines.metering.readings import (
    OPENADR,
    MeterAt,
    Row,
    Unusable,
    reference_of,
)
from ter_pipelines.metering.telemetry_values import Said, read_telemetry
from ter_pipelines.metering.vee.series import RAW, SUSPECT
from ter_pipelines.metering.vee.states import state_of_openadr_quality
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.modbus import GOOD
from ter_pipelines.vocab.modbus import SOURCE as MODBUS
from ter_pipelines.vocab.points import STATE_OF_CHARGE, UNCATALOGUED, TelemetrySettings

MOST_KEPT = Decimal(10**28)


@dataclass
class DayOfTelemetry:
    """What became of a day's values.

    Args:
        values: Rows of `core/telemetry`.
        kept: Values of the source that they come from; a status gives two rows.
        repeats: Values that said again what was known.
        replaced: Values that a newer one took the place of.
        elsewhere: Values that are energy, or that cannot be used.
    """

    values: list[dict[str, Any]] = field(default_factory=list)
    kept: int = 0
    repeats: int = 0
    replaced: int = 0
    elsewhere: int = 0

    @property
    def accounted_for(self) -> int:
        """Count the values whose fate is known; it must be all of them."""
        return self.kept + self.repeats + self.replaced + self.elsewhere


def sort_out_telemetry(
    rows: Iterable[Row], meter_at: MeterAt, day: Span, settings: TelemetrySettings
) -> DayOfTelemetry:
    """Turn a day's rows of `raw/ven_report` into telemetry.

    Args:
        rows: In order of report and position: of two values of a point at an instant
            the later one holds.
        meter_at: Which meter a device belongs to at an instant.
        day: The operating day.
        settings: The catalogue of points.
    """
    result = DayOfTelemetry()
    placer = Placer(settings)
    newest: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for row in rows:
        try:
            said = read_telemetry(row, day)
        except Unusable:
            result.elsewhere += 1
            continue
        key = (
            row["ven_id"], row["resource_id"], row["report_specifier_id"], row["r_id"],
            said.measured_at, said.number is None,
        )  # fmt: skip
        made = list(_rows_of_report(row, said, meter_at, placer))
        before = newest.get(key)
        if before and list(map(_content, before)) == list(map(_content, made)):
            result.repeats += 1
            continue
        result.replaced += before is not None
        newest[key] = made
    result.kept = len(newest)
    result.values = [row for made in newest.values() for row in made]
    return result


def sort_out_measurements(
    rows: Iterable[Row], meter_at: MeterAt, day: Span, settings: TelemetrySettings
) -> DayOfTelemetry:
    """Turn a day's rows of `raw/meter_reading` into telemetry.

    What intervals are made of is left to usage. Polls that failed and values without a
    number are left, and so are readings of the days beside, which stand there for the
    registers' sake.
    """
    result = DayOfTelemetry()
    placer = Placer(settings)
    for row in rows:
        if row["value"] is None or row["role"] or row["read_at"] not in day:
            result.elsewhere += 1
            continue
        result.kept += 1
        result.values.append(_row_of_meter(row, meter_at, placer))
    return result


def charge_by_hour(values: Iterable[Row]) -> dict[datetime, Decimal]:
    """Average the state of charge that devices told in each hour, %."""
    told: dict[datetime, list[Decimal]] = defaultdict(list)
    for row in values:
        if row["point"] == STATE_OF_CHARGE and row["quality"] == RAW:
            hour = row["measured_at"].replace(minute=0, second=0, microsecond=0)
            told[hour].append(row["value"])
    return {
        hour: round(sum(charges, Decimal(0)) / len(charges), 1)
        for hour, charges in told.items()
    }


def _rows_of_report(
    row: Row, said: Said, meter_at: MeterAt, placer: Placer
) -> Iterator[dict[str, Any]]:
    device = (row["ven_id"], row["resource_id"])
    shared = {
        "meter_id": meter_at(device, said.measured_at) or "",
        "ven_id": device[0],
        "device_id": device[1],
        "point_reference": row["r_id"],
        "measured_at": said.measured_at,
        "duration_seconds": said.duration_seconds,
        "source": OPENADR,
        "source_reference": reference_of(row),
        "received_at": row["received_at"],
    }
    quality = RAW if state_of_openadr_quality(row["data_quality"]) == RAW else SUSPECT
    if said.number is not None:
        sent = Sent(
            OPENADR, *device, row["r_id"], row["unit"], row["scale"],
            row["report_type"], row["reading_type"],
        )  # fmt: skip
        yield {**shared, **_judged(said.number, placer.place(sent), quality)}
    for point, flag in said.flags:
        unit = placer.settings.points[point].unit
        yield {
            **shared, "point": point, "value": flag, "unit": unit, "quality": quality
        }  # fmt: skip


def _row_of_meter(row: Row, meter_at: MeterAt, placer: Placer) -> dict[str, Any]:
    device = (MODBUS, row["host_id"])
    sent = Sent(MODBUS, *device, row["measurement"], row["unit"])
    quality = RAW if row["quality"] == GOOD else SUSPECT
    return {
        "meter_id": meter_at(device, row["read_at"]) or "",
        "ven_id": device[0],
        "device_id": device[1],
        "point_reference": row["measurement"],
        "measured_at": row["read_at"],
        "duration_seconds": 0,
        **_judged(row["value"], placer.place(sent), quality),
        "source": MODBUS,
        "source_reference": f"reading {row['reading_seq']}",
        "received_at": row["received_at"],
    }


def _judged(number: Decimal, placement: Placement, quality: str) -> dict[str, Any]:
    value, point = placement.value_of(number), placement.point
    if point is None or abs(value) >= MOST_KEPT:
        return {
            "point": UNCATALOGUED,
            "value": Placement(None, placement.unit).value_of(number),
            "unit": placement.unit,
            "quality": SUSPECT,
        }
    return {
        "point": point.name,
        "value": value,
        "unit": point.unit,
        "quality": quality if is_plausible(value, point) else SUSPECT,
    }


def _content(row: dict[str, Any]) -> dict[str, Any]:
    said_where = ("source_reference", "received_at")
    return {name: value for name, value in row.items() if name not in said_where}
