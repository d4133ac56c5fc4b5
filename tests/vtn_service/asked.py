"""Asking VENs by the control door, and what a VEN needs to be asked for reports."""

from typing import Any

from tests.vtn_service import messages
from tests.vtn_service.at_work import Said, VtnAtWork, registered
from tests.vtn_service.messages import Point, report_offer

USAGE = report_offer("usage", [Point("r1")])
STATUS = report_offer(
    "status",
    [Point("r2", item="", shortest="PT30S", longest="PT30S")],
    name="TELEMETRY_STATUS",
)
HISTORY = report_offer("past", [Point("r3")], name="HISTORY_USAGE")


def put_ask(vtn: VtnAtWork, ven_id: str, ask_id: str, **ask: str) -> dict[str, Any]:
    """Put an ask and give how far it has come."""
    response = vtn.ask("PUT", f"/vens/{ven_id}/asks/{ask_id}", ask)
    assert response.status_code == 200, response.text
    status: dict[str, Any] = response.json()
    return status


def asks_of(vtn: VtnAtWork, ven_id: str) -> dict[str, str]:
    """Give the state of every ask of a VEN, in the order asked."""
    found = vtn.get(f"/asks?ven_id={ven_id}")
    return {status["ask_id"]: status["state"] for status in found}


def offering(vtn: VtnAtWork, ven_id: str, *offers: str) -> list[str]:
    """Register a VEN that asks first, and what it offers; answer what it is asked.

    Gives the report request ids it was asked for.
    """
    registered(vtn, ven_id)
    said = vtn.say(ven_id, "EiReport", messages.register_report(ven_id, *offers))
    request_ids = said.texts("reportRequestID")
    taken = messages.answer("oadrCreatedReport", ven_id, pending=request_ids)
    vtn.say(ven_id, "EiReport", taken)
    return request_ids


def durations(said: Said) -> list[str]:
    """Give granularity, report-back duration and length, of the first request."""
    return [text for text in said.texts("duration") if text.strip()][:3]


def polled(vtn: VtnAtWork, ven_id: str) -> Said:
    """Poll as a VEN."""
    return vtn.say(ven_id, "OadrPoll", messages.poll(ven_id))
