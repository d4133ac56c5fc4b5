"""CMEP files as rows of usage."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

from ter_pipelines.formats.cmep import (
    CmepFinding,
    CmepLine,
    CmepProfile,
    CmepReading,
    read_lines,
)
from ter_pipelines.formats.usage_files.rows import (
    DELIVERED,
    NET,
    RECEIVED,
    Row,
    last_place,
    row_of,
    with_energy,
    with_step,
)
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import FormatError

_DIRECTIONS = {"KWH": DELIVERED, "GKWH": RECEIVED, "NKWH": NET}
_REGISTER = "REG"
_STATES = {"": "RAW", "R": "RAW", "E": "ESTIMATED", "A": "ADJUSTED", "N": "MISSING"}
_REFUSED = "refused"


def cmep_rows(body: bytes, profile: CmepProfile, name: str) -> Iterator[Row]:
    """Read a file's values, in its order.

    A value in other units than kWh has no direction: it is no energy. What is missing,
    refused, or sent for another purpose than billing has its reason.

    Args:
        body: The file.
        profile: How the partner writes.
        name: How errors call it.

    Raises:
        FormatError: If not one line of it can be read.
    """
    refused: list[CmepFinding] = []
    lines = 0
    for item in read_lines(BytesIO(body), profile):
        if isinstance(item, CmepLine):
            lines += 1
            yield from _line_rows(item)
            refused += [f for f in item.findings if f.severity == _REFUSED]
        elif item.severity == _REFUSED:
            refused.append(item)
    if not lines:
        why = f"; {refused[0]}" if refused else ""
        raise FormatError(f"{name}: got no line of CMEP that can be read{why}")
    yield from map(_refused_row, refused)


def _line_rows(line: CmepLine) -> Iterator[Row]:
    readings = zip(line.record.readings, line.durations_seconds, strict=True)
    for number, (reading, seconds) in enumerate(readings, start=1):
        row = _row(line, reading, seconds)
        yield row | {"reference": f"line {line.line_number} value {number}"}


def _row(line: CmepLine, reading: CmepReading, seconds: int) -> Row:
    record = line.record
    units = record.units.removesuffix(_REGISTER)
    start = reading.end_utc - timedelta(seconds=seconds)
    measured = record.measured(reading)
    row = row_of(
        device_id=record.meter_id,
        is_register=record.units.endswith(_REGISTER),
        interval_start_text=iso_utc(start),
        interval_start_utc=start,
        duration_seconds=seconds,
        value_text="" if reading.value is None else format(reading.value, "f"),
        unit=record.units,
        state=_STATES[line.quality(reading)],
        quality=reading.flag,
        marks=line.marks(reading),
    )
    if not line.is_usage:
        return row | {
            "reason": "cmep.other_purpose",
            "explanation": f"got purpose {record.purpose}, expected OK or RESEND",
        }
    if units not in _DIRECTIONS:
        return row
    if measured is None or reading.value is None:
        return row | {
            "reason": "usage.no_new_value",
            "explanation": f"flag {reading.flag} says that the value is missing",
        }
    usage = with_energy(row, measured, unit="kWh", direction=_DIRECTIONS[units])
    if not row["is_register"]:
        return usage
    return with_step(usage, record.constant * last_place(reading.value), unit="kWh")


def _refused_row(finding: CmepFinding) -> Row:
    return row_of(
        reference=f"line {finding.line_number} value {finding.triple}",
        device_id=finding.meter_id,
        value_text=finding.sent,
        reason=finding.code,
        explanation=str(finding),
    )
