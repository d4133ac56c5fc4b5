"""Nobody speaks for somebody else, and nobody unknown speaks at all."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, registered
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


def test_0012_and_12_are_two_vens(vtn: VtnAtWork) -> None:
    vtn.enrol("0012")
    vtn.enrol("12")

    said = vtn.say("12", "OadrPoll", messages.poll("0012"))

    assert said.code == "463"


def test_the_same_report_many_times_at_once_is_one(vtn: VtnAtWork) -> None:
    vtn.enrol("flood-1")
    document = update_report("flood-1", report([hour()]))

    with ThreadPoolExecutor(10) as callers:
        codes = callers.map(
            lambda _: vtn.say("flood-1", "EiReport", document).code, range(1000)
        )
        assert set(codes) == {"200"}

    assert len(vtn.reports("flood-1")) == 1
