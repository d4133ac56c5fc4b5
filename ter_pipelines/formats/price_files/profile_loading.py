"""Profiles of price files from TOML, with a message for every field that is wrong."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.formats.price_files.csv_profile import (
    CsvFilter,
    CsvPart,
    CsvTime,
    Names,
    PriceCsvProfile,
)
from ter_pipelines.formats.price_files.lmp import ROUNDING
from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.prices import WHOLE_PRICE
from ter_pipelines.vocab.units import price_units

SUFFIX = ".toml"
LARGEST_PROFILE_BYTES = 1 << 16

_FOLDER = resources.files("ter_pipelines.formats.price_files") / "profiles"
_LOCAL, _UTC, _OFFSET = "local", "utc", "offset"
_AFTERNOON = datetime(2025, 11, 2, 13, tzinfo=UTC)
_RESERVED = (WHOLE_PRICE, ROUNDING)


@cache
def shipped_profiles() -> dict[str, PriceCsvProfile]:
    """Give every profile that comes with the package, by name."""
    names = sorted(
        file.name.removesuffix(SUFFIX)
        for file in _FOLDER.iterdir()
        if file.name.endswith(SUFFIX)
    )
    return {
        name: load_price_profile((_FOLDER / f"{name}{SUFFIX}").read_bytes(), name=name)
        for name in names
    }


def load_price_profile(body: bytes, *, name: str) -> PriceCsvProfile:
    """Read a profile.

    Args:
        body: A TOML file.
        name: What the profile is called.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    given = _parse(body, name)
    time_given = given.pop("time", None)
    part_tables, filter_tables = given.pop("component", []), given.pop("filter", [])
    values, errors = fields.read_fields(given, _PROFILE, whose="a profile")
    errors |= {field: ["is missing"] for field in _NEEDED - given.keys()}
    time, found = _read_time(time_given, values.get("zone"))
    errors |= found
    parts, found = _read_tables("component", part_tables, _PART)
    errors |= found
    filters, found = _read_tables("filter", filter_tables, _FILTER)
    errors |= found
    errors |= _contradictions(values, [part.get("name") for part in parts])
    if errors or time is None:
        raise FieldError(f"price profile {name}", dict(sorted(errors.items())))
    return PriceCsvProfile(
        name=name,
        time=time,
        parts=tuple(CsvPart(**part) for part in parts),
        filters=tuple(CsvFilter(**each) for each in filters),
        **values,
    )


