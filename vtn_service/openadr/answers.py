"""What VENs answer to the asks they were told."""

import structlog
from sqlalchemy import Connection

from vtn_service.contract import ASK_KINDS
from vtn_service.house import House
from vtn_service.openadr.message import NAMESPACES, Message
from vtn_service.store import telling

_LOG = structlog.get_logger()
_PENDING = "oadr:oadrPendingReports/ei:reportRequestID"
_ANSWERED_BY = {
    "oadrCreatedReport": ["reports", "history"],
    "oadrCanceledReport": ["cancel_reports"],
    "oadrRegisteredReport": ["offers"],
    "oadrCanceledPartyRegistration": ["cancel_registration"],
    "oadrResponse": list(ASK_KINDS),
}


async def take_answer(house: House, ven_id: str, message: Message, now: str) -> None:
    """Keep what a VEN's message answers, if anything.

    An oadrResponse, which may answer anything, counts only under our requestID.
    """
    answer = telling.AskAnswer(
        kinds=_ANSWERED_BY[message.kind],
        code=message.text("ei:eiResponse/ei:responseCode").strip(),
        request_id=message.request_id.strip(),
        report_request_ids=_pending(message),
    )
    is_ours = telling.seq_of(answer.request_id) is not None
    if message.kind == "oadrResponse" and not is_ours:
        return
    kinds = await house.desk.change(ven_id, _note, ven_id, answer, now)
    if kinds:
        _LOG.info("answered", ven_id=ven_id, asks=sorted(kinds), code=answer.code)


def _pending(message: Message) -> set[str]:
    """Give the report requests it names; a cancelled one is not among them."""
    if message.kind != "oadrCreatedReport":
        return set()
    found = message.element.iterfind(_PENDING, NAMESPACES)
    return {(element.text or "").strip() for element in found}


def _note(
    connection: Connection, ven_id: str, answer: telling.AskAnswer, now: str
) -> set[str]:
    kinds = telling.note_answered(connection, ven_id, answer, now)
    if "cancel_registration" in kinds and answer.code == telling.OK:
        telling.note_registration(connection, ven_id, "", left_at=now)
    return kinds
