"""The market's TOML file, with a message for every field that is wrong."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ter_pipelines.accounts.market import (
    DAY_TYPES,
    HOURS_OF_A_SHAPE,
    LoadProfile,
    LoadZone,
    Market,
    Shape,
    Utility,
    ZoneRates,
)
from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.field_tables import read_table, under
from ter_pipelines.vocab.prices import PRICE_SOURCES

PER_MWH_PLACES = 8
PER_MW_DAY_PLACES = 12
_LARGEST = Decimal(10**6)
_Read = tuple[Any, fields.Errors]
_ReadOne = Callable[[object], _Read]


def parse_market(text: str, *, folder: Path, subject: str) -> Market:  # noqa: ARG001
    """Read a market from TOML.

    Args:
        text: Of the file.
        folder: Where the file is; it names no other.
        subject: How errors call it.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FieldError(subject, {"file": [f"is not TOML: {error}"]}) from error
    zones, errors = _named(given.pop("load_zone", None), _zone)
    errors = under("load_zone", errors)
    utilities, wrong = _named(given.pop("utility", None), _utility)
    errors |= under("utility", wrong)
    values, wrong = read_table(given, _MARKET, whose="a market", needed=_MARKET_NEEDS)
    errors |= wrong
    if not errors:
        errors = _unknown_zones(utilities, zones)
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    return Market(load_zones=zones, utilities=utilities, **values)


def _unknown_zones(
    utilities: Mapping[str, Utility], zones: Mapping[str, LoadZone]
) -> fields.Errors:
    return {
        f"utility[{i}].load_zones": [f"names {name!r}, which is no load_zone here"]
        for i, utility in enumerate(utilities.values())
        for name in utility.load_zones
        if name not in zones
    }


def _zone(value: object) -> _Read:
    given, nested = _taken(value, "rates", "temperature_days")
    values, errors = read_table(
        given, _ZONE, whose="a load zone", needed=("name", "lmp_source")
    )
    rates, wrong = _many(nested["rates"], _rates)
    errors |= under("rates", wrong)
    days = [each.effective_from for each in rates]
    if days != sorted(set(days)):
        errors["rates"] = ["expected each to begin on a later day than the one before"]
    classes, wrong = _by_day(nested["temperature_days"] or {}, fields.text)
    errors |= under("temperature_days", wrong)
    if errors:
        return None, errors
    return LoadZone(rates=tuple(rates), temperature_days=classes, **values), {}


def _utility(value: object) -> _Read:
    given, nested = _taken(value, "voltage", "load_profile")
    values, errors = read_table(given, _UTILITY, whose="a utility", needed=_UTILITY)
    voltages, wrong = _named(nested["voltage"], _voltage, key=lambda v: v["name"])
    errors |= under("voltage", wrong)
    profiles, wrong = _named(nested["load_profile"], _profile)
    errors |= under("load_profile", wrong)
    if errors:
        return None, errors
    uplifts = {name: each["loss_uplift"] for name, each in voltages.items()}
    return Utility(loss_uplifts=uplifts, load_profiles=profiles, **values), {}


def _profile(value: object) -> _Read:
    given, nested = _taken(value, "shape", "day_factors")
    values, errors = read_table(
        given, {"name": fields.text}, whose="a load profile", needed=("name",)
    )
    shapes, wrong = _many(nested["shape"], _shape)
    errors |= under("shape", wrong)
    factors, wrong = _by_day(nested["day_factors"] or {}, _weight)
    errors |= under("day_factors", wrong)
    if errors:
        return None, errors
    return LoadProfile(shapes=tuple(shapes), day_factors=factors, **values), {}


def _shape(value: object) -> _Read:
    values, errors = read_table(value, _SHAPE, whose="a shape", needed=("weights",))
    return (None if errors else Shape(**values)), errors


def _rates(value: object) -> _Read:
    values, errors = read_table(value, _RATES, whose="rates", needed=_RATES)
    return (None if errors else ZoneRates(**values)), errors


def _voltage(value: object) -> _Read:
    return read_table(value, _VOLTAGE, whose="a voltage", needed=_VOLTAGE)


def _taken(value: object, *names: str) -> tuple[object, dict[str, Any]]:
    """Take nested tables out of a table."""
    if not isinstance(value, Mapping):
        return value, dict.fromkeys(names)
    left = {name: item for name, item in value.items() if name not in names}
    return left, {name: value.get(name) for name in names}


