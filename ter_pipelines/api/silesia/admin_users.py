"""Users, as the operator sees them; members may be made and shut out here.

Who does more than a member is made and changed at the command line alone: a token that
got away must not make itself a publisher of prices.
"""

from fastapi import APIRouter, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Here
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.api.silesia.answers import (
    not_there,
    said_as_error,
    told,
    user_answer,
)
from ter_pipelines.api.silesia.auth import (
    add_member,
    require_active_change,
)
from ter_pipelines.api.silesia.documents import (
    CHANGED,
    INFO,
    TAKES_REGISTRATION,
    TAKES_USER_CHANGE,
    USER,
    answers,
    many,
    takes,
)
from ter_pipelines.api.silesia.given import Given
from ter_pipelines.api.silesia.locations import OperatorDesk, is_operator
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.users import MEMBER, User

router = APIRouter()


@router.get(
    "/admin/users",
    dependencies=[is_operator],
    responses=answers(401, 403, 503, told={200: many(USER)}),
)
def list_users(here: Here) -> Response:
    """List every user, by number."""
    users = sorted(here.registry.people.all(), key=lambda user: user.id)
    return told([user_answer(user) for user in users])


@router.post(
    "/admin/users",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 413, 415, told={201: USER}),
    openapi_extra=takes(TAKES_REGISTRATION),
)
def add_user(desk: OperatorDesk, body: JsonBytes) -> Response:
    """Make a member, without meters, also where registration is closed."""
    user = add_member(desk.registry, Given(body))
    return told(user_answer(user), status.HTTP_201_CREATED)


@router.get(
    "/admin/users/{user_id:number}",
    dependencies=[is_operator],
    responses=answers(401, 403, 404, 503, told={200: USER}),
)
def one_user(here: Here, user_id: int) -> Response:
    """Give a user."""
    return told(user_answer(_find(here.registry, user_id)))


@router.patch(
    "/admin/users/{user_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: USER}),
    openapi_extra=takes(TAKES_USER_CHANGE),
)
def change_user(desk: OperatorDesk, user_id: int, body: JsonBytes) -> Response:
    """Let a member sign in, or no longer."""
    user = _member(desk.registry, user_id)
    is_active = require_active_change(Given(body))
    with said_as_error():
        desk.registry.people.set_enabled(user.name, is_enabled=is_active)
    return told(user_answer(user))


@router.delete(
    "/admin/users/{user_id:number}",
    responses=answers(*CHANGED, 404, told={200: INFO}),
)
def remove_user(desk: OperatorDesk, user_id: int) -> Response:
    """Shut a member out; their name stays taken, for the log of changes names them."""
    user = _member(desk.registry, user_id)
    with said_as_error():
        desk.registry.people.set_enabled(user.name, is_enabled=False)
    return told({"info": f"User with id {user_id} has been disabled"})


def _find(registry: Registry, user_id: int) -> User:
    for user in registry.people.all():
        if user.id == user_id:
            return user
    raise not_there("User", user_id)


def _member(registry: Registry, user_id: int) -> User:
    user = _find(registry, user_id)
    if user.roles != {MEMBER}:
        error = f"User with id {user_id} is no mere member; `ter user` changes them"
        raise Refusal(status.HTTP_400_BAD_REQUEST, {"error": error})
    return user
