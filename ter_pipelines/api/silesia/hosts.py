"""Meters at places: what a member sees of their own, and what the operator sets up.

A member moves a host between their own locations and describes it. Where the collector
connects to is the operator's to say.
"""

from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Here
from ter_pipelines.api.security import Desk
from ter_pipelines.api.silesia.answers import (
    HOSTS_OWN_NAMES,
    deleted,
    host_answer,
    not_there,
    said_as_error,
    told,
)
from ter_pipelines.api.silesia.documents import (
    CHANGED,
    HOST,
    INFO,
    TAKES_HOST,
    TAKES_OWN_HOST,
    answers,
    many,
    some_of,
    takes,
)
from ter_pipelines.api.silesia.given import REQUIRED, Given, refuse_field
from ter_pipelines.api.silesia.locations import (
    IDS,
    Member,
    MemberDesk,
    OperatorDesk,
    is_operator,
)
from ter_pipelines.api.silesia.meters import AllModels, Models
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.site_rows import SiteHost
from ter_pipelines.vocab.modbus import LARGEST_UNIT, SMALLEST_UNIT, ModbusHost

_INTERVAL_SECONDS, _POLL_SECONDS = 900, 60
_PORTS = range(1, 65_536)
_UNITS = range(SMALLEST_UNIT, LARGEST_UNIT + 1)

router = APIRouter()


@router.get("/user/hosts", responses=answers(401, 403, 503, told={200: many(HOST)}))
def list_own_hosts(here: Here, user: Member, models: AllModels) -> Response:
    """List the hosts that are one's own."""
    hosts = here.registry.sites.hosts(user.user_id)
    return told([host_answer(host, models.ids) for host in hosts])


@router.get(
    "/user/hosts/{host_id:number}",
    responses=answers(401, 403, 404, 503, told={200: HOST}),
)
def one_own_host(here: Here, user: Member, models: AllModels, host_id: int) -> Response:
    """Give a host of one's own."""
    return told(host_answer(own_host(here.registry, user, host_id), models.ids))


@router.patch(
    "/user/hosts/{host_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: HOST}),
    openapi_extra=takes(some_of(TAKES_OWN_HOST)),
)
def change_own_host(
    desk: MemberDesk, models: AllModels, host_id: int, body: JsonBytes
) -> Response:
    """Describe a host of one's own, or move it to another location of one's own."""
    now = own_host(desk.registry, desk.user, host_id)
    given = Given(body)
    text = given.text("description", 256, now.meter.description, may_be_blank=True)
    location_id = given.whole("location", IDS, now.location_id)
    given.done()
    if location_id != now.location_id:
        place = desk.registry.sites.location(location_id)
        if place is None or place.user_id != now.user_id:
            wrong = f'Invalid pk "{location_id}" - object does not exist.'
            refuse_field("location", wrong)

    def become(known: SiteHost) -> SiteHost:
        place = location_id if "location" in given else known.location_id
        words = text if "description" in given else known.meter.description
        meter = replace(known.meter, description=words)
        return replace(known, location_id=place, meter=meter)

    return _change(desk, host_id, become, models)


@router.get(
    "/admin/hosts",
    dependencies=[is_operator],
    responses=answers(401, 403, 503, told={200: many(HOST)}),
)
def list_hosts(here: Here, models: AllModels) -> Response:
    """List everybody's hosts."""
    hosts = here.registry.sites.hosts()
    return told([host_answer(host, models.ids) for host in hosts])


@router.post(
    "/admin/hosts",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 413, 415, told={201: HOST}),
    openapi_extra=takes(TAKES_HOST),
)
def add_host(desk: OperatorDesk, models: AllModels, body: JsonBytes) -> Response:
    """Add a host; the collector polls it from the next minute on."""
    host = _read(Given(body), None, models, desk.user.user_id)
    with said_as_error(HOSTS_OWN_NAMES):
        made = desk.registry.sites.add_host(host)
    return told(host_answer(made, models.ids), status.HTTP_201_CREATED)


@router.get(
    "/admin/hosts/{host_id:number}",
    dependencies=[is_operator],
    responses=answers(401, 403, 404, 503, told={200: HOST}),
)
def one_host(here: Here, models: AllModels, host_id: int) -> Response:
    """Give a host."""
    return told(host_answer(_any(here.registry, host_id), models.ids))


