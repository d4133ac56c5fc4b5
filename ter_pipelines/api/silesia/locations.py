"""Places where meters stand: a member's own, and everybody's for the operator."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Here
from ter_pipelines.api.security import Desk, changing, needs
from ter_pipelines.api.silesia.answers import (
    deleted,
    location_answer,
    not_there,
    said_as_error,
    told,
)
from ter_pipelines.api.silesia.documents import (
    CHANGED,
    INFO,
    LOCATION,
    TAKES_LOCATION,
    answers,
    many,
    some_of,
    takes,
)
from ter_pipelines.api.silesia.given import REQUIRED, Given
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.site_rows import Location

LARGEST_ID = 2**31 - 1
IDS = range(1, LARGEST_ID + 1)
_ZIP = re.compile(r"[0-9]{2}-[0-9]{3}|[0-9]{5}(?:-[0-9]{4})?")
_FARTHEST_EAST, _FARTHEST_NORTH = Decimal(180), Decimal(90)
_NOT_YOURS = "You do not have permission to perform this action."

Member = Annotated[SignedIn, Depends(needs("sites:own", scheme="bearer"))]
MemberDesk = Annotated[Desk, Depends(changing("sites:own", scheme="bearer"))]
OperatorDesk = Annotated[Desk, Depends(changing("sites:all", scheme="bearer"))]
is_operator = Depends(needs("sites:all", scheme="bearer"))

router = APIRouter()


@router.get(
    "/user/locations", responses=answers(401, 403, 503, told={200: many(LOCATION)})
)
def list_own_locations(here: Here, user: Member) -> Response:
    """List one's own locations."""
    found = here.registry.sites.locations(user.user_id)
    return told([location_answer(each) for each in found])


@router.post(
    "/user/locations",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 413, 415, told={201: LOCATION}),
    openapi_extra=takes(TAKES_LOCATION),
)
def add_own_location(desk: MemberDesk, body: JsonBytes) -> Response:
    """Add a location of one's own."""
    location = _read(Given(body), None, desk.user.user_id)
    _require_own(location, desk.user)
    return _add(desk, location)


@router.get(
    "/user/locations/{location_id:number}",
    responses=answers(401, 403, 404, 503, told={200: LOCATION}),
)
def one_own_location(here: Here, user: Member, location_id: int) -> Response:
    """Give a location of one's own."""
    return told(location_answer(_own(here.registry, user, location_id)))


@router.put(
    "/user/locations/{location_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: LOCATION}),
    openapi_extra=takes(TAKES_LOCATION),
)
def replace_own_location(
    desk: MemberDesk, location_id: int, body: JsonBytes
) -> Response:
    """Replace a location of one's own."""
    _own(desk.registry, desk.user, location_id)
    return _change(desk, body, location_id, is_partial=False, check=_require_own)


@router.patch(
    "/user/locations/{location_id:number}",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 404, 413, 415, told={201: LOCATION}),
    openapi_extra=takes(some_of(TAKES_LOCATION)),
)
def change_own_location(
    desk: MemberDesk, location_id: int, body: JsonBytes
) -> Response:
    """Change a location of one's own; answered 201, as it always was."""
    _own(desk.registry, desk.user, location_id)
    return _change(desk, body, location_id, is_partial=True, check=_require_own)


@router.delete(
    "/user/locations/{location_id:number}",
    responses=answers(*CHANGED, 404, told={200: INFO}),
)
def remove_own_location(desk: MemberDesk, location_id: int) -> Response:
    """Delete a location of one's own where no host stands."""
    return _remove(desk, _own(desk.registry, desk.user, location_id))


@router.get(
    "/admin/locations",
    dependencies=[is_operator],
    responses=answers(401, 403, 503, told={200: many(LOCATION)}),
)
def list_locations(here: Here) -> Response:
    """List everybody's locations."""
    return told([location_answer(each) for each in here.registry.sites.locations()])


@router.post(
    "/admin/locations",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 413, 415, told={201: LOCATION}),
    openapi_extra=takes(TAKES_LOCATION),
)
def add_location(desk: OperatorDesk, body: JsonBytes) -> Response:
    """Add a location of anybody."""
    return _add(desk, _read(Given(body), None, desk.user.user_id))


