"""What counts as a VEN's answer to what it was asked, in all the ways VENs answer."""

import pytest

from tests.vtn_service import messages
from tests.vtn_service.asked import (
    HISTORY,
    STATUS,
    USAGE,
    asks_of,
    offering,
    polled,
    put_ask,
)
from tests.vtn_service.at_work import VtnAtWork, registered

MARCH = {"start_utc": "2025-03-01T05:00:00Z", "end_utc": "2025-03-03T05:00:00Z"}


def status_of(vtn: VtnAtWork, ven_id: str, ask_id: str) -> dict[str, str]:
    """Give how far an ask has come."""
    found: list[dict[str, str]] = vtn.get(f"/asks?ven_id={ven_id}")
    return next(status for status in found if status["ask_id"] == ask_id)


@pytest.mark.parametrize(
    ("kind", "service", "answer"),
    [
        ("reports", "EiReport", "oadrCreatedReport"),
        ("history", "EiReport", "oadrCreatedReport"),
        ("cancel_reports", "EiReport", "oadrCanceledReport"),
        ("offers", "EiReport", "oadrRegisteredReport"),
        ("cancel_registration", "EiRegisterParty", "oadrCanceledPartyRegistration"),
        ("offers", "EiReport", "oadrResponse"),
    ],
)
@pytest.mark.parametrize("names_ven", [True, False])
def test_each_kind_is_answered_under_the_request_id_it_was_told_with(
    vtn: VtnAtWork, kind: str, service: str, answer: str, *, names_ven: bool
) -> None:
    ven_id = f"{kind}-{answer}-{names_ven}"
    offering(vtn, ven_id, USAGE, HISTORY)
    put_ask(vtn, ven_id, "a1", kind=kind, **(MARCH if kind == "history" else {}))
    told = polled(vtn, ven_id)

    document = messages.answer(
        answer,
        ven_id if names_ven else None,
        request_id=told.request_id,
        pending=[] if answer in {"oadrCreatedReport", "oadrCanceledReport"} else None,
    )
    response = vtn.post(ven_id, service, document)

    assert response.status_code == 200
    status = status_of(vtn, ven_id, "a1")
    assert (status["state"], status["answer_code"]) == ("answered", "200")
    assert status["answered_at"].endswith("Z")


def test_registering_again_answers_the_wish_for_it(vtn: VtnAtWork) -> None:
    registered(vtn, "anew-1")
    put_ask(vtn, "anew-1", "a1", kind="reregister")
    polled(vtn, "anew-1")

    vtn.post("anew-1", "EiRegisterParty", messages.answer("oadrResponse", "anew-1"))
    before = asks_of(vtn, "anew-1")
    vtn.say("anew-1", "EiRegisterParty", messages.create_registration())

    assert (before, asks_of(vtn, "anew-1")) == ({"a1": "told"}, {"a1": "answered"})
    assert polled(vtn, "anew-1").kind == "oadrResponse"


def test_pending_reports_name_what_they_answer(vtn: VtnAtWork) -> None:
    offering(vtn, "pending-1", USAGE, STATUS)
    for name in ("usage", "status"):
        put_ask(vtn, "pending-1", name, kind="reports", report_specifier_id=name)
    usage, _status = polled(vtn, "pending-1"), polled(vtn, "pending-1")

    pending = usage.texts("reportRequestID")
    answer = messages.answer("oadrCreatedReport", "pending-1", pending=pending)
    vtn.say("pending-1", "EiReport", answer)

    states = asks_of(vtn, "pending-1")
    assert (states["usage"], states["status"]) == ("answered", "told")


def test_an_answer_that_names_nothing_is_one_to_what_was_told_last(
    vtn: VtnAtWork,
) -> None:
    offering(vtn, "bare-1", USAGE, STATUS)
    for name in ("usage", "status"):
        put_ask(vtn, "bare-1", name, kind="reports", report_specifier_id=name)
        polled(vtn, "bare-1")

    vtn.say("bare-1", "EiReport", messages.answer("oadrCreatedReport", pending=[]))

    states = asks_of(vtn, "bare-1")
    assert (states["usage"], states["status"]) == ("told", "answered")


@pytest.mark.parametrize(
    ("request_id", "pending"),
    [("mine-1", ["another"]), ("ask-999999999", []), ("mine-1", ["", "0"])],
)
def test_an_answer_to_something_else_answers_nothing(
    vtn: VtnAtWork, request_id: str, pending: list[str]
) -> None:
    ven_id = f"else-{request_id}-{len(pending)}"
    offering(vtn, ven_id, USAGE)
    put_ask(vtn, ven_id, "a1", kind="reports")
    polled(vtn, ven_id)

    said = vtn.say(
        ven_id,
        "EiReport",
        messages.answer(
            "oadrCreatedReport", ven_id, request_id=request_id, pending=pending
        ),
    )

    assert (said.kind, said.code) == ("oadrResponse", "200")
    assert asks_of(vtn, ven_id)["a1"] == "told"


