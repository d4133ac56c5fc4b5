"""Identifiers in pretty-printed XML: the white space around them is no part of them."""

import re
from collections.abc import Sequence

import pytest

from tests.vtn_service import messages
from tests.vtn_service.asked import USAGE, asks_of, offering, polled, put_ask
from tests.vtn_service.at_work import VtnAtWork, price_event, put, registered
from tests.vtn_service.messages import interval, report, update_report, value
from tests.vtn_service.test_events import status

NAMES = "rID|reportSpecifierID|resourceID|eventID|optID|reportRequestID"
AT_FIVE = "2025-11-02T05:00:00Z"


def pretty(document: bytes) -> bytes:
    """Put every identifier on a line of its own."""
    spaced = re.sub(f"(<ei:(?:{NAMES})>)([^<]*)", r"\1\n\t\2\r\n ", document.decode())
    assert spaced != document.decode()
    return spaced.encode()


@pytest.mark.parametrize("is_offer_pretty", [True, False])
@pytest.mark.parametrize(
    "intervals",
    [
        [interval(value("r1", "1"), start=AT_FIVE, duration="PT1H")],
        [interval(value("r1", "1"), duration="PT1H")],
    ],
)
def test_a_report_means_what_was_registered(
    vtn: VtnAtWork,
    intervals: Sequence[str],
    *,
    is_offer_pretty: bool,
) -> None:
    ven_id = f"pretty-{is_offer_pretty}-{len(intervals[0])}"
    registered(vtn, ven_id)
    points = messages.report_offer("usage", [messages.Point("r1", "0012")])
    offer = messages.register_report(ven_id, points)
    sent = update_report(ven_id, report(intervals, start=AT_FIVE))

    vtn.say(ven_id, "EiReport", pretty(offer) if is_offer_pretty else offer)
    vtn.say(ven_id, "EiReport", sent if is_offer_pretty else pretty(sent))

    [found] = vtn.reports(ven_id)
    [point] = found["points"]
    named = (point["report_specifier_id"], point["r_id"], point["resource_id"])
    assert named == ("usage", "r1", "0012")


def test_an_answer_names_its_event(vtn: VtnAtWork) -> None:
    registered(vtn, "pretty-answer")
    put(vtn, "pretty-answer", "pretty-e1", price_event(["0.1"]))
    answer = messages.created_event("pretty-answer", [("pretty-e1", 0, "optIn")])

    said = vtn.say("pretty-answer", "EiEvent", pretty(answer))

    assert said.code == "200"
    assert status(vtn, "pretty-e1")["opt"] == "optIn"


def test_an_opt_schedule_is_cancelled_by_its_name(vtn: VtnAtWork) -> None:
    registered(vtn, "pretty-opt")
    opt = messages.create_opt("pretty-opt", "opt-1")
    vtn.say("pretty-opt", "EiOpt", pretty(opt))

    said = vtn.say("pretty-opt", "EiOpt", messages.cancel_opt("pretty-opt", "opt-1"))

    assert said.code == "200"


def test_a_report_answers_the_request_it_names(vtn: VtnAtWork) -> None:
    offering(vtn, "pretty-ask", USAGE)
    put_ask(vtn, "pretty-ask", "now", kind="reports")
    request_id = polled(vtn, "pretty-ask").texts("reportRequestID")[0]
    sent = report([messages.hour()], request_id=request_id)

    vtn.say("pretty-ask", "EiReport", pretty(update_report("pretty-ask", sent)))

    assert asks_of(vtn, "pretty-ask")["now"] == "answered"
