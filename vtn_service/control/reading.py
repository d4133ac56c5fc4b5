"""How the control door reads a request: each part by its name, or a 400 about it."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeVar

from aiohttp import web

from vtn_service import guard
from vtn_service.contract import Message
from vtn_service.openadr.instants import iso_utc, parse_instant

MAX_CONTROL_BYTES = 1024 * 1024
MAX_DIGITS = 19
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,127}")
M = TypeVar("M", bound=Message)


async def read_body(request: web.Request, kind: type[M]) -> M:
    """Read a JSON body as a message of the contract."""
    guard.require_content_type(request, "application/json")
    body = await guard.read_body(request, limit=MAX_CONTROL_BYTES, seconds=30)
    try:
        return kind.from_json(json.loads(body))
    except RecursionError:
        raise guard.Refusal(400, "body: got too deep a nesting") from None
    except ValueError as error:
        raise guard.Refusal(400, str(error)) from error


def require(holds: bool, name: str, got: str, expected: str) -> None:  # noqa: FBT001
    """Refuse with 400 unless something holds."""
    if not holds:
        raise guard.Refusal(400, f"{name}: got {got[:60]!r}, expected {expected}")


def path_id(request: web.Request, name: str) -> str:
    """Give an identifier of the path."""
    text = request.match_info[name]
    require(
        _ID.fullmatch(text) is not None,
        name,
        text,
        "1 to 128 letters, digits, '.', '_', ':' or '-', not starting with a mark",
    )
    return text


def whole(
    query: Mapping[str, str], name: str, *, default: int, low: int, high: int
) -> int:
    """Give a whole number."""
    text = query.get(name, str(default))
    is_plain = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    require(is_plain and low <= int(text) <= high, name, text, f"{low} to {high}")
    return int(text)


def day(query: Mapping[str, str], name: str) -> date:
    """Give a day."""
    text = query.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        require(False, name, text, "a day such as 2025-11-02")  # noqa: FBT003
        raise


def instant(query: Mapping[str, str], name: str) -> str:
    """Give an instant, as UTC."""
    text = query.get(name, "")
    found: datetime | None = parse_instant(text)
    if found is None:
        raise guard.Refusal(
            400, f"{name}: got {text[:60]!r}, expected such as 2025-11-02T05:00:00Z"
        )
    return iso_utc(found)