def test_nobody_answers_for_another(vtn: VtnAtWork) -> None:
    for ven_id in ("asked-1", "meddler-1"):
        registered(vtn, ven_id)
    put_ask(vtn, "asked-1", "a1", kind="offers")
    told = polled(vtn, "asked-1")

    for kind, claimed in (
        ("oadrRegisteredReport", "meddler-1"),
        ("oadrRegisteredReport", "asked-1"),
        ("oadrResponse", "meddler-1"),
        ("oadrResponse", "asked-1"),
    ):
        answer = messages.answer(kind, claimed, request_id=told.request_id)
        vtn.post("meddler-1", "EiReport", answer)

    assert asks_of(vtn, "asked-1") == {"a1": "told"}


def test_a_no_is_an_answer_and_told_as_one(vtn: VtnAtWork) -> None:
    offering(vtn, "no-1", USAGE)
    put_ask(vtn, "no-1", "a1", kind="reports")
    told = polled(vtn, "no-1")

    no = messages.answer(
        "oadrCreatedReport", "no-1", request_id=told.request_id, code=461, pending=[]
    )
    vtn.say("no-1", "EiReport", no)

    status = status_of(vtn, "no-1", "a1")
    assert (status["state"], status["answer_code"]) == ("answered", "461")


@pytest.mark.parametrize(("code", "is_gone"), [(200, True), (452, False)])
def test_a_ven_that_agrees_to_leave_is_unregistered(
    vtn: VtnAtWork, code: int, *, is_gone: bool
) -> None:
    ven_id = f"leave-{code}"
    offering(vtn, ven_id, USAGE)
    put_ask(vtn, ven_id, "a1", kind="cancel_registration")
    told = polled(vtn, ven_id)

    yes = messages.answer(
        "oadrCanceledPartyRegistration", ven_id, request_id=told.request_id, code=code
    )
    vtn.say(ven_id, "EiRegisterParty", yes)

    said = polled(vtn, ven_id)
    gone = "oadrRequestReregistration" if is_gone else "oadrResponse"
    assert said.kind == gone
    state = "superseded" if is_gone else "answered"
    assert list(asks_of(vtn, ven_id).values()) == [state, "answered"]


def test_a_ven_that_leaves_of_its_own_accord_is_not_told_to_leave_again(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "left-1")
    put_ask(vtn, "left-1", "a1", kind="cancel_registration")
    told = polled(vtn, "left-1")
    (registration_id,) = told.texts("registrationID")

    leave = messages.cancel_registration(registration_id)
    vtn.say("left-1", "EiRegisterParty", leave)
    vtn.say("left-1", "EiRegisterParty", messages.create_registration())

    assert asks_of(vtn, "left-1") == {"a1": "answered"}
    assert polled(vtn, "left-1").kind == "oadrResponse"


def test_a_ven_that_says_unasked_that_it_left_stays(vtn: VtnAtWork) -> None:
    registered(vtn, "stays-1")

    left = messages.answer("oadrCanceledPartyRegistration", "stays-1")
    vtn.say("stays-1", "EiRegisterParty", left)

    assert polled(vtn, "stays-1").kind == "oadrResponse"


def test_an_ask_of_two_reports_is_answered_when_both_are(vtn: VtnAtWork) -> None:
    offering(vtn, "both-1", USAGE, STATUS)
    put_ask(vtn, "both-1", "a1", kind="reports")
    states = []

    for _ in range(2):
        told = polled(vtn, "both-1")
        answer = messages.answer(
            "oadrCreatedReport", "both-1", request_id=told.request_id, pending=[]
        )
        vtn.say("both-1", "EiReport", answer)
        states.append(status_of(vtn, "both-1", "a1")["state"])

    assert states == ["queued", "answered"]


def test_what_was_answered_in_part_and_then_withdrawn_can_be_asked_anew(
    vtn: VtnAtWork,
) -> None:
    offering(vtn, "part-1", USAGE, STATUS)
    put_ask(vtn, "part-1", "a1", kind="reports")
    told = polled(vtn, "part-1"), polled(vtn, "part-1")
    pending = told[1].texts("reportRequestID")
    answer = messages.answer("oadrCreatedReport", "part-1", pending=pending)
    vtn.say("part-1", "EiReport", answer)

    withdrawn = vtn.ask("DELETE", "/vens/part-1/asks/a1").json()
    nothing = polled(vtn, "part-1")
    put_ask(vtn, "part-1", "a1", kind="reports")
    anew = [polled(vtn, "part-1").kind for _ in range(3)]

    assert (withdrawn["state"], withdrawn["answered_at"]) == ("cancelled", "")
    assert nothing.kind == "oadrResponse"
    assert anew == ["oadrCreateReport", "oadrCreateReport", "oadrResponse"]


def test_a_report_answers_the_request_it_names_and_no_other(vtn: VtnAtWork) -> None:
    offering(vtn, "best-1", USAGE, HISTORY)
    put_ask(vtn, "best-1", "past", kind="history", **MARCH)
    put_ask(vtn, "best-1", "now", kind="reports")
    request_id = polled(vtn, "best-1").texts("reportRequestID")[0]
    polled(vtn, "best-1")

    nobodys = messages.report([messages.hour()])
    vtn.say("best-1", "EiReport", messages.update_report("best-1", nobodys))
    before = asks_of(vtn, "best-1")
    report = messages.report(
        [messages.hour("r3")], specifier="past", request_id=request_id
    )
    vtn.say("best-1", "EiReport", messages.update_report(None, report))
    after = asks_of(vtn, "best-1")

    assert (before["past"], before["now"]) == ("told", "told")
    assert (after["past"], after["now"]) == ("answered", "told")
