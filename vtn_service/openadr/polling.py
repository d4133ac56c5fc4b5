"""OadrPoll: one message a poll. What is asked of the VEN, then events, then nothing."""

from datetime import datetime

import structlog
from sqlalchemy import Connection

from vtn_service.desk import Known
from vtn_service.openadr.asking import due_at, telling_of
from vtn_service.openadr.eventing import tell
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.service import OK, Answer, Call, Service
from vtn_service.store import events, telling
from vtn_service.store.offers import meaning_of

FOREVER = "9999"
MOST_POLL_BYTES = 4096
_LOG = structlog.get_logger()


@serves("OadrPoll")
class Polling(Service):
    """What there is to tell a VEN, in order; nothing waits for an answer."""

    @handles("oadrPoll")
    async def poll(self, call: Call) -> Answer:
        """Give what is to be told next; what is new comes before asking again."""
        self.house.polled_at[call.ven_id] = call.now
        if not call.caller.registered_at:
            return Answer("oadrRequestReregistration")
        while True:
            ask, live = await self._look(call)
            if ask is None:
                break
            if ask.told_times and not all(e.delivered_at for e in live):
                break
            if answer := await self._tell(call, ask):
                return answer
        if any(event.is_to_be_told for event in live):
            return await tell(self.house, call, live)
        call.known.quiet_until = call.known.unasked_until
        return Answer("oadrResponse")

    async def _look(
        self, call: Call
    ) -> tuple[telling.NextAsk | None, list[events.LiveEvent]]:
        """Give the next ask if one is due, and the live events.

        Until when none is due is remembered with the VEN.
        """
        known, glance = call.known, self.house.store.glance
        if call.now < known.unasked_until:
            return None, await glance(events.live_events, call.ven_id, call.now)
        ask, live = await glance(_ask_and_events, call.ven_id, call.now)
        if ask and ask.due_at <= call.now:
            return ask, live
        known.unasked_until = ask.due_at if ask else FOREVER
        return None, live

    async def _tell(self, call: Call, ask: telling.NextAsk) -> Answer | None:
        """Give the message of an ask once that is kept; None if it goes out no more."""
        change, ven_id = self.house.desk.change, call.ven_id
        meaning = await self.house.store.read(meaning_of, ven_id)
        try:
            told = telling_of(call, ask, meaning.offers)
        except (ArithmeticError, LookupError, ValueError):
            _LOG.exception("cannot_ask", ask=ask.request_id)
            told = None
        if told is None:
            await change(ven_id, telling.drop_ask, ask)
            return None
        times = ask.told_times + 1
        is_told = await change(
            ven_id,
            telling.note_told,
            ven_id,
            ask,
            request=told.request,
            due_at=due_at(call.received, told.request, told_times=times),
            now=call.now,
        )
        if not is_told:
            return None
        _LOG.info("asked", ven_id=ven_id, ask=ask.request_id, told_times=times)
        return told.answer

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
        is_nothing = answer.kind == "oadrResponse" and answer.code == OK
        is_short = len(call.body) <= MOST_POLL_BYTES
        if is_nothing and is_short and not call.is_signed:
            call.known.quiet_poll, call.known.quiet_answer = call.body, written


def _ask_and_events(
    connection: Connection, ven_id: str, now: str
) -> tuple[telling.NextAsk | None, list[events.LiveEvent]]:
    """Give the next ask, due or not, and the live events."""
    ask = telling.next_ask(connection, ven_id)
    return ask, events.live_events(connection, ven_id, now)
