"""The two ways VENs register and are asked for reports, told apart by what they do."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openleadr import OpenADRClient

from tests.vtn_service import messages
from tests.vtn_service.asked import STATUS, USAGE, asks_of, durations, polled, put_ask
from tests.vtn_service.at_work import (
    VtnAtWork,
    price_event,
    put,
    sha256,
    token_of,
)
from tests.vtn_service.fortress import FortressVen, Written
from tests.vtn_service.messages import Point, report_offer


@pytest.mark.parametrize(
    ("ven_id", "written"),
    [("battery-1", bytes), ("battery-2", messages.with_vendor_prefixes)],
)
def test_the_diagram_of_a_battery_is_followed_message_by_message(
    vtn: VtnAtWork, ven_id: str, written: Written
) -> None:
    battery = FortressVen(vtn, ven_id, written)
    put(vtn, ven_id, "e1", price_event(["0.1"]))

    created = battery.register()
    assert (created.kind, created.code) == ("oadrCreatedPartyRegistration", "200")
    assert created.texts("venID") == [ven_id]
    registered = battery.offer()
    assert (registered.kind, registered.code) == ("oadrRegisteredReport", "200")
    assert registered.texts("oadrReportRequest") == []

    ours = battery.poll()
    assert ours.kind == "oadrRegisterReport"
    assert (ours.texts("venID"), ours.texts("oadrReport")) == ([ven_id], [])
    answered = battery.answer("oadrRegisteredReport", ours)
    assert (answered.kind, answered.request_id) == ("oadrResponse", ours.request_id)

    requests = [battery.take_request() for _ in range(2)]
    specifiers = [request.texts("reportSpecifierID") for request in requests]
    assert specifiers == [["status"], ["usage"]]
    assert durations(requests[0]) == ["PT30S", "PT1H", "PT0S"]
    assert durations(requests[1]) == ["PT1H", "PT1H", "PT0S"]

    events = battery.poll()
    assert (events.kind, events.texts("eventID")) == ("oadrDistributeEvent", ["e1"])
    asked = battery.say("EiEvent", messages.request_event(ven_id))
    assert asked.kind == "oadrDistributeEvent"
    opt = messages.created_event(ven_id, [("e1", 0, "optIn")])
    assert battery.say("EiEvent", opt).kind == "oadrResponse"
    assert battery.poll().kind == "oadrResponse"
    assert set(asks_of(vtn, ven_id).values()) == {"answered"}


def test_a_battery_that_never_answers_is_asked_all_the_same_and_reports(
    vtn: VtnAtWork,
) -> None:
    battery = FortressVen(vtn, "mute-1")
    battery.register()
    battery.offer(USAGE)

    _, asked, nothing = (battery.poll() for _ in range(3))
    under = asked.texts("reportRequestID")[0]
    report = messages.report([messages.hour()], request_id=under)
    taken = battery.say("EiReport", messages.update_report("mute-1", report))

    assert (asked.kind, nothing.kind) == ("oadrCreateReport", "oadrResponse")
    assert (taken.kind, taken.code) == ("oadrUpdatedReport", "200")
    assert len(vtn.reports("mute-1")) == 1
    assert list(asks_of(vtn, "mute-1").values()) == ["told", "answered"]


def test_each_registration_starts_the_order_anew_and_what_was_queued_is_gone(
    vtn: VtnAtWork,
) -> None:
    battery = FortressVen(vtn, "again-1")
    battery.register()
    battery.offer()
    battery.poll()
    put_ask(vtn, "again-1", "mine", kind="offers")

    battery.register()
    battery.offer()
    told = [battery.poll().kind for _ in range(5)]

    assert told == [
        "oadrRegisterReport",
        "oadrRegisterReport",
        "oadrCreateReport",
        "oadrCreateReport",
        "oadrResponse",
    ]
    states = asks_of(vtn, "again-1")
    assert next(iter(states)) == "mine"
    assert set(states.values()) == {"told"}


def test_our_own_list_comes_once_a_registration_however_often_reports_are_registered(
    vtn: VtnAtWork,
) -> None:
    battery = FortressVen(vtn, "twice-1")
    battery.register()
    battery.offer()
    first = [battery.poll().kind for _ in range(2)]

    battery.offer(USAGE)
    second = [battery.poll().kind for _ in range(3)]

    assert first == ["oadrRegisterReport", "oadrCreateReport"]
    assert second == ["oadrCreateReport", "oadrResponse", "oadrResponse"]


def test_a_battery_without_a_usable_report_is_asked_for_none(vtn: VtnAtWork) -> None:
    battery = FortressVen(vtn, "useless-1")
    battery.register()
    odd = report_offer("odd", [Point("r9")], name="HISTORY_GREENBUTTON")
    battery.offer(odd)

    assert [battery.poll().kind for _ in range(2)] == [
        "oadrRegisterReport",
        "oadrResponse",
    ]


def test_a_ven_that_asks_first_is_asked_inside_and_waited_for_by_nobody(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("ter-1")
    put(vtn, "ter-1", "e1", price_event(["0.1"]))
    say = vtn.say
    say("ter-1", "EiRegisterParty", messages.query_registration())
    say("ter-1", "EiRegisterParty", messages.create_registration("ter-1"))

    inside = say("ter-1", "EiReport", messages.register_report("ter-1", USAGE, STATUS))
    put_ask(vtn, "ter-1", "a1", kind="reports", report_specifier_id="usage")
    told = [polled(vtn, "ter-1").kind for _ in range(3)]

    assert inside.texts("reportSpecifierID") == ["status", "usage"]
    assert durations(inside) == ["PT30S", "PT1H", "PT0S"]
    assert told == ["oadrCreateReport", "oadrDistributeEvent", "oadrDistributeEvent"]


def test_what_was_asked_inside_is_answered_by_the_first_report_of_each(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("ter-2")
    vtn.say("ter-2", "EiRegisterParty", messages.query_registration())
    vtn.say("ter-2", "EiRegisterParty", messages.create_registration("ter-2"))
    offer = messages.register_report("ter-2", USAGE, STATUS)
    status, usage = vtn.say("ter-2", "EiReport", offer).texts("reportRequestID")

    before = asks_of(vtn, "ter-2")
    online = messages.interval(
        messages.resource_status("r2"), start="2025-11-02T12:00:00Z"
    )
    report = messages.report([online], specifier="status", request_id=status)
    vtn.say("ter-2", "EiReport", messages.update_report("ter-2", report))
    after = asks_of(vtn, "ter-2")

    assert set(before.values()) == {"told"}
    assert after[f"registration:{status}"] == "answered"
    assert after[f"registration:{usage}"] == "told"


async def _stock_client(
    vtn: VtnAtWork, ven_id: str, *, asks_first: bool
) -> list[dict[str, Any]]:
    """Run a stock client until it has a report request; give its requests."""
    vtn.enrol(ven_id, token_sha256=sha256(token_of(ven_id)))
    url = vtn.url(token_of(ven_id), "").rstrip("/")
    client = OpenADRClient(ven_name="example-ven", vtn_url=url)
    client.add_report(
        callback=_measured,
        resource_id="device-1",
        measurement="energyReal",
        report_specifier_id="RealEnergy",
        r_id="energy",
        unit="Wh",
        sampling_rate=timedelta(hours=1),
    )
    try:
        if asks_first:
            await client.query_registration()
        await client.create_party_registration()
        await client.register_reports(client.reports)
        worker = asyncio.create_task(client._report_queue_worker())  # noqa: SLF001
        for _ in range(3):
            if client.report_requests:
                break
            await client._poll()  # noqa: SLF001
        (request,) = client.report_requests
        await client.update_report(request["report_request_id"])
        while not await asyncio.to_thread(vtn.reports, ven_id):
            await asyncio.sleep(0.02)
        worker.cancel()
    finally:
        await client.stop()
    return [dict(request) for request in client.report_requests]


def _measured() -> list[tuple[datetime, float]]:
    return [(datetime(2025, 11, 2, 5, tzinfo=UTC), 0.06)]


@pytest.mark.parametrize("asks_first", [True, False])
def test_a_stock_client_is_asked_either_way_and_reports(
    vtn: VtnAtWork, *, asks_first: bool
) -> None:
    ven_id = f"stock-{asks_first}"

    (request,) = asyncio.run(_stock_client(vtn, ven_id, asks_first=asks_first))

    assert request["report_specifier_id"] == "RealEnergy"
    assert request["r_ids"] == ["energy"]
    assert request["granularity"] == timedelta(hours=1)
    (report,) = vtn.reports(ven_id)
    assert report["columns"]["value_text"] == ["0.06"]
    own = [] if asks_first else ["registration:offers"]
    states = asks_of(vtn, ven_id)
    assert list(states)[: len(own)] == own
    assert set(states.values()) == {"answered"}
