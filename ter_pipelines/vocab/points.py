"""The catalogue of telemetry points: what is known, and what a programme adds.

Read from `points.toml` beside this file and from a programme's table `[telemetry]`,
which has the same form. How a reported value finds its point is in `metering.points`.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.units import apply_scale

IS_ONLINE, MANUAL_OVERRIDE = "is_online", "manual_override"
POWER, STATE_OF_CHARGE = "power", "state_of_charge"
UNCATALOGUED = "uncatalogued"
MOST_TIMES = 10**6


@dataclass(frozen=True)
class Unit:
    """A unit values come in: the point's own is `(value - zero) * factor`."""

    factor: Fraction
    zero: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Point:
    """A quantity that devices report.

    Args:
        name: Its name in `core/telemetry`.
        meaning: One sentence for people.
        unit: In which it is kept.
        units: In which it may come.
        lowest: Below this a value is SUSPECT.
        highest: Above this a value is SUSPECT.
    """

    name: str
    meaning: str
    unit: str
    units: Mapping[str, Unit]
    lowest: Decimal | None = None
    highest: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Match:
    """Which reported values are of a point, and how they are to be read.

    Args:
        point: Name of the point.
        source: Kind of source; empty for any.
        ven_id: Pattern of the VEN.
        device_id: Pattern of the device.
        point_reference: Pattern of the rID or register.
        units: Units as registered; None for any that the point knows.
        report_types: As registered; None for those that mean a measurement.
        reading_types: As registered; None for all but plans and peaks.
        unit_is: The unit values really have, whatever was registered.
        scale_is: The SI scale code they really have, whatever was registered.
        times: What values are multiplied with, such as -1 for a device that counts
            what it gives as positive.
    """

    point: str
    source: str = ""
    ven_id: str = "*"
    device_id: str = "*"
    point_reference: str = "*"
    units: tuple[str, ...] | None = None
    report_types: tuple[str, ...] | None = None
    reading_types: tuple[str, ...] | None = None
    unit_is: str | None = None
    scale_is: str | None = None
    times: Fraction = Fraction(1)


@dataclass(frozen=True, kw_only=True)
class TelemetrySettings:
    """The catalogue, and how power is held against energy.

    Args:
        points: By name.
        matches: In order; the first that fits counts.
        least_coverage: Share of an hour in which power must be known.
        tolerance_share: By how much power and energy may differ, as a share of energy.
        tolerance_kwh: By how much at least.
        hold_seconds: How long a reading of an instant stands for what follows.
        digest: Hash of all of this.
    """

    points: Mapping[str, Point]
    matches: tuple[Match, ...]
    least_coverage: Decimal
    tolerance_share: Decimal
    tolerance_kwh: Decimal
    hold_seconds: int
    digest: str = field(compare=False)


def read_telemetry_settings(value: object) -> tuple[TelemetrySettings, fields.Errors]:
    """Read the table `[telemetry]` of a programme on top of the catalogue we ship.

    A point of a known name changes only what it states; matches come before ours.
    """
    errors = _find_wrong_shape(value)
    if not errors and isinstance(value, Mapping):
        settings, errors = _read(_merged(_shipped(), value))
        if settings:
            return settings, {}
    return shipped_settings(), errors


@cache
def shipped_settings() -> TelemetrySettings:
    """Give the catalogue as we ship it.

    Raises:
        FieldError: If it is wrong.
    """
    settings, errors = _read(_shipped())
    if settings is None:
        raise FieldError("points.toml", errors)
    return settings


