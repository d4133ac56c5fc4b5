"""Nobody speaks for somebody else, and nobody unknown speaks at all."""

from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
import requests

from tests.attack.raw import heard, length, path, request
from tests.vtn_service import messages
from tests.vtn_service.at_work import (
    VtnAtWork,
    price_event,
    put,
    registered,
    token_of,
)
from tests.vtn_service.messages import Point, hour, report, report_offer, update_report

SERVICES = ["EiRegisterParty", "EiReport", "EiEvent", "OadrPoll", "EiOpt"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_unknown_and_a_disabled_token_look_alike(
    vtn: VtnAtWork, service: str
) -> None:
    vtn.enrol("off-1", is_enabled=False)

    disabled = vtn.post("off-1", service, messages.poll("off-1"))
    unknown = vtn.post("nobody", service, messages.poll("off-1"))

    assert (disabled.status_code, unknown.status_code) == (403, 403)
    assert disabled.content == unknown.content


def test_how_long_a_refusal_takes_tells_nothing(vtn: VtnAtWork) -> None:
    vtn.enrol("off-2", is_enabled=False)
    document = messages.poll("off-2")
    took: dict[str, list[float]] = {"off-2": [], "nobody-2": []}

    for _ in range(40):
        for ven_id, seconds in took.items():
            seconds.append(
                vtn.post(ven_id, "OadrPoll", document).elapsed.total_seconds()
            )

    disabled, unknown = (median(seconds) for seconds in took.values())
    assert max(disabled, unknown) < 2 * min(disabled, unknown) + 0.002


@pytest.mark.parametrize("token", ["%00", "%FF", "..%2f..", "x" * 5000, "'--"])
def test_a_strange_token_is_only_an_unknown_one(vtn: VtnAtWork, token: str) -> None:
    response = requests.post(
        vtn.url(token, "OadrPoll"),
        data=messages.poll("v1"),
        headers={"Content-Type": "application/xml"},
        timeout=5,
    )

    assert response.status_code in {403, 404}


@pytest.mark.parametrize(
    ("service", "document", "kind"),
    [
        ("OadrPoll", messages.poll("victim"), "oadrResponse"),
        ("EiEvent", messages.request_event("victim"), "oadrDistributeEvent"),
        ("EiEvent", messages.created_event("victim", []), "oadrResponse"),
        ("EiReport", update_report("victim", report([hour()])), "oadrUpdatedReport"),
        (
            "EiReport",
            messages.register_report("victim", report_offer("usage", [Point("r1")])),
            "oadrRegisteredReport",
        ),
        (
            "EiRegisterParty",
            messages.create_registration("victim"),
            "oadrCreatedPartyRegistration",
        ),
        ("EiOpt", messages.create_opt("victim", "o1"), "oadrCreatedOpt"),
        ("EiOpt", messages.cancel_opt("victim", "o1"), "oadrCanceledOpt"),
    ],
)
def test_speaking_for_another_is_refused_and_not_stored(
    vtn: VtnAtWork, service: str, document: bytes, kind: str
) -> None:
    vtn.enrol("victim")
    vtn.enrol("impostor")

    said = vtn.say("impostor", service, document)

    assert (said.kind, said.code) == (kind, "463")
    assert vtn.reports("victim") + vtn.reports("impostor") == []


def test_without_an_id_the_report_is_the_callers(vtn: VtnAtWork) -> None:
    vtn.enrol("silent-1")
    offer = messages.register_report(None, report_offer("usage", [Point("r1")]))

    vtn.say("silent-1", "EiReport", offer)
    said = vtn.say("silent-1", "EiReport", update_report(None, report([hour()])))

    assert (said.code, said.texts("venID")) == ("200", ["silent-1"])
    assert vtn.reports("silent-1")[0]["values"][0]["resource_id"] == "device-1"


def test_anothers_request_id_gives_nothing_of_the_others(vtn: VtnAtWork) -> None:
    registered(vtn, "owner-1")
    vtn.enrol("copier-1")
    offer = messages.register_report("owner-1", report_offer("usage", [Point("r1")]))
    stolen = vtn.say("owner-1", "EiReport", offer).texts("reportRequestID")[0]
    copied = report([hour("r1")], request_id=stolen)

    vtn.say("copier-1", "EiReport", update_report("copier-1", copied))

    assert vtn.reports("owner-1") == []
    assert vtn.reports("copier-1")[0]["values"][0]["resource_id"] == ""


def test_anothers_registration_is_not_to_be_had_nor_ended(vtn: VtnAtWork) -> None:
    registered(vtn, "owner-2")
    registered(vtn, "thief-2")
    create = messages.create_registration("owner-2")
    stolen = vtn.say("owner-2", "EiRegisterParty", create).texts("registrationID")[0]

    had = vtn.say(
        "thief-2",
        "EiRegisterParty",
        messages.create_registration("thief-2", registration_id=stolen),
    )
    ended = vtn.say("thief-2", "EiRegisterParty", messages.cancel_registration(stolen))

    (owner,) = (ven for ven in vtn.get("/vens") if ven["ven_id"] == "owner-2")
    assert (had.code, had.texts("venID"), ended.code) == ("463", [""], "452")
    assert owner["registered_at"]


def test_nobody_answers_anothers_event(vtn: VtnAtWork) -> None:
    registered(vtn, "owner-3")
    registered(vtn, "thief-3")
    put(vtn, "owner-3", "e1", price_event(["0.1"]))
    opt = messages.created_event("thief-3", [("e1", 0, "optOut")])
    schedule = messages.create_opt("thief-3", "o1", event_id="e1")

    answered = vtn.say("thief-3", "EiEvent", opt)
    opted = vtn.say("thief-3", "EiOpt", schedule)

    (status,) = (
        event
        for event in vtn.get("/events?first_day_utc=2000-01-01&last_day_utc=2099-01-01")
        if event["ven_id"] == "owner-3"
    )
    assert (answered.code, opted.code) == ("452", "452")
    assert status["opt"] == ""


def test_nobody_cancels_anothers_opt(vtn: VtnAtWork) -> None:
    registered(vtn, "owner-4")
    registered(vtn, "thief-4")
    vtn.say("owner-4", "EiOpt", messages.create_opt("owner-4", "o1"))

    stolen = vtn.say("thief-4", "EiOpt", messages.cancel_opt("thief-4", "o1"))
    own = vtn.say("owner-4", "EiOpt", messages.cancel_opt("owner-4", "o1"))

    assert (stolen.code, own.code) == ("452", "200")


def test_0012_and_12_are_two_vens(vtn: VtnAtWork) -> None:
    vtn.enrol("0012")
    vtn.enrol("12")

    said = vtn.say("12", "OadrPoll", messages.poll("0012"))

    assert said.code == "463"


def test_the_same_report_many_times_at_once_is_one(vtn: VtnAtWork) -> None:
    vtn.enrol("flood-1")
    document = update_report("flood-1", report([hour()]))
    line = f"POST {path(token_of('flood-1'), 'EiReport')} HTTP/1.1"
    once = request(length(document), line=line, body=document)
    last = request(length(document), "Connection: close", line=line, body=document)

    with ThreadPoolExecutor(10) as callers:
        told = callers.map(lambda _: heard(vtn, once * 99 + last), range(10))
        answers = b"".join(told)

    assert answers.count(b"HTTP/1.1 200 OK") == 1000
    assert answers.count(b"<ei:responseCode>200</ei:responseCode>") == 1000
    assert len(vtn.reports("flood-1")) == 1
