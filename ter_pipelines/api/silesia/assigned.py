"""Which measurements of a host its owner wants to see."""

from fastapi import APIRouter, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Here
from ter_pipelines.api.security import Desk
from ter_pipelines.api.silesia.answers import assignment_answer, said_as_error, told
from ter_pipelines.api.silesia.documents import (
    ASSIGNMENT,
    ASSIGNMENT_ERRORS,
    CHANGED,
    INFO,
    TAKES_MEASUREMENTS,
    answers,
    many,
    takes,
)
from ter_pipelines.api.silesia.given import Given
from ter_pipelines.api.silesia.hosts import own_host
from ter_pipelines.api.silesia.locations import Member, MemberDesk
from ter_pipelines.api.silesia.meters import AllModels
from ter_pipelines.registry.site_rows import SiteHost

_PATH = "/user/hosts/{host_id:number}/measurements"
_TWICE = "The fields host, measurement must make a unique set."

router = APIRouter()


@router.get(_PATH, responses=answers(401, 403, 404, 503, told={200: many(ASSIGNMENT)}))
def list_assigned(here: Here, user: Member, host_id: int) -> Response:
    """List the measurements of a host of one's own that were asked for."""
    host = own_host(here.registry, user, host_id)
    found = here.registry.sites.assigned(host.id)
    return told([assignment_answer(each) for each in found])


@router.post(
    _PATH,
    status_code=status.HTTP_201_CREATED,
    responses=answers(
        *(code for code in CHANGED if code != status.HTTP_400_BAD_REQUEST),
        404,
        413,
        415,
        told={201: many(ASSIGNMENT), 400: ASSIGNMENT_ERRORS},
    ),
    openapi_extra=takes(TAKES_MEASUREMENTS),
)
def assign(
    desk: MemberDesk, models: AllModels, host_id: int, body: JsonBytes
) -> Response:
    """Ask for measurements of a host of one's own: for all of them, or for none.

    What cannot be asked for is told in a list that stands like the one that was sent.
    """
    host = own_host(desk.registry, desk.user, host_id)
    names = _names(body)
    offered = models.measurements(host.meter.map_name)
    known = {each.measurement for each in desk.registry.sites.assigned(host.id)}
    wrong: list[object] = []
    for name in names:
        if name not in offered:
            error = f'Invalid pk "{name}" - object does not exist.'
            wrong.append({"measurement": [error]})
        elif name in known:
            wrong.append({"non_field_errors": [_TWICE]})
        else:
            wrong.append({})
            known.add(name)
    if any(wrong):
        return told(wrong, status.HTTP_400_BAD_REQUEST)
    with said_as_error():
        made = desk.registry.sites.assign(host.id, names)
    answer = [assignment_answer(each) for each in made]
    return told(answer, status.HTTP_201_CREATED)


@router.delete(
    _PATH,
    responses=answers(*CHANGED, 404, 413, 415, told={200: None}),
    openapi_extra=takes(TAKES_MEASUREMENTS),
)
def unassign(desk: MemberDesk, host_id: int, body: JsonBytes) -> Response:
    """Ask for measurements of a host of one's own no more: all of them, or none."""
    host = own_host(desk.registry, desk.user, host_id)
    _unassign(desk, host, _names(body))
    return Response()


@router.delete(
    _PATH + "/{measurement}", responses=answers(*CHANGED, 404, told={200: INFO})
)
def unassign_one(desk: MemberDesk, host_id: int, measurement: str) -> Response:
    """Ask for a measurement no more; a request without a body, for proxies' sake."""
    host = own_host(desk.registry, desk.user, host_id)
    _unassign(desk, host, [measurement])
    info = f"Measurement '{measurement}' is not assigned any more"
    return told({"info": info})


def _names(body: bytes) -> list[str]:
    given = Given(body)
    names = given.names("measurements")
    given.done()
    return names


def _unassign(desk: Desk, host: SiteHost, names: list[str]) -> None:
    with said_as_error():
        desk.registry.sites.unassign(host.id, names)
