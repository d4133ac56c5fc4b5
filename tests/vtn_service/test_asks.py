"""What is asked of a VEN is told at its polls, one message each, in order."""

import pytest

from tests.vtn_service import messages
from tests.vtn_service.asked import (
    HISTORY,
    STATUS,
    USAGE,
    asks_of,
    durations,
    offering,
    polled,
    put_ask,
)
from tests.vtn_service.at_work import VtnAtWork, price_event, put, registered
from tests.vtn_service.messages import Point, report_offer

MARCH = {"start_utc": "2025-03-01T05:00:00Z", "end_utc": "2025-03-03T05:00:00Z"}
HISTORIC = {"kind": "history", **MARCH}


def test_reports_are_asked_for_again_open_ended_one_message_each(
    vtn: VtnAtWork,
) -> None:
    asked = offering(vtn, "again-1", USAGE, STATUS)
    put_ask(vtn, "again-1", "a1", kind="reports")

    told = [polled(vtn, "again-1") for _ in range(3)]

    assert [said.kind for said in told] == ["oadrCreateReport"] * 2 + ["oadrResponse"]
    by_id = {said.texts("reportRequestID")[0]: said for said in told[:2]}
    assert sorted(by_id) == sorted(asked)
    usage = next(s for s in told if s.texts("reportSpecifierID") == ["usage"])
    assert durations(usage) == ["PT1H", "PT1H", "PT0S"]
    assert usage.texts("date-time")[0].endswith("Z")
    assert usage.texts("rID") == ["r1"]
    assert told[0].texts("venID") == ["again-1"]


def test_one_report_alone_can_be_asked_for(vtn: VtnAtWork) -> None:
    offering(vtn, "alone-1", USAGE, STATUS)
    put_ask(vtn, "alone-1", "a1", kind="reports", report_specifier_id="status")

    told = polled(vtn, "alone-1"), polled(vtn, "alone-1")

    assert told[0].texts("reportSpecifierID") == ["status"]
    assert durations(told[0]) == ["PT30S", "PT1H", "PT0S"]
    assert told[1].kind == "oadrResponse"


@pytest.mark.parametrize(
    ("shortest", "longest", "granularity"),
    [
        ("PT15M", "PT1H", "PT1H"),
        ("PT15M", "PT59M", "PT15M"),
        ("PT61M", "PT24H", "PT1H1M"),
    ],
)
def test_a_history_is_asked_for_by_the_hour_or_the_offered_minimum(
    vtn: VtnAtWork, shortest: str, longest: str, granularity: str
) -> None:
    ven_id = f"past-{granularity}-{longest}"
    point = Point("r3", shortest=shortest, longest=longest)
    offering(vtn, ven_id, report_offer("past", [point], name="HISTORY_USAGE"))

    put_ask(vtn, ven_id, "gap", **HISTORIC)
    told = polled(vtn, ven_id)

    assert told.kind == "oadrCreateReport"
    assert durations(told) == [granularity, "PT0S", "PT48H"]
    assert told.texts("date-time") == [MARCH["start_utc"]]
    assert told.texts("reportSpecifierID") == ["past"]


def test_a_history_has_an_id_of_its_own_for_its_time(vtn: VtnAtWork) -> None:
    asked = offering(vtn, "ids-1", USAGE, HISTORY)
    put_ask(vtn, "ids-1", "march", **HISTORIC)
    longer = {**HISTORIC, "end_utc": "2025-03-04T05:00:00Z"}
    put_ask(vtn, "ids-1", "longer", **longer)

    told = [polled(vtn, "ids-1").texts("reportRequestID")[0] for _ in range(2)]

    assert len({*asked, *told}) == 3


def test_the_granularity_of_a_history_holds_for_its_values(vtn: VtnAtWork) -> None:
    offering(vtn, "hourly-1", HISTORY)
    put_ask(vtn, "hourly-1", "gap", **HISTORIC)
    request_id = polled(vtn, "hourly-1").texts("reportRequestID")[0]

    bare = messages.interval(messages.value("r3", "1"), start=MARCH["start_utc"])
    report = messages.report([bare], specifier="past", request_id=request_id)
    vtn.say("hourly-1", "EiReport", messages.update_report("hourly-1", report))

    assert vtn.reports("hourly-1")[0]["columns"]["duration_text"] == ["PT1H"]