def _parse(body: bytes, name: str) -> dict[str, Any]:
    if len(body) > LARGEST_PROFILE_BYTES:
        wrong = f"got {len(body)} bytes, expected at most {LARGEST_PROFILE_BYTES}"
    else:
        try:
            return tomllib.loads(body.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            wrong = f"is not TOML: {error}"
    raise FieldError(f"price profile {name}", {"file": [wrong]})


def _read_time(
    table: object, zone: ZoneInfo | None
) -> tuple[CsvTime | None, fields.Errors]:
    if not isinstance(table, Mapping):
        return None, {"time": ["got none, expected a table [time]"]}
    values, errors = fields.read_fields(table, _TIME, whose="a profile's time")
    errors |= {field: ["is missing"] for field in _TIME_NEEDED - table.keys()}
    if not errors:
        errors = _time_contradictions(values)
    if errors:
        return None, {f"time.{field}": texts for field, texts in errors.items()}
    clock = values.pop("clock")
    zones = {_LOCAL: zone, _UTC: ZoneInfo("UTC"), _OFFSET: None}
    return CsvTime(zone=zones.get(clock, clock), **values), {}


def _time_contradictions(values: Mapping[str, Any]) -> fields.Errors:
    errors: fields.Errors = {}
    has_hours = "hour_column" in values
    rule, clock = values.get("repeated_hour", "refuse"), values["clock"]
    if message := _wrong_format(values["format"], clock, has_hours=has_hours):
        errors["format"] = [message]
    if has_hours and values["stamp"] == "end":
        errors["stamp"] = ["got end, expected begin or hour-ending of an hour column"]
    if rule == "label" and not has_hours:
        errors["repeated_hour"] = ["got label, but there is no hour_column"]
    if (rule == "flag") != ("flag_column" in values):
        errors["flag_column"] = ["expected together with repeated_hour flag, only"]
    if clock in (_UTC, _OFFSET) and rule != "refuse":
        errors["repeated_hour"] = [f"got {rule}, but a clock of {clock} repeats none"]
    if has_hours and clock == _OFFSET:
        errors["clock"] = ["got offset, but an hour column has none"]
    return errors


def _wrong_format(text: str, clock: object, *, has_hours: bool) -> str:
    """Say what a format lacks: written and read again, a time must be the same."""
    if ("%z" in text) != (clock == _OFFSET):
        return f"got {text!r}, expected %z with the clock offset, only"
    expected = _AFTERNOON.replace(hour=0) if has_hours else _AFTERNOON
    try:
        again = datetime.strptime(_AFTERNOON.strftime(text), text).replace(tzinfo=UTC)
    except ValueError as error:
        return f"got {text!r}: {error}"
    hours = ", the hour has its own column" if has_hours else ", hour with am or pm"
    needed = f"year, month and day{hours}"
    return "" if again == expected else f"got {text!r}, expected codes of {needed}"


def _read_tables(
    field: str, tables: object, readers: Mapping[str, fields.Reader]
) -> tuple[list[dict[str, Any]], fields.Errors]:
    if not isinstance(tables, list):
        return [], {field: [f"got {tables!r}, expected tables [[{field}]]"]}
    read, errors = [], fields.Errors()
    for i, table in enumerate(tables):
        if not isinstance(table, Mapping):
            errors[f"{field}[{i}]"] = [f"got {table!r}, expected a table"]
            continue
        values, wrong = fields.read_fields(table, readers, whose=f"a {field}")
        needed = readers.keys() - {"sign"}
        wrong |= {name: ["is missing"] for name in needed - table.keys()}
        errors |= {f"{field}[{i}].{name}": texts for name, texts in wrong.items()}
        read.append(values)
    return read, errors


def _contradictions(
    values: Mapping[str, Any], parts: Sequence[str | None]
) -> fields.Errors:
    errors: fields.Errors = {}
    known = price_units(values.get("currency", ""))
    if "currency" in values and values.get("unit", known[0]) not in known:
        errors["unit"] = [f"got {values['unit']!r}, expected one of {', '.join(known)}"]
    named = [*parts, values.get("rest")]
    for i, name in enumerate(named):
        if name is not None and (name in named[:i] or name in _RESERVED):
            field = "rest" if i == len(parts) else f"component[{i}].name"
            errors[field] = [f"got {name!r}, which another part of the price is called"]
    if values.get("decimal", ".") == values.get("delimiter", ","):
        errors["decimal"] = ["got the same as the delimiter"]
    return errors


def _names(value: object) -> Names:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise ValueError("got an empty list, expected a name or several")
    return tuple(fields.text(name) for name in listed)


def _sign(value: object) -> int:
    if type(value) is not int or value not in {1, -1}:
        raise ValueError(f"got {value!r}, expected 1 or -1")
    return value


def _clock(value: object) -> object:
    return value if value in {_LOCAL, _UTC, _OFFSET} else fields.zone(value)


_NEEDED = {"title", "zone", "currency", "unit", "price_column"}
_PROFILE: Mapping[str, fields.Reader] = {
    "title": fields.text,
    "zone": fields.zone,
    "currency": fields.currency,
    "unit": fields.text,
    "price_column": _names,
    "rest": fields.identifier,
    "location_columns": _names,
    "delimiter": fields.one_of(",", ";", "\t", "|"),
    "decimal": fields.one_of(".", ","),
    "skip_lines": fields.whole(range(101), "lines"),
    "is_rounded": fields.of_kind(bool, "true or false"),
}
_TIME_NEEDED = {"column", "format", "stamp", "clock"}
_TIME: Mapping[str, fields.Reader] = {
    "column": _names,
    "format": fields.text,
    "stamp": fields.one_of("begin", "end", "hour-ending"),
    "clock": _clock,
    "hour_column": _names,
    "repeated_hour": fields.one_of("order", "flag", "label", "refuse"),
    "flag_column": _names,
    "flag": fields.text,
    "label_suffix": fields.text,
}
_PART: Mapping[str, fields.Reader] = {
    "name": fields.identifier,
    "column": _names,
    "sign": _sign,
}
_FILTER: Mapping[str, fields.Reader] = {"column": _names, "keeps": _names}
