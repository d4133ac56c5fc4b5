"""From an ask to the message that a VEN is told, and when it is told again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vtn_service.openadr.instants import iso_utc, parse_duration
from vtn_service.openadr.offers import REPORTS_OF, choose_requests, request_payloads
from vtn_service.openadr.service import Answer, Call
from vtn_service.store.offers import Offer, ReportRequest
from vtn_service.store.telling import NextAsk

FIRST_WAIT = timedelta(minutes=10)
REPORT_GRACE = timedelta(minutes=15)
LONGEST_FIRST_WAIT = timedelta(days=1)


@dataclass(frozen=True)
class Telling:
    """A message that tells an ask, with the report it requests, if any."""

    answer: Answer
    request: ReportRequest | None = None


def telling_of(call: Call, ask: NextAsk, offers: Sequence[Offer]) -> Telling | None:
    """Give the message of an ask; None if its report is offered no more."""
    request_id: dict[str, object] = {"request_id": ask.request_id}
    match ask.ask.kind:
        case "offers":
            return Telling(Answer("oadrRegisterReport", {**request_id, "reports": []}))
        case "reregister":
            return Telling(Answer("oadrRequestReregistration"))
        case "cancel_registration":
            mine = {"registration_id": call.caller.registration_id}
            return Telling(Answer("oadrCancelPartyRegistration", request_id | mine))
        case "cancel_reports":
            about = {
                "report_request_id": ask.report_request_id,
                "report_to_follow": False,
            }
            return Telling(Answer("oadrCancelReport", request_id | about))
        case _:
            return _create_report(call, ask, offers)


def due_at(now: datetime, request: ReportRequest | None, *, told_times: int) -> str:
    """Give when an ask is told again unless answered: each wait twice the last.

    The best answer to a report request is a report, which takes its time; the first
    wait is a day at most.
    """
    back = parse_duration(request.report_back_duration) if request else None
    back = min(back or timedelta(0), LONGEST_FIRST_WAIT - REPORT_GRACE)
    first = max(FIRST_WAIT, back + REPORT_GRACE) if back else FIRST_WAIT
    return iso_utc(now + first * 2 ** (told_times - 1))


def is_about_reports(kind: str) -> bool:
    """Tell whether asks of a kind are about reports that a VEN must offer."""
    return kind in REPORTS_OF


def _create_report(call: Call, ask: NextAsk, offers: Sequence[Offer]) -> Telling | None:
    requests = [
        request
        for request in choose_requests(call.ven_id, offers, ask.ask)
        if request.report_request_id == ask.report_request_id
    ]
    if not requests:
        return None
    payload: dict[str, object] = {
        "request_id": ask.request_id,
        "report_requests": request_payloads(requests, offers, call.now, ask.ask),
    }
    return Telling(Answer("oadrCreateReport", payload), requests[0])