@router.get(
    "/admin/locations/{location_id:number}",
    dependencies=[is_operator],
    responses=answers(401, 403, 404, 503, told={200: LOCATION}),
)
def one_location(here: Here, location_id: int) -> Response:
    """Give a location."""
    return told(location_answer(_any(here.registry, location_id)))


@router.put(
    "/admin/locations/{location_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: LOCATION}),
    openapi_extra=takes(TAKES_LOCATION),
)
def replace_location(desk: OperatorDesk, location_id: int, body: JsonBytes) -> Response:
    """Replace a location."""
    _any(desk.registry, location_id)
    return _change(desk, body, location_id, is_partial=False)


@router.patch(
    "/admin/locations/{location_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: LOCATION}),
    openapi_extra=takes(some_of(TAKES_LOCATION)),
)
def change_location(desk: OperatorDesk, location_id: int, body: JsonBytes) -> Response:
    """Change a location."""
    _any(desk.registry, location_id)
    return _change(desk, body, location_id, is_partial=True)


@router.delete(
    "/admin/locations/{location_id:number}",
    responses=answers(*CHANGED, 404, told={200: INFO}),
)
def remove_location(desk: OperatorDesk, location_id: int) -> Response:
    """Delete a location where no host stands."""
    return _remove(desk, _any(desk.registry, location_id))


def _any(registry: Registry, location_id: int) -> Location:
    location = registry.sites.location(location_id)
    if location is None:
        raise not_there("Location", location_id)
    return location


def _own(registry: Registry, user: SignedIn, location_id: int) -> Location:
    """Give a location of somebody; another's is as good as none."""
    location = _any(registry, location_id)
    if location.user_id != user.user_id:
        raise not_there("Location", location_id)
    return location


def _require_own(location: Location, user: SignedIn) -> None:
    if location.user_id != user.user_id:
        raise HTTPException(status.HTTP_403_FORBIDDEN, _NOT_YOURS)


def _add(desk: Desk, location: Location) -> Response:
    with said_as_error():
        made = desk.registry.sites.add_location(location)
    return told(location_answer(made), status.HTTP_201_CREATED)


def _change(
    desk: Desk,
    body: bytes,
    location_id: int,
    *,
    is_partial: bool,
    check: Callable[[Location, SignedIn], None] | None = None,
) -> Response:
    given = Given(body)

    def become(known: Location) -> Location:
        kept = known if is_partial else None
        location = _read(given, kept, known.user_id, known.id)
        if check is not None:
            check(location, desk.user)
        return location

    with said_as_error():
        location = desk.registry.sites.change_location(location_id, become)
    is_own_patch = is_partial and check is not None
    code = status.HTTP_201_CREATED if is_own_patch else status.HTTP_200_OK
    return told(location_answer(location), code)


def _remove(desk: Desk, location: Location) -> Response:
    with said_as_error():
        desk.registry.sites.remove_location(location.id)
    return deleted("Location", location.id)


def _read(
    given: Given, now: Location | None, user_id: int, location_id: int = 0
) -> Location:
    """Read a location; what is left out stays as it is now, where it is given."""
    location = Location(
        id=location_id,
        user_id=given.whole("user", IDS, user_id),
        street=given.text("street", 128, now.street if now else REQUIRED),
        number=given.text("number", 32, now.number if now else REQUIRED),
        city=given.text("city", 128, now.city if now else REQUIRED),
        zip_code=given.text("zip_code", 16, now.zip_code if now else REQUIRED),
        longitude=given.perhaps_decimal(
            "coord_x", _FARTHEST_EAST, now.longitude if now else None
        ),
        latitude=given.perhaps_decimal(
            "coord_y", _FARTHEST_NORTH, now.latitude if now else None
        ),
    )
    if location.zip_code and not _ZIP.fullmatch(location.zip_code):
        given.refuse("zip_code", "Enter a zip code such as 11-420 or 12345.")
    given.done()
    if (location.longitude is None) != (location.latitude is None):
        given.refuse("non_field_errors", "Give coord_x and coord_y, or neither.")
    given.done()
    return location
