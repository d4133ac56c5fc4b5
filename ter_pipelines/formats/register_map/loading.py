"""Register maps from TOML, with a message for every field that is wrong."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ter_pipelines.formats.register_map.entries import (
    HOLDING,
    INPUT,
    LONGEST_READ,
    Entry,
    RegisterMap,
)
from ter_pipelines.formats.register_map.numbers import TYPES
from ter_pipelines.formats.register_map.planning import pieces_of
from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.ids import require_id
from ter_pipelines.vocab.modbus import ENERGY_UNITS, POWER_UNITS

LAST_REGISTER = 0xFFFF
LARGEST_MAP_BYTES = 1 << 20
_SUNSPEC_WORDS = 1 << 12
_MEASUREMENTS = "measurement"


def load_register_map(body: bytes, *, name: str) -> RegisterMap:
    """Read a register map.

    Args:
        body: A TOML file.
        name: What the map is called: its file's name without `.toml`.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    return read_register_map(_parse(body, name), name=name)


def read_register_map(given: Mapping[str, Any], *, name: str) -> RegisterMap:
    """Read a register map from what a TOML file would hold.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    given = dict(given)
    listed = given.pop(_MEASUREMENTS, None)
    values, errors = fields.read_fields(given, _MAP, whose="a register map")
    if "title" not in given:
        errors["title"] = ["is missing"]
    try:
        require_id(name, name="a map's name")
    except ValueError as error:
        errors["file"] = [str(error)]
    is_sunspec = given.get("sunspec_model") is not None
    shared = {n: values.pop(n) for n in _SHARED & values.keys()}
    entries, entry_errors = _read_entries(listed, shared, is_sunspec=is_sunspec)
    errors |= entry_errors
    values["alive"] = frozenset(values.get("alive", ()))
    if not errors:
        device = RegisterMap(name, entries=entries, **values)
        errors = dict(_contradictions(device))
    if errors:
        raise FieldError(f"register map {name}", dict(sorted(errors.items())))
    return device


def _parse(body: bytes, name: str) -> dict[str, Any]:
    wrong = ""
    if len(body) > LARGEST_MAP_BYTES:
        wrong = f"got {len(body)} bytes, expected at most {LARGEST_MAP_BYTES}"
    else:
        try:
            return tomllib.loads(body.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            wrong = f"is not TOML: {error}"
    raise FieldError(f"register map {name}", {"file": [wrong]})


def _read_entries(
    listed: object, shared: Mapping[str, Any], *, is_sunspec: bool
) -> tuple[dict[str, Entry], fields.Errors]:
    if not isinstance(listed, list) or not listed:
        return {}, {_MEASUREMENTS: ["got none, expected [[measurement]] tables"]}
    entries: dict[str, Entry] = {}
    errors: fields.Errors = {}
    for i, table in enumerate(listed):
        entry, wrong = _read_entry(table, shared, is_sunspec=is_sunspec)
        if entry is not None and entry.measurement in entries:
            wrong = {"measurement": [f"{entry.measurement!r} stands here twice"]}
        elif entry is not None:
            entries[entry.measurement] = entry
        called = _called(table, i)
        errors |= {f"{called}.{name}": texts for name, texts in wrong.items()}
    return entries, errors


def _called(table: object, position: int) -> str:
    name = table.get("measurement") if isinstance(table, dict) else None
    return f"{_MEASUREMENTS}[{name if isinstance(name, str) else position}]"


def _read_entry(
    table: object, shared: Mapping[str, Any], *, is_sunspec: bool
) -> tuple[Entry | None, fields.Errors]:
    if not isinstance(table, dict):
        return None, {"table": [f"got {table!r}, expected a table"]}
    values, errors = fields.read_fields(table, _ENTRY, whose="a measurement")
    errors |= {name: ["is missing"] for name in _REQUIRED - table.keys()}
    values = {**shared, **values}
    if "function" not in values and "function" not in errors:
        errors["function"] = ["is missing, here and in the map"]
    if errors:
        return None, errors
    absent = set(values.pop("not_implemented", ()))
    number = TYPES[values["type"]]
    if is_sunspec and number.absent is not None:
        absent.add(number.absent)
    entry = Entry(**values, not_implemented=frozenset(absent))
    errors = _entry_contradictions(entry, is_sunspec=is_sunspec)
    return (None, errors) if errors else (entry, {})


def _entry_contradictions(entry: Entry, *, is_sunspec: bool) -> fields.Errors:
    errors: fields.Errors = {}
    last = max(piece.end for piece in pieces_of(entry)) - 1
    if last > (_SUNSPEC_WORDS if is_sunspec else LAST_REGISTER):
        errors["address"] = [f"got {entry.address}, it ends at register {last}"]
    if too_large := [n for n in entry.not_implemented if n >= entry.number.counts]:
        errors["not_implemented"] = [f"got {too_large[0]}, too large for {entry.type}"]
    band = (("lowest", "highest"),)
    limits = {n: v for n, v in vars(entry).items() if v is not None}
    errors |= fields.find_empty_bands(limits, band)
    if entry.is_cumulative and entry.is_energy_from_power:
        errors["is_energy_from_power"] = [
            "got true, of a counter; expected one of both"
        ]
    return errors | _role_contradictions(entry)


def _role_contradictions(entry: Entry) -> fields.Errors:
    """Find what does not fit with whether and how intervals are made of it."""
    errors: fields.Errors = {}
    if entry.is_cumulative and entry.unit not in ENERGY_UNITS:
        errors["unit"] = [f"got {entry.unit!r}, expected {', '.join(ENERGY_UNITS)}"]
    if entry.is_energy_from_power and entry.unit not in POWER_UNITS:
        errors["unit"] = [f"got {entry.unit!r}, expected {', '.join(POWER_UNITS)}"]
    if entry.has_role and not entry.is_polled:
        errors["is_polled"] = ["got false, but intervals are made of it"]
    return errors | _direction_errors(entry) | _needless_fields(entry)


def _direction_errors(entry: Entry) -> fields.Errors:
    if entry.direction and not entry.has_role:
        return {"direction": ["is given, but no intervals are made of it"]}
    if entry.has_role and entry.direction is None:
        return {"direction": ["is missing: whose energy is it?"]}
    if entry.is_cumulative and entry.direction == "net":
        return {"direction": ["got net, which goes down too; name the two counters"]}
    return {}


def _needless_fields(entry: Entry) -> fields.Errors:
    errors: fields.Errors = {}
    for needs, names in _NEEDS.items():
        for name in names:
            is_given = getattr(entry, name) is not None
            if is_given and not getattr(entry, needs):
                errors[name] = [f"is given, but {needs} is not true"]
    if entry.is_energy_from_power and entry.longest_gap_seconds is None:
        errors["longest_gap_seconds"] = ["is missing"]
    return errors


def _contradictions(device: RegisterMap) -> Iterable[tuple[str, list[str]]]:
    """Find what no measurement can know of itself."""
    for name in sorted(device.alive - device.entries.keys()):
        yield "alive", [f"got {name!r}, which is no measurement of the map"]
    by_direction: dict[str, list[str]] = {}
    for entry in device.entries.values():
        if entry.has_role:
            by_direction.setdefault(str(entry.direction), []).append(entry.measurement)
        if entry.number.words > device.most_registers:
            yield (
                "most_registers",
                [f"got {device.most_registers}, {entry.type} needs more"],
            )
    for direction, names in by_direction.items():
        if len(names) > 1:
            yield "direction", [f"{', '.join(names)} are all {direction}; expected one"]
    if "net" in by_direction and len(by_direction) > 1:
        yield "direction", ["got net beside others; the energy would count twice"]


def _names(value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(n, str) for n in value):
        raise ValueError(f"got {value!r}, expected a list of measurements")
    return value


def _bits(value: object) -> Sequence[int]:
    if not isinstance(value, list) or not all(type(n) is int and n >= 0 for n in value):
        raise ValueError(f"got {value!r}, expected numbers such as [0xFFFF]")
    return value


def _positive(value: object) -> object:
    found = fields.number(value)
    if found <= 0:
        raise ValueError(f"got {found}, expected more than 0")
    return found


def _factor(value: object) -> object:
    found = fields.number(value)
    if not found:
        raise ValueError("got 0, expected any other number")
    return found


_register = fields.whole(range(LAST_REGISTER + 1), "a register")
_SHARED = {"function", "word_order"}
_REQUIRED = {"measurement", "unit", "address", "type"}
_NEEDS = {
    "is_cumulative": ("rolls_over_at", "step", "highest_kw"),
    "is_energy_from_power": ("longest_gap_seconds",),
}
_flag = fields.of_kind(bool, "true or false")
_function = fields.whole(range(HOLDING, INPUT + 1), "a function code")
_MAP: Mapping[str, fields.Reader] = {
    "title": fields.text,
    "sunspec_model": fields.whole(range(1, LAST_REGISTER), "a model"),
    "most_registers": fields.whole(range(1, LONGEST_READ + 1), "a count"),
    "most_gap": fields.whole(range(LONGEST_READ), "a count"),
    "alive": _names,
    "function": _function,
    "word_order": fields.one_of("big", "little"),
}
_ENTRY: Mapping[str, fields.Reader] = {
    "measurement": fields.identifier,
    "unit": fields.text,
    "address": _register,
    "type": fields.one_of(*TYPES),
    "function": _function,
    "word_order": fields.one_of("big", "little"),
    "scale": _factor,
    "scale_factor": _register,
    "not_implemented": _bits,
    "lowest": fields.number,
    "highest": fields.number,
    "is_polled": _flag,
    "is_cumulative": _flag,
    "direction": fields.one_of("delivered", "received", "net"),
    "rolls_over_at": _positive,
    "step": _positive,
    "highest_kw": _positive,
    "is_energy_from_power": _flag,
    "longest_gap_seconds": fields.whole(range(1, 3601), "seconds"),
}
