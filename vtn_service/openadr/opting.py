"""EiOpt: a VEN's own opt schedules, kept as received."""

import structlog

from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.service import (
    INVALID_DATA,
    INVALID_ID,
    Answer,
    Call,
    Service,
    refuse,
)
from vtn_service.store import opts

MOST_OPT_BYTES = 64 * 1024
_LOG = structlog.get_logger()
_EVENT = "ei:qualifiedEventID/ei:"


@serves("EiOpt")
class Opting(Service):
    """Opt schedules, and opts to one event by that way."""

    @handles("oadrCreateOpt")
    async def create(self, call: Call) -> Answer:
        """Keep the opt; one that names an event is also its answer to that event."""
        if len(call.body) > MOST_OPT_BYTES:
            got = f"got {len(call.body)} bytes, expected at most {MOST_OPT_BYTES}"
            return refuse(call, INVALID_DATA, f"Opt schedule: {got}")
        message = call.message
        opt_id = message.text("ei:optID").strip()
        opt_type = message.text("ei:optType").strip()
        reason = message.text("ei:optReason").strip()
        schedule = opts.OptSchedule.of(opt_id, opt_type, reason, call.body)
        answer = None
        if event_id := message.text(f"{_EVENT}eventID").strip():
            number = int(message.text(f"{_EVENT}modificationNumber"))
            answer = opts.EventOpt(event_id, number, opt_type, "200")
        is_kept = await self.house.desk.change_events(
            call.ven_id, opts.add_opt_schedule, call.ven_id, schedule, answer, call.now
        )
        if not is_kept:
            return refuse(call, INVALID_ID, "No such event or revision")
        if answer:
            self.house.seen.events_acknowledged([opt_type])
        _LOG.info("opt_schedule", ven_id=call.ven_id, opt_type=opt_type)
        return Answer("oadrCreatedOpt", {"opt_id": opt_id})

    @handles("oadrCancelOpt")
    async def cancel(self, call: Call) -> Answer:
        """Mark the opt cancelled."""
        opt_id = call.message.text("ei:optID").strip()
        is_known = await self.house.desk.change_events(
            call.ven_id, opts.cancel_opt_schedule, call.ven_id, opt_id, call.now
        )
        if not is_known:
            return refuse(call, INVALID_ID, "No such optID")
        return Answer("oadrCanceledOpt", {"opt_id": opt_id})
