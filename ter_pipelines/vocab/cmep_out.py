"""How the CMEP files that we send are written: a partner's wishes, as data."""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.units import ENERGY_PLACES

OK, RESEND = "OK", "RESEND"
REFUSE, ORDER = "refuse", "order"
OPENING_AND_CLOSING, CLOSING, NONE = "opening_and_closing", "closing", "none"
FULL, COMPACT = "full", "compact"
EMPTY, CRC16_ARC = "empty", "crc16arc"
SHORTEST_LINE, LONGEST_LINE = 256, 1 << 20

_CUSTOMER = re.compile(r"|[!#-&(-+\--~]{1,12}")
_FLAG = re.compile(r"|[REA][0-9]{0,10}( [0-9A-F]{2})*")
_MISSING = re.compile(r"N[0-9]{0,10}( [0-9A-F]{2})*")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_IN_A_NAME = frozenset({"sender", "receiver", "date", "time", "job"})


@dataclass(frozen=True, kw_only=True)
class CmepFlags:
    """The table `[cmep_out.flags]`: what stands for each state of a value.

    Args:
        valid: Heard whole and validated.
        raw: Heard in part.
        estimated: Estimated, all or some of it.
        adjusted: Changed by a person, or other than it was sent before.
        missing: Not heard; no value stands beside it.
    """

    valid: str = ""
    raw: str = "R"
    estimated: str = "E"
    adjusted: str = "A"
    missing: str = "N"


@dataclass(frozen=True, kw_only=True)
class CmepOut:
    """The table `[cmep_out]` of a programme.

    Args:
        sender_customer_id: Field 4; empty if the partner wants none.
        receiver_customer_id: Field 6, likewise.
        purpose: Of the first file of a month or day: OK or RESEND.
        resend_purpose: Of those that correct it.
        zone: Of every time in the file; None is UTC.
        repeated_hour: Where local times repeat in autumn: `refuse` writes no file of
            such a day, `order` writes both, the earlier first.
        max_triples: Readings a line.
        max_line: Characters a line with CR LF.
        flags: What stands for each state.
        registers: `opening_and_closing`, `closing` or `none`.
        times: `full`, or `compact`: only the first of a line is written.
        trailing_crc: A field behind the triples: `none`, `empty` or `crc16arc`.
        least_decimals: Places of a value that is not zero, at least.
        most_decimals: A meter with a value of more places is refused by name.
        file_name: With {sender}, {receiver}, {date}, {time} and {job}.
        monthly: Whether a closed month is written.
        daily: Whether every day that is over is written.
    """

    sender_customer_id: str = ""
    receiver_customer_id: str = ""
    purpose: str = OK
    resend_purpose: str = RESEND
    zone: ZoneInfo | None = None
    repeated_hour: str = REFUSE
    max_triples: int = 48
    max_line: int = 2048
    flags: CmepFlags = field(default_factory=CmepFlags)
    registers: str = OPENING_AND_CLOSING
    times: str = FULL
    trailing_crc: str = NONE
    least_decimals: int = 3
    most_decimals: int = ENERGY_PLACES
    file_name: str = "{sender}_MEPMD01V1_{date}_{time}_{job}.dat"
    monthly: bool = True
    daily: bool = False


def read_cmep_out(value: object) -> tuple[CmepOut, fields.Errors]:
    """Read the table; what it leaves out is as written by the specification."""
    if not isinstance(value, Mapping):
        return CmepOut(), {"": [f"got {value!r}, expected a table [cmep_out]"]}
    given = dict(value)
    flags, wrong = _read_flags(given.pop("flags", {}))
    values, errors = fields.read_fields(given, _READERS, whose="[cmep_out]")
    errors |= _contradictions(values) | wrong
    return CmepOut(**values, flags=flags), errors


def _read_flags(value: object) -> tuple[CmepFlags, fields.Errors]:
    if not isinstance(value, Mapping):
        wrong = f"got {value!r}, expected a table [cmep_out.flags]"
        return CmepFlags(), {"flags": [wrong]}
    values, errors = fields.read_fields(value, _FLAGS, whose="[cmep_out.flags]")
    return CmepFlags(**values), {f"flags.{name}": e for name, e in errors.items()}


def _contradictions(values: Mapping[str, Any]) -> fields.Errors:
    errors: fields.Errors = {}
    if values.get("zone") and values.get("times") == COMPACT:
        errors["times"] = [
            "got 'compact' with a zone, expected 'full': what follows a local time is "
            "not told where clocks change"
        ]
    least = values.get("least_decimals", CmepOut.least_decimals)
    most = values.get("most_decimals", CmepOut.most_decimals)
    if least > most:
        errors["most_decimals"] = [f"got {most}, expected least_decimals or more"]
    return errors


def _zone(value: object) -> ZoneInfo | None:
    zone = fields.zone(value)
    return None if zone.key == "UTC" else zone


def _shaped(pattern: re.Pattern[str], expected: str) -> fields.Reader:
    def read(value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"got {value!r}, expected {expected}")
        return value

    return read


def _file_name(value: object) -> str:
    name = fields.text(value)
    try:
        parts = list(string.Formatter().parse(name))
    except ValueError as error:
        raise ValueError(f"got {name!r}: {error}") from error
    named = [field for _, field, _, _ in parts if field is not None]
    if unknown := set(named) - _IN_A_NAME:
        known = ", ".join(f"{{{each}}}" for each in sorted(_IN_A_NAME))
        raise ValueError(f"got {{{min(unknown)}}} in {name!r}, expected {known}")
    if "job" not in named or any(spec or how for _, _, spec, how in parts):
        raise ValueError(f"got {name!r}, expected plain {{job}} in it: it is unique")
    if not _NAME.fullmatch("".join(literal for literal, *_ in parts) + "x"):
        raise ValueError(f"got {name!r}, expected letters, digits, '.', '_' and '-'")
    return name


_LETTER = "empty, or R, E or A and what the partner wants behind it"
_FLAGS: Mapping[str, fields.Reader] = {
    "valid": _shaped(_FLAG, _LETTER),
    "raw": _shaped(_FLAG, _LETTER),
    "estimated": _shaped(_FLAG, _LETTER),
    "adjusted": _shaped(_FLAG, _LETTER),
    "missing": _shaped(_MISSING, "N and what the partner wants behind it"),
}
_READERS: Mapping[str, fields.Reader] = {
    "sender_customer_id": _shaped(_CUSTOMER, "12 visible characters at most"),
    "receiver_customer_id": _shaped(_CUSTOMER, "12 visible characters at most"),
    "purpose": fields.one_of(OK, RESEND),
    "resend_purpose": fields.one_of(OK, RESEND),
    "zone": _zone,
    "repeated_hour": fields.one_of(REFUSE, ORDER),
    "max_triples": fields.whole(range(1, 50_001), "triples"),
    "max_line": fields.whole(range(SHORTEST_LINE, LONGEST_LINE + 1), "characters"),
    "registers": fields.one_of(OPENING_AND_CLOSING, CLOSING, NONE),
    "times": fields.one_of(FULL, COMPACT),
    "trailing_crc": fields.one_of(NONE, EMPTY, CRC16_ARC),
    "least_decimals": fields.whole(range(ENERGY_PLACES + 1), "places"),
    "most_decimals": fields.whole(range(ENERGY_PLACES + 1), "places"),
    "file_name": _file_name,
    "monthly": fields.of_kind(bool, "true or false"),
    "daily": fields.of_kind(bool, "true or false"),
}
