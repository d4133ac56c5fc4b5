"""`ter vtn enrol`, `rotate`, `cert`, `list` and so on: the roster, from outside."""

from pathlib import Path
from typing import Any

import pytest
import requests

from tests.pipeline.ter_vtn import Done, control_of, ter_vtn
from tests.resources.test_vtn import door_of
from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, registered, token_of
from tests.vtn_service.certificates import DAY, Authority, Issued, rsa_key
from tests.vtn_service.conftest import vtn
from vtn_service.contract import VenStatus

__all__ = ["vtn"]
AUTHORITY = Authority()


def roster(
    home: Path, vtn: VtnAtWork, *words: str
) -> tuple[int, list[dict[str, Any]], str]:
    """Run `ter vtn ...`; give the exit code, what it printed, and its remarks."""
    ended = done(home, vtn, *words)
    return ended.code, ended.printed, ended.remarks + ended.error


def polled(vtn: VtnAtWork, ven_id: str) -> int:
    """Poll as a VEN; give the HTTP status."""
    return vtn.post(ven_id, "OadrPoll", messages.poll(ven_id)).status_code


def test_the_list_tells_who_may_speak_and_when_they_were_heard(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    registered(vtn, "0012")
    polled(vtn, "0012")
    vtn.enrol("listed-2", is_enabled=False)

    code, printed, remarks = roster(tmp_path, vtn, "list")

    of = {line["ven_id"]: line for line in printed}
    heard = of["0012"].pop("registered_at"), of["0012"].pop("last_poll_at")
    assert (code, remarks) == (0, "")
    assert all(heard)
    assert (of["0012"]["is_enabled"], of["0012"]["last_report_at"]) == (True, "")
    assert of["listed-2"] == {
        "ven_id": "listed-2",
        "is_enabled": False,
        "has_token": True,
        "certificate_sha256": "",
        "certificate_expires_at": "",
        "must_sign": False,
        "registered_at": "",
        "last_poll_at": "",
        "last_report_at": "",
        "last_opt_at": "",
        "unanswered_events": 0,
        "unanswered_asks": 0,
        "silent_since": "",
    }


def test_a_disabled_device_is_refused_until_it_is_enabled(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    registered(vtn, "lock-1")
    registered(vtn, "lock-2")

    off = [roster(tmp_path, vtn, "disable", "lock-1") for _ in range(2)]
    refused = polled(vtn, "lock-1"), polled(vtn, "lock-2")
    on = roster(tmp_path, vtn, "enable", "lock-1", "lock-2")
    answered = polled(vtn, "lock-1"), polled(vtn, "lock-2")

    assert [(code, printed[0]["is_enabled"]) for code, printed, _ in off] == [
        (0, False),
        (0, False),
    ]
    assert refused == (403, 200)
    assert (on[0], [line["ven_id"] for line in on[1]]) == (0, ["lock-1", "lock-2"])
    assert answered == (200, 200)


def test_a_device_keeps_its_name_when_it_is_switched(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    vtn.enrol("named-1", ven_name="Garage")

    roster(tmp_path, vtn, "disable", "named-1")

    (named,) = (ven for ven in door_of(vtn).vens() if ven.ven_id == "named-1")
    assert (named.ven_name, named.is_enabled) == ("Garage", False)


@pytest.mark.parametrize("word", ["disable", "enable"])
def test_an_unknown_device_is_named_and_nothing_is_changed(
    tmp_path: Path, vtn: VtnAtWork, word: str
) -> None:
    vtn.enrol("known-1", is_enabled=word == "enable")
    before = door_of(vtn).vens()

    code, printed, remarks = roster(tmp_path, vtn, word, "known-1", "stranger-1")

    assert (code, printed) == (2, [])
    assert len(remarks.splitlines()) == 1
    assert "stranger-1" in remarks
    assert door_of(vtn).vens() == before


def done(home: Path, vtn: VtnAtWork, *words: str) -> Done:
    """Run `ter vtn ...` in this process."""
    return ter_vtn(home, control_of(vtn), *words)


def entry(vtn: VtnAtWork, ven_id: str) -> VenStatus:
    """Give what the roster has of a VEN."""
    (found,) = (ven for ven in door_of(vtn).vens() if ven.ven_id == ven_id)
    return found


def answers(vtn: VtnAtWork, token: str) -> bool:
    """Tell whether a token is let in."""
    answer = requests.post(
        vtn.url(token, "EiRegisterParty"),
        data=messages.query_registration(),
        headers={"Content-Type": "application/xml"},
        timeout=20,
    )
    return answer.ok


def test_a_device_is_enrolled_by_its_certificate(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    issued = AUTHORITY.issue("cert-1", valid=(-DAY, 30 * DAY))
    file, _ = issued.write(tmp_path, "ven")

    ended = done(tmp_path, vtn, "enrol", "cert-1", "--certificate", file)

    (told,) = ended.printed
    on_roster = entry(vtn, "cert-1")
    assert (ended.code, on_roster.has_token) == (0, False)
    assert "token" not in told
    assert told["url"].endswith("/OpenADR2/Simple/2.0b")
    assert told["certificate_sha256"] == issued.sha256 == on_roster.certificate_sha256
    assert told["openadr_fingerprint"] == issued.openadr_fingerprint
    assert (told["subject"], told["days_left"]) == ("CN=cert-1", 29)
    assert told["expires_at"] == on_roster.certificate_expires_at


def test_a_device_may_have_both_and_a_name(tmp_path: Path, vtn: VtnAtWork) -> None:
    file, _ = AUTHORITY.issue("both-1").write(tmp_path, "ven")
    words = ["enrol", "both-1", "--certificate", file, "--with-token"]

    (told,) = done(tmp_path, vtn, *words, "--name", "Garage").printed

    on_roster = entry(vtn, "both-1")
    assert told["url"].endswith(f"/{told['token']}/OpenADR2/Simple/2.0b")
    assert (on_roster.has_token, on_roster.ven_name) == (True, "Garage")
    assert on_roster.certificate_sha256


def test_enrolling_again_makes_the_entry_anew(tmp_path: Path, vtn: VtnAtWork) -> None:
    file, _ = AUTHORITY.issue("anew-1").write(tmp_path, "ven")
    done(tmp_path, vtn, "enrol", "anew-1", "--certificate", file)

    (told,) = done(tmp_path, vtn, "enrol", "anew-1").printed

    assert entry(vtn, "anew-1").certificate_sha256 == ""
    assert answers(vtn, told["token"])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["enrol", "v1", "modbus"], "got the name modbus"),
        (["enrol", "v1", "--must-sign"], "--certificate"),
        (["enrol", "v1", "--with-token"], "--certificate"),
        (["enrol", "v1", "v2", "--certificate", "FILE"], "expected one"),
        (["enrol", "v1", "--certificate", "FILE", "--must-sign"], "VTN_SIGNING_CERT"),
        (["enrol", "v1", "--certificate", "nowhere.pem"], "nowhere.pem"),
        (["cert", "stranger", "FILE"], "stranger"),
        (["rotate", "stranger"], "stranger"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    tmp_path: Path, vtn: VtnAtWork, words: list[str], named: str
) -> None:
    file, _ = AUTHORITY.issue("v1").write(tmp_path, "ven")
    before = door_of(vtn).vens()
    given = [file if word == "FILE" else word for word in words]

    ended = done(tmp_path, vtn, *given)

    assert (ended.code, ended.printed) == (2, [])
    assert named in ended.error
    assert door_of(vtn).vens() == before


def test_a_new_token_ends_the_old_one_and_changes_nothing_else(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    issued = AUTHORITY.issue("rotate-1")
    vtn.enrol("rotate-1", ven_name="Garage", is_enabled=False)
    vtn.enrol("rotate-2", certificate_sha256=issued.sha256)
    registered(vtn, "rotate-3")
    before = [entry(vtn, f"rotate-{i}") for i in (1, 2, 3)]

    ended = done(tmp_path, vtn, "rotate", "rotate-1", "rotate-2", "rotate-3")

    assert [told["ven_id"] for told in ended.printed] == [v.ven_id for v in before]
    assert [entry(vtn, v.ven_id) for v in before] == before
    assert not answers(vtn, token_of("rotate-3"))
    assert answers(vtn, ended.printed[2]["token"])


def test_a_device_without_a_token_is_not_given_one_by_rotating(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    registered(vtn, "rotate-4")
    vtn.enrol("bare-1", token_sha256="", certificate_sha256="b" * 64)

    ended = done(tmp_path, vtn, "rotate", "rotate-4", "bare-1")

    assert (ended.code, ended.printed) == (2, [])
    assert "bare-1" in ended.error
    assert answers(vtn, token_of("rotate-4"))


def test_a_certificate_is_replaced_and_nothing_else(
    tmp_path: Path, vtn: VtnAtWork
) -> None:
    vtn.enrol("cert-2", ven_name="Garage", certificate_sha256="c" * 64)
    issued = AUTHORITY.issue("cert-2")
    file, _ = issued.write(tmp_path, "ven")

    ended = done(tmp_path, vtn, "cert", "cert-2", file)

    now = entry(vtn, "cert-2")
    assert (ended.code, ended.printed[0]["ven_id"]) == (0, "cert-2")
    assert (now.certificate_sha256, now.has_token) == (issued.sha256, True)
    assert (now.ven_name, now.certificate_expires_at) == (
        "Garage",
        ended.printed[0]["expires_at"],
    )


@pytest.mark.parametrize(
    ("issued", "wrong"),
    [
        (AUTHORITY.issue(valid=(-2 * DAY, -DAY)), "expired at"),
        (AUTHORITY.issue(valid=(DAY, 2 * DAY)), "not valid before"),
        (AUTHORITY.issue(key=rsa_key(1024)), "got RSA 1024"),
        (AUTHORITY.issue(is_ca=True), "an authority's"),
        (AUTHORITY.issue_server(), "expected clientAuth"),
        (Authority("Other CA").issue(), "issuer: got CN=Other CA"),
    ],
    ids=["expired", "not yet valid", "weak", "an authority's", "a server's", "other"],
)
def test_what_is_wrong_with_a_certificate_is_said(
    tmp_path: Path, issued: Issued, wrong: str
) -> None:
    file, _ = issued.write(tmp_path, "ven")
    ca, _ = AUTHORITY.own.write(tmp_path, "ca")

    ended = ter_vtn(tmp_path, "http://127.0.0.1:1", "inspect", file, "--ca", ca)

    (told,) = ended.printed
    assert ended.code == 1
    assert len(told["wrong"]) == 1
    assert wrong in told["wrong"][0]


def test_a_good_certificate_is_shown_and_nothing_is_wrong(tmp_path: Path) -> None:
    between = Authority("Between CA", by=AUTHORITY)
    issued = between.issue("ven-1", key=rsa_key())
    file = tmp_path / "chain.pem"
    file.write_text(issued.pem + between.own.pem)
    ca, _ = AUTHORITY.own.write(tmp_path, "ca")

    ended = ter_vtn(tmp_path, "http://127.0.0.1:1", "inspect", str(file), "--ca", ca)

    (told,) = ended.printed
    assert (ended.code, told["wrong"]) == (0, [])
    assert (told["subject"], told["issuer"]) == ("CN=ven-1", "CN=Between CA")
    assert (told["key"], told["certificate_sha256"]) == ("RSA 2048", issued.sha256)


def test_a_faulty_certificate_is_not_enrolled(tmp_path: Path, vtn: VtnAtWork) -> None:
    file, _ = AUTHORITY.issue(valid=(-2 * DAY, -DAY)).write(tmp_path, "ven")

    ended = done(tmp_path, vtn, "enrol", "faulty-1", "--certificate", file)

    assert ended.code == 2
    assert "expired at" in ended.error
    assert "faulty-1" not in [ven.ven_id for ven in door_of(vtn).vens()]
