"""Bytes to MEPMD01 records; a line that breaks a rule is refused with its number.

Ids, flags and digits stay as sent. What `N` marks is missing, whatever stands there.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ter_pipelines.formats.cmep.intervals import (
    find_contradiction,
    parse_stamp,
    step,
)
from ter_pipelines.formats.cmep.records import (
    COMMODITIES,
    HEADER_FIELDS,
    MAX_LINE,
    MAX_TRIPLES,
    MISSING,
    NON_NEGATIVE_UNITS,
    PURPOSES,
    RECORD_TYPE,
    UNITS,
    CmepReading,
    CmepRecord,
)
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.strict_json import read_number, shown

_CHECKSUM = re.compile("|H[0-9A-F]{4}")
_COUNT = re.compile("[0-9]{1,6}")
_DATE = re.compile("[0-9]{8}")
_FLAG = re.compile(r"|[RNEA][0-9]{0,10}( [0-9]{2})*")
_INTERVAL = re.compile("[0-9]{0,8}")
_INTERVAL_DIGITS = 8
_TRIPLE = 3


@dataclass(frozen=True)
class CmepLine:
    """One line of a file.

    Args:
        record: What it says about a meter.
        line_number: From 1.
        version: Field 2, as sent.
        sender_id: Field 3.
        sender_customer_id: Field 4.
        receiver_id: Field 5.
        receiver_customer_id: Field 6.
        made_at_utc: Field 7.
        commodity: `E`, `G`, `W` or `S`.
        checksum: `H` and four digits where sent; not verified.
        warnings: What is odd but clear.
    """

    record: CmepRecord
    line_number: int
    version: str
    sender_id: str
    sender_customer_id: str
    receiver_id: str
    receiver_customer_id: str
    made_at_utc: datetime
    commodity: str
    checksum: str = ""
    warnings: tuple[str, ...] = ()


def read_cmep(body: bytes, *, is_strict: bool = False) -> list[CmepLine]:
    """Read a file of MEPMD01 lines.

    Args:
        body: The file.
        is_strict: Also hold the lines to 48 triples and 2048 characters, which many
            senders exceed.

    Raises:
        FormatError: With line number and reason, at the first line that is not ASCII,
            not ended by CR LF, or not a MEPMD01 record of 14 + 3n fields (or one
            more, empty or a checksum) with known code words.
    """
    lines = body.split(b"\r\n")
    if lines.pop():
        raise _refusal(len(lines) + 1, "got no CR LF at its end; is the file cut off?")
    return [
        _read_line(raw, number, is_strict=is_strict)
        for number, raw in enumerate(lines, start=1)
    ]


def _read_line(raw: bytes, number: int, *, is_strict: bool) -> CmepLine:
    try:
        fields = _fields(raw)
        if is_strict:
            _check_limits(raw, fields)
        return _line(fields, number)
    except ValueError as error:
        raise _refusal(number, str(error)) from None


def _refusal(number: int, reason: str) -> FormatError:
    return FormatError(f"CMEP file, line {number}: {reason}")


def _fields(raw: bytes) -> list[str]:
    if b"\n" in raw or b"\r" in raw:
        raise ValueError("got a bare CR or LF, expected CR LF line ends")
    if not raw.isascii():
        raise ValueError("got bytes that are not ASCII")
    try:
        rows = list(
            csv.reader([raw.decode("ascii")], strict=True, skipinitialspace=True)
        )
    except csv.Error as error:
        raise ValueError(f"fields cannot be told apart: {error}") from None
    fields = [field.strip() for row in rows for field in row]
    if not fields or fields[0] != RECORD_TYPE:
        got = shown(fields[0]) if fields else "an empty line"
        raise ValueError(f"got {got}, expected a {RECORD_TYPE} record")
    if len(fields) < HEADER_FIELDS or not _COUNT.fullmatch(fields[HEADER_FIELDS - 1]):
        raise ValueError(
            f"got {len(fields)} fields, expected {HEADER_FIELDS}, the last a count"
        )
    return fields


def _check_limits(raw: bytes, fields: Sequence[str]) -> None:
    length = len(raw) + len("\r\n")
    if length > MAX_LINE:
        raise ValueError(f"got {length} characters, expected at most {MAX_LINE}")
    if int(fields[HEADER_FIELDS - 1]) > MAX_TRIPLES:
        raise ValueError(
            f"got {fields[HEADER_FIELDS - 1]} triples, expected at most {MAX_TRIPLES}"
        )


def _line(fields: Sequence[str], number: int) -> CmepLine:
    triples, checksum = _split(fields)
    interval, warnings = _interval(fields[12])
    record = CmepRecord(
        meter_id=fields[7],
        purpose=_word(fields[8], PURPOSES, "purpose"),
        units=_word(fields[10], UNITS, "units"),
        constant=_decimal(fields[11] or "1", "calculation constant"),
        interval=interval,
        readings=_readings(triples, interval, fields[10]),
    )
    if not record.meter_id:
        raise ValueError("got no meter id")
    if not _DATE.fullmatch(fields[1]):
        raise ValueError(f"got version {shown(fields[1])}, expected a date CCYYMMDD")
    if reason := find_contradiction(record):
        warnings.append(reason)
    return CmepLine(
        record=record,
        line_number=number,
        version=fields[1],
        sender_id=fields[2],
        sender_customer_id=fields[3],
        receiver_id=fields[4],
        receiver_customer_id=fields[5],
        made_at_utc=parse_stamp(fields[6]),
        commodity=_word(fields[9], COMMODITIES, "commodity"),
        checksum=checksum,
        warnings=tuple(warnings),
    )


def _split(fields: Sequence[str]) -> tuple[Sequence[str], str]:
    """Part the triples from what may follow them."""
    end = HEADER_FIELDS + _TRIPLE * int(fields[HEADER_FIELDS - 1])
    rest = fields[end:]
    if len(fields) < end or len(rest) > 1 or not _CHECKSUM.fullmatch("".join(rest)):
        raise ValueError(
            f"got {len(fields)} fields for a count of {fields[HEADER_FIELDS - 1]}, "
            f"expected {end}, or one more that is empty or H and four hex digits"
        )
    return fields[HEADER_FIELDS:end], "".join(rest)


def _interval(text: str) -> tuple[str, list[str]]:
    if not _INTERVAL.fullmatch(text):
        raise ValueError(f"got interval {shown(text)}, expected MMDDHHMM")
    if not text or len(text) == _INTERVAL_DIGITS:
        return text, []
    padded = text.zfill(_INTERVAL_DIGITS)
    return padded, [f"interval {text} was read as {padded}"]


def _readings(
    triples: Sequence[str], interval: str, units: str
) -> tuple[CmepReading, ...]:
    readings: list[CmepReading] = []
    for i in range(0, len(triples), _TRIPLE):
        stamp, flag, value = triples[i : i + _TRIPLE]
        if stamp:
            end = parse_stamp(stamp)
        elif readings:
            end = step(readings[-1].end_utc, interval)
        else:
            raise ValueError("got no time in the first triple, expected CCYYMMDDHHMM")
        readings.append(_reading(end, flag, value, units))
    return tuple(readings)


def _reading(end: datetime, flag: str, value: str, units: str) -> CmepReading:
    at = f"reading of {end:%Y-%m-%dT%H:%MZ}"
    if not _FLAG.fullmatch(flag):
        raise ValueError(f"{at}: got flag {shown(flag)}, expected R, E, A, N or none")
    if flag.startswith(MISSING):
        return CmepReading(end, flag, None)
    if not value:
        raise ValueError(f"{at}: got no value, expected one unless the flag is N")
    number = _decimal(value, at)
    if number < 0 and units in NON_NEGATIVE_UNITS:
        raise ValueError(f"{at}: got {value} {units}, expected none below zero")
    return CmepReading(end, flag, number)


def _decimal(text: str, subject: str) -> Decimal:
    """Read a plain number or one with an exponent letter E, e, D or d."""
    try:
        return read_number(re.sub("[dD]", "E", text))
    except ValueError as error:
        raise ValueError(f"{subject}: {error}") from None


def _word(text: str, known: frozenset[str], name: str) -> str:
    if text not in known:
        raise ValueError(
            f"got {name} {shown(text)}, expected one of {', '.join(sorted(known))}"
        )
    return text
