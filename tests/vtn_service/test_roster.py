"""The roster: by what a VEN is known, what of it is kept, and what is refused."""

from typing import Any

import pytest

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, registered, sha256, token_of

CERTIFICATE = sha256("example certificate")


def change(vtn: VtnAtWork, ven_id: str, /, **entry: object) -> tuple[int, Any]:
    """Change an entry, or make one; give the status and the answer."""
    response = vtn.ask("PUT", f"/vens/{ven_id}", {"ven_id": ven_id, **entry})
    return response.status_code, response.json()


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
    change(vtn, "switched-1", is_enabled=False)
    meanwhile = polled(vtn, "switched-1")
    change(vtn, "switched-1", is_enabled=True)
    after = polled(vtn, "switched-1")

    assert (before, meanwhile, after) == (200, 403, 200)


def test_a_disabled_ven_can_report_nothing(vtn: VtnAtWork) -> None:
    registered(vtn, "silent-1")
    change(vtn, "silent-1", is_enabled=False)
    report = messages.update_report("silent-1", messages.report([messages.hour("r1")]))

    answer = vtn.post("silent-1", "EiReport", report)

    assert answer.status_code == 403
    assert vtn.reports("silent-1") == []


def test_switching_twice_changes_nothing(vtn: VtnAtWork) -> None:
    registered(vtn, "calm-1")

    first = change(vtn, "calm-1", is_enabled=False)
    second = change(vtn, "calm-1", is_enabled=False)

    assert first[0] == 200
    assert first == second


def test_registration_and_other_vens_stay_as_they_were(vtn: VtnAtWork) -> None:
    registered(vtn, "kept-1")
    registered(vtn, "kept-2")
    before, other = on_roster(vtn, "kept-1"), on_roster(vtn, "kept-2")

    change(vtn, "kept-1", is_enabled=False)

    assert before["registered_at"]
    assert on_roster(vtn, "kept-1") == {**before, "is_enabled": False}
    assert on_roster(vtn, "kept-2") == other


@pytest.mark.parametrize(
    "entry", [{}, {"token_sha256": ""}, {"certificate_sha256": ""}]
)
def test_a_ven_that_is_not_there_has_nothing_to_keep(
    vtn: VtnAtWork, entry: dict[str, object]
) -> None:
    status, answer = change(vtn, "nobody-1", is_enabled=True, **entry)

    assert status == 404
    assert answer["error"].startswith("ven_id: got nobody-1 with nothing to keep")
    assert "nobody-1" not in [ven["ven_id"] for ven in vtn.get("/vens")]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_ven_must_be_known_by_something(vtn: VtnAtWork, is_there: bool) -> None:  # noqa: FBT001
    ven_id = f"nameless-{is_there}"
    if is_there:
        vtn.enrol(ven_id)

    status, answer = change(vtn, ven_id, token_sha256="", certificate_sha256="")

    assert status == 400
    assert "expected one of them" in answer["error"]
    assert not is_there or polled(vtn, ven_id) == 200


def test_a_certificate_is_kept_until_it_is_taken_away(vtn: VtnAtWork) -> None:
    vtn.enrol("both-1")
    ends = {"certificate_expires_at": "2027-01-01T00:00:00Z"}
    change(vtn, "both-1", certificate_sha256=CERTIFICATE, **ends)

    kept = change(vtn, "both-1", ven_name="both")[1]
    without_token = change(vtn, "both-1", token_sha256="")[1]
    taken = change(
        vtn, "both-1", token_sha256=sha256(token_of("both-1")), certificate_sha256=""
    )[1]

    assert (kept["has_token"], kept["certificate_sha256"]) == (True, CERTIFICATE)
    assert kept["certificate_expires_at"] == "2027-01-01T00:00:00Z"
    assert without_token["has_token"] is False
    assert without_token["certificate_sha256"] == CERTIFICATE
    assert (taken["certificate_sha256"], taken["certificate_expires_at"]) == ("", "")


def test_the_end_of_a_certificate_is_not_kept_for_another_one(vtn: VtnAtWork) -> None:
    vtn.enrol("next-1")
    first, second = sha256("first"), sha256("second")
    change(
        vtn,
        "next-1",
        certificate_sha256=first,
        certificate_expires_at="2027-01-01T00:00:00Z",
    )

    same = change(vtn, "next-1", certificate_sha256=first)[1]
    other = change(vtn, "next-1", certificate_sha256=second)[1]

    assert same["certificate_expires_at"] == "2027-01-01T00:00:00Z"
    assert other["certificate_expires_at"] == ""


def test_a_ven_with_a_certificate_must_show_it_as_well(vtn: VtnAtWork) -> None:
    vtn.enrol("strict-1")
    before = polled(vtn, "strict-1")

    change(vtn, "strict-1", certificate_sha256=sha256("of strict-1"))
    meanwhile = polled(vtn, "strict-1")
    change(vtn, "strict-1", certificate_sha256="")

    assert (before, meanwhile, polled(vtn, "strict-1")) == (200, 403, 200)


@pytest.mark.parametrize("name", ["token_sha256", "certificate_sha256"])
def test_what_is_anothers_cannot_be_had(vtn: VtnAtWork, name: str) -> None:
    digest = sha256(f"{name} of holder")
    change(vtn, f"holder-of-{name}", **{name: digest})
    vtn.enrol("wanter-1")

    status, answer = change(vtn, "wanter-1", **{name: digest})
    again = change(vtn, f"holder-of-{name}", **{name: digest})

    assert status == 409
    assert answer["error"].startswith(f"{name}: got another VEN's")
    assert polled(vtn, "wanter-1") == 200
    assert again[0] == 200


def test_a_ven_cannot_be_made_to_sign_for_a_vtn_that_does_not(vtn: VtnAtWork) -> None:
    vtn.enrol("signer-1")

    status, answer = change(
        vtn, "signer-1", certificate_sha256=CERTIFICATE, must_sign=True
    )

    assert status == 409
    assert "VTN_SIGNING_CERT_FILE" in answer["error"]
    assert on_roster(vtn, "signer-1")["must_sign"] is False
    assert polled(vtn, "signer-1") == 200


def test_a_new_token_still_ends_the_old_one(vtn: VtnAtWork) -> None:
    registered(vtn, "renewed-1")

    vtn.enrol("renewed-1", token_sha256=sha256(token_of("renewed-2")))

    assert polled(vtn, "renewed-1") == 403
