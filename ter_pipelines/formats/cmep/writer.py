"""MEPMD01 records to bytes, within the limits of the specification.

ASCII, CR LF, at most 48 triples and 2048 characters a line, UTC end stamps, plain
digits. What does not fit is refused by name; nothing is cut.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from ter_pipelines.formats.cmep.records import (
    COMMODITY,
    FLAGS,
    MAX_LINE,
    MAX_NUMBER,
    MAX_TRIPLES,
    MISSING,
    NON_NEGATIVE_UNITS,
    PURPOSES,
    RECORD_TYPE,
    RECORD_VERSION,
    STAMP,
    UNITS,
    CmepReading,
    CmepRecord,
)
from ter_pipelines.vocab.errors import InputError

LONGEST_METER_ID = 12
LONGEST_COMPANY_ID = 16
LARGEST_JOB_NUMBER = 9_999_999

_PLAIN_ID = re.compile(r"[!#-&(-+\--~]+")
_FILE_ID = re.compile(r"[A-Za-z0-9]{1,16}")
_INTERVAL = re.compile(
    r"|(0[0-9]|1[0-2])([0-2][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9]"
)
_LINE_END = "\r\n"


@dataclass(frozen=True)
class CmepPartner:
    """Who a file is from and for, and how much goes on a line.

    Args:
        sender_id: At most 16 characters.
        receiver_id: At most 16 characters.
        max_triples: Readings a line; the specification allows 48.
        max_line: Characters a line with CR LF; the specification allows 2048.
    """

    sender_id: str
    receiver_id: str
    max_triples: int = MAX_TRIPLES
    max_line: int = MAX_LINE


def write_records(
    records: Iterable[CmepRecord], *, partner: CmepPartner, made_at_utc: datetime
) -> bytes:
    """Write records, each on as many lines as it needs.

    Raises:
        InputError: Naming the meter and the limit, if an id or a number is too long
            or has characters that cannot be sent, a code word is unknown, an energy
            is negative, times do not increase, or flag and value contradict.
    """
    _check_id(partner.sender_id, "sender id", LONGEST_COMPANY_ID)
    _check_id(partner.receiver_id, "receiver id", LONGEST_COMPANY_ID)
    made_at = _stamp(made_at_utc, "time stamp of the file", whole=False)
    lines = [line for record in records for line in _lines(record, partner, made_at)]
    return "".join(lines).encode("ascii")


def file_name(utility_id: str, made_at_utc: datetime, job_number: int) -> str:
    """Give the name the NISC meter-data system knows a file by.

    Raises:
        InputError: If the utility id is not 1 to 16 letters and digits, or the job
            number has over seven digits.

    >>> file_name("NHEC", datetime(2022, 3, 15, 14, 15, tzinfo=UTC), 0)
    'NHEC_MEPMD01V1_20220315_1415_0000000.dat'
    """
    if not _FILE_ID.fullmatch(utility_id):
        raise InputError(
            f"CMEP file: got utility id {utility_id[:40]!r}, "
            "expected 1 to 16 letters and digits"
        )
    if not 0 <= job_number <= LARGEST_JOB_NUMBER:
        raise InputError(
            f"CMEP file: got job number {job_number}, "
            f"expected 0 to {LARGEST_JOB_NUMBER}"
        )
    made_at = _stamp(made_at_utc, "time stamp of the file", whole=False)
    return f"{utility_id}_MEPMD01V1_{made_at[:8]}_{made_at[8:]}_{job_number:07d}.dat"


def _lines(record: CmepRecord, partner: CmepPartner, made_at: str) -> Iterator[str]:
    _check_record(record)
    constant = _number(record.constant, f"meter {record.meter_id}: constant")
    header = (
        f"{RECORD_TYPE},{RECORD_VERSION},{partner.sender_id},,{partner.receiver_id},,"
        f"{made_at},{record.meter_id},{record.purpose},{COMMODITY},{record.units},"
        f"{constant},{record.interval},"
    )
    waiting: list[str] = []
    length = 0
    for triple in _triples(record):
        count = len(waiting) + 1
        would_be = len(header) + len(str(count)) + length + len(triple) + len(_LINE_END)
        if waiting and (count > partner.max_triples or would_be > partner.max_line):
            yield f"{header}{len(waiting)}{''.join(waiting)}{_LINE_END}"
            waiting, length = [], 0
        waiting.append(triple)
        length += len(triple)
        shortest = len(header) + 1 + len(triple) + len(_LINE_END)
        if shortest > partner.max_line or partner.max_triples < 1:
            raise InputError(
                f"meter {record.meter_id}: one reading needs a line of {shortest} "
                f"characters, expected at most {partner.max_line}"
            )
    yield f"{header}{len(waiting)}{''.join(waiting)}{_LINE_END}"


def _triples(record: CmepRecord) -> Iterator[str]:
    last = datetime.min.replace(tzinfo=UTC)
    for reading in record.readings:
        subject = f"meter {record.meter_id}, {record.units}"
        if reading.end_utc <= last:
            raise InputError(
                f"{subject}: got {reading.end_utc} after {last}, expected rising times"
            )
        last = reading.end_utc
        stamp = _stamp(reading.end_utc, subject, whole=True)
        yield f",{stamp},{reading.flag},{_value(reading, record.units, subject)}"


def _value(reading: CmepReading, units: str, subject: str) -> str:
    at = f"{subject}, {reading.end_utc}"
    if reading.flag not in FLAGS:
        raise InputError(
            f"{at}: got flag {reading.flag!r}, expected one of R, E, A, N or none"
        )
    if (reading.value is None) != (reading.flag == MISSING):
        raise InputError(
            f"{at}: got flag {reading.flag!r} with value {reading.value}, "
            "expected N exactly where the value is missing"
        )
    if reading.value is None:
        return ""
    text = _number(reading.value, at)
    if text.startswith("-") and units in NON_NEGATIVE_UNITS:
        raise InputError(f"{at}: got {text} kWh, expected none below zero")
    return text


def _check_record(record: CmepRecord) -> None:
    _check_id(record.meter_id, "meter", LONGEST_METER_ID)
    for name, got, known in (
        ("purpose", record.purpose, PURPOSES),
        ("units", record.units, UNITS),
    ):
        if got not in known:
            raise InputError(
                f"meter {record.meter_id}: got {name} {got!r}, "
                f"expected one of {', '.join(sorted(known))}"
            )
    if not _INTERVAL.fullmatch(record.interval):
        raise InputError(
            f"meter {record.meter_id}: got interval {record.interval!r}, "
            "expected MMDDHHMM such as 00000100, or nothing"
        )
    if not record.readings:
        raise InputError(f"meter {record.meter_id}: got no {record.units} readings")


def _check_id(text: str, name: str, longest: int) -> None:
    if not _PLAIN_ID.fullmatch(text) or len(text) > longest:
        raise InputError(
            f"{name} {text[:40]!r}: got {len(text)} characters, "
            f"expected 1 to {longest} visible ASCII ones without comma or quotes"
        )


def _stamp(instant: datetime, subject: str, *, whole: bool) -> str:
    if instant.tzinfo is None or (whole and (instant.second or instant.microsecond)):
        raise InputError(
            f"{subject}: got {instant}, expected a whole minute with a zone"
        )
    return instant.astimezone(UTC).strftime(STAMP)


def _number(value: Decimal, subject: str) -> str:
    text = format(value or value.copy_abs(), "f")
    if not value.is_finite() or len(text) > MAX_NUMBER:
        raise InputError(
            f"{subject}: got {str(value)[:40]}, "
            f"expected a number of at most {MAX_NUMBER} characters"
        )
    return text