def test_reports_are_cancelled_one_message_each(vtn: VtnAtWork) -> None:
    asked = offering(vtn, "cease-1", USAGE, STATUS)
    put_ask(vtn, "cease-1", "stop", kind="cancel_reports")

    told = [polled(vtn, "cease-1") for _ in range(3)]

    assert [said.kind for said in told] == ["oadrCancelReport"] * 2 + ["oadrResponse"]
    assert sorted(s.texts("reportRequestID")[0] for s in told[:2]) == sorted(asked)
    assert told[0].texts("reportToFollow") == ["false"]


def test_a_ven_is_asked_for_its_list_to_register_again_and_to_leave(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "others-1")
    for kind in ("offers", "reregister", "cancel_registration"):
        put_ask(vtn, "others-1", kind, kind=kind)

    told = [polled(vtn, "others-1") for _ in range(3)]

    assert [said.kind for said in told] == [
        "oadrRegisterReport",
        "oadrRequestReregistration",
        "oadrCancelPartyRegistration",
    ]
    assert [said.texts("venID") for said in told] == [["others-1"]] * 3
    assert told[0].texts("reportSpecifierID") == []
    assert told[0].request_id != told[2].request_id != ""
    assert told[2].texts("registrationID")[0].startswith("reg-")


def test_asks_come_before_events_and_wait_for_no_answer(vtn: VtnAtWork) -> None:
    offering(vtn, "order-1", USAGE)
    put(vtn, "order-1", "e1", price_event(["0.1"]))
    put_ask(vtn, "order-1", "second-in-name", kind="reports")
    put_ask(vtn, "order-1", "first-in-name", kind="offers")

    told = [polled(vtn, "order-1").kind for _ in range(4)]

    assert told == [
        "oadrCreateReport",
        "oadrRegisterReport",
        "oadrDistributeEvent",
        "oadrDistributeEvent",
    ]


def test_the_same_ask_again_changes_nothing(vtn: VtnAtWork) -> None:
    registered(vtn, "same-1")

    first = put_ask(vtn, "same-1", "a1", kind="offers")
    again = put_ask(vtn, "same-1", "a1", kind="offers", report_specifier_id="")
    told = [polled(vtn, "same-1").kind for _ in range(2)]
    after = put_ask(vtn, "same-1", "a1", kind="offers")

    assert first == again
    assert (first["state"], first["told_at"], first["told_times"]) == ("queued", "", 0)
    assert told == ["oadrRegisterReport", "oadrResponse"]
    assert (after["state"], after["told_times"]) == ("told", 1)
    assert after["told_at"].endswith("Z")


def test_another_ask_under_the_id_takes_the_place_of_the_first(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "place-1")
    put_ask(vtn, "place-1", "a1", kind="offers")

    put_ask(vtn, "place-1", "a1", kind="reregister")
    told = [polled(vtn, "place-1").kind for _ in range(2)]

    assert told == ["oadrRequestReregistration", "oadrResponse"]
    states = [(s["kind"], s["state"]) for s in vtn.get("/asks?ven_id=place-1")]
    assert states == [("offers", "superseded"), ("reregister", "told")]


def test_what_was_replaced_and_put_again_is_asked_anew(vtn: VtnAtWork) -> None:
    registered(vtn, "back-1")
    for kind in ("offers", "reregister", "offers"):
        put_ask(vtn, "back-1", "a1", kind=kind)

    told = [polled(vtn, "back-1").kind for _ in range(2)]

    assert told == ["oadrRegisterReport", "oadrResponse"]
    states = [(s["kind"], s["state"]) for s in vtn.get("/asks?ven_id=back-1")]
    assert states == [("reregister", "superseded"), ("offers", "told")]


def test_a_withdrawn_ask_never_goes_out_until_it_is_put_again(vtn: VtnAtWork) -> None:
    registered(vtn, "never-1")
    put_ask(vtn, "never-1", "a1", kind="offers")

    gone = [vtn.ask("DELETE", "/vens/never-1/asks/a1").json() for _ in range(2)]
    before = polled(vtn, "never-1").kind
    anew = put_ask(vtn, "never-1", "a1", kind="offers")
    after = polled(vtn, "never-1").kind

    assert [status["state"] for status in gone] == ["cancelled", "cancelled"]
    assert (before, anew["state"], after) == (
        "oadrResponse",
        "queued",
        "oadrRegisterReport",
    )


