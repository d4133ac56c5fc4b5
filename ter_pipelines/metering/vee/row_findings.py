"""What rows of `core/validated_usage` lack: found by channel, for checks and people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from ter_pipelines.metering.mapping import MappedDevice
from ter_pipelines.metering.vee.day_channels import NET, ChannelKey, key_of
from ter_pipelines.metering.vee.series import MISSING, SUSPECT, seconds_of
from ter_pipelines.vocab.clock import Span, iso_utc
from ter_pipelines.vocab.findings import Finding

Row = Mapping[str, Any]


def find_missing(rows: Iterable[Row]) -> list[Finding]:
    """Find channels with missing time, with how much and since when."""
    missing = _by_channel(row for row in rows if row["state"] == MISSING)
    return [
        Finding(
            "usage.missing",
            str(key),
            {
                "seconds": sum(row["duration_seconds"] for row in group),
                "first": iso_utc(min(row["interval_start_utc"] for row in group)),
            },
        )
        for key, group in sorted(missing.items())
    ]


def find_suspect(rows: Iterable[Row]) -> list[Finding]:
    """Find intervals a rule spoke against, with the rules."""
    return [
        Finding(
            "usage.suspect",
            str(key_of(row)),
            {"at": iso_utc(row["interval_start_utc"]), "rules": row["rules_failed"]},
        )
        for row in rows
        if row["state"] == SUSPECT
    ]


def find_unaccounted(
    rows: Iterable[Row], devices: Sequence[MappedDevice], day: date
) -> list[Finding]:
    """Find channels whose rows do not add up to the time their device is mapped for.

    Of an interval that reaches over an end of that time, the part inside counts.
    """
    by_channel = _by_channel(rows)
    directions: dict[tuple[str, str, str], list[str]] = {}
    for key in by_channel:
        directions.setdefault(key[:3], []).append(key.direction)
    findings = []
    for device in devices:
        owner = (device.meter_id, device.ven_id, device.device_id)
        for direction in sorted(directions.get(owner, [NET])):
            own = by_channel.get(ChannelKey(*owner, direction), [])
            seconds = sum(_seconds_inside(row, device.span) for row in own)
            expected = seconds_of(device.span)
            if seconds != expected:
                got = {"got_seconds": seconds, "expected_seconds": expected}
                subject = f"{' '.join(owner)} {direction} {day}"
                findings.append(Finding("usage.unaccounted", subject, got))
    return findings


def _by_channel(rows: Iterable[Row]) -> dict[ChannelKey, list[Row]]:
    grouped: dict[ChannelKey, list[Row]] = {}
    for row in rows:
        grouped.setdefault(key_of(row), []).append(row)
    return grouped


def _seconds_inside(row: Row, span: Span) -> int:
    start = row["interval_start_utc"]
    end = start + timedelta(seconds=row["duration_seconds"])
    inside = min(end, span.end_utc) - max(start, span.start_utc)
    return max(int(inside.total_seconds()), 0)
