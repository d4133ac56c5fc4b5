"""Validation: every hour of every mapped device is VALID, SUSPECT or MISSING.

Rules give codes and never drop a row. A row no rule speaks about is VALID; only VALID
energy is settled. Missing time becomes rows of its own, an hour each at most, so that
a gap is seen wherever usage is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.metering.mapping import MappedDevice
from ter_pipelines.vocab.clock import HOUR, Span, iso_utc
from ter_pipelines.vocab.findings import Finding

VALID, SUSPECT, MISSING = "VALID", "SUSPECT", "MISSING"
HOUR_SECONDS = int(HOUR.total_seconds())
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Limits:
    """The least and the most net energy one device can have in an hour, kWh."""

    lowest_kwh: Decimal
    highest_kwh: Decimal


def validate(
    usage: Sequence[Row], devices: Sequence[MappedDevice], limits: Limits
) -> list[dict[str, Any]]:
    """Hold a day's usage against the rules, and the day against the usage.

    Args:
        usage: Rows of `core/interval_usage` of the day.
        devices: Who should be heard, and during which part of the day.
        limits: Of one device.

    Returns:
        Rows of `core/validated_usage`, the missing ones included.
    """
    rows = [_judge(row, limits) for row in usage]
    by_device = _by_device(usage)
    for device in devices:
        for gap in gaps(by_device.get(_key(vars(device)), []), device.span):
            rows += [_missing_row(device, piece) for piece in by_the_hour(gap)]
    return rows


def gaps(usage: Sequence[Row], span: Span) -> list[Span]:
    """Give the parts of a span that no interval covers, in order."""
    found = []
    covered_to = span.start_utc
    for row in sorted(usage, key=lambda r: r["interval_start_utc"]):
        start = row["interval_start_utc"]
        if start > covered_to:
            found.append(Span(covered_to, min(start, span.end_utc)))
        covered_to = max(covered_to, start + timedelta(seconds=row["duration_seconds"]))
    if covered_to < span.end_utc:
        found.append(Span(covered_to, span.end_utc))
    return [gap for gap in found if gap.start_utc < gap.end_utc]


def by_the_hour(gap: Span) -> list[Span]:
    """Cut a span at every full hour."""
    pieces = []
    start = gap.start_utc
    while start < gap.end_utc:
        end = min(_hour_of(start) + HOUR, gap.end_utc)
        pieces.append(Span(start, end))
        start = end
    return pieces


def find_missing(rows: Sequence[Row]) -> list[Finding]:
    """Find devices with missing time, with how much and since when."""
    missing: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["state"] == MISSING:
            missing.setdefault((row["meter_id"], row["device_id"]), []).append(row)
    return [
        Finding(
            "usage.missing",
            f"{meter_id} {device_id}",
            {
                "seconds": sum(row["duration_seconds"] for row in group),
                "first": iso_utc(min(row["interval_start_utc"] for row in group)),
            },
        )
        for (meter_id, device_id), group in sorted(missing.items())
    ]


def find_suspect(rows: Sequence[Row]) -> list[Finding]:
    """Find intervals a rule spoke against, with the rules."""
    return [
        Finding(
            "usage.suspect",
            f"{row['meter_id']} {row['device_id']}",
            {"at": iso_utc(row["interval_start_utc"]), "rules": row["rules_failed"]},
        )
        for row in rows
        if row["state"] == SUSPECT
    ]


def find_unaccounted(
    rows: Sequence[Row], devices: Sequence[MappedDevice], day: date
) -> list[Finding]:
    """Find devices whose rows do not add up to the time they are mapped for.

    Of an interval that reaches over an end of that time, the part inside counts.
    """
    by_device = _by_device(rows)
    findings = []
    for device in devices:
        seconds = sum(
            _seconds_inside(row, device.span)
            for row in by_device.get(_key(vars(device)), [])
        )
        expected = int((device.span.end_utc - device.span.start_utc).total_seconds())
        if seconds != expected:
            got = {"got_seconds": seconds, "expected_seconds": expected}
            subject = f"{' '.join(_key(vars(device)))} {day}"
            findings.append(Finding("usage.unaccounted", subject, got))
    return findings


def _key(row: Row) -> tuple[str, str, str]:
    return row["meter_id"], row["ven_id"], row["device_id"]


def _by_device(rows: Sequence[Row]) -> dict[tuple[str, str, str], list[Row]]:
    grouped: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault(_key(row), []).append(row)
    return grouped


def _seconds_inside(row: Row, span: Span) -> int:
    start = row["interval_start_utc"]
    end = start + timedelta(seconds=row["duration_seconds"])
    inside = min(end, span.end_utc) - max(start, span.start_utc)
    return max(int(inside.total_seconds()), 0)


def _judge(row: Row, limits: Limits) -> dict[str, Any]:
    start: datetime = row["interval_start_utc"]
    end = start + timedelta(seconds=row["duration_seconds"])
    failed = []
    if end > _hour_of(start) + HOUR:
        failed.append("usage.crosses_the_hour")
    if not _is_possible(row, limits):
        failed.append("usage.beyond_device_limit")
    if row["quality"] != "RAW":
        failed.append("usage.suspect_quality")
    kept = (
        "meter_id", "ven_id", "device_id", "interval_start_utc", "duration_seconds",
        "energy_kwh", "version",
    )  # fmt: skip
    return {
        **{name: row[name] for name in kept},
        "state": SUSPECT if failed else VALID,
        "rules_failed": ",".join(failed),
    }


def _is_possible(row: Row, limits: Limits) -> bool:
    """Hold energy against the limits' share of its time, without a division."""
    seconds = row["duration_seconds"]
    energy = row["energy_kwh"] * HOUR_SECONDS
    return bool(limits.lowest_kwh * seconds <= energy <= limits.highest_kwh * seconds)


def _missing_row(device: MappedDevice, piece: Span) -> dict[str, Any]:
    return {
        "meter_id": device.meter_id,
        "ven_id": device.ven_id,
        "device_id": device.device_id,
        "interval_start_utc": piece.start_utc,
        "duration_seconds": int((piece.end_utc - piece.start_utc).total_seconds()),
        "energy_kwh": None,
        "state": MISSING,
        "rules_failed": "usage.missing",
        "version": 0,
    }


def _hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
