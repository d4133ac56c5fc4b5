"""JSON from outside, read so that nothing is lost, doubled or rounded.

Numbers stay text until somebody who knows what they mean reads them.
"""

import json
import re
from decimal import Decimal
from typing import NoReturn

from ter_pipelines.vocab.errors import FormatError
from ter_pipelines.vocab.units import parse_decimal

MAX_BYTES = 1_000_000

_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SHOWN = 40


class JsonNumber(str):
    """A JSON number, as its own digits."""

    __slots__ = ()


def parse_json(body: bytes, *, max_bytes: int = MAX_BYTES) -> object:
    """Read a JSON document; numbers come as `JsonNumber`.

    Raises:
        FormatError: If it is not UTF-8 JSON, repeats a key within an object, names
            NaN or an infinity, has half a surrogate pair, is nested too deep or over
            `max_bytes` long. The message starts `JSON parse error - `.

    >>> parse_json(b'{"price": 12.340}')
    {'price': '12.340'}
    """
    if len(body) > max_bytes:
        raise _refusal(f"got {len(body)} bytes, expected at most {max_bytes}")
    try:
        text = body.decode("utf-8")
        value: object = json.loads(
            text,
            parse_float=JsonNumber,
            parse_int=JsonNumber,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object_without_repeats,
        )
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise _refusal(f"got bytes that are not UTF-8 at {error.start}") from None
    except UnicodeEncodeError:
        raise _refusal("got half a surrogate pair, expected whole characters") from None
    except json.JSONDecodeError as error:
        raise _refusal(str(error)) from None
    except RecursionError:
        raise _refusal("nested too deep") from None
    return value


def read_number(value: object) -> Decimal:
    """Read a number given as a JSON number or as text.

    Raises:
        ValueError: If it is anything but a finite number in plain ASCII digits.

    >>> read_number("12.340")
    Decimal('12.340')
    """
    if not isinstance(value, str):
        raise ValueError(f"got {shown(value)}, expected a number")  # noqa: TRY004
    text = value.strip()
    if not _PLAIN_NUMBER.fullmatch(text):
        raise ValueError(f"got {shown(value)}, expected a decimal number")
    return parse_decimal(text)


def shown(value: object) -> str:
    """Write a value for a message, cut to a bearable length.

    >>> shown(None), shown(JsonNumber("1e5")), shown([1]), shown("text")
    ('null', '1e5', 'a list', "'text'")
    """
    if isinstance(value, JsonNumber):
        return value[:_SHOWN]
    if isinstance(value, str):
        return repr(value[:_SHOWN])
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else str(value).lower()


def _refusal(reason: str) -> FormatError:
    return FormatError(f"JSON parse error - {reason}")


def _refuse_constant(name: str) -> NoReturn:
    raise _refusal(f"got {name}, expected a finite number")


def _object_without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise _refusal(f"got the key {shown(key)} more than once in one object")
        found[key] = value
    return found
