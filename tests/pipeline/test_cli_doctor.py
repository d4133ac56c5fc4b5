"""`ter vtn doctor` on the way to the VTN: what is wrong with it, and what to do."""

import ssl
from collections.abc import Iterator

import pytest

from tests.pipeline.doctor_at_work import (
    NOBODY,
    answering,
    doctor,
    files,
    steps,
    wrong,
)
from tests.vtn_service import messages
from tests.vtn_service.at_work import Said, token_of
from tests.vtn_service.certificates import DAY, Authority, Issued
from tests.vtn_service.messages import Point, report_offer
from tests.vtn_service.tls_at_work import TlsVtn, authority, server, tls_vtn
from vtn_service.contract import OPENADR_PATH

NEVER_HERE = "x" * 70 + ".example"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsVtn]:
    """Give a running VTN that asks for client certificates."""
    with tls_vtn(tmp_path_factory.mktemp("tls")) as at_work:
        yield at_work


def heard(tls: TlsVtn, ven_id: str, ven: Issued) -> None:
    """Have a VEN register and poll by its certificate."""
    registration = f"{tls.url}/EiRegisterParty"
    tls.post(registration, messages.create_registration(), ven)
    assert tls.poll(ven_id, ven) == 200


def test_a_device_with_a_certificate_is_well(tls: TlsVtn) -> None:
    ven = tls.enrol("well-1")
    heard(tls, "well-1", ven)

    done = doctor(
        tls, "well-1", "--url", tls.url, "--ca", tls.ca_file, *files(tls, ven)
    )

    assert done.code == 0
    assert list(steps(done)) == [
        "client_certificate",
        "url",
        "name",
        "tcp",
        "tls",
        "server_certificate",
        "http",
        "answer",
        "clock",
        "roster",
        "enrolled_certificate",
        "registered",
        "heard",
        "events",
        "asks",
        "refused",
    ]
    assert all(steps(done).values())
    assert ven.sha256 in done.printed[0]["got"]


def test_a_device_with_a_token_is_well_and_the_token_is_not_shown(tls: TlsVtn) -> None:
    tls.vtn.enrol("well-2")
    url = tls.vtn.url(token_of("well-2"), "").rstrip("/")

    done = doctor(tls, "--url", url, "--ca", tls.ca_file)

    assert done.code == 0
    assert steps(done)["http"]
    assert token_of("well-2") not in str(done)


def test_looking_teaches_the_vtn_nothing_about_the_device(tls: TlsVtn) -> None:
    ven = tls.enrol("untouched-1")
    offer = messages.register_report(None, report_offer("usage", [Point("r1")]))

    doctor(tls, "--url", tls.url, "--ca", tls.ca_file, *files(tls, ven))
    heard(tls, "untouched-1", ven)
    answer = tls.post(f"{tls.url}/EiReport", offer, ven)

    assert Said(answer.content).texts("reportRequestID") == []


def test_an_untrusted_vtn_is_shown_and_the_way_to_trust_it(tls: TlsVtn) -> None:
    tls.vtn.enrol("untrusting-1")

    told = wrong(doctor(tls, "--url", tls.url, control=NOBODY))

    assert told["step"] == "server_certificate"
    assert "CN=Example CA" in told["got"]
    assert "--ca" in told["do"]


@pytest.mark.parametrize(
    ("address", "shown", "reason", "do"),
    [
        ("127.0.0.2", server(), "IP address mismatch", "name that is in"),
        (
            "127.0.0.1",
            authority().issue_server(valid=(-2 * DAY, -DAY)),
            "certificate has expired",
            "renew",
        ),
        (
            "127.0.0.1",
            authority().issue_server(valid=(DAY, 2 * DAY)),
            "not yet valid",
            "clock",
        ),
    ],
    ids=["another name", "expired", "not yet valid"],
)
def test_what_is_wrong_with_the_vtns_certificate_is_said(
    tls: TlsVtn, address: str, shown: Issued, reason: str, do: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*shown.write(tls.folder, shown.sha256))

    with answering({}, address=address, tls=context) as url:
        done = doctor(
            tls, "--url", url + OPENADR_PATH, "--ca", tls.ca_file, control=NOBODY
        )

    told = wrong(done)
    assert told["step"] == "server_certificate"
    assert reason in told["got"]
    assert do in told["do"]


@pytest.mark.parametrize(
    ("url", "step", "do"),
    [
        (f"{NOBODY}{OPENADR_PATH}", "tcp", "see that the VTN runs"),
        (f"https://{NEVER_HERE}{OPENADR_PATH}", "name", "DNS"),
        ("vtn.example", "url", "https://"),
        (f"https://vtn.example:http{OPENADR_PATH}", "url", "https://"),
    ],
)
def test_a_way_that_leads_nowhere_ends_there(
    tls: TlsVtn, url: str, step: str, do: str
) -> None:
    told = wrong(doctor(tls, "--url", url, control=NOBODY))

    assert told["step"] == step
    assert do in told["do"]


def test_the_wrong_path_is_seen(tls: TlsVtn) -> None:
    url = f"{tls.url}/OadrPoll"

    done = doctor(tls, "--url", url, "--ca", tls.ca_file, control=NOBODY)

    assert (done.code, steps(done)["url"], steps(done)["http"]) == (1, False, False)


