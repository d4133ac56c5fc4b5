"""Interval usage of a day: versions, repeats and overlaps sorted out.

The newest value of an interval wins, an identical repeat changes nothing, and an
interval that overlaps one heard earlier is quarantined: usage never counts twice.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from ter_pipelines.metering.readings import (
    MeterAt,
    Reading,
    Row,
    Unusable,
    is_usage,
    read_value,
)
from ter_pipelines.vocab.clock import Span, iso_utc

SOURCE = "openadr"
_ReportOf = tuple[str, str, str]  # VEN, device, name of the report
_Point = tuple[str, str]  # report specifier, rID


@dataclass(frozen=True)
class _Life:
    """When a point lived: from its first registration to when it was last heard."""

    registrations: frozenset[str]
    heard_at: str

    def joined(self, other: "_Life") -> "_Life":
        return _Life(
            self.registrations | other.registrations,
            max(self.heard_at, other.heard_at),
        )

    def overlaps(self, other: "_Life") -> bool:
        return not self.registrations.isdisjoint(other.registrations) or (
            min(self.registrations) < other.heard_at
            and min(other.registrations) < self.heard_at
        )


_Lives = Mapping[_ReportOf, Mapping[_Point, _Life]]


@dataclass
class DayOfUsage:
    """What became of a day's reported values.

    Args:
        usage: Rows of `core/interval_usage`.
        quarantined: Rows of `core/quarantined_usage`.
        repeats: Values that said again what was known.
        replaced: Values that a newer one took the place of.
        other_values: Values that do not mean energy.
    """

    usage: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    repeats: int = 0
    replaced: int = 0
    other_values: int = 0

    @property
    def accounted_for(self) -> int:
        """Count the values whose fate is known; it must be all of them."""
        fates = self.repeats + self.replaced + self.other_values
        return len(self.usage) + len(self.quarantined) + fates


@dataclass
class _Version:
    reading: Reading
    row: Row
    number: int = 1


def sort_out(rows: Iterable[Row], meter_at: MeterAt, day: Span) -> DayOfUsage:
    """Turn a day's rows of `raw/ven_report` into usage and quarantine.

    Args:
        rows: In order of report and position.
        meter_at: Which meter a device belongs to at an instant.
        day: The operating day; an interval that begins outside it was stored here
            only to be seen.
    """
    result = DayOfUsage()
    usage_rows = []
    for row in rows:
        if is_usage(row):
            usage_rows.append(row)
        else:
            result.other_values += 1
    lives = _lives_in(usage_rows)
    newest: dict[tuple[str, str], dict[object, _Version]] = {}
    for row in usage_rows:
        try:
            reading = read_value(row, meter_at)
            _require_inside(reading, day)
            known = newest.setdefault((reading.ven_id, reading.device_id), {})
            result.repeats += _hear(known, reading, row, lives)
        except Unusable as why:
            result.quarantined.append(_quarantine_row(row, why))
    for intervals in newest.values():
        kept, overlapping = _without_overlaps(list(intervals.values()))
        result.replaced += sum(v.number - 1 for v in intervals.values())
        result.usage += [_usage_row(version) for version in kept]
        result.quarantined += [_quarantine_row(v.row, why) for v, why in overlapping]
    return result


def _require_inside(reading: Reading, day: Span) -> None:
    if reading.interval_start_utc not in day:
        raise Unusable(
            "usage.out_of_range",
            f"interval begins {iso_utc(reading.interval_start_utc)}, which is no "
            "operating day of the programme",
        )


def _hear(
    known: dict[object, _Version], reading: Reading, row: Row, lives: _Lives
) -> bool:
    """Take a reading in; tell whether it only repeated what was known.

    Raises:
        Unusable: If two values for one interval are told side by side: in the same
            report, or by two points that the device has at one time.
    """
    key = (reading.interval_start_utc, reading.duration_seconds)
    before = known.get(key)
    if before is None:
        known[key] = _Version(reading, row)
        return False
    same = ("energy_kwh", "quality", "meter_id")
    if all(getattr(before.reading, n) == getattr(reading, n) for n in same):
        return True
    if before.reading.report_seq == reading.report_seq:
        raise Unusable(
            "usage.two_values",
            f"report {reading.report_seq} gives {before.reading.energy_kwh} and "
            f"{reading.energy_kwh} kWh for {iso_utc(reading.interval_start_utc)}",
        )
    if _stand_side_by_side(before.row, row, lives):
        raise Unusable(
            "usage.two_points",
            f"specifier and rID {_point_of(before.row)} and {_point_of(row)}, both at "
            f"one time of {reading.device_id!r}, give {before.reading.energy_kwh} and "
            f"{reading.energy_kwh} kWh for {iso_utc(reading.interval_start_utc)}",
        )
    known[key] = replace(before, reading=reading, row=row, number=before.number + 1)
    return False


def _report_of(row: Row) -> _ReportOf:
    name = row["report_name"].removeprefix("METADATA_")
    return row["ven_id"], row["resource_id"], name


def _point_of(row: Row) -> _Point:
    """Name a point in full: an rID is unique only within its specifier."""
    return row["report_specifier_id"], row["r_id"]


def _lives_in(rows: Iterable[Row]) -> _Lives:
    heard = {
        (_report_of(row), _point_of(row), row["registered_at"], row["received_at"])
        for row in rows
    }
    lives: dict[_ReportOf, dict[_Point, _Life]] = defaultdict(dict)
    for report, point, registered_at, received_at in heard:
        life = _Life(frozenset({registered_at}), iso_utc(received_at))
        lives[report][point] = life.joined(lives[report].get(point, life))
    return lives


def _stand_side_by_side(a: Row, b: Row, lives: _Lives) -> bool:
    """Tell whether two values are of two points that a device has at one time.

    A point lives from its registration to its last report. Two that live at one time
    measure two things, such as import and export, whether they were registered under
    one specifier or two, in one message or two. One that was heard no more once the
    other was registered was replaced by it: a restart makes new specifiers and rIDs.

    The one point of a device's telemetry and the one point of its history are the
    same under two names: the history tells the telemetry again.
    """
    if _point_of(a) == _point_of(b):
        return False
    if not lives[_report_of(a)][_point_of(a)].overlaps(
        lives[_report_of(b)][_point_of(b)]
    ):
        return False
    is_one_report = _report_of(a) == _report_of(b)
    return is_one_report or not (_is_alone(a, lives) and _is_alone(b, lives))


def _is_alone(row: Row, lives: _Lives) -> bool:
    """Tell whether a point is its device's only one at its time in such a report."""
    of_report = lives[_report_of(row)]
    mine = of_report[_point_of(row)]
    return sum(mine.overlaps(life) for life in of_report.values()) == 1