def _many(value: object, read: _ReadOne) -> tuple[list[Any], fields.Errors]:
    """Read a list of one or more tables."""
    if not isinstance(value, list) or not value:
        return [], {"": ["got none, expected one table or more"]}
    found, errors = [], fields.Errors()
    for i, item in enumerate(value):
        made, wrong = read(item)
        found += [] if wrong else [made]
        errors |= under(f"[{i}]", wrong)
    return found, errors


def _named(
    value: object, read: _ReadOne, key: Callable[[Any], str] = lambda each: each.name
) -> tuple[dict[str, Any], fields.Errors]:
    """Read tables of different names."""
    found, errors = _many(value, read)
    by_name = {key(each): each for each in found}
    if len(by_name) < len(found):
        errors[""] = ["got a name more than once, expected each once"]
    return by_name, errors


def _by_day(
    value: object, read: fields.Reader
) -> tuple[dict[date, Any], fields.Errors]:
    if not isinstance(value, Mapping):
        return {}, {"": [f"got {value!r}, expected a table of days"]}
    found, errors = {}, fields.Errors()
    for name, item in value.items():
        try:
            found[date.fromisoformat(name)] = read(item)
        except ValueError as error:
            errors[name] = [str(error)]
    return dict(sorted(found.items())), errors


def _decimal(places: int) -> fields.Reader:
    def read(value: object) -> Decimal:
        found = fields.number(value)
        if abs(found) >= _LARGEST:
            raise ValueError(f"got {found}, expected less than {_LARGEST}")
        if _places(found) > places:
            raise ValueError(f"got {found}, expected at most {places} decimal places")
        return found

    return read


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _uplift(value: object) -> object:
    found = _decimal(PER_MWH_PLACES)(value)
    if not 0 <= found < 1:  # type: ignore[operator]
        raise ValueError(f"got {found}, expected a share from 0 to below 1")
    return found


def _weight(value: object) -> object:
    found = _decimal(PER_MW_DAY_PLACES)(value)
    if found < 0:  # type: ignore[operator]
        raise ValueError(f"got {found}, expected 0 or more")
    return found


def _weights(value: object) -> object:
    if not isinstance(value, list) or len(value) != HOURS_OF_A_SHAPE:
        raise ValueError(f"expected {HOURS_OF_A_SHAPE} weights in quotes")
    return tuple(_weight(item) for item in value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"got {value!r}, expected a list of names")
    names = tuple(fields.text(item) for item in value)
    if len(set(names)) < len(names):
        raise ValueError("got a name more than once, expected each once")
    return names


def _months(value: object) -> object:
    read = fields.whole(range(1, 13), "a month")
    if not isinstance(value, list) or not value:
        raise ValueError(f"got {value!r}, expected months such as [6, 7, 8]")
    return tuple(read(item) for item in value)


def _day_types(value: object) -> object:
    read = fields.one_of(*DAY_TYPES)
    return tuple(read(name) for name in _texts(value))


_FLAG = fields.of_kind(bool, "true or false")
_MARKET_NEEDS = ("currency", "states")
_MARKET: Mapping[str, fields.Reader] = {
    "currency": fields.currency,
    "states": _texts,
    "holidays": fields.dates,
    "needs_tags": _FLAG,
    "allows_negative": _FLAG,
}
_ZONE: Mapping[str, fields.Reader] = {
    "name": fields.text,
    "lmp_source": fields.one_of(*PRICE_SOURCES),
    "lmp_location": fields.text,
}
_RATES: Mapping[str, fields.Reader] = {
    "effective_from": fields.of_kind(date, "a date such as 2025-11-01, unquoted"),
    "ancillaries_per_mwh": _decimal(PER_MWH_PLACES),
    "rps_per_mwh": _decimal(PER_MWH_PLACES),
    "capacity_per_mw_day": _decimal(PER_MW_DAY_PLACES),
    "transmission_per_mw_day": _decimal(PER_MW_DAY_PLACES),
    "transmission_ancillaries_per_mw_day": _decimal(PER_MW_DAY_PLACES),
}
_UTILITY: Mapping[str, fields.Reader] = {
    "name": fields.text,
    "load_zones": _texts,
    "rate_classes": _texts,
}
_VOLTAGE: Mapping[str, fields.Reader] = {"name": fields.text, "loss_uplift": _uplift}
_SHAPE: Mapping[str, fields.Reader] = {
    "weights": _weights,
    "months": _months,
    "day_types": _day_types,
    "temperature_classes": _texts,
}
