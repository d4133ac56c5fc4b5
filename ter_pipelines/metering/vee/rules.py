"""Validation of table rows: every hour of every mapped device is VALID or not.

The rules themselves are in `time_rules` and `value_rules`; here they meet the rows of
a day. They never drop a row. A row no rule speaks about is VALID; only VALID energy is
settled. Missing time becomes rows of its own, an hour each at most, so that a gap is
seen wherever usage is.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ter_pipelines.metering.mapping import MappedDevice
from ter_pipelines.metering.vee.series import (
    MISSING,
    RAW,
    SUSPECT,
    VALID,
    Interval,
    cut,
    seconds_of,
    uncovered,
)
from ter_pipelines.metering.vee.time_rules import find_crossing_hours
from ter_pipelines.metering.vee.value_rules import (
    Limits,
    find_beyond_device_limit,
    find_suspect_quality,
)
from ter_pipelines.vocab.clock import HOUR, Span, iso_utc
from ter_pipelines.vocab.findings import Finding

Row = Mapping[str, Any]


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
    return uncovered(map(_span_of, usage), span)


def by_the_hour(gap: Span) -> list[Span]:
    """Cut a span at every full hour."""
    return cut(gap, HOUR)


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


def _span_of(row: Row) -> Span:
    start = row["interval_start_utc"]
    return Span(start, start + timedelta(seconds=row["duration_seconds"]))


def _seconds_inside(row: Row, span: Span) -> int:
    own = _span_of(row)
    inside = min(own.end_utc, span.end_utc) - max(own.start_utc, span.start_utc)
    return max(int(inside.total_seconds()), 0)


def _judge(row: Row, limits: Limits) -> dict[str, Any]:
    interval = Interval(
        row["interval_start_utc"],
        row["duration_seconds"],
        row["energy_kwh"],
        RAW if row["quality"] == RAW else SUSPECT,
    )
    subject = f"{row['meter_id']} {row['device_id']}"
    findings = [
        *find_crossing_hours(subject, [interval]),
        *find_beyond_device_limit(subject, [interval], limits),
        *find_suspect_quality(subject, [interval]),
    ]
    kept = (
        "meter_id", "ven_id", "device_id", "interval_start_utc", "duration_seconds",
        "energy_kwh", "version",
    )  # fmt: skip
    return {
        **{name: row[name] for name in kept},
        "state": SUSPECT if findings else VALID,
        "rules_failed": ",".join(finding.code for finding in findings),
    }


def _missing_row(device: MappedDevice, piece: Span) -> dict[str, Any]:
    return {
        "meter_id": device.meter_id,
        "ven_id": device.ven_id,
        "device_id": device.device_id,
        "interval_start_utc": piece.start_utc,
        "duration_seconds": seconds_of(piece),
        "energy_kwh": None,
        "state": MISSING,
        "rules_failed": "usage.missing",
        "version": 0,
    }
