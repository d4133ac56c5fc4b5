"""Usage as lines of text: CSV, or JSON lines of our own or of the reading commands.

Three kinds of JSON lines are told apart by their fields: `energy_kwh` is our own,
`energy_wh` is what `ter green-button read` prints, `units` what `ter cmep read` prints.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from ter_pipelines.formats.cmep.flags import dialect_of, quality
from ter_pipelines.vocab.clock import parse_instant
from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.ids import require_device_id
from ter_pipelines.vocab.metered import (
    ADJUSTED,
    ESTIMATED,
    METERED,
    UNUSABLE,
    Direction,
    MeteredInterval,
)
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json, read_number, shown
from ter_pipelines.vocab.units import to_kwh

LARGEST_FILE_BYTES = 1 << 28
_MOST = 366 * 86400
_QUALITIES = {
    "": METERED, "RAW": METERED, "VALID": METERED, "ESTIMATED": ESTIMATED,
    "ADJUSTED": ADJUSTED, "SUSPECT": UNUSABLE, "MISSING": UNUSABLE,
    "FORECAST": UNUSABLE,
}  # fmt: skip
_FLAGS = {"": METERED, "R": METERED, "E": ESTIMATED, "A": ADJUSTED, "N": UNUSABLE}
_DIRECTIONS: Mapping[str, Direction] = {
    "": "net", "net": "net", "delivered": "delivered", "received": "received",
}  # fmt: skip
_FLOWS: Mapping[str, Direction] = {"1": "delivered", "19": "received", "4": "net"}
_UNITS: Mapping[str, Direction] = {
    "KWH": "delivered", "GKWH": "received", "NKWH": "net",
}  # fmt: skip
_NEEDED = ("meter_id", "interval_start_utc", "duration_seconds", "energy_kwh")
_OPTIONAL = ("device_id", "direction", "quality", "version")
Fields = Mapping[str, object]
Word = TypeVar("Word", bound=str)


@dataclass
class UsageLines:
    """What a file holds.

    Args:
        intervals: In its order.
        left_out: Why lines are no usage, and how many of them there are.
    """

    intervals: list[MeteredInterval] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


class _NotUsageError(Exception):
    """A line is none of usage; the message says what it is."""


def read_usage_lines(body: bytes, name: str) -> UsageLines:
    """Read a file of usage.

    Args:
        body: CSV with a header, or JSON lines.
        name: How errors call it.

    Raises:
        FormatError: At the first line that cannot be read, with its number.
    """
    if len(body) > LARGEST_FILE_BYTES:
        raise FormatError(f"{name}: got more bytes than {LARGEST_FILE_BYTES}")
    found = UsageLines()
    for number, fields in _records(body, name):
        place = f"{name}, line {number}"
        try:
            found.intervals.append(_interval(fields, place))
        except _NotUsageError as why:
            found.left_out[str(why)] = found.left_out.get(str(why), 0) + 1
        except (ValueError, OverflowError) as error:
            raise FormatError(f"{place}: {error}") from None
    return found


def _records(body: bytes, name: str) -> Iterator[tuple[int, Fields]]:
    text = _text(body, name)
    if text.lstrip().startswith("{"):
        yield from _json_records(text, name)
    else:
        yield from _csv_records(text, name)


def _text(body: bytes, name: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"{name}: got bytes that are not UTF-8: {error}") from None


def _json_records(text: str, name: str) -> Iterator[tuple[int, Fields]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = parse_json(line.encode())
        except FormatError as error:
            raise FormatError(f"{name}, line {number}: {error}") from None
        if not isinstance(value, dict):
            raise FormatError(
                f"{name}, line {number}: got {shown(value)}, expected an object"
            )
        yield number, value


def _csv_records(text: str, name: str) -> Iterator[tuple[int, Fields]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        _require_header(header, name)
        for row in reader:
            if len(row) != len(header):
                raise FormatError(
                    f"{name}, line {reader.line_num}: got {len(row)} fields, "
                    f"expected {len(header)}"
                )
            yield reader.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise FormatError(f"{name}, line {reader.line_num}: {error}") from None


def _require_header(header: list[str], name: str) -> None:
    missing = [column for column in _NEEDED if column not in header]
    unknown = sorted(set(header) - {*_NEEDED, *_OPTIONAL})
    if missing or unknown or len(set(header)) < len(header):
        raise FormatError(
            f"{name}, line 1: got the columns {', '.join(header)[:200] or 'none'}, "
            f"expected {', '.join(_NEEDED)}, and any of {', '.join(_OPTIONAL)}"
        )


def _interval(fields: Fields, place: str) -> MeteredInterval:
    if "energy_wh" in fields:
        return _of_green_button(fields, place)
    if "units" in fields:
        return _of_cmep(fields, place)
    return _of_ours(fields, place)


def _of_ours(fields: Fields, place: str) -> MeteredInterval:
    missing = [name for name in _NEEDED if name not in fields]
    if missing or set(fields) - {*_NEEDED, *_OPTIONAL}:
        raise ValueError(
            f"got the fields {', '.join(fields)[:200]}, expected "
            f"{', '.join(_NEEDED)}, and any of {', '.join(_OPTIONAL)}"
        )
    device = fields.get("device_id", "")
    return MeteredInterval(
        meter_id=_id(fields["meter_id"], "meter_id"),
        device_id=_id(device, "device_id") if device else "",
        direction=_meant(fields, "direction", _DIRECTIONS),
        interval_start_utc=_instant(fields["interval_start_utc"]),
        duration_seconds=_whole(fields["duration_seconds"]),
        energy_kwh=_energy(fields["energy_kwh"], "kWh"),
        quality=_meant(fields, "quality", _QUALITIES),
        version=_whole(fields.get("version") or "1"),
        place=place,
    )


def _of_green_button(fields: Fields, place: str) -> MeteredInterval:
    if fields["energy_wh"] is None:
        raise _NotUsageError("Green Button values that are no energy of an interval")
    name = _id(fields.get("usage_point"), "usage_point")
    return MeteredInterval(
        meter_id=name,
        device_id="",
        direction=_meant(fields, "flow_direction", _FLOWS),
        interval_start_utc=_instant(fields.get("interval_start_utc")),
        duration_seconds=_whole(fields.get("duration_seconds")),
        energy_kwh=_energy(fields["energy_wh"], "Wh"),
        quality=_meant(fields, "quality", _QUALITIES),
        version=1,
        place=place,
    )


def _of_cmep(fields: Fields, place: str) -> MeteredInterval:
    if fields["units"] not in _UNITS:
        raise _NotUsageError("CMEP values in units other than KWH, GKWH and NKWH")
    if fields.get("purpose") not in {"OK", "RESEND"}:
        raise _NotUsageError("CMEP values of another purpose than OK and RESEND")
    flag, sender = fields.get("flag") or "", fields.get("sender_id")
    letter = quality(str(flag), dialect_of(str(sender), ""))
    seconds = _whole(fields.get("duration_seconds"))
    end = _instant(fields.get("interval_end_utc"))
    return MeteredInterval(
        meter_id=_id(fields.get("meter_id"), "meter_id"),
        device_id="",
        direction=_meant(fields, "units", _UNITS),
        interval_start_utc=end - timedelta(seconds=seconds),
        duration_seconds=seconds,
        energy_kwh=_energy(fields.get("value"), "kWh"),
        quality=_FLAGS[letter],
        version=2 if fields["purpose"] == "RESEND" else 1,
        place=place,
    )


def _id(value: object, name: str) -> str:
    if isinstance(value, JsonNumber):
        raise ValueError(f"got the number {value}, expected {name} as text")  # noqa: TRY004
    return require_device_id(value, name=name)


def _meant(fields: Fields, name: str, words: Mapping[str, Word]) -> Word:
    """Give what a word stands for; where it is left out, what none stands for."""
    word = fields.get(name)
    word = "" if word is None else word
    if not isinstance(word, str) or word not in words:
        expected = ", ".join(filter(None, words))
        raise ValueError(f"{name}: got {shown(word)}, expected one of {expected}")
    return words[word]


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"got {shown(value)}, expected an instant")  # noqa: TRY004
    return parse_instant(value)


def _whole(value: object) -> int:
    number = read_number(value)
    if number != number.to_integral_value() or not 1 <= number <= _MOST:
        raise ValueError(f"got {shown(value)}, expected a whole number, 1 to {_MOST}")
    return int(number)


def _energy(value: object, unit: str) -> Decimal | None:
    return None if value in (None, "") else to_kwh(read_number(value), unit=unit)
