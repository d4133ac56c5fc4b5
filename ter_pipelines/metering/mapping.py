"""Which meter a device's usage belongs to, and from when to when.

The metering partner sends whole lists. Rules:
- An entry that states `valid_from` holds from then.
- An entry that states nothing and names a device for the first time holds for all
  time: nobody else ever had that device.
- An entry that states nothing and gives a device another meter holds from the moment
  the list was acknowledged; until then the former meter does.
- A device that a newer list leaves out stops being mapped when that list arrived.
- A meter that is said again, with a later `valid_from` or none, keeps its earlier
  start; only where none was ever stated does the first one that is count.
Moments are whole seconds, as are intervals of usage.
A device that is not mapped on an instant belongs to nobody.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import polars as pl

from ter_pipelines.vocab.clock import Span, iso_utc

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Device = tuple[str, str]


@dataclass(frozen=True)
class Assignment:
    """A device belongs to a meter during `[valid_from, valid_to)`."""

    meter_id: str
    valid_from: datetime
    valid_to: datetime | None
    submission_id: int

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether it holds at an instant."""
        return self.valid_from <= instant and (
            self.valid_to is None or instant < self.valid_to
        )


@dataclass(frozen=True)
class MappedDevice:
    """A device that belongs to a meter during a span."""

    meter_id: str
    ven_id: str
    device_id: str
    span: Span


@dataclass
class MeterMap:
    """All assignments, by device, in order of time."""

    by_device: dict[Device, list[Assignment]] = field(default_factory=dict)

    def meter_at(self, device: Device, instant: datetime) -> str | None:
        """Give the meter a device belongs to at an instant; None for nobody's."""
        assignments = self.by_device.get(device, [])
        place = bisect_right(assignments, instant, key=lambda a: a.valid_from) - 1
        if place < 0 or not assignments[place].holds_at(instant):
            return None
        return assignments[place].meter_id

    def during(self, span: Span) -> list[MappedDevice]:
        """Give who is mapped during a span, each with the part it is mapped for."""
        return [
            MappedDevice(
                a.meter_id,
                *device,
                Span(
                    max(a.valid_from, span.start_utc),
                    min(a.valid_to or span.end_utc, span.end_utc),
                ),
            )
            for device, assignments in sorted(self.by_device.items())
            for a in assignments
            if a.valid_from < span.end_utc
            and (a.valid_to is None or a.valid_to > span.start_utc)
        ]

    def digest_during(self, span: Span) -> str:
        """Hash what the map says about a span; other spans do not matter."""
        says = "\n".join(
            f"{d.meter_id} {d.ven_id} {d.device_id} "
            f"{iso_utc(d.span.start_utc)} {iso_utc(d.span.end_utc)}"
            for d in self.during(span)
        )
        return hashlib.sha256(says.encode()).hexdigest()

    def rows(self) -> list[dict[str, Any]]:
        """Give rows of `core/meter_mapping`."""
        return [
            {"ven_id": ven_id, "device_id": device_id, **vars(assignment)}
            for (ven_id, device_id), assignments in sorted(self.by_device.items())
            for assignment in assignments
        ]


def map_meters(entries: Iterable[Mapping[str, Any]]) -> MeterMap:
    """Turn every list ever received into assignments.

    Args:
        entries: Rows of `raw/meter_mapping` in order of submission and position. A
            list without devices is one row with an empty meter_id.
    """
    result = MeterMap()
    for submission_id, rows in groupby(entries, key=lambda row: row["submission_id"]):
        listed = list(rows)
        _end_left_out(result, listed)
        for row in listed:
            if row["meter_id"]:
                _assign(result, row, submission_id)
    return result


def read_meter_map(mapping: pl.DataFrame) -> MeterMap:
    """Read rows of `core/meter_mapping` back."""
    result = MeterMap()
    names = ("meter_id", "valid_from", "valid_to", "submission_id")
    ordered = mapping.sort("ven_id", "device_id", "valid_from")
    for row in ordered.iter_rows(named=True):
        device = (row["ven_id"], row["device_id"])
        assignment = Assignment(**{name: row[name] for name in names})
        result.by_device.setdefault(device, []).append(assignment)
    return result


def _end_left_out(result: MeterMap, listed: Sequence[Mapping[str, Any]]) -> None:
    named = {(row["ven_id"], row["device_id"]) for row in listed}
    for device in set(result.by_device) - named:
        _end(result.by_device[device], _second(listed[0]["received_at"]))


def _assign(result: MeterMap, row: Mapping[str, Any], submission_id: int) -> None:
    device = (row["ven_id"], row["device_id"])
    assignments = result.by_device.setdefault(device, [])
    arrived = row["received_at"] if assignments else BEGINNING
    start = _second(row["valid_from"] or arrived)
    last = assignments[-1] if assignments else None
    if last and last.meter_id == row["meter_id"] and last.holds_at(start):
        is_dated = row["valid_from"] and last.valid_from == BEGINNING
        begin = start if is_dated else last.valid_from
        assignments[-1] = replace(last, valid_from=begin, valid_to=None)
        return
    _end(assignments, start)
    assignments.append(Assignment(row["meter_id"], start, None, submission_id))


def _second(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def _end(assignments: list[Assignment], instant: datetime) -> None:
    """Let nothing hold from an instant on; what began later never did."""
    assignments[:] = [a for a in assignments if a.valid_from < instant]
    if assignments and (
        assignments[-1].valid_to is None or assignments[-1].valid_to > instant
    ):
        assignments[-1] = replace(assignments[-1], valid_to=instant)