@router.put(
    "/admin/hosts/{host_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: HOST}),
    openapi_extra=takes(TAKES_HOST),
)
def replace_host(
    desk: OperatorDesk, models: AllModels, host_id: int, body: JsonBytes
) -> Response:
    """Replace a host; its owner stays."""
    _any(desk.registry, host_id)
    given = Given(body)

    def become(now: SiteHost) -> SiteHost:
        return _with_meter_of(_read(given, None, models, now.user_id), now)

    return _change(desk, host_id, become, models)


@router.patch(
    "/admin/hosts/{host_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: HOST}),
    openapi_extra=takes(some_of(TAKES_HOST)),
)
def change_host(
    desk: OperatorDesk, models: AllModels, host_id: int, body: JsonBytes
) -> Response:
    """Change a host; its owner stays."""
    _any(desk.registry, host_id)
    given = Given(body)

    def become(now: SiteHost) -> SiteHost:
        return _with_meter_of(_read(given, now, models, now.user_id), now)

    return _change(desk, host_id, become, models)


@router.delete(
    "/admin/hosts/{host_id:number}",
    responses=answers(*CHANGED, 404, told={200: INFO}),
)
def remove_host(desk: OperatorDesk, host_id: int) -> Response:
    """Delete a host: it is polled no more, and what it said is kept."""
    host = _any(desk.registry, host_id)
    with said_as_error():
        desk.registry.sites.remove_host(host.id)
    return deleted("Host", host.id)


def own_host(registry: Registry, user: SignedIn, host_id: int) -> SiteHost:
    """Give a host of somebody.

    Raises:
        Refusal: 404 if there is none, or it is another's.
    """
    host = _any(registry, host_id)
    if host.user_id != user.user_id:
        raise not_there("Host", host_id)
    return host


def _any(registry: Registry, host_id: int) -> SiteHost:
    host = registry.sites.host(host_id)
    if host is None:
        raise not_there("Host", host_id)
    return host


def _change(
    desk: Desk, host_id: int, become: Callable[[SiteHost], SiteHost], models: Models
) -> Response:
    with said_as_error(HOSTS_OWN_NAMES):
        host = desk.registry.sites.change_host(host_id, become)
    return told(host_answer(host, models.ids))


def _with_meter_of(host: SiteHost, now: SiteHost) -> SiteHost:
    """Give a host as it shall be, under the number it has.

    Raises:
        FieldError: If it shall be another user's, who would see what it said before.
    """
    if host.user_id != now.user_id:
        wrong = "A host keeps its user; delete it and add another."
        refuse_field("user", wrong)
    kept = ("interval_seconds", "poll_seconds", "is_enabled", "rated_kw", "host_id")
    meter = replace(host.meter, **{name: getattr(now.meter, name) for name in kept})
    return replace(host, id=now.id, meter=meter)


def _read(given: Given, now: SiteHost | None, models: Models, user_id: int) -> SiteHost:
    """Read a host; what is left out stays as it is now, where it is given."""
    meter = now.meter if now else None
    named = given.text("meter", 128, meter.map_name if meter else REQUIRED)
    model = models.find(named)
    host = SiteHost(
        id=0,
        user_id=given.whole("user", IDS, user_id),
        location_id=given.whole("location", IDS, now.location_id if now else REQUIRED),
        meter=ModbusHost(
            host_id="",
            address=given.text("ip", 255, meter.address if meter else REQUIRED),
            port=given.whole("port", _PORTS, meter.port if meter else REQUIRED),
            unit=given.whole(
                "slave_address", _UNITS, meter.unit if meter else REQUIRED
            ),
            map_name=model.name if model else named,
            interval_seconds=_INTERVAL_SECONDS,
            poll_seconds=_POLL_SECONDS,
            description=given.text(
                "description",
                256,
                meter.description if meter else "",
                may_be_blank=True,
            ),
        ),
    )
    is_as_before = meter is not None and named == meter.map_name
    if named and model is None and not is_as_before:
        given.refuse("meter", f'Invalid pk "{named}" - object does not exist.')
    given.done()
    return host
