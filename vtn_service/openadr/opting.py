"""EiOpt: a VEN's own opt schedules, kept as received."""

import structlog

from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.service import INVALID_ID, Answer, Call, Service, refuse
from vtn_service.store import events

_LOG = structlog.get_logger()
_EVENT = "ei:qualifiedEventID/ei:"


@serves("EiOpt")
class Opting(Service):
    """Opt schedules, and opts to one event by that way."""

    @handles("oadrCreateOpt")
    async def create(self, call: Call) -> Answer:
        """Keep the opt; one that names an event is also its answer to that event."""
        message, change = call.message, self.house.desk.change
        opt_id, opt_type = message.text("ei:optID"), message.text("ei:optType").strip()
        event_id = message.text(f"{_EVENT}eventID")
        if event_id:
            number = int(message.text(f"{_EVENT}modificationNumber"))
            opt = events.EventOpt(event_id, number, opt_type, "200")
            if await change(call.ven_id, events.add_opts, call.ven_id, [opt], call.now):
                return refuse(call, INVALID_ID, "No such event or revision")
        reason = message.text("ei:optReason").strip()
        schedule = events.OptSchedule(opt_id, opt_type, reason, call.body)
        await change(
            call.ven_id, events.add_opt_schedule, call.ven_id, schedule, call.now
        )
        _LOG.info("opt_schedule", ven_id=call.ven_id, opt_type=opt_type)
        return Answer("oadrCreatedOpt", {"opt_id": opt_id})

    @handles("oadrCancelOpt")
    async def cancel(self, call: Call) -> Answer:
        """Mark the opt cancelled."""
        opt_id = call.message.text("ei:optID")
        is_known = await self.house.desk.change(
            call.ven_id, events.cancel_opt_schedule, call.ven_id, opt_id, call.now
        )
        if not is_known:
            return refuse(call, INVALID_ID, "No such optID")
        return Answer("oadrCanceledOpt", {"opt_id": opt_id})
