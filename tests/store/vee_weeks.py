"""Weeks of usage of a few channels, with all that can be wrong with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, day_span, days_between, operating_day_of

ZONE = ZoneInfo("America/New_York")
# Two weeks with the autumn day, or with the spring day, in the middle.
SEASONS = {
    "autumn": days_between(date(2025, 10, 27), date(2025, 11, 9)),
    "spring": days_between(date(2026, 3, 2), date(2026, 3, 15)),
}


@dataclass(frozen=True)
class Source:
    """A channel of the weeks: where it comes from, and how it is measured."""

    ven_id: str
    device_id: str
    direction: str
    step: int

    @property
    def meter_id(self) -> str:
        """Give its meter."""
        return f"TER-{self.device_id}"


SOURCES = (
    Source("cmep", "QUARTERS", "delivered", 900),
    Source("cmep", "QUARTERS", "received", 900),
    Source("modbus", "HALVES", "net", 1800),
    Source("green-button", "HOURS", "delivered", 3600),
    Source("VEN-1", "BATTERY", "net", 900),
)


@dataclass(frozen=True)
class Damage:
    """Something wrong: with which channel, from which of its intervals, how long."""

    kind: str
    source: int
    first: int
    length: int
    size: int


KINDS = (
    "missing", "missing", "missing", "silent_day", "spike", "high", "negative", "zero",
    "suspect", "estimated", "overflow", "outage", "restoration", "late", "shorter",
    "longer", "double", "early", "milliwatt",
)  # fmt: skip
_CHANGES: dict[str, dict[str, Any]] = {
    "spike": {"energy_kwh": Decimal("4.5")},
    "high": {"energy_kwh": Decimal(5000)},
    "negative": {"energy_kwh": Decimal("-0.25")},
    "zero": {"energy_kwh": Decimal(0)},
    "suspect": {"quality": "SUSPECT"},
    "estimated": {"quality": "ESTIMATED"},
    "overflow": {"marks": "OVERFLOW"},
    "outage": {"marks": "OUTAGE"},
    "restoration": {"marks": "RESTORATION"},
}


def usage_of(
    days: Sequence[date], shape: Sequence[int], damages: Sequence[Damage]
) -> list[dict[str, Any]]:
    """Make the rows of `core/interval_usage` of all sources."""
    rows = []
    for number, source in enumerate(SOURCES):
        own = list(_sound(source, days, shape))
        for damage in damages:
            if damage.source % len(SOURCES) == number:
                own = list(_damaged(own, damage))
        rows += own
    return rows


def day_of(source: Source, day: date, *, kwh: str = "0.5") -> list[dict[str, Any]]:
    """Make a whole day of a channel that is all alike."""
    return [
        {**row, "energy_kwh": Decimal(kwh), "version": 1}
        for row in _sound(source, [day], [0])
    ]


def write_lake(
    root: Path,
    days: Sequence[date],
    usage: Sequence[dict[str, Any]],
    readings: Sequence[dict[str, Any]] = (),
    mapped_from: datetime | None = None,
) -> Lake:
    """Write usage, readings and a mapping that says since when it holds."""
    lake = Lake(root)
    begin = mapped_from or day_span(days[0], ZONE).start_utc - 30 * DAY
    mapping = [
        {
            "ven_id": ven_id, "device_id": device_id, "meter_id": f"TER-{device_id}",
            "valid_from": begin, "valid_to": None, "submission_id": 1,
        }
        for ven_id, device_id in {(s.ven_id, s.device_id) for s in SOURCES}
    ]  # fmt: skip
    lake.replace(tables.METER_MAPPING, "", frame_of(tables.METER_MAPPING, mapping))
    for table, rows, at in (
        (tables.INTERVAL_USAGE, usage, "interval_start_utc"),
        (tables.REGISTER_READING, readings, "read_at"),
    ):
        by_day: dict[date, list[dict[str, Any]]] = {}
        for row in rows:
            by_day.setdefault(operating_day_of(row[at], ZONE), []).append(row)
        for day, own in by_day.items():
            lake.replace(table, day, frame_of(table, own))
    return lake


def readings_of(
    source: Source,
    usage: Sequence[dict[str, Any]],
    instants: Sequence[datetime],
    *,
    more: Decimal = Decimal(0),
) -> list[dict[str, Any]]:
    """Read a register at instants: it counts the usage told, and more each time."""
    own = [row for row in usage if row["device_id"] == source.device_id]
    own = [row for row in own if row["direction"] == source.direction]
    return [
        {
            "meter_id": source.meter_id, "ven_id": source.ven_id,
            "device_id": source.device_id, "direction": source.direction,
            "read_at": at, "step_kwh": Decimal("0.001"), "event": "",
            "reading_kwh": sum(
                (r["energy_kwh"] for r in own if r["interval_start_utc"] < at),
                start=1000 + more * number,
            ),
            "source": source.ven_id, "source_reference": "dial", "received_at": at,
        }
        for number, at in enumerate(instants)
    ]  # fmt: skip


def _sound(
    source: Source, days: Sequence[date], shape: Sequence[int]
) -> Iterator[dict[str, Any]]:
    start = day_span(days[0], ZONE).start_utc
    end = day_span(days[-1], ZONE).end_utc
    for number in range((end - start) // timedelta(seconds=source.step)):
        at = start + timedelta(seconds=number * source.step)
        closing = day_span(operating_day_of(at, ZONE), ZONE).end_utc
        wh = 200 + shape[number % len(shape)]
        yield {
            "meter_id": source.meter_id, "ven_id": source.ven_id,
            "device_id": source.device_id, "direction": source.direction,
            "interval_start_utc": at, "duration_seconds": source.step,
            "energy_kwh": Decimal(wh).scaleb(-3), "quality": "RAW", "marks": "",
            "version": 1 + number % 2, "source": source.ven_id,
            "source_reference": f"row {number}",
            "received_at": closing + timedelta(hours=3),
        }  # fmt: skip


def _damaged(
    rows: Sequence[dict[str, Any]], damage: Damage
) -> Iterator[dict[str, Any]]:
    first = damage.first % max(len(rows), 1)
    of_day = rows[first]["received_at"] if rows else None
    for number, row in enumerate(rows):
        is_here = first <= number < first + damage.length
        if damage.kind == "silent_day":
            is_here = row["received_at"] == of_day
        if is_here:
            yield from _one_damaged(row, damage)
        else:
            yield row


def _one_damaged(row: dict[str, Any], damage: Damage) -> Iterator[dict[str, Any]]:
    start, seconds = row["interval_start_utc"], row["duration_seconds"]
    if damage.kind in {"missing", "silent_day"}:
        return
    if damage.kind == "late":
        yield {**row, "interval_start_utc": start + timedelta(seconds=60)}
    elif damage.kind in {"shorter", "longer"}:
        changed = seconds // 3 if damage.kind == "shorter" else 2 * seconds
        yield {**row, "duration_seconds": changed}
    elif damage.kind == "double":
        yield row
        yield {**row, "energy_kwh": row["energy_kwh"] + 1}
    elif damage.kind == "early":
        yield {**row, "received_at": start}
    elif damage.kind == "milliwatt":
        yield {**row, "energy_kwh": row["energy_kwh"] + Decimal(damage.size).scaleb(-6)}
    else:
        yield {**row, **_CHANGES[damage.kind]}
