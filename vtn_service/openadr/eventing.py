"""EiEvent and OadrPoll: events are told until they are answered or over."""

from datetime import datetime

import structlog

from vtn_service.desk import Known
from vtn_service.house import House
from vtn_service.openadr.events import distribute_payload
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.message import NAMESPACES, text_of
from vtn_service.openadr.service import INVALID_ID, Answer, Call, Service, refuse
from vtn_service.store import events

FOREVER = "9999"
_LOG = structlog.get_logger()
_RESPONSES = "pyld:eiCreatedEvent/ei:eventResponses/ei:eventResponse"


@serves("EiEvent")
class Eventing(Service):
    """Events on request, and what VENs answer to them."""

    @handles("oadrRequestEvent")
    async def request(self, call: Call) -> Answer:
        """Give all live events, or as many of the soonest as are asked for."""
        limit = call.message.text("pyld:eiRequestEvent/pyld:replyLimit").strip()
        return await distribute(self.house, call, limit=int(limit or 0))

    @handles("oadrCreatedEvent")
    async def created(self, call: Call) -> Answer:
        """Keep the answers; those to events that do not exist are named."""
        opts = read_opts(call)
        unknown = await self.house.desk.change(
            call.ven_id, events.add_opts, call.ven_id, opts, call.now
        )
        _LOG.info(
            "event_opts", ven_id=call.ven_id, opts=len(opts), unknown=len(unknown)
        )
        if unknown:
            names = ", ".join(unknown[:3])
            return refuse(call, INVALID_ID, f"No such event or revision: {names}")
        return Answer("oadrResponse")


@serves("OadrPoll")
class Polling(Service):
    """One message a poll: events that await an answer, or nothing."""

    @handles("oadrPoll")
    async def poll(self, call: Call) -> Answer:
        """Give what there is to tell."""
        self.house.polled_at[call.ven_id] = call.now
        store = self.house.store
        if not call.caller.registered_at:
            return Answer("oadrRequestReregistration")
        if await store.read(events.has_news, call.ven_id, call.now):
            return await distribute(self.house, call)
        call.known.quiet_until = FOREVER
        return Answer("oadrResponse")

    def answer_at_once(
        self, known: Known, body: bytes, received: datetime
    ) -> bytes | None:
        """Give a VEN that says the very same poll again the same nothing again."""
        now = iso_utc(received)
        if body != known.quiet_poll or now >= known.quiet_until:
            return None
        self.house.polled_at[known.caller.ven_id] = now
        return known.quiet_answer

    def told(self, call: Call, answer: Answer, written: bytes) -> None:
        """Keep a nothing, to say it again at once; a signed one has its own time."""
        if answer.kind == "oadrResponse" and not call.caller.must_sign:
            call.known.quiet_poll, call.known.quiet_answer = call.body, written


async def distribute(house: House, call: Call, *, limit: int = 0) -> Answer:
    """Tell live events, having kept which revisions were told for the first time."""
    live = await house.store.read(events.live_events, call.ven_id, call.now)
    told = live[:limit] if limit else live
    if first := [event for event in told if not event.is_delivered]:
        await house.desk.change(
            call.ven_id, events.note_delivered, call.ven_id, first, call.now
        )
        _LOG.info("events_told", ven_id=call.ven_id, events=len(first))
    payload = distribute_payload(
        told, ven_id=call.ven_id, vtn_id=house.settings.id, now=call.received
    )
    return Answer("oadrDistributeEvent", payload)


def read_opts(call: Call) -> list[events.EventOpt]:
    """Give the answers of an oadrCreatedEvent."""
    found = call.message.element.iterfind(_RESPONSES, NAMESPACES)
    return [
        events.EventOpt(
            event_id=text_of(response, "ei:qualifiedEventID/ei:eventID"),
            modification_number=int(
                text_of(response, "ei:qualifiedEventID/ei:modificationNumber")
            ),
            opt_type=text_of(response, "ei:optType").strip(),
            response_code=text_of(response, "ei:responseCode").strip(),
        )
        for response in found
    ]
