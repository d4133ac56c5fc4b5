"""Who is asking, and may they? Everything is denied that is not allowed here.

HTTP Basic, checked against the registry with every request, so that a user who is
disabled or gets another password is out at once.
"""

import base64
import binascii
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request, status
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase

from ter_pipelines.api.context import Here

REALM = "TER Pipelines"
CHALLENGE = {"WWW-Authenticate": f'Basic realm="{REALM}"'}

# Which roles may do what; a partner's own role, and the operator who looks on.
READ_PRICES = frozenset({"prices", "operator"})
POST_PRICES = frozenset({"prices"})
READ_METERS = frozenset({"meters", "operator"})
POST_METERS = frozenset({"meters"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SignedIn:
    """A user whose password was right."""

    name: str
    roles: frozenset[str]


class BasicSignIn(SecurityBase):
    """Gives the user of a request, or answers 401."""

    def __init__(self) -> None:
        """Say in the OpenAPI document what is expected."""
        self.model = HTTPBase(scheme="basic")
        self.scheme_name = "Basic"

    def __call__(self, request: Request, here: Here) -> SignedIn:
        """Give the user, or answer 401."""
        header = request.headers.get("authorization")
        if header is None:
            raise _unauthorized("Authentication credentials were not provided.")
        credentials = read_basic(header)
        roles = (
            None if credentials is None else here.registry.authenticate(*credentials)
        )
        if credentials is None or roles is None:
            # The name that was given may be a password typed in the wrong place.
            _log.warning("sign-in refused for %s", _address(request))
            raise _unauthorized("Invalid username/password.")
        return SignedIn(credentials[0], roles)


def may(allowed: frozenset[str]) -> Callable[[SignedIn], SignedIn]:
    """Make the dependency that lets users with one of these roles through."""

    def check(user: Annotated[SignedIn, Depends(_sign_in)]) -> SignedIn:
        if not user.roles & allowed:
            raise HTTPException(
                status.HTTP_403_FORBIDDEN,
                "You do not have permission to perform this action; it takes the role "
                f"{' or '.join(sorted(allowed))}.",
            )
        return user

    return check


def read_basic(header: str) -> tuple[str, str] | None:
    """Read name and password from an Authorization header (RFC 7617, UTF-8).

    >>> read_basic("Basic cHJhaXM6b3BlbjpzZXNhbWU=")
    ('prais', 'open:sesame')
    >>> read_basic("Bearer abc") is None
    True
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = text.partition(":")
    return (name, password) if colon else None


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(status.HTTP_401_UNAUTHORIZED, detail, headers=CHALLENGE)


def _address(request: Request) -> str:
    return "somebody" if request.client is None else request.client.host


_sign_in = BasicSignIn()
