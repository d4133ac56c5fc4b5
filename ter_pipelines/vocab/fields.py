"""Fields of a TOML file: what reads each one, and a message for every wrong one."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.ids import require_id
from ter_pipelines.vocab.units import parse_decimal

Reader = Callable[[object], object]
Errors = dict[str, list[str]]

_YEARS = range(2000, 2030)


def read_fields(
    given: Mapping[str, object], readers: Mapping[str, Reader], *, whose: str
) -> tuple[dict[str, Any], Errors]:
    """Read every field that is given; name the ones that are unknown or wrong.

    Args:
        given: As TOML gave it.
        readers: By field; each raises ValueError for a wrong value.
        whose: Such as `a programme`, for the message about an unknown field.
    """
    values: dict[str, Any] = {}
    errors: Errors = {
        name: [f"is not a field of {whose}"] for name in set(given) - set(readers)
    }
    for name in readers.keys() & given.keys():
        try:
            values[name] = readers[name](given[name])
        except ValueError as error:
            errors[name] = [str(error)]
    return values, errors


def find_empty_bands(
    values: Mapping[str, Any], bands: tuple[tuple[str, str], ...]
) -> Errors:
    """Find pairs of a lowest and a highest value with no room between them."""
    return {
        high: [f"got {values[high]}, expected more than {low}"]
        for low, high in bands
        if {low, high} <= set(values) and values[low] >= values[high]
    }


def text(value: object) -> str:
    """Read text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"got {value!r}, expected text")
    return value


def identifier(value: object) -> str:
    """Read an identifier."""
    return require_id(value, name="an identifier")


def zone(value: object) -> ZoneInfo:
    """Read an IANA zone that is whole hours from UTC."""
    try:
        found = ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"got {value!r}, expected an IANA zone such as America/New_York"
        ) from error
    midsummers = (datetime(year, 7, 1, tzinfo=found) for year in _YEARS)
    midwinters = (datetime(year, 1, 1, tzinfo=found) for year in _YEARS)
    offsets = {day.utcoffset() or HOUR for day in (*midsummers, *midwinters)}
    if any(offset % HOUR for offset in offsets):
        raise ValueError(
            f"got {value!r}, expected a zone that is whole hours from UTC: priced "
            "hours begin on the hour everywhere"
        )
    return found


def currency(value: object) -> str:
    """Read a currency code."""
    code = text(value)
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"got {code!r}, expected an ISO 4217 code such as USD")
    return code


def number(value: object) -> Decimal:
    """Read a decimal number, which TOML must give in quotes so that it is exact."""
    if not isinstance(value, str):
        raise ValueError(f"got {value!r}, expected a decimal number in quotes")  # noqa: TRY004
    return parse_decimal(value)


def not_negative(value: object) -> Decimal:
    """Read a decimal number of 0 or more."""
    found = number(value)
    if found < 0:
        raise ValueError(f"got {found}, expected 0 or more")
    return found


def share(value: object) -> Decimal:
    """Read a share from 0 to 1."""
    found = number(value)
    if not 0 <= found <= 1:
        raise ValueError(f"got {found}, expected a share from 0 to 1")
    return found


def whole(allowed: range, what: str) -> Reader:
    """Make a reader of whole numbers, such as `a day` from a range."""

    def read(value: object) -> object:
        if type(value) is not int or value not in allowed:
            raise ValueError(
                f"got {value!r}, expected {what} from {allowed[0]} to {allowed[-1]}"
            )
        return value

    return read


def of_kind(kind: type, example: str) -> Reader:
    """Make a reader of values that TOML itself knows, such as dates."""

    def read(value: object) -> object:
        if type(value) is not kind:
            raise ValueError(f"got {value!r}, expected {example}")
        return value

    return read


def one_of(*words: str) -> Reader:
    """Make a reader of one of a few words."""

    def read(value: object) -> object:
        if value not in words:
            raise ValueError(f"got {value!r}, expected one of {', '.join(words)}")
        return value

    return read


def dates(value: object) -> frozenset[date]:
    """Read a list of dates."""
    if not isinstance(value, list) or any(type(item) is not date for item in value):
        raise ValueError(f"got {value!r}, expected dates such as [2025-12-25]")
    return frozenset(value)
