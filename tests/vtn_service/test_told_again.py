"""What is told more than once: what needs no answer, and all after a registration."""

from tests.vtn_service import messages
from tests.vtn_service.asked import put_ask
from tests.vtn_service.at_work import Said, VtnAtWork, price_event, put, registered


def poll(vtn: VtnAtWork, ven_id: str) -> Said:
    """Poll as a VEN does."""
    return vtn.say(ven_id, "OadrPoll", messages.poll(ven_id))


def test_an_event_that_needs_no_answer_is_told_three_times_and_stays_visible(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "never-1")
    put(vtn, "never-1", "never-e1", price_event(["0.1"], needs_answer=False))

    told = [poll(vtn, "never-1") for _ in range(4)]
    put(vtn, "never-1", "never-e1", price_event(["0.2"], needs_answer=False))
    revised = [poll(vtn, "never-1") for _ in range(4)]

    assert told[0].texts("oadrResponseRequired") == ["never"]
    kinds = ["oadrDistributeEvent"] * 3 + ["oadrResponse"]
    assert [said.kind for said in told] == [said.kind for said in revised] == kinds
    assert revised[0].texts("modificationNumber") == ["1"]
    asked = vtn.say("never-1", "EiEvent", messages.request_event("never-1"))
    assert asked.texts("value") == ["0.2"]


def test_a_ven_that_registers_again_and_only_polls_hears_answered_events(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "again-1")
    put(vtn, "again-1", "again-e1", price_event(["0.1"]))
    poll(vtn, "again-1")
    opt = messages.created_event("again-1", [("again-e1", 0, "optIn")])
    vtn.say("again-1", "EiEvent", opt)
    quiet = poll(vtn, "again-1")

    registered(vtn, "again-1")
    told, after = poll(vtn, "again-1"), poll(vtn, "again-1")

    assert (quiet.kind, after.kind) == ("oadrResponse", "oadrResponse")
    assert told.texts("eventID") == ["again-e1"]


def test_events_and_asks_reach_a_ven_of_which_was_known_that_nothing_waits(
    vtn: VtnAtWork,
) -> None:
    registered(vtn, "turns-1")
    kinds = [poll(vtn, "turns-1").kind]
    for number in range(2):
        put(vtn, "turns-1", f"turns-e{number}", price_event([f"0.{number}"]))
        kinds += [poll(vtn, "turns-1").kind]
        opt = messages.created_event("turns-1", [(f"turns-e{number}", 0, "optIn")])
        vtn.say("turns-1", "EiEvent", opt)
        put_ask(vtn, "turns-1", f"turns-a{number}", kind="reregister")
        kinds += [poll(vtn, "turns-1").kind, poll(vtn, "turns-1").kind]

    assert kinds == [
        "oadrResponse",
        *("oadrDistributeEvent", "oadrRequestReregistration", "oadrResponse"),
        *("oadrDistributeEvent", "oadrRequestReregistration", "oadrResponse"),
    ]
