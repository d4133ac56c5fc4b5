"""A battery's VEN, which registers as Fortress Power's sequence diagram shows."""

from collections.abc import Callable

from tests.vtn_service import messages
from tests.vtn_service.asked import STATUS, USAGE
from tests.vtn_service.at_work import Said, VtnAtWork

Written = Callable[[bytes], bytes]


class FortressVen:
    """Says one message after the other, and takes what it is told.

    Args:
        vtn: Where it is enrolled and speaks.
        ven_id: Its id.
        written: How it writes a message.
    """

    def __init__(self, vtn: VtnAtWork, ven_id: str, written: Written = bytes) -> None:
        """Enrol it; nothing is said yet."""
        self.vtn = vtn
        self.ven_id = ven_id
        self.written = written
        vtn.enrol(ven_id)

    def say(self, service: str, document: bytes) -> Said:
        """Say something."""
        return self.vtn.say(self.ven_id, service, self.written(document))

    def register(self) -> Said:
        """Register."""
        return self.say("EiRegisterParty", messages.create_registration(self.ven_id))

    def offer(self, *offers: str) -> Said:
        """Register reports: usage and status, or others."""
        offered = offers or (USAGE, STATUS)
        return self.say("EiReport", messages.register_report(self.ven_id, *offered))

    def poll(self) -> Said:
        """Poll."""
        return self.say("OadrPoll", messages.poll(self.ven_id))

    def answer(self, kind: str, told: Said, pending: list[str] | None = None) -> Said:
        """Answer what was told."""
        document = messages.answer(
            kind, self.ven_id, request_id=told.request_id, pending=pending
        )
        return self.say("EiReport", document)

    def take_request(self) -> Said:
        """Poll, which gives a report request, and take it; give the request."""
        told = self.poll()
        assert told.kind == "oadrCreateReport"
        request_ids = told.texts("reportRequestID")
        answered = self.answer("oadrCreatedReport", told, request_ids)
        assert (answered.kind, answered.code) == ("oadrResponse", "200")
        return told