def _without_overlaps(
    versions: list[_Version],
) -> tuple[list[_Version], list[tuple[_Version, Unusable]]]:
    """Part what is kept from what overlaps it.

    Args:
        versions: In the order in which each interval was first heard, whichever
            report gave its newest value.
    """
    in_time = sorted(versions, key=lambda v: v.reading.interval_start_utc)
    if all(
        a.reading.end_utc <= b.reading.interval_start_utc for a, b in pairwise(in_time)
    ):
        return in_time, []
    kept: list[_Version] = []  # in order of time, so that only neighbours can overlap
    refused = []
    for version in versions:
        place = bisect_right(kept, _begin(version), key=_begin)
        beside = kept[max(place - 1, 0) : place + 1]
        other = next((k for k in beside if _overlap(k.reading, version.reading)), None)
        if other is None:
            kept.insert(place, version)
        else:
            why = Unusable(
                "usage.overlaps",
                f"overlaps {other.reading.source_reference}, "
                f"{iso_utc(other.reading.interval_start_utc)} for "
                f"{other.reading.duration_seconds} s, which was heard earlier",
            )
            refused.append((version, why))
    return kept, refused


def _begin(version: _Version) -> datetime:
    return version.reading.interval_start_utc


def _overlap(a: Reading, b: Reading) -> bool:
    return a.interval_start_utc < b.end_utc and b.interval_start_utc < a.end_utc


def _usage_row(version: _Version) -> dict[str, Any]:
    reading = version.reading
    return {
        "meter_id": reading.meter_id,
        "ven_id": reading.ven_id,
        "device_id": reading.device_id,
        "interval_start_utc": reading.interval_start_utc,
        "duration_seconds": reading.duration_seconds,
        "energy_kwh": reading.energy_kwh,
        "quality": reading.quality,
        "version": version.number,
        "source": SOURCE,
        "source_reference": reading.source_reference,
        "received_at": reading.received_at,
    }


def _quarantine_row(row: Row, why: Unusable) -> dict[str, Any]:
    copied = (
        "ven_id", "interval_start_text", "duration_text", "value_text", "unit",
        "scale", "received_at",
    )  # fmt: skip
    return {
        "reason": why.reason,
        "explanation": why.explanation,
        "device_id": row["resource_id"],
        "source": SOURCE,
        "source_reference": f"report {row['report_seq']} value {row['position']}",
        **{name: row[name] for name in copied},
    }