def test_to_cancel_a_report_supersedes_to_ask_for_it(vtn: VtnAtWork) -> None:
    offering(vtn, "mind-1", USAGE, STATUS)
    put_ask(vtn, "mind-1", "yes", kind="reports", report_specifier_id="usage")
    put_ask(vtn, "mind-1", "other", kind="reports", report_specifier_id="status")

    put_ask(vtn, "mind-1", "no", kind="cancel_reports", report_specifier_id="usage")
    told = [polled(vtn, "mind-1").kind for _ in range(3)]

    assert told == ["oadrCreateReport", "oadrCancelReport", "oadrResponse"]
    assert asks_of(vtn, "mind-1")["yes"] == "superseded"


@pytest.mark.parametrize(
    ("ask", "about"),
    [
        ({"kind": "more"}, "kind: got 'more', expected reports or history"),
        ({}, "kind, which is missing"),
        (
            {"kind": "offers", "report_specifier_id": "x"},
            "report_specifier_id: got 'x'",
        ),
        ({"kind": "reports", "start_utc": "2025-03-01T05:00:00Z"}, "start_utc: got"),
        (
            {"kind": "reports", "report_specifier_id": "a\nb"},
            "report_specifier_id: got",
        ),
        ({"kind": "history"}, "start_utc: got ''"),
        ({**HISTORIC, "start_utc": "2025-03-01"}, "start_utc: got '2025-03-01'"),
        ({**HISTORIC, "end_utc": MARCH["start_utc"]}, "end_utc: got"),
        ({**HISTORIC, "end_utc": "2999-01-01T00:00:00Z"}, "end_utc: got '2999"),
    ],
)
def test_an_ask_that_is_none_is_refused_and_the_field_named(
    vtn: VtnAtWork, ask: dict[str, str], about: str
) -> None:
    vtn.enrol("wrong-1")

    response = vtn.ask("PUT", "/vens/wrong-1/asks/a1", ask)

    assert response.status_code == 400
    assert about in response.json()["error"]
    assert asks_of(vtn, "wrong-1") == {}


def test_reports_that_are_not_offered_are_a_conflict_that_names_the_offers(
    vtn: VtnAtWork,
) -> None:
    offering(vtn, "lacks-1", USAGE)
    vtn.enrol("lacks-2")

    history = vtn.ask("PUT", "/vens/lacks-1/asks/a1", HISTORIC)
    unknown = {"kind": "reports", "report_specifier_id": "status"}
    other = vtn.ask("PUT", "/vens/lacks-1/asks/a1", unknown)
    nothing = vtn.ask("PUT", "/vens/lacks-2/asks/a1", {"kind": "cancel_reports"})

    assert (history.status_code, other.status_code) == (409, 409)
    assert "lacks-1 offers: usage (TELEMETRY_USAGE)" in history.json()["error"]
    assert "got reports status" in other.json()["error"]
    assert nothing.json()["error"].endswith("lacks-2 offers: none")


def test_who_or_what_is_unknown_is_not_found(vtn: VtnAtWork) -> None:
    vtn.enrol("known-1")
    offers = {"kind": "offers"}

    assert vtn.ask("PUT", "/vens/nobody/asks/a1", offers).status_code == 404
    assert vtn.ask("DELETE", "/vens/nobody/asks/a1").status_code == 404
    assert vtn.ask("DELETE", "/vens/known-1/asks/a1").status_code == 404
    assert vtn.ask("GET", "/asks?ven_id=nobody").status_code == 404


def test_the_vtns_own_ids_are_not_for_others(vtn: VtnAtWork) -> None:
    vtn.enrol("own-1")

    refused = vtn.ask("PUT", "/vens/own-1/asks/registration:x", {"kind": "offers"})
    taken = vtn.ask("PUT", "/vens/own-1/asks/registration", {"kind": "offers"})

    assert (refused.status_code, taken.status_code) == (400, 200)
    assert "ask_id: got 'registration:x'" in refused.json()["error"]
