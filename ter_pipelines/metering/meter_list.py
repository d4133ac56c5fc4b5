"""The metering partner's list: which meter bills which device behind which VEN.

Whether a device had a meter at some instant is not decided here; `mapping` does.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import day_span, parse_instant
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.ids import require_device_id, require_id
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json

_REQUIRED = "This field is required."
_MOST_METERS = 20_000
_SHOWN = 40
_SPELLINGS = {
    "meter_id": ("meter_id", "meterID"),
    "ven_id": ("ven_id", "VEN_ID"),
    "device_id": ("device_id",),
}
_KEYS = [*(name for names in _SPELLINGS.values() for name in names), "valid_from"]

Errors = dict[str, list[str]]


@dataclass(frozen=True)
class MeterEntry:
    """One line of a meter list.

    Args:
        meter_id: The meter in the billing system.
        ven_id: OpenADR virtual end node.
        device_id: Resource behind the VEN.
        valid_from: First instant for which the line holds, UTC; None where the
            partner gives none.
    """

    meter_id: str
    ven_id: str
    device_id: str
    valid_from: datetime | None = None


def read_meter_list(body: bytes, *, zone: ZoneInfo) -> tuple[MeterEntry, ...]:
    """Read the body of `POST /meters/`.

    Args:
        body: The JSON as received: `{"meters": [{"meter_id", "ven_id", "device_id"}]}`,
            also spelled `meterID` and `VEN_ID`, also one object instead of a list; a
            line may have `valid_from`, an instant with its offset or a local date.
        zone: Whose midnight a `valid_from` that is a date means.

    Returns:
        The lines in the order of the list, each once.

    Raises:
        FormatError: If the body is not JSON.
        FieldError: With every message about every field that is missing, unknown or
            wrong, and about a device that is listed with two meters.
    """
    errors: Errors = {}
    entries: dict[str, MeterEntry] = {}
    for i, line in enumerate(_lines_of(parse_json(body), errors)):
        path = f"meters[{i}]"
        entry = _entry(line, path, zone, errors)
        if entry is not None:
            entries[path] = entry
    _refuse_contradictions(entries, errors)
    if errors:
        raise FieldError("meter list", errors)
    return tuple(dict.fromkeys(entries.values()))


def _lines_of(document: object, errors: Errors) -> list[object]:
    if not isinstance(document, dict) or "meters" not in document:
        errors["meters"] = [_REQUIRED]
        return []
    _name_strangers(document, ["meters"], "meters", errors)
    lines = document["meters"]
    if isinstance(lines, dict):
        lines = [lines]
    if not isinstance(lines, list):
        errors["meters"] = ["expected a list of meters, or one meter"]
        return []
    if not 1 <= len(lines) <= _MOST_METERS:
        errors["meters"] = [f"got {len(lines)} meters, expected 1 to {_MOST_METERS}"]
        return []
    return lines


def _entry(
    line: object, path: str, zone: ZoneInfo, errors: Errors
) -> MeterEntry | None:
    if not isinstance(line, dict):
        errors[path] = ["expected an object with meter_id, ven_id and device_id"]
        return None
    found: Errors = {}
    _name_strangers(line, _KEYS, path, found)
    ids = {name: _identifier(line, name, path, found) for name in _SPELLINGS}
    valid_from = _valid_from(line, path, zone, found)
    errors.update(found)
    return None if found else MeterEntry(**ids, valid_from=valid_from)


def _name_strangers(
    given: Mapping[str, object], known: Sequence[str], path: str, errors: Errors
) -> None:
    strangers = [repr(key[:_SHOWN]) for key in given if key not in known]
    if strangers:
        errors[path] = [
            f"got unknown {', '.join(strangers[:5])}, expected only {', '.join(known)}"
        ]


def _identifier(
    line: Mapping[str, object], name: str, path: str, errors: Errors
) -> str:
    """Give the identifier, or the empty text with a message in `errors`."""
    given = [spelling for spelling in _SPELLINGS[name] if spelling in line]
    if not given:
        errors[f"{path}.{name}"] = [_REQUIRED]
        return ""
    if len(given) > 1:
        errors[f"{path}.{name}"] = [f"got both {' and '.join(given)}, expected one"]
        return ""
    value = line[given[0]]
    if isinstance(value, JsonNumber):
        errors[f"{path}.{given[0]}"] = [f"got the number {value[:_SHOWN]}, not text"]
        return ""
    try:
        require = require_device_id if name == "device_id" else require_id
        return require(value, name=name)
    except ValueError as error:
        errors[f"{path}.{given[0]}"] = [str(error)]
        return ""


def _valid_from(
    line: Mapping[str, object], path: str, zone: ZoneInfo, errors: Errors
) -> datetime | None:
    value = line.get("valid_from")
    if value is None:
        return None
    try:
        return _instant(value, zone)
    except (ValueError, OverflowError):
        errors[f"{path}.valid_from"] = [
            f"got {str(value)[:_SHOWN]!r}, expected a date such as 2025-11-01, or a "
            "date and time with its UTC offset"
        ]
        return None


def _instant(value: object, zone: ZoneInfo) -> datetime:
    if (
        not isinstance(value, str)
        or isinstance(value, JsonNumber)
        or not value.isascii()
    ):
        raise ValueError("is not text")
    if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return day_span(date.fromisoformat(value), zone).start_utc
    return parse_instant(value)


def _refuse_contradictions(entries: Mapping[str, MeterEntry], errors: Errors) -> None:
    first_of: dict[tuple[str, str], tuple[str, MeterEntry]] = {}
    for path, entry in entries.items():
        device = (entry.ven_id, entry.device_id)
        first_path, first = first_of.setdefault(device, (path, entry))
        if first != entry:
            errors[path] = [
                f"got device {entry.device_id} of VEN {entry.ven_id} with meter "
                f"{_meter(entry)}, expected it once; {first_path} has {_meter(first)}"
            ]


def _meter(entry: MeterEntry) -> str:
    if entry.valid_from is None:
        return entry.meter_id
    return f"{entry.meter_id} from {entry.valid_from.isoformat()}"
