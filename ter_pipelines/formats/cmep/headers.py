"""A line's bytes to its fields, and the fourteen fields before the triples."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from ter_pipelines.formats.cmep.findings import (
    BAD_HEADER,
    OTHER_RECORD,
    OVER_LIMIT,
    PADDED_INTERVAL,
    REMARKED,
    TRUNCATED_RECORD,
    UNREADABLE_LINE,
    WORD_FOR_EMPTY,
    LineRefusedError,
    Notes,
)
from ter_pipelines.formats.cmep.intervals import instants_of
from ter_pipelines.formats.cmep.records import (
    COMMODITIES,
    HEADER_FIELDS,
    MAX_FIELD,
    MAX_LINE,
    MAX_TRIPLES,
    PURPOSES,
    RECORD_TYPE,
    TRIPLE_FIELDS,
    UNITS,
    read_decimal,
)
from ter_pipelines.vocab.strict_json import shown

MOST_TRIPLES = 50_000

_CHECKSUM = re.compile("|H[0-9A-F]{4}")
_COUNT = re.compile("[0-9]{1,6}")
_DATE = re.compile("[0-9]{8}")
_INTERVAL = re.compile("[0-9]{0,8}")
_INTERVAL_DIGITS = 8
_EMPTY_WORD = "None"
_SENSUS = "SENSUS"
_SENSUS_KEY = re.compile("[^:]*:([0-9]{6})")
_KEYED_FIELDS = (4, 5, 7)
_METER_IDS = "32"


@dataclass(frozen=True)
class CmepHeader:
    """The fields before the triples.

    Args:
        version: Field 2, as sent.
        sender_id: Field 3.
        sender_customer_id: Field 4.
        receiver_id: Field 5; with a Sensus key it may be an id of the meter.
        receiver_customer_id: Field 6, likewise.
        made_at_utc: Field 7.
        meter_id: Field 8, or the field that a Sensus key says.
        purpose: Such as `OK` or `RESEND`.
        commodity: `E`, `G`, `W` or `S`.
        units: Such as `KWH`.
        constant: Multiplier; 1 where empty.
        interval: Eight digits, or empty.
        count: Of the triples.
    """

    version: str
    sender_id: str
    sender_customer_id: str
    receiver_id: str
    receiver_customer_id: str
    made_at_utc: datetime
    meter_id: str
    purpose: str
    commodity: str
    units: str
    constant: Decimal
    interval: str
    count: int


def fields_of(raw: bytes, notes: Notes) -> list[str]:
    """Part a line, its line end taken off, into trimmed fields.

    Raises:
        LineRefusedError: If it is not printable ASCII, its quotes do not match, or it
            is no MEPMD01 record.
    """
    text = raw.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        at = next(i for i, c in enumerate(text) if not " " <= c <= "~")
        raise LineRefusedError(
            UNREADABLE_LINE,
            f"got byte 0x{raw[at]:02X} at character {at + 1}, "
            "expected printable ASCII with CR LF at the end of the line",
        )
    try:
        rows = list(csv.reader([text], strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise LineRefusedError(
            UNREADABLE_LINE, f"fields cannot be told apart: {error}"
        ) from None
    fields = [field.strip() for row in rows for field in row]
    if not fields or fields[0] != RECORD_TYPE:
        got = shown(fields[0]) if fields else "an empty line"
        raise LineRefusedError(OTHER_RECORD, f"got {got}, expected {RECORD_TYPE}")
    return _without_empty_words(fields, notes)


def header_of(fields: Sequence[str], zone: tzinfo, notes: Notes) -> CmepHeader:
    """Read the fields before the triples.

    Raises:
        LineRefusedError: If one is missing or breaks its rule.
    """
    if len(fields) < HEADER_FIELDS or not _COUNT.fullmatch(fields[13]):
        raise LineRefusedError(
            TRUNCATED_RECORD,
            f"got {len(fields)} fields, expected {HEADER_FIELDS}, the last a count",
        )
    try:
        notes.meter_id = _meter_id(fields)
        return CmepHeader(
            version=_date(fields[1]),
            sender_id=fields[2],
            sender_customer_id=fields[3],
            receiver_id=fields[4],
            receiver_customer_id=fields[5],
            made_at_utc=instants_of(fields[6], zone)[0],
            meter_id=notes.meter_id,
            purpose=_word(fields[8], PURPOSES, "purpose"),
            commodity=_word(fields[9], COMMODITIES, "commodity"),
            units=_word(fields[10], UNITS, "units"),
            constant=_constant(fields[11]),
            interval=_interval(fields[12], notes),
            count=int(fields[13]),
        )
    except LineRefusedError:
        raise
    except ValueError as error:
        raise LineRefusedError(BAD_HEADER, str(error)) from None


def split(fields: Sequence[str], count: int) -> tuple[Sequence[str], str]:
    """Part the triples from what may follow them: nothing, or a checksum.

    Raises:
        LineRefusedError: If there are more or fewer fields than the count says.
    """
    if count > MOST_TRIPLES:
        raise LineRefusedError(
            OVER_LIMIT, f"got {count} triples, expected at most {MOST_TRIPLES}"
        )
    end = HEADER_FIELDS + TRIPLE_FIELDS * count
    rest = fields[end:]
    if len(fields) < end or len(rest) > 1 or not _CHECKSUM.fullmatch("".join(rest)):
        raise LineRefusedError(
            TRUNCATED_RECORD,
            f"got {len(fields)} fields for a count of {count}, "
            f"expected {end}, or one more that is empty or H and four hex digits",
        )
    return fields[HEADER_FIELDS:end], "".join(rest)


def check_limits(raw: bytes, fields: Sequence[str], count: int) -> None:
    """Hold a line, its line end taken off, to the specification's limits.

    Raises:
        LineRefusedError: If the line or a field is too long or holds too many triples.
    """
    longest = max(map(len, fields)) + 1
    for got, most, what in (
        (len(raw) + len("\r\n"), MAX_LINE, "characters in the line"),
        (longest, MAX_FIELD, "characters in a field"),
        (count, MAX_TRIPLES, "triples"),
    ):
        if got > most:
            raise LineRefusedError(
                OVER_LIMIT, f"got {got} {what}, expected at most {most}"
            )


def _without_empty_words(fields: list[str], notes: Notes) -> list[str]:
    """Empty the fields that hold the word None; a flag is left for its own rule."""
    at = [
        i for i, field in enumerate(fields) if field == _EMPTY_WORD and not _is_flag(i)
    ]
    for i in at:
        fields[i] = ""
    if at:
        reason = (
            f"got the word None in field {at[0] + 1}, expected nothing; read as empty"
        )
        notes.add(WORD_FOR_EMPTY, REMARKED, reason)
    return fields


def _is_flag(i: int) -> bool:
    return i >= HEADER_FIELDS and (i - HEADER_FIELDS) % TRIPLE_FIELDS == 1


def _meter_id(fields: Sequence[str]) -> str:
    """Give field 8, or what the key of a Sensus record says stands for it."""
    key = _SENSUS_KEY.fullmatch(fields[3]) if fields[2] == _SENSUS else None
    if not key:
        found = fields[7]
    else:
        kinds = dict(zip(key[1], _KEYED_FIELDS, strict=False))
        found = next((fields[kinds[kind]] for kind in _METER_IDS if kind in kinds), "")
    if not found:
        where = f"by the key {shown(fields[3])}" if key else "in field 8"
        raise ValueError(f"got no meter id {where}")
    return found


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError(f"got version {shown(text)}, expected a date CCYYMMDD")
    return text


def _constant(text: str) -> Decimal:
    try:
        constant = read_decimal(text or "1")
    except ValueError as error:
        raise ValueError(f"calculation constant: {error}") from None
    if constant <= 0:
        raise ValueError(f"got calculation constant {text}, expected one above zero")
    return constant


def _interval(text: str, notes: Notes) -> str:
    if not _INTERVAL.fullmatch(text):
        raise ValueError(f"got interval {shown(text)}, expected MMDDHHMM")
    if not text or len(text) == _INTERVAL_DIGITS:
        return text
    padded = text.zfill(_INTERVAL_DIGITS)
    notes.add(PADDED_INTERVAL, REMARKED, f"interval {text} was read as {padded}")
    return padded


def _word(text: str, known: frozenset[str], name: str) -> str:
    if text not in known:
        raise ValueError(
            f"got {name} {shown(text)}, expected one of {', '.join(sorted(known))}"
        )
    return text
