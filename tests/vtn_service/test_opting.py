"""EiOpt: opt schedules are kept as they came; one may answer an event."""

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import Said, VtnAtWork, price_event, put, registered
from tests.vtn_service.test_events import status
from vtn_service.openadr.opting import MOST_OPT_BYTES


def _opt(vtn: VtnAtWork, ven_id: str, opt_id: str, *, event_id: str = "") -> Said:
    document = messages.create_opt(ven_id, opt_id, event_id=event_id)
    return vtn.say(ven_id, "EiOpt", document)


def _cancel(vtn: VtnAtWork, ven_id: str, opt_id: str) -> Said:
    return vtn.say(ven_id, "EiOpt", messages.cancel_opt(ven_id, opt_id))


def test_an_opt_schedule_is_kept_and_cancelled(vtn: VtnAtWork) -> None:
    registered(vtn, "opt-1")

    created = _opt(vtn, "opt-1", "0017")
    cancelled, again = (_cancel(vtn, "opt-1", "0017") for _ in range(2))

    assert (created.kind, created.code) == ("oadrCreatedOpt", "200")
    assert created.texts("optID") == ["0017"]
    assert created.request_id == "req-1"
    assert (cancelled.kind, cancelled.code) == ("oadrCanceledOpt", "200")
    assert cancelled.texts("optID") == ["0017"]
    assert again.code == "200"


def test_an_opt_that_was_never_made_cannot_be_cancelled(vtn: VtnAtWork) -> None:
    registered(vtn, "opt-2")
    registered(vtn, "opt-3")
    _opt(vtn, "opt-2", "0017")

    number, anothers = _cancel(vtn, "opt-2", "17"), _cancel(vtn, "opt-3", "0017")

    assert (number.kind, number.code) == ("oadrCanceledOpt", "452")
    assert anothers.code == "452"


def test_an_opt_for_an_event_answers_it(vtn: VtnAtWork) -> None:
    registered(vtn, "opt-4")
    put(vtn, "opt-4", "opt-e4", price_event(["0.1"]))
    poll = messages.poll("opt-4")

    told = vtn.say("opt-4", "OadrPoll", poll)
    created = _opt(vtn, "opt-4", "18", event_id="opt-e4")

    assert (told.kind, created.code) == ("oadrDistributeEvent", "200")
    assert status(vtn, "opt-e4")["opt"] == "optOut"
    assert vtn.say("opt-4", "OadrPoll", poll).kind == "oadrResponse"


def test_an_opt_for_no_event_of_the_vens_is_not_kept(vtn: VtnAtWork) -> None:
    registered(vtn, "opt-5")
    registered(vtn, "opt-6")
    put(vtn, "opt-6", "opt-e6", price_event(["0.1"]))

    created = _opt(vtn, "opt-5", "19", event_id="opt-e6")

    assert (created.kind, created.code) == ("oadrCreatedOpt", "452")
    assert _cancel(vtn, "opt-5", "19").code == "452"
    assert status(vtn, "opt-e6")["opt"] == ""


def test_an_opt_sent_twice_is_one(vtn: VtnAtWork) -> None:
    registered(vtn, "opt-7")
    put(vtn, "opt-7", "opt-e7", price_event(["0.1"]))

    first, second = (_opt(vtn, "opt-7", "20", event_id="opt-e7") for _ in range(2))

    assert first.texts("optID") == second.texts("optID") == ["20"]
    assert status(vtn, "opt-e7")["opt_modification_number"] == 0


@pytest.mark.parametrize(("more", "code"), [(0, "200"), (1, "454")])
def test_an_opt_schedule_has_64_kilobytes_at_most(
    vtn: VtnAtWork, more: int, code: str
) -> None:
    registered(vtn, "opt-8")
    document = messages.create_opt("opt-8", f"long-{more}")
    filled = document + b" " * (MOST_OPT_BYTES + more - len(document))

    created = vtn.say("opt-8", "EiOpt", filled)

    assert (created.kind, created.code) == ("oadrCreatedOpt", code)
    assert _cancel(vtn, "opt-8", f"long-{more}").code == ("452" if more else "200")
