"""The roster: a VEN is switched off and on again and keeps its name and its token."""

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, registered, sha256, token_of


def switch(vtn: VtnAtWork, ven_id: str, /, **entry: object) -> tuple[int, str]:
    """Change an entry without naming a token; give the status and the answer."""
    body = {"ven_id": ven_id, "ven_name": "", "token_sha256": "", **entry}
    response = vtn.ask("PUT", f"/vens/{ven_id}", body)
    return response.status_code, response.text


def polled(vtn: VtnAtWork, ven_id: str) -> int:
    """Poll as a VEN; give the HTTP status."""
    return vtn.post(ven_id, "OadrPoll", messages.poll(ven_id)).status_code


def on_roster(vtn: VtnAtWork, ven_id: str) -> dict[str, object]:
    """Give what the roster says of a VEN."""
    (found,) = (ven for ven in vtn.get("/vens") if ven["ven_id"] == ven_id)
    return dict(found)


def test_a_disabled_ven_is_refused_until_it_is_enabled(vtn: VtnAtWork) -> None:
    registered(vtn, "switched-1")

    before = polled(vtn, "switched-1")
    switch(vtn, "switched-1", is_enabled=False)
    meanwhile = polled(vtn, "switched-1")
    switch(vtn, "switched-1", is_enabled=True)
    after = polled(vtn, "switched-1")

    assert (before, meanwhile, after) == (200, 403, 200)


def test_a_disabled_ven_can_report_nothing(vtn: VtnAtWork) -> None:
    registered(vtn, "silent-1")
    switch(vtn, "silent-1", is_enabled=False)
    report = messages.update_report("silent-1", messages.report([messages.hour("r1")]))

    answer = vtn.post("silent-1", "EiReport", report)

    assert answer.status_code == 403
    assert vtn.reports("silent-1") == []


def test_switching_twice_changes_nothing(vtn: VtnAtWork) -> None:
    registered(vtn, "calm-1")

    first = switch(vtn, "calm-1", is_enabled=False)
    second = switch(vtn, "calm-1", is_enabled=False)

    assert first[0] == 200
    assert first == second


def test_registration_and_other_vens_stay_as_they_were(vtn: VtnAtWork) -> None:
    registered(vtn, "kept-1")
    registered(vtn, "kept-2")
    before, other = on_roster(vtn, "kept-1"), on_roster(vtn, "kept-2")

    switch(vtn, "kept-1", is_enabled=False)

    assert before["registered_at"]
    assert on_roster(vtn, "kept-1") == {**before, "is_enabled": False}
    assert on_roster(vtn, "kept-2") == other


def test_a_ven_that_is_not_there_has_no_token_to_keep(vtn: VtnAtWork) -> None:
    status, text = switch(vtn, "nobody-1", is_enabled=True)

    assert status == 404
    assert "nobody-1" in text
    assert "nobody-1" not in [ven["ven_id"] for ven in vtn.get("/vens")]


def test_a_new_token_still_ends_the_old_one(vtn: VtnAtWork) -> None:
    registered(vtn, "renewed-1")

    vtn.enrol("renewed-1", token_sha256=sha256(token_of("renewed-2")))

    assert polled(vtn, "renewed-1") == 403