@cache
def _shipped() -> Mapping[str, Any]:
    text = (files("ter_pipelines.vocab") / "points.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _find_wrong_shape(value: object) -> fields.Errors:
    """Say what is no table where one is due; only then is there anything to merge."""
    if not isinstance(value, Mapping):
        return {"": [f"got {value!r}, expected a table [telemetry]"]}
    points, matches = value.get("points", {}), value.get("matches", [])
    if not isinstance(points, Mapping):
        return {"points": [f"got {points!r}, expected tables [telemetry.points.name]"]}
    if not isinstance(matches, list):
        return {"matches": [f"got {matches!r}, expected tables [[telemetry.matches]]"]}
    tables = {f"points.{name}": table for name, table in points.items()}
    tables |= {f"matches.{n}": table for n, table in enumerate(matches)}
    tables |= {
        f"{name}.units": table["units"]
        for name, table in tables.items()
        if name.startswith("points.") and isinstance(table, Mapping)
        if "units" in table
    }
    return {
        name: [f"got {table!r}, expected a table"]
        for name, table in tables.items()
        if not isinstance(table, Mapping)
    }


def _merged(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    points = dict(shipped["points"])
    for name, table in own.get("points", {}).items():
        known = points.get(name, {})
        units = {**known.get("units", {}), **table.get("units", {})}
        points[name] = {**known, **table, "units": units}
    matches = [*own.get("matches", []), *shipped["matches"]]
    return {**shipped, **own, "points": points, "matches": matches}


def _read(given: Mapping[str, Any]) -> tuple[TelemetrySettings | None, fields.Errors]:
    numbers = {k: v for k, v in given.items() if k not in {"points", "matches"}}
    values, errors = fields.read_fields(numbers, _NUMBERS, whose="[telemetry]")
    points: dict[str, Point] = {}
    for name, table in given["points"].items():
        points[name], found = _point(name, table)
        errors.update({f"points.{name}.{key}": e for key, e in found.items()})
    matches = []
    for n, table in enumerate(given["matches"]):
        match, found = _match(table, points)
        matches.append(match)
        errors.update({f"matches.{n}.{key}": e for key, e in found.items()})
    if errors:
        return None, errors
    said = json.dumps(given, sort_keys=True, default=str)
    digest = hashlib.sha256(said.encode()).hexdigest()
    settings = TelemetrySettings(
        points=points, matches=tuple(matches), digest=digest, **values
    )
    return settings, {}


def _point(name: str, table: Mapping[str, Any]) -> tuple[Point, fields.Errors]:
    values, errors = fields.read_fields(table, _OF_POINT, whose="a point")
    lacking = {"meaning", "unit", "units"} - set(table)
    errors.update({key: ["is missing"] for key in lacking})
    errors.update(fields.find_empty_bands(values, (("lowest", "highest"),)))
    try:
        fields.identifier(name)
    except ValueError as error:
        errors["name"] = [str(error)]
    if name == UNCATALOGUED:
        errors["name"] = [f"{name} is what values without a point are called"]
    blank = {"meaning": "", "unit": "", "units": {}}
    return Point(name=name, **{**blank, **values}), errors


def _match(
    table: Mapping[str, Any], points: Mapping[str, Point]
) -> tuple[Match, fields.Errors]:
    values, errors = fields.read_fields(table, _OF_MATCH, whose="a match")
    if "point" not in table:
        errors["point"] = ["is missing"]
    match = Match(**{"point": "", **values})
    point = points.get(match.point)
    if match.point and point is None:
        errors["point"] = [f"got {match.point!r}, expected a name in the catalogue"]
    if point and match.unit_is is not None and match.unit_is not in point.units:
        known = ", ".join(point.units)
        errors["unit_is"] = [f"got {match.unit_is!r}, expected one of {known}"]
    return match, errors


def _fraction(value: object) -> Fraction:
    """Read a number other than 0, plain or as a fraction such as `5/9`."""
    try:
        found = Fraction(fields.text(value))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(
            f'got {value!r}, expected a number in quotes, such as "0.001" or "5/9"'
        ) from error
    if not 0 < abs(found) <= MOST_TIMES:
        raise ValueError(f"got {value!r}, expected at most {MOST_TIMES} and not 0")
    return found


def _units(value: object) -> Mapping[str, Unit]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f'got {value!r}, expected units such as {{ W = "1/1000" }}')
    return {str(name): _unit(how) for name, how in value.items()}


def _unit(value: object) -> Unit:
    if not isinstance(value, Mapping):
        return Unit(_fraction(value))
    if not {"factor"} <= set(value) <= {"factor", "zero"}:
        raise ValueError(f"got {value!r}, expected factor and zero")
    zero = value.get("zero", "0")
    return Unit(_fraction(value["factor"]), fields.number(zero))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(t, str) for t in value):
        raise ValueError(f'got {value!r}, expected texts such as ["usage"]')
    return tuple(value)


def _scale(value: object) -> str:
    apply_scale(Decimal(1), fields.text(value))
    return str(value)


_NUMBERS: Mapping[str, fields.Reader] = {
    "least_coverage": fields.share,
    "tolerance_share": fields.not_negative,
    "tolerance_kwh": fields.not_negative,
    "hold_seconds": fields.whole(range(86_401), "seconds"),
}
_OF_POINT: Mapping[str, fields.Reader] = {
    "meaning": fields.text,
    "unit": fields.text,
    "units": _units,
    "lowest": fields.number,
    "highest": fields.number,
}
_OF_MATCH: Mapping[str, fields.Reader] = {
    "point": fields.text,
    "source": fields.one_of("openadr", "modbus"),
    "ven_id": fields.text,
    "device_id": fields.text,
    "point_reference": fields.text,
    "units": _texts,
    "report_types": _texts,
    "reading_types": _texts,
    "unit_is": fields.text,
    "scale_is": _scale,
    "times": _fraction,
}
