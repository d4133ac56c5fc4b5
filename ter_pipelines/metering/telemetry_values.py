"""What a reported value says beside energy, or why it can be no telemetry.

Each row of `raw/ven_report` is of one kind: energy, which `usage` judges; telemetry,
which is kept even where nobody knows the point; or neither, which is quarantined.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ter_pipelines.metering.readings import (
    Row,
    Unusable,
    is_usage,
    read_duration,
    require_past,
)
from ter_pipelines.vocab.clock import Span, iso_utc, parse_instant
from ter_pipelines.vocab.points import IS_ONLINE, MANUAL_OVERRIDE
from ter_pipelines.vocab.units import apply_scale, parse_decimal

MOST = Decimal(10**16)
STORED_TYPES = frozenset({"storedEnergy", "availableEnergyStorage"})
_FLAGS = {"true": Decimal(1), "false": Decimal(0)}
_NO_TIME = re.compile(r"|P(?:0+D)?(?:T(?:0+H)?(?:0+M)?(?:0+S)?)?")


@dataclass(frozen=True)
class Said:
    """What a row of a report says, placed in time.

    Args:
        measured_at: Start of what it is about.
        duration_seconds: Length of that; 0 for an instant.
        number: As sent; None for a mere status.
        flags: Points of the status with 1 for yes and 0 for no.
    """

    measured_at: datetime
    duration_seconds: int
    number: Decimal | None
    flags: tuple[tuple[str, Decimal], ...]


def is_energy(row: Row) -> bool:
    """Tell whether a row of `raw/ven_report` is for `usage` to judge.

    It is where it stands in a usage report and nobody knows what was registered, or
    its unit is one of energy, if misspelt. What a battery holds is no usage.
    """
    return is_usage(row) and (
        not row["resource_id"]
        or (
            row["unit"].casefold().endswith("wh")
            and row["report_type"] not in STORED_TYPES
        )
    )


def is_telemetry(row: Row, day: Span) -> bool:
    """Tell whether a row of `raw/ven_report` is kept as telemetry of a day."""
    try:
        read_telemetry(row, day)
    except Unusable:
        return False
    return True


def read_telemetry(row: Row, day: Span) -> Said:
    """Read what a row of `raw/ven_report` says beside energy.

    Raises:
        Unusable: If it is energy, says no number or status, or has no place on the
            day.
    """
    if is_energy(row):
        raise Unusable(
            "report.bad_value", f"got {row['unit']!r}, expected what is no energy"
        )
    said = Said(
        _read_instant(row["interval_start_text"]),
        _read_seconds(row["duration_text"]),
        _read_number(row),
        tuple(_read_flags(row)),
    )
    if said.number is None and not said.flags:
        raise Unusable("report.bad_value", "got '', expected a number or a status")
    end = said.measured_at + timedelta(seconds=said.duration_seconds)
    require_past(end, row["received_at"])
    if said.measured_at not in day:
        raise Unusable(
            "usage.out_of_range",
            f"measured at {iso_utc(said.measured_at)}, which is no operating day of "
            "the programme",
        )
    return said


def _read_instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise Unusable("report.bad_time", f"start: {error}") from error


def _read_seconds(text: str) -> int:
    """Read a duration; none at all is an instant."""
    if _NO_TIME.fullmatch(text):
        return 0
    return int(read_duration(text).total_seconds())


def _read_number(row: Row) -> Decimal | None:
    if not row["value_text"]:
        return None
    try:
        number = parse_decimal(row["value_text"])
    except ValueError as error:
        raise Unusable("report.bad_value", str(error)) from error
    try:
        scaled = apply_scale(number, row["scale"] or "none")
    except ValueError:
        scaled = number
    if max(abs(number), abs(scaled)) >= MOST:
        raise Unusable("report.bad_value", f"got {number}, expected less than {MOST}")
    return number


def _read_flags(row: Row) -> Iterator[tuple[str, Decimal]]:
    for point, name in ((IS_ONLINE, "online"), (MANUAL_OVERRIDE, "manual_override")):
        text = row[name]
        if text and text not in _FLAGS:
            raise Unusable(
                "report.bad_value", f"{name}: got {text[:40]!r}, expected true or false"
            )
        if text:
            yield point, _FLAGS[text]