def test_http_where_tls_is_spoken_and_tls_where_http_is(tls: TlsVtn) -> None:
    with answering({}) as plain:
        url = plain.replace("http:", "https:") + OPENADR_PATH
        no_tls = wrong(doctor(tls, "--url", url, control=NOBODY))
    spoken = doctor(tls, "--url", tls.url.replace("https:", "http:"), control=NOBODY)

    assert no_tls["step"] == "tls"
    assert "use http" in no_tls["do"]
    assert wrong(spoken)["step"] == "http"


def test_a_wrong_token_is_refused_and_the_vtn_says_why(tls: TlsVtn) -> None:
    registered_ven = tls.enrol("token-1")
    heard(tls, "token-1", registered_ven)
    url = tls.vtn.url("another-token", "").rstrip("/")

    done = doctor(tls, "token-1", "--url", url, "--ca", tls.ca_file)

    by_step = {told["step"]: told for told in done.printed}
    assert done.code == 1
    assert by_step["http"]["got"] == "403 Not on the roster"
    assert "ter vtn rotate" in by_step["http"]["do"]
    assert "nobody has this token" in by_step["refused"]["got"]
    assert "another-token" not in str(done)


def test_a_disabled_device_is_named_so(tls: TlsVtn) -> None:
    tls.vtn.enrol("disabled-1", is_enabled=False)

    done = doctor(tls, "disabled-1")

    roster = done.printed[0]
    assert (done.code, roster["step"], roster["is_ok"]) == (1, "roster", False)
    assert "ter vtn enable" in roster["do"]


def test_an_unknown_device_is_named_so(tls: TlsVtn) -> None:
    told = wrong(doctor(tls, "stranger-1"))

    assert told["step"] == "roster"
    assert "ter vtn enrol" in told["do"]


def test_a_certificate_of_another_authority_is_refused_and_the_vtn_says_why(
    tls: TlsVtn,
) -> None:
    stranger = Authority("Other CA").issue()

    done = doctor(tls, "--url", tls.url, "--ca", tls.ca_file, *files(tls, stranger))

    reasons = [told["got"] for told in done.printed if told["step"] == "refused"]
    assert (done.code, steps(done)["http"]) == (1, False)
    assert any("client certificate: unable to get local" in got for got in reasons)


def test_a_certificate_that_is_not_the_enrolled_one_is_seen(tls: TlsVtn) -> None:
    heard(tls, "changed-1", tls.enrol("changed-1"))
    new = authority().issue("changed-1")

    done = doctor(
        tls, "changed-1", "--url", tls.url, "--ca", tls.ca_file, *files(tls, new)
    )

    by_step = {told["step"]: told for told in done.printed}
    assert (done.code, by_step["http"]["is_ok"]) == (1, False)
    assert not by_step["enrolled_certificate"]["is_ok"]
    assert "ter vtn cert changed-1" in by_step["enrolled_certificate"]["do"]


@pytest.mark.parametrize(
    ("cert", "key", "reason"),
    [
        (authority().issue(valid=(-2 * DAY, -DAY)), None, "expired at"),
        (authority().issue(), authority().issue(), "mismatch"),
    ],
)
def test_what_is_wrong_with_the_devices_files_is_said(
    tls: TlsVtn, cert: Issued, key: Issued | None, reason: str
) -> None:
    given = files(tls, cert)
    if key:
        given[3] = files(tls, key)[3]

    told = wrong(doctor(tls, "--url", tls.url, *given, control=NOBODY))

    assert told["step"] == "client_certificate"
    assert reason in told["got"]


def test_a_certificate_needs_its_key(tls: TlsVtn) -> None:
    cert = files(tls, authority().issue())[1]

    told = wrong(doctor(tls, "--url", tls.url, "--cert", cert, control=NOBODY))

    assert "--key" in told["got"]


def test_a_device_that_must_sign_is_well_though_the_doctor_does_not(
    tls: TlsVtn,
) -> None:
    ven = tls.enrol("signs-1", must_sign=True)

    done = doctor(
        tls, "signs-1", "--url", tls.url, "--ca", tls.ca_file, *files(tls, ven)
    )

    answer = next(told for told in done.printed if told["step"] == "answer")
    assert answer["is_ok"]
    assert "463" in answer["got"]


def test_a_server_that_is_no_vtn_and_a_clock_that_is_off_are_seen(tls: TlsVtn) -> None:
    with answering({}, date="Sun, 02 Nov 2025 05:00:00 GMT") as url:
        done = doctor(tls, "--url", url + OPENADR_PATH, control=NOBODY)

    assert done.code == 1
    assert [s for s, is_ok in steps(done).items() if not is_ok] == ["answer", "clock"]


def test_without_the_control_door_the_way_is_tried_all_the_same(tls: TlsVtn) -> None:
    ven = tls.enrol("alone-1")
    given = ["--url", tls.url, "--ca", tls.ca_file, *files(tls, ven)]

    done = doctor(tls, "alone-1", *given, control=NOBODY)

    assert (done.code, list(steps(done))[-1]) == (0, "clock")
    assert "Not looked at from the VTN's side" in done.remarks
