"""EiEvent: events are told until they are answered or over."""

from collections.abc import Iterable, Sequence

import structlog
from lxml.etree import _Element

from vtn_service.house import House
from vtn_service.openadr.events import OUTLINES, distribution, outline_of, texts_of
from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.message import NAMESPACES, text_of
from vtn_service.openadr.prepared import Outline
from vtn_service.openadr.service import (
    INVALID_DATA,
    INVALID_ID,
    Answer,
    Call,
    Service,
    refuse,
)
from vtn_service.store import events, opts

MOST_TOLD = 1000
_LOG = structlog.get_logger()
RESPONSES = "pyld:eiCreatedEvent/ei:eventResponses/ei:eventResponse"


@serves("EiEvent")
class Eventing(Service):
    """Events on request, and what VENs answer to them."""

    @handles("oadrRequestEvent")
    async def request(self, call: Call) -> Answer:
        """Give all live events, or as many of the soonest as are asked for."""
        limit = call.message.text("pyld:eiRequestEvent/pyld:replyLimit").strip()
        live = await self.house.store.glance(events.live_events, call.ven_id, call.now)
        return await tell(self.house, call, live[: int(limit or 0) or None])

    @handles("oadrCreatedEvent")
    async def created(self, call: Call) -> Answer:
        """Keep the answers; those to events that do not exist are named."""
        responses = call.message.element.findall(RESPONSES, NAMESPACES)
        if len(responses) > MOST_TOLD:
            got = f"got {len(responses)}, expected at most {MOST_TOLD}"
            return refuse(call, INVALID_DATA, f"eventResponse: {got}")
        given = read_opts(responses)
        unknown = await self.house.desk.change_events(
            call.ven_id, opts.add_opts, call.ven_id, given, call.now
        )
        self.house.seen.events_acknowledged(
            opt.opt_type for opt in given if opt.event_id not in unknown
        )
        _LOG.info(
            "event_opts", ven_id=call.ven_id, opts=len(given), unknown=len(unknown)
        )
        if unknown:
            names = ", ".join(unknown[:3])
            return refuse(call, INVALID_ID, f"No such event or revision: {names}")
        return Answer("oadrResponse")


async def tell(house: House, call: Call, live: Sequence[events.LiveEvent]) -> Answer:
    """Tell live events, having kept which revisions were told."""
    told = live[:MOST_TOLD]
    outlines = await _outlines_of(house, call.ven_id, told)
    written = [
        outline.fill(texts_of(event, ven_id=call.ven_id, now=call.received))
        for event, outline in zip(told, outlines, strict=True)
    ]
    if counted := [event for event in told if event.is_counted]:
        await house.desk.change_events(
            call.ven_id, events.note_delivered, call.ven_id, counted, call.now
        )
        house.seen.events_delivered(sum(not e.delivered_at for e in counted))
        _LOG.info("events_told", ven_id=call.ven_id, events=len(counted))
    payload = distribution(house.settings.id)
    return Answer("oadrDistributeEvent", payload, inner="".join(written))


async def _outlines_of(
    house: House, ven_id: str, told: Sequence[events.LiveEvent]
) -> list[Outline]:
    """Give each event's outline; a body that many VENs are told is at hand."""
    found = [OUTLINES.find(event.body_sha256) for event in told]
    missing = [e for e, outline in zip(told, found, strict=True) if outline is None]
    read = house.store.read
    bodies = await read(events.read_bodies, ven_id, missing) if missing else {}
    return [
        outline
        or OUTLINES.keep(
            event.body_sha256,
            outline_of(bodies[event.body_sha256], (event.start_utc, event.end_utc)),
        )
        for event, outline in zip(told, found, strict=True)
    ]


def read_opts(responses: Iterable[_Element]) -> list[opts.EventOpt]:
    """Give the answers of an oadrCreatedEvent, the last one to each revision."""
    given = (
        opts.EventOpt(
            event_id=text_of(response, "ei:qualifiedEventID/ei:eventID").strip(),
            modification_number=int(
                text_of(response, "ei:qualifiedEventID/ei:modificationNumber")
            ),
            opt_type=text_of(response, "ei:optType").strip(),
            response_code=text_of(response, "ei:responseCode").strip(),
        )
        for response in responses
    )
    return list({(o.event_id, o.modification_number): o for o in given}.values())
