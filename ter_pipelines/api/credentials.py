"""What an Authorization header or a cookie says, before anybody believes it.

`Basic` is RFC 7617, `Bearer` RFC 6750. `Token x` and `Token token=x` are how two
partners' clients have always written it.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from fastapi import Request

COOKIE = "ter_session"
_WORDED = re.compile(r'token\s*=\s*"?([^"\s,]+)"?', re.IGNORECASE)


@dataclass(frozen=True)
class NameAndPassword:
    """What somebody typed."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Secret:
    """A token, as it came."""

    text: str = field(repr=False)


Credentials = NameAndPassword | Secret


def read_header(header: str) -> Credentials | None:
    """Read an Authorization header; None if it is none of the forms we take.

    >>> read_header("Basic cHJhaXM6b3BlbjpzZXNhbWU=").password
    'open:sesame'
    >>> [read_header(f"{x}abc").text for x in ("Bearer ", "Token ", "Token token=")]
    ['abc', 'abc', 'abc']
    >>> read_header("Digest abc") is None
    True
    """
    scheme, _, rest = header.strip().partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "basic":
            return _read_basic(rest)
        case "bearer" | "token" if rest:
            worded = _WORDED.fullmatch(rest)
            return Secret(worded[1] if worded else rest)
    return None


def read_cookie(request: Request) -> Secret | None:
    """Give the token of the pages' cookie, unless another site sent the browser here.

    The cookie is SameSite=Strict; a request that changes something must also say
    that it comes from one of our own pages.
    """
    text = request.cookies.get(COOKIE)
    if not text:
        return None
    if request.method in {"GET", "HEAD"} or is_from_here(request):
        return Secret(text)
    return None


def is_from_here(request: Request) -> bool:
    """Tell whether a form was sent from one of our own pages."""
    origin = request.headers.get("origin", "")
    host = request.headers.get("host", "")
    return bool(host) and origin.partition("://")[2] == host


def is_from_elsewhere(request: Request) -> bool:
    """Tell whether a page of another site had a browser send what changes something."""
    is_change = request.method not in {"GET", "HEAD"}
    return is_change and "origin" in request.headers and not is_from_here(request)


def _read_basic(encoded: str) -> NameAndPassword | None:
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = text.partition(":")
    return NameAndPassword(name, password) if colon else None
