"""The fields of a partner's JSON: what reads each one, and what is wrong with it.

The messages are short because partners show them beside the field.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from ter_pipelines.vocab.strict_json import JsonNumber, read_number
from ter_pipelines.vocab.units import plain

BLANK = "can't be blank"
NOT_A_NUMBER = "is not a number"
NOT_IN_LIST = "is not included in the list"
MOST_ITEMS = 1000
Reader = Callable[[object], object]
Errors = dict[str, list[str]]
_LONGEST = 256
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)
_YEARS = range(2000, 2200)


def text(value: object) -> str:
    """Read text that is not blank.

    Raises:
        ValueError: If it is anything else, long, or not printable.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        raise ValueError(BLANK)
    if not isinstance(value, str) or isinstance(value, JsonNumber):
        raise ValueError("is not text")  # noqa: TRY004
    if len(value) > _LONGEST or not value.isprintable():
        raise ValueError(f"is not at most {_LONGEST} printable characters")
    return value.strip()


def day(value: object) -> date:
    """Read a local day; its parts need no leading zero.

    Raises:
        ValueError: If it is none of the years 2000 to 2199.

    >>> day("2018-6-1")
    datetime.date(2018, 6, 1)
    """
    if value in (None, ""):
        raise ValueError(BLANK)
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is not None and int(found[1]) in _YEARS:
        with suppress(ValueError):
            return date(int(found[1]), int(found[2]), int(found[3]))
    raise ValueError("is not a date such as 2018-10-1, from 2000 on")


def number(*, below: int, places: int) -> Reader:
    """Make a reader of decimal numbers, as JSON numbers or text, kept exactly."""

    def read(value: object) -> object:
        if value in (None, ""):
            raise ValueError(BLANK)
        try:
            found = Decimal(plain(read_number(value)))
        except ValueError:
            raise ValueError(NOT_A_NUMBER) from None
        if abs(found) >= below:
            raise ValueError(f"must be less than {below}")
        exponent = found.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            raise ValueError(f"has more than {places} decimal places")
        return found

    return read


def optional(read: Reader) -> Reader:
    """Make a reader that also takes nothing: null or an empty text."""

    def read_or_none(value: object) -> object:
        return None if value in (None, "") else read(value)

    return read_or_none


def one_of(*words: str) -> Reader:
    """Make a reader of one of a few words."""

    def read(value: object) -> object:
        if value in (None, ""):
            raise ValueError(BLANK)
        if value not in words:
            raise ValueError(NOT_IN_LIST)
        return value

    return read


def read_object(
    value: object, readers: Mapping[str, Reader]
) -> tuple[dict[str, Any], Errors]:
    """Read the fields that an object has; name what is unknown or wrong."""
    if not isinstance(value, Mapping):
        return {}, {"": ["is not an object"]}
    errors: Errors = {
        str(name)[:_LONGEST]: ["is not a known field"]
        for name in value.keys() - readers.keys()
    }
    values = {}
    for name in readers.keys() & value.keys():
        try:
            values[name] = readers[name](value[name])
        except ValueError as error:
            errors[name] = [str(error)]
    return values, errors


def read_objects(
    value: object, readers: Mapping[str, Reader], *, most: int = MOST_ITEMS
) -> tuple[list[dict[str, Any]], Errors]:
    """Read a list of objects that have every field; `[1].field` is of the second."""
    if not isinstance(value, list):
        return [], {"": ["is not a list"]}
    if len(value) > most:
        return [], {"": [f"has more than {most} entries"]}
    found, errors = [], Errors()
    for i, item in enumerate(value):
        values, wrong = read_object(item, readers)
        if "" not in wrong:
            missing = readers.keys() - values.keys() - wrong.keys()
            wrong |= {name: [BLANK] for name in missing}
        found.append(values)
        errors |= {f"[{i}].{name}".rstrip("."): told for name, told in wrong.items()}
    return found, errors
