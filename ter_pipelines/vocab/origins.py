"""Origins: which hosts a URI that somebody sent us may lead to.

A URI is taken apart before it is compared: what merely begins like an allowed address
is not allowed.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

HTTPS_PORT = 443
LONGEST_URI = 2000
_URI = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


@dataclass(frozen=True)
class Origin:
    """A host and a port that speak HTTPS."""

    host: str
    port: int

    def __str__(self) -> str:
        """Give `host:port`, as a URI has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def origin_of(uri: str) -> Origin:
    """Give the origin of an HTTPS URI.

    Raises:
        ValueError: If it is none, or names a user.

    >>> str(origin_of("https://API.example.org/espi?a=b"))
    'api.example.org:443'
    """
    return _origin(_taken_apart(uri))


def find_refusal(uri: str, allowed: Collection[Origin]) -> str:
    """Say why a URI must not be fetched; empty if it may be.

    >>> ours = [Origin("api.example.org", 443)]
    >>> find_refusal("https://api.example.org/espi", ours)
    ''
    >>> find_refusal("https://api.example.org.evil.example/espi", ours)
    'got api.example.org.evil.example:443, expected api.example.org:443'
    """
    try:
        origin = origin_of(uri)
    except ValueError as error:
        return str(error)
    if origin not in allowed:
        expected = " or ".join(sorted(map(str, allowed)))
        return f"got {origin}, expected {expected}"
    return ""


def plain_uri(uri: str) -> str:
    """Write an HTTPS URI anew from its parts, so that nobody reads it otherwise.

    Raises:
        ValueError: If it is none, or names a user.

    >>> plain_uri("HTTPS://API.example.org?a=b#c")
    'https://api.example.org:443/?a=b'
    """
    parts = _taken_apart(uri)
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{_origin(parts)}{parts.path or '/'}{query}"


def _taken_apart(uri: str) -> SplitResult:
    if len(uri) > LONGEST_URI:
        raise ValueError(f"got {len(uri)} characters, expected at most {LONGEST_URI}")
    if not _URI.fullmatch(uri):
        raise ValueError("got a character that is not part of a URI, or nothing at all")
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise ValueError(f"got no URI: {error}") from None
    if parts.scheme != "https":
        raise ValueError(f"got scheme {parts.scheme!r}, expected 'https'")
    if "@" in parts.netloc:
        raise ValueError("names a user, expected host and port alone")
    if not parts.hostname:
        raise ValueError("names no host")
    return parts


def _origin(parts: SplitResult) -> Origin:
    try:
        port = HTTPS_PORT if parts.port is None else parts.port
    except ValueError as error:
        raise ValueError(f"got no port: {error}") from None
    return Origin(parts.hostname or "", port)
