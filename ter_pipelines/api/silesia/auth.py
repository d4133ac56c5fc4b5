"""Registering, signing in and out.

Somebody who signs in gets a new token, and those of earlier sign-ins stop, as the
contract says. Tokens that were made otherwise are let be.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.credentials import NameAndPassword
from ter_pipelines.api.limits import address_of
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.api.security import CHALLENGE, Desk, changing, check, needs
from ter_pipelines.api.silesia.answers import said_as_error, told, user_answer
from ter_pipelines.api.silesia.documents import (
    SIGNED_IN,
    TAKES_LOGIN,
    TAKES_REGISTRATION,
    USER,
    answers,
    takes,
)
from ter_pipelines.api.silesia.given import Given, refuse_field
from ter_pipelines.registry.passwords import SHORTEST_PASSWORD
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.roles import scopes_of
from ter_pipelines.registry.tokens import LOGIN, SIGN_INS
from ter_pipelines.registry.users import MEMBER, User, is_user_name
from ter_pipelines.vocab.errors import FieldError, InputError

STRANGER = "program:registration"
LASTS = timedelta(days=30)
_LONGEST_NAME = 64
_LONGEST_PASSWORD = 1024

router = APIRouter(prefix="/auth")


def require_header(request: Request) -> None:
    """Refuse who shows nothing at all, as this route always did.

    Raises:
        Refusal: 401.
    """
    if not {"authorization", "cookie"} & set(request.headers):
        error = {"error": "Permission denied"}
        raise Refusal(status.HTTP_401_UNAUTHORIZED, error, CHALLENGE)


@router.post(
    "/register",
    responses=answers(400, 403, 413, 415, 503, told={200: SIGNED_IN}),
    openapi_extra=takes(TAKES_REGISTRATION),
)
def register(request: Request, here: Here, body: JsonBytes) -> Response:
    """Make a member and sign them in, where the operator lets strangers register.

    An Idempotency-Key is not looked at: nobody has one before they are somebody.
    """
    if here.settings.registration != "open":
        error = "Registration is closed here; ask the operator for a user."
        raise Refusal(status.HTTP_403_FORBIDDEN, {"error": error})
    address = address_of(request)
    failures = here.limits.failures_of(address)
    failures.require_few()
    with here.limits.one_registration(address):
        try:
            user = add_member(here.registry.acting(STRANGER), Given(body))
        except (InputError, Refusal):
            # Who tries names and addresses learns which are taken: not quickly.
            failures.count()
            raise
    return _signed_in(here, user)


@router.post(
    "/login",
    responses=answers(400, 413, 415, 503, told={200: SIGNED_IN}),
    openapi_extra=takes(TAKES_LOGIN),
)
def login(request: Request, here: Here, body: JsonBytes) -> Response:
    """Give a token for a name and password; those of earlier sign-ins stop."""
    given = Given(body)
    name = given.text("username", 128)
    password = given.password("password", _LONGEST_PASSWORD)
    given.done()
    signed_in = check(request, here, NameAndPassword(name, password))
    if signed_in is None:
        error = {"error": "Incorrect credentials"}
        raise Refusal(status.HTTP_400_BAD_REQUEST, error)
    user = here.registry.people.find(signed_in.name)
    assert user is not None  # noqa: S101
    return _signed_in(here, user)


@router.post(
    "/logout",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(401, 409, 422, 503, told={204: None}),
)
def logout(
    desk: Annotated[Desk, Depends(changing(None, scheme="bearer"))],
) -> Response:
    """Revoke the token that was shown."""
    if desk.user.token_id is not None:
        desk.registry.people.revoke(desk.user.token_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post(
    "/logoutall",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(401, 403, 409, 422, 503, told={204: None}),
)
def logout_everywhere(
    desk: Annotated[Desk, Depends(changing(None, scheme="bearer"))],
) -> Response:
    """Revoke the token that was shown and those of all sign-ins of its user.

    A token that was made to carry less than its user may do ends nobody's sign-in.
    """
    user = desk.user
    if user.scopes != scopes_of(user.roles):
        raise HTTPException(
            status.HTTP_403_FORBIDDEN,
            "This token carries some of its user's scopes only; it takes a sign-in, "
            "or a token of all scopes, to end every sign-in.",
        )
    if user.token_id is not None:
        desk.registry.people.revoke(user.token_id)
    desk.registry.people.revoke_labelled(user.name, *SIGN_INS)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(
    "/info",
    dependencies=[Depends(require_header)],
    responses=answers(401, 503, told={200: USER}),
)
def info(
    user: Annotated[SignedIn, Depends(needs(None, scheme="bearer"))],
) -> Response:
    """Tell who is signed in."""
    return told({"id": user.user_id, "username": user.name, "email": user.email})


def add_member(registry: Registry, given: Given) -> User:
    """Make a member without meters of what was given.

    Raises:
        FieldError: With a message for every member that is wrong.
        Refusal: 400, if name or address is taken.
    """
    name = given.text("username", _LONGEST_NAME)
    email = given.text("email", 254)
    password = given.password("password", _LONGEST_PASSWORD)
    if name and not is_user_name(name):
        given.refuse("username", "Enter a valid username, without colons.")
    if password and len(password) < SHORTEST_PASSWORD:
        given.refuse(
            "password",
            f"This password is too short. It must contain at least {SHORTEST_PASSWORD} "
            "characters.",
        )
    given.done()
    if registry.people.find(name) is not None:
        raise _taken("username")
    try:
        with said_as_error():
            return registry.people.add(name, password, [MEMBER], email=email)
    except FieldError as error:
        if "is already taken" in error.fields.get("email", []):
            raise _taken("email") from error
        raise


def require_active_change(given: Given) -> bool:
    """Read whether a user may sign in.

    Raises:
        FieldError: If it is not said.
    """
    if "is_active" not in given:
        refuse_field("is_active", "This field is required.")
    is_active = given.flag("is_active", default=True)
    given.done()
    return is_active


def _signed_in(here: Context, user: User) -> Response:
    registry = here.registry.acting(user.name)
    secret, token = registry.people.new_token(user.name, label=LOGIN, lasts=LASTS)
    registry.people.revoke_labelled(user.name, LOGIN, but=token.id)
    return told({"user": user_answer(user), "token": secret})


def _taken(what: str) -> Refusal:
    error = {"error": f"Provided {what} is already taken"}
    return Refusal(status.HTTP_400_BAD_REQUEST, error)
