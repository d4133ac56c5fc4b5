"""EiRegisterParty: a VEN learns who it is and how often to ask."""

from datetime import timedelta

import structlog

from vtn_service.contract import CHECK_REQUEST_ID
from vtn_service.openadr.answers import take_answer
from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.service import (
    INVALID_ID,
    NOT_AUTHORIZED,
    PROFILES,
    Answer,
    Call,
    Service,
    refuse,
)
from vtn_service.store import roster, telling

_LOG = structlog.get_logger()


@serves("EiRegisterParty")
class RegisterParty(Service):
    """Registration; identity comes from the roster, never from the message."""

    @handles("oadrQueryRegistration")
    async def query(self, call: Call) -> Answer:
        """Tell what this VTN speaks, without ids; keep that the VEN asks first."""
        is_check = call.message.request_id == CHECK_REQUEST_ID
        if not (call.caller.has_queried or is_check):
            await self.house.desk.change(call.ven_id, roster.note_queried, call.ven_id)
        return self._registered(None, None)

    @handles("oadrCreatePartyRegistration")
    async def create(self, call: Call) -> Answer:
        """Register the caller, again or for the first time."""
        name = call.message.text("oadr:oadrVenName").strip()
        if call.caller.ven_name and name != call.caller.ven_name:
            return refuse(call, NOT_AUTHORIZED, "oadrVenName is not the roster's")
        change, store = self.house.desk.change, self.house.store
        claimed = call.message.text("ei:registrationID").strip()
        is_anothers = await store.read(
            roster.is_registration_of_another, call.ven_id, claimed
        )
        if is_anothers:
            return refuse(call, NOT_AUTHORIZED, "registrationID is another VEN's")
        await change(call.ven_id, telling.note_registration, call.ven_id, call.now)
        _LOG.info("registered", ven_id=call.ven_id)
        return self._registered(call.ven_id, call.caller.registration_id)

    @handles("oadrCancelPartyRegistration")
    async def cancel(self, call: Call) -> Answer:
        """Unregister the caller."""
        claimed = call.message.text("ei:registrationID").strip()
        if claimed != call.caller.registration_id:
            return refuse(call, INVALID_ID, "registrationID is not the caller's")
        await self.house.desk.change(
            call.ven_id,
            telling.note_registration,
            call.ven_id,
            "",
            left_at=call.now,
        )
        _LOG.info("unregistered", ven_id=call.ven_id)
        return Answer("oadrCanceledPartyRegistration", {"registration_id": claimed})

    @handles("oadrCanceledPartyRegistration")
    async def canceled(self, call: Call) -> Answer:
        """Keep that the VEN left, if it was told to."""
        await take_answer(self.house, call.ven_id, call.message, call.now)
        return Answer("oadrResponse")

    def _registered(self, ven_id: str | None, registration_id: str | None) -> Answer:
        seconds = self.house.settings.poll_seconds
        return Answer(
            "oadrCreatedPartyRegistration",
            {
                "ven_id": ven_id,
                "registration_id": registration_id,
                "profiles": PROFILES,
                "requested_oadr_poll_freq": timedelta(seconds=seconds),
            },
        )
