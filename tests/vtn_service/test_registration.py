"""A VEN learns who it is by its token, and how often to ask."""

import requests

from tests.vtn_service import messages
from tests.vtn_service.asked import USAGE, asks_of, polled, put_ask
from tests.vtn_service.at_work import Said, VtnAtWork, sha256, token_of


def _register(vtn: VtnAtWork, ven_id: str) -> Said:
    return vtn.say(ven_id, "EiRegisterParty", messages.create_registration())


def test_a_query_is_answered_without_ids(vtn: VtnAtWork) -> None:
    vtn.enrol("query-1")

    said = vtn.say("query-1", "EiRegisterParty", messages.query_registration("ask-1"))

    assert (said.kind, said.code) == ("oadrCreatedPartyRegistration", "200")
    assert said.message.text("ei:eiResponse/pyld:requestID") == "ask-1"
    assert said.texts("venID") == [""]
    assert said.texts("registrationID") == [""]


def test_registration_gives_the_rosters_id_and_the_poll_frequency(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("0012")

    said = _register(vtn, "0012")

    assert said.texts("venID") == ["0012"]
    assert said.texts("oadrProfileName") == ["2.0b"]
    assert "PT10S" in said.texts("duration")


def test_the_registration_id_stays_the_same(vtn: VtnAtWork) -> None:
    vtn.enrol("stable-1")

    first, second = _register(vtn, "stable-1"), _register(vtn, "stable-1")

    assert first.texts("registrationID") == second.texts("registrationID") != [""]


def test_another_name_than_the_rosters_is_refused(vtn: VtnAtWork) -> None:
    vtn.enrol("named-1", ven_name="heat-pump")

    refused = vtn.say(
        "named-1", "EiRegisterParty", messages.create_registration(name="battery")
    )
    accepted = vtn.say(
        "named-1", "EiRegisterParty", messages.create_registration(name="heat-pump")
    )

    assert (refused.kind, refused.code) == ("oadrCreatedPartyRegistration", "463")
    assert refused.texts("registrationID") == [""]
    assert accepted.code == "200"


def test_anothers_registration_id_is_refused(vtn: VtnAtWork) -> None:
    vtn.enrol("victim-1")
    vtn.enrol("thief-1")
    stolen = _register(vtn, "victim-1").texts("registrationID")[0]

    created = vtn.say(
        "thief-1",
        "EiRegisterParty",
        messages.create_registration(registration_id=stolen),
    )
    cancelled = vtn.say(
        "thief-1", "EiRegisterParty", messages.cancel_registration(stolen)
    )

    assert (created.code, cancelled.code) == ("463", "452")
    assert _status(vtn, "victim-1")["registered_at"]


def test_only_a_ven_that_never_registered_is_asked_to(vtn: VtnAtWork) -> None:
    vtn.enrol("late-1")

    before = vtn.say("late-1", "OadrPoll", messages.poll("late-1"))
    _register(vtn, "late-1")
    after = vtn.say("late-1", "OadrPoll", messages.poll("late-1"))

    assert before.kind == "oadrRequestReregistration"
    assert (after.kind, after.code) == ("oadrResponse", "200")


def test_a_ven_that_is_not_registered_is_told_that_and_nothing_else(
    vtn: VtnAtWork,
) -> None:
    vtn.enrol("first-1")
    put_ask(vtn, "first-1", "a1", kind="offers")
    put_ask(vtn, "first-1", "a2", kind="reregister")

    before = [polled(vtn, "first-1").kind for _ in range(2)]
    _register(vtn, "first-1")
    after = [polled(vtn, "first-1").kind for _ in range(2)]

    assert before == ["oadrRequestReregistration"] * 2
    assert after == ["oadrRegisterReport", "oadrResponse"]
    assert asks_of(vtn, "first-1") == {"a1": "told", "a2": "answered"}


def test_leaving_supersedes_what_the_registration_asked(vtn: VtnAtWork) -> None:
    vtn.enrol("leaver-2")
    mine = _register(vtn, "leaver-2").texts("registrationID")[0]
    vtn.say("leaver-2", "EiReport", messages.register_report("leaver-2", USAGE))

    vtn.say("leaver-2", "EiRegisterParty", messages.cancel_registration(mine))
    left = asks_of(vtn, "leaver-2")
    _register(vtn, "leaver-2")

    assert set(left.values()) == {"superseded"}
    assert polled(vtn, "leaver-2").kind == "oadrResponse"


def test_cancelling_unregisters_until_the_next_registration(vtn: VtnAtWork) -> None:
    vtn.enrol("leaver-1")
    mine = _register(vtn, "leaver-1").texts("registrationID")[0]

    said = vtn.say("leaver-1", "EiRegisterParty", messages.cancel_registration(mine))

    assert (said.kind, said.code) == ("oadrCanceledPartyRegistration", "200")
    assert _status(vtn, "leaver-1")["registered_at"] == ""
    assert _register(vtn, "leaver-1").texts("registrationID") == [mine]


def test_polls_and_registration_show_in_the_list(vtn: VtnAtWork) -> None:
    vtn.enrol("seen-1")
    _register(vtn, "seen-1")
    vtn.say("seen-1", "OadrPoll", messages.poll("seen-1"))

    status = _status(vtn, "seen-1")

    assert status["registered_at"].endswith("Z")
    assert status["last_poll_at"].endswith("Z")
    assert status["last_report_at"] == ""


def test_a_rotated_token_shuts_out_the_old_one(vtn: VtnAtWork) -> None:
    vtn.enrol("rotated-1", token_sha256=sha256("example-old-token"))
    vtn.enrol("rotated-1")

    old = vtn.url("example-old-token", "OadrPoll")
    new = vtn.url(token_of("rotated-1"), "OadrPoll")

    assert _poll_status(old) == 403
    assert _poll_status(new) == 200


def test_answers_and_empty_responses_of_vens_are_taken(vtn: VtnAtWork) -> None:
    vtn.enrol("polite-1")
    pending = "<oadr:oadrPendingReports/>"

    for service, kind, content in (
        ("EiReport", "oadrCreatedReport", pending),
        ("EiReport", "oadrCanceledReport", pending),
        ("EiReport", "oadrRegisteredReport", ""),
        ("EiRegisterParty", "oadrCanceledPartyRegistration", ""),
    ):
        document = messages.message(kind, f"{messages.response('mine-1')}{content}")
        said = vtn.say("polite-1", service, document)
        assert (said.kind, said.code, said.request_id) == (
            "oadrResponse",
            "200",
            "mine-1",
        )
    empty = vtn.post(
        "polite-1",
        "EiRegisterParty",
        messages.message("oadrResponse", messages.response()),
    )
    assert (empty.status_code, empty.content) == (200, b"")


def test_a_message_at_the_wrong_service_is_a_compliance_error(vtn: VtnAtWork) -> None:
    vtn.enrol("lost-1")

    said = vtn.say("lost-1", "EiEvent", messages.poll("lost-1"))

    assert (said.kind, said.code) == ("oadrResponse", "459")


def _status(vtn: VtnAtWork, ven_id: str) -> dict[str, str]:
    found: list[dict[str, str]] = vtn.get("/vens")
    return next(ven for ven in found if ven["ven_id"] == ven_id)


def _poll_status(url: str) -> int:
    response = requests.post(
        url,
        data=messages.poll("rotated-1"),
        headers={"Content-Type": "application/xml"},
        timeout=15,
    )
    return response.status_code
