"""One specifier for two kinds of report: each is kept, asked for and read apart."""

import asyncio
import threading

import pytest

from tests.vtn_service import messages
from tests.vtn_service.asked import USAGE, durations, polled, put_ask
from tests.vtn_service.at_work import VtnAtWork, registered
from tests.vtn_service.messages import ENERGY_KWH, Point, report_offer
from tests.vtn_service.stores import SECONDS
from tests.vtn_service.test_telling import ClockedVtn, Told, told

__all__ = ["told"]

HOURLY = report_offer("one", [Point("r1", "now")])
STATUS = report_offer("one", [Point("r2", "state")], name="TELEMETRY_STATUS")
IN_WH = ENERGY_KWH.replace(">k<", ">none<")
PAST = report_offer("one", [Point("r1", "then", IN_WH)], name="HISTORY_USAGE")
SPAN = {"start_utc": "2025-11-01T00:00:00Z", "end_utc": "2025-11-01T02:00:00Z"}


def _offer(vtn: VtnAtWork, ven_id: str, *offers: str) -> list[str]:
    """Register and offer; give the report request ids asked for inside the answer."""
    registered(vtn, ven_id)
    said = vtn.say(ven_id, "EiReport", messages.register_report(ven_id, *offers))
    assert said.code == "200"
    return said.texts("reportRequestID")


def _meant(vtn: VtnAtWork, ven_id: str, *, name: str = "", under: str = "0") -> str:
    """Report a value of `r1`; give how that is understood."""
    told = messages.report([messages.hour()], specifier="one", request_id=under)
    mark = "<ei:reportSpecifierID>one</ei:reportSpecifierID>"
    named = told.replace(mark, f"{mark}<ei:reportName>{name}</ei:reportName>")
    document = messages.update_report(ven_id, named if name else told)
    assert vtn.say(ven_id, "EiReport", document).code == "200"
    (value,) = vtn.reports(ven_id)[-1]["values"]
    return f"{value['report_name']} {value['resource_id']} {value['scale']}"


@pytest.mark.parametrize("offers", [(HOURLY, STATUS), (STATUS, HOURLY)])
def test_usage_and_status_of_one_specifier_are_asked_for_each_in_its_way(
    vtn: VtnAtWork, offers: tuple[str, str]
) -> None:
    registered(vtn, "kinds-1")
    document = messages.register_report("kinds-1", *offers)

    status = vtn.say("kinds-1", "EiReport", document)
    usage = polled(vtn, "kinds-1")

    assert (status.texts("rID"), durations(status)) == (
        ["r2"],
        ["PT15M", "PT1H", "PT0S"],
    )
    assert (usage.texts("rID"), durations(usage)) == (["r1"], ["PT1H", "PT1H", "PT0S"])
    assert status.texts("reportRequestID") != usage.texts("reportRequestID")


@pytest.mark.parametrize(
    ("ven_id", "offers"), [("past-1", (HOURLY, PAST)), ("past-2", (PAST, HOURLY))]
)
def test_usage_and_history_of_one_point_are_asked_for_both(
    vtn: VtnAtWork, ven_id: str, offers: tuple[str, str]
) -> None:
    inside = _offer(vtn, ven_id, *offers)
    put_ask(vtn, ven_id, "a1", kind="history", **SPAN)

    asked = polled(vtn, ven_id)

    assert len(inside) == 1
    assert asked.texts("reportRequestID") != inside
    assert asked.texts("rID") == ["r1"]
    assert durations(asked) == ["PT1H", "PT0S", "PT2H"]


def test_a_report_is_of_the_kind_it_says_or_was_asked_for(vtn: VtnAtWork) -> None:
    (under,) = _offer(vtn, "kinds-3", HOURLY, PAST)
    put_ask(vtn, "kinds-3", "a1", kind="history", **SPAN)
    (past,) = polled(vtn, "kinds-3").texts("reportRequestID")

    assert _meant(vtn, "kinds-3", name="HISTORY_USAGE") == "HISTORY_USAGE then none"
    assert _meant(vtn, "kinds-3", name="TELEMETRY_USAGE") == "TELEMETRY_USAGE now k"
    assert _meant(vtn, "kinds-3", under=under) == "TELEMETRY_USAGE now k"
    assert _meant(vtn, "kinds-3", under=past) == "HISTORY_USAGE then none"


def test_what_two_kinds_say_differently_is_not_guessed(vtn: VtnAtWork) -> None:
    _offer(vtn, "kinds-4", HOURLY, PAST)
    assert _meant(vtn, "kinds-4") == "TELEMETRY_USAGE  "

    same = report_offer("one", [Point("r1", "now")], name="HISTORY_USAGE")
    _offer(vtn, "kinds-5", HOURLY, same)
    assert _meant(vtn, "kinds-5") == "TELEMETRY_USAGE now k"


def test_a_kind_that_is_offered_later_leaves_the_other_as_it_is(
    vtn: VtnAtWork,
) -> None:
    _offer(vtn, "kinds-6", HOURLY)
    later = messages.register_report("kinds-6", PAST)
    assert vtn.say("kinds-6", "EiReport", later).texts("reportRequestID") == []

    assert _meant(vtn, "kinds-6", name="TELEMETRY_USAGE") == "TELEMETRY_USAGE now k"
    assert _meant(vtn, "kinds-6", name="HISTORY_USAGE") == "HISTORY_USAGE then none"


def test_polls_are_answered_while_offers_wait_to_be_read(told: Told) -> None:
    async def story(vtn: ClockedVtn) -> tuple[bool, str]:
        held = threading.Event()
        reading = asyncio.create_task(
            vtn.house.reader.read("another", held.wait, SECONDS)
        )
        document = messages.register_report("v1", USAGE)
        offered = asyncio.create_task(vtn.say("EiReport", document))
        for _ in range(50):
            assert await vtn.poll() == "oadrResponse"
        is_waiting = not offered.done()
        held.set()
        await reading
        return is_waiting, (await offered).code

    assert told(story) == (True, "200")
