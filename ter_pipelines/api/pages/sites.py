"""The pages of meters: where they stand, what they say now, and a day of it.

A member sees the meters at their own places; another's is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response

from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.pages.site import (
    csv_answer,
    not_found,
    pages_router,
    read_day,
    render,
    seeing,
)
from ter_pipelines.metering.summaries import summarize
from ter_pipelines.pages import wording
from ter_pipelines.pages.sites import Place, told_day, told_host, told_latest
from ter_pipelines.registry.channels import ChannelValue
from ter_pipelines.registry.people import SignedIn
from ter_pipelines.vocab.clock import DAY, day_span, iso_utc, operating_day_of
from ter_pipelines.vocab.modbus import ModbusHost
from ter_pipelines.vocab.units import plain

ADDRESS = "/pages/sites"
PAGE_SIZE = 20
_ALL = "sites:all"

router = pages_router()
Owner = Annotated[SignedIn, Depends(seeing("sites:own", _ALL))]
Measurement = Annotated[str, Query(max_length=128)]


@dataclass(frozen=True)
class Seen:
    """A meter that somebody may see, and its place if that is known."""

    host: ModbusHost
    place: Place | None


@router.get(ADDRESS)
def sites_page(
    request: Request,
    here: Here,
    user: Owner,
    find: Annotated[str, Query(max_length=128)] = "",
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> Response:
    """Show the meters, and what each said last."""
    seen = [each for each in _seen(here, user) if _has(each, find.strip())]
    skipped = (page - 1) * PAGE_SIZE
    shown = seen[skipped : skipped + PAGE_SIZE]
    book, zone, now = here.registry.modbus, here.programme.zone, here.now()
    return render(
        request,
        "sites.html",
        find=find,
        count=len(seen),
        hosts=[
            told_host(each.host, each.place, book.latest(each.host.host_id), now, zone)
            for each in shown
        ],
        previous=_paged(find, page - 1) if page > 1 else "",
        next=_paged(find, page + 1) if skipped + len(shown) < len(seen) else "",
    )


@router.get(f"{ADDRESS}/{{host_id}}.csv")
def day_csv(
    here: Here, user: Owner, host_id: str, measurement: Measurement, day: str = ""
) -> Response:
    """Give every value of a measurement and day as a file."""
    _find(here, user, host_id)
    of_day = read_day(day) or _today(here)
    rows = _values(here, host_id, measurement, of_day)
    cells = [[iso_utc(v.read_at), plain(v.value), v.unit, v.quality] for v in rows]
    head = ["read_at", "value", "unit", "quality"]
    return csv_answer(f"measured-{of_day}.csv", [head, *cells])


@router.get(f"{ADDRESS}/{{host_id}}")
def host_page(
    request: Request,
    here: Here,
    user: Owner,
    host_id: str,
    measurement: Measurement = "",
    day: str = "",
) -> Response:
    """Show what a meter says now, and a day of one measurement."""
    seen = _find(here, user, host_id)
    zone, now = here.programme.zone, here.now()
    latest = here.registry.modbus.latest(host_id)
    chosen = measurement if measurement in latest else _headline(latest)
    newest = latest[chosen].read_at if chosen else now
    of_day = read_day(day) or operating_day_of(newest, zone)
    values = _values(here, host_id, chosen, of_day) if chosen else []
    asked = {"measurement": chosen, "day": of_day}
    return render(
        request,
        "site_host.html",
        back=ADDRESS,
        host=told_host(seen.host, seen.place, latest, now, zone),
        latest=told_latest(latest, now, zone, address=_address(host_id), chosen=chosen),
        measurement=chosen,
        day_name=f"{wording.day_name(of_day)}, {of_day.year}",
        csv=f"{_address(host_id)}.csv?{urlencode(asked)}",
        before=_of_day(host_id, chosen, of_day - DAY),
        after=_of_day(host_id, chosen, of_day + DAY),
        **told_day(summarize(values, "hour", zone), of_day, zone, name=chosen),
    )


def _seen(here: Context, user: SignedIn) -> list[Seen]:
    """Give the meters that somebody may see, by name."""
    sites = here.registry.sites
    own = sites.hosts(None if _ALL in user.scopes else user.user_id)
    places = {each.id: each for each in sites.locations()}
    of_host = {
        each.meter.host_id: Place(
            street=f"{place.street} {place.number}",
            city=f"{place.zip_code} {place.city}",
        )
        for each in own
        if (place := places.get(each.location_id))
    }
    meters = [each.meter for each in own]
    if _ALL in user.scopes:
        meters = here.registry.modbus.hosts()
    seen = [Seen(meter, of_host.get(meter.host_id)) for meter in meters]
    return sorted(seen, key=lambda each: each.host.host_id)


def _find(here: Context, user: SignedIn, host_id: str) -> Seen:
    for each in _seen(here, user):
        if each.host.host_id == host_id:
            return each
    raise not_found("There is no such meter.")


def _values(
    here: Context, host_id: str, measurement: str, day: date
) -> Sequence[ChannelValue]:
    span = day_span(day, here.programme.zone)
    history = here.registry.modbus.channel(host_id, measurement)
    return history.between(span.start_utc, span.end_utc, list)


def _has(seen: Seen, text: str) -> bool:
    words = [seen.host.host_id, seen.host.description]
    if seen.place is not None:
        words += [seen.place.street, seen.place.city]
    return text.lower() in " ".join(words).lower()


def _headline(latest: dict[str, ChannelValue]) -> str:
    """Choose what is drawn first: the whole power, or the first there is."""
    powers = [name for name, value in latest.items() if value.unit in {"W", "kW"}]
    names = [*(n for n in powers if "total" in n), *powers, *latest]
    return names[0] if names else ""


def _today(here: Context) -> date:
    return operating_day_of(here.now(), here.programme.zone)


def _address(host_id: str) -> str:
    return f"{ADDRESS}/{quote(host_id, safe='')}"


def _of_day(host_id: str, measurement: str, day: date) -> str:
    asked = urlencode({"measurement": measurement, "day": day})
    return f"{_address(host_id)}?{asked}"


def _paged(find: str, page: int) -> str:
    asked = {"find": find} if find else {}
    return f"{ADDRESS}?{urlencode({**asked, 'page': page})}"
