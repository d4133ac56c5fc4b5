"""What was acknowledged is there after the process was killed and started again."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.vtn_service import messages
from tests.vtn_service.asked import USAGE, asks_of
from tests.vtn_service.at_work import Said, VtnAtWork, price_event, put, registered
from tests.vtn_service.fortress import FortressVen
from tests.vtn_service.messages import Point, hour, report, report_offer, update_report


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[VtnAtWork]:
    """Give a VTN that a test may kill."""
    vtn = VtnAtWork(tmp_path)
    yield vtn
    vtn.end()


def killed_and_started(vtn: VtnAtWork) -> None:
    """Kill the process and start it again."""
    vtn.end(signal.SIGKILL)
    vtn.start()


def test_events_registrations_and_offers_outlive_the_process(
    mortal: VtnAtWork,
) -> None:
    registered(mortal, "0012")
    offer = messages.register_report("0012", report_offer("usage", [Point("r1")]))
    asked = mortal.say("0012", "EiReport", offer)
    event = price_event(["0.1"])
    put(mortal, "0012", "e1", event)

    mortal.end(signal.SIGKILL)
    mortal.start()

    told = mortal.say("0012", "OadrPoll", messages.poll("0012"))
    assert (told.kind, told.texts("eventID")) == ("oadrDistributeEvent", ["e1"])
    assert put(mortal, "0012", "e1", event)["is_changed"] is False
    mortal.say("0012", "EiReport", update_report("0012", report([hour()])))
    assert mortal.reports("0012")[0]["values"][0]["unit"] == "Wh"
    again = mortal.say("0012", "EiReport", offer)
    assert again.texts("reportRequestID") == asked.texts("reportRequestID")


def test_no_acknowledged_report_is_lost_when_killed_under_load(
    mortal: VtnAtWork,
) -> None:
    mortal.enrol("busy-1")
    acknowledged: list[str] = []

    def send(worker: int) -> None:
        for i in range(1000):
            request_id = f"{worker}-{i}"
            body = update_report("busy-1", report([hour()]), request_id=request_id)
            try:
                said = mortal.say("busy-1", "EiReport", body)
            except requests.RequestException:
                return
            assert said.request_id == request_id
            acknowledged.append(request_id)
            if len(acknowledged) == 60:
                mortal.process.send_signal(signal.SIGKILL)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(send, range(4)))
    mortal.end(signal.SIGKILL)
    mortal.start()

    seqs = [head["seq"] for head in mortal.get("/reports")]
    bodies = [mortal.ask("GET", f"/reports/{seq}/body").text for seq in seqs]
    stored = [body.split("requestID>")[1].removesuffix("</pyld:") for body in bodies]
    assert len(acknowledged) >= 60
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    assert seqs == sorted(seqs)


def test_a_battery_gets_through_its_order_with_a_kill_after_every_message(
    mortal: VtnAtWork,
) -> None:
    battery = FortressVen(mortal, "v1")
    told: list[Said] = []

    def poll_and_answer(kind: str) -> Said:
        told.append(battery.poll())
        killed_and_started(mortal)
        pending = told[-1].texts("reportRequestID")
        return battery.answer(kind, told[-1], pending or None)

    for step in (
        battery.register,
        lambda: battery.offer(USAGE),
        lambda: poll_and_answer("oadrRegisteredReport"),
        lambda: poll_and_answer("oadrCreatedReport"),
    ):
        assert step().code == "200"
        killed_and_started(mortal)

    assert [said.kind for said in told] == ["oadrRegisterReport", "oadrCreateReport"]
    assert battery.poll().kind == "oadrResponse"
    assert set(asks_of(mortal, "v1").values()) == {"answered"}


def test_what_was_told_before_a_kill_is_not_told_out_of_order(
    mortal: VtnAtWork,
) -> None:
    battery = FortressVen(mortal, "v1")
    battery.register()
    battery.offer()
    told = []

    for _ in range(4):
        told.append(battery.poll().kind)
        killed_and_started(mortal)

    assert told == ["oadrRegisterReport", *["oadrCreateReport"] * 2, "oadrResponse"]
    assert set(asks_of(mortal, "v1").values()) == {"told"}


def test_a_sequence_number_is_never_used_twice(mortal: VtnAtWork) -> None:
    mortal.enrol("v1")
    mortal.say("v1", "EiReport", update_report("v1", report([hour(at=1)])))
    mortal.end()
    mortal.start()

    mortal.say("v1", "EiReport", update_report("v1", report([hour(at=2)])))

    assert [r["seq"] for r in mortal.reports("v1")] == [1, 2]


def test_the_last_poll_is_stored_when_the_process_ends(mortal: VtnAtWork) -> None:
    registered(mortal, "v1")
    mortal.say("v1", "OadrPoll", messages.poll("v1"))

    mortal.end()
    mortal.start()

    assert mortal.get("/vens")[0]["last_poll_at"].endswith("Z")
