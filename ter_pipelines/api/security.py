"""Who is asking, and may they? Everything is denied that is not allowed here.

Passwords and tokens are checked against the registry with every request, so that a
user who is disabled, or a token that is revoked, is out at once.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Security, status
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase

from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.credentials import (
    Credentials,
    NameAndPassword,
    is_from_elsewhere,
    read_cookie,
    read_header,
)
from ter_pipelines.api.limits import address_of
from ter_pipelines.api.once import once_of
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.roles import roles_with

REALM = "TER Pipelines"
CHALLENGE = {"WWW-Authenticate": f'Basic realm="{REALM}", Bearer realm="{REALM}"'}
NOT_GIVEN = "Authentication credentials were not provided."
WRONG_PASSWORD = "Invalid username/password."  # noqa: S105
WRONG_TOKEN = "Invalid token."  # noqa: S105
FROM_ELSEWHERE = "This request was sent by a page of another site."

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """Somebody who may change something, and the registry to change it in.

    Args:
        user: Who.
        registry: Whose changes are noted under their name.
    """

    user: SignedIn
    registry: Registry


def sign_in(request: Request, here: Here) -> SignedIn:
    """Give the user of a request.

    Raises:
        HTTPException: 401 without one; 403 if another site had a browser send it.
        Refusal: 429 after too many wrong ones.
    """
    header = request.headers.get("authorization")
    given = read_cookie(request) if header is None else read_header(header)
    if given is None:
        raise _unauthorized(NOT_GIVEN if header is None else WRONG_PASSWORD)
    is_password = isinstance(given, NameAndPassword)
    # A browser remembers a name and password, and sends them whoever bids it to.
    if is_password and is_from_elsewhere(request):
        raise HTTPException(status.HTTP_403_FORBIDDEN, FROM_ELSEWHERE)
    user = check(request, here, given)
    if user is None:
        raise _unauthorized(WRONG_PASSWORD if is_password else WRONG_TOKEN)
    return user


def check(request: Request, here: Context, given: Credentials) -> SignedIn | None:
    """Give the user whose password or token it is; None, and counted, if it is wrong.

    Raises:
        Refusal: 429 after too many wrong ones.
    """
    address, people = address_of(request), here.registry.people
    failures = here.limits.failures_of(address)
    failures.require_few()
    if isinstance(given, NameAndPassword):
        user = people.authenticate(given.name, given.password, failures)
    else:
        user = people.identify(given.text)
        if user is None:
            failures.count()
    if user is None:
        # The name that was given may be a password typed in the wrong place.
        _log.warning("sign-in refused for %s", address or "somebody")
    return user


class Authorization(SecurityBase):
    """Gives the user of a request, or answers 401.

    Args:
        scheme: `basic` or `bearer`, as the OpenAPI document tells it; both are taken.
    """

    def __init__(self, scheme: str) -> None:
        """Say in the OpenAPI document what is expected."""
        self.model = HTTPBase(scheme=scheme)
        self.scheme_name = scheme.capitalize()

    def __call__(self, request: Request, here: Here) -> SignedIn:
        """Give the user."""
        return sign_in(request, here)


def require_scope(user: SignedIn, scope: str) -> None:
    """Refuse a user who may not.

    Raises:
        HTTPException: 403, naming what it takes.
    """
    if scope not in user.scopes:
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            "You do not have permission to perform this action; it takes the role "
            f"{' or '.join(roles_with(scope))}, and {scope} in a token's scopes.",
        )


def needs(scope: str | None, *, scheme: str = "basic") -> Callable[..., SignedIn]:
    """Make the dependency that lets through who may do this.

    Args:
        scope: What they must be allowed to; None for anybody who is signed in.
        scheme: How this partner's clients sign in, for the OpenAPI document.
    """
    scopes = [] if scope is None else [scope]
    authorization = Authorization(scheme)

    def let_in(
        user: Annotated[SignedIn, Security(authorization, scopes=scopes)],
    ) -> SignedIn:
        for each in scopes:
            require_scope(user, each)
        return user

    return let_in


def changing(
    scope: str | None, *, scheme: str = "basic"
) -> Callable[..., Awaitable[Desk]]:
    """Make the dependency of what changes something: by whom, and once if they say so.

    A request with an Idempotency-Key that was answered before is answered again.
    """
    may = needs(scope, scheme=scheme)

    async def desk(
        request: Request, here: Here, user: Annotated[SignedIn, Depends(may)]
    ) -> Desk:
        once = await once_of(request, here, user.user_id)
        return Desk(user, here.registry.acting(user.name, once))

    return desk


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(status.HTTP_401_UNAUTHORIZED, detail, headers=CHALLENGE)
