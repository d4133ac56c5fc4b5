"""The devices' door speaks TLS: to whom, how, and what it says when it cannot."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, token_of
from tests.vtn_service.certificates import DAY, Authority, Issued
from tests.vtn_service.tls_at_work import TlsVtn, authority, server, tls_vtn
from vtn_service.settings import SettingsError, read_settings
from vtn_service.tls import LEGACY_SUITE, device_context, why_failed


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsVtn]:
    """Give a running VTN that asks for client certificates."""
    with tls_vtn(tmp_path_factory.mktemp("tls")) as at_work:
        yield at_work


def test_a_ven_with_a_token_needs_no_certificate(tls: TlsVtn) -> None:
    tls.vtn.enrol("token-only")
    url = tls.vtn.url(token_of("token-only"), "OadrPoll")

    answer = tls.post(url, messages.poll("token-only"))

    assert url.startswith("https://")
    assert answer.status_code == 200


def test_a_ven_is_known_by_its_certificate_alone(tls: TlsVtn) -> None:
    mine, anothers = tls.enrol("cert-only"), authority().issue("anothers")

    answered = [tls.poll("cert-only", client) for client in (mine, anothers, None)]

    assert answered == [200, 403, 403]


def test_a_ven_with_both_must_show_both(tls: TlsVtn) -> None:
    mine, anothers = authority().issue("mine"), authority().issue("anothers")
    tls.vtn.enrol("both-1", certificate_sha256=mine.sha256)
    url = tls.vtn.url(token_of("both-1"), "OadrPoll")
    wrong = tls.vtn.url("another-token", "OadrPoll")
    poll = messages.poll("both-1")

    answers = [
        tls.post(url, poll, mine),
        tls.post(url, poll, anothers),
        tls.post(url, poll),
        tls.post(wrong, poll, mine),
    ]

    assert [answer.status_code for answer in answers] == [200, 403, 403, 403]
    assert {answer.text for answer in answers[1:]} == {"Not on the roster\n"}
    assert tls.poll("both-1", mine) == 403


@pytest.mark.parametrize(
    ("stranger", "reason"),
    [
        (Authority("Other CA").issue(), "unable to get local issuer certificate"),
        (authority().issue(valid=(-2 * DAY, -DAY)), "certificate has expired"),
        (authority().issue(valid=(DAY, 2 * DAY)), "certificate is not yet valid"),
        (authority().issue_server(), "certificate purpose"),
    ],
    ids=["another CA", "expired", "not yet valid", "a server's"],
)
def test_a_certificate_that_fails_ends_the_handshake_and_is_noted(
    tls: TlsVtn, stranger: Issued, reason: str
) -> None:
    with pytest.raises(requests.ConnectionError):
        tls.poll("anybody", stranger)

    newest = tls.vtn.get("/refusals")[0]
    assert (newest["status"], newest["address"]) == (0, "127.0.0.1")
    assert newest["reason"].startswith("TLS handshake: client certificate: ")
    assert newest["reason"].endswith(reason)


def test_plain_http_on_the_tls_port_is_noted(tls: TlsVtn) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.post(tls.vtn.devices.replace("https", "http"), timeout=5)

    assert tls.vtn.get("/refusals")[0]["reason"] == "TLS handshake: http request"


def test_who_hangs_up_before_shaking_hands_is_not_noted(tls: TlsVtn) -> None:
    port = int(tls.vtn.devices.rsplit(":", 1)[1])
    before = tls.vtn.get("/refusals")

    socket.create_connection(("127.0.0.1", port), 5).close()
    tls.poll("nobody")

    assert [r["status"] for r in tls.vtn.get("/refusals")] == [
        403,
        *(r["status"] for r in before),
    ]


def test_older_than_tls_1_2_is_refused(tls: TlsVtn) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    port = int(tls.vtn.devices.rsplit(":", 1)[1])

    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain)


@pytest.mark.parametrize(("switch", "is_spoken"), [("false", False), ("true", True)])
def test_the_legacy_suite_is_spoken_only_when_switched_on(
    tmp_path: Path, switch: str, *, is_spoken: bool
) -> None:
    served = context_of(tmp_path, VTN_TLS_HAS_LEGACY_SUITES=switch)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(cadata=authority().own.pem)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    old.set_ciphers(LEGACY_SUITE)

    agreed = shake_hands(served, old)

    assert agreed == (LEGACY_SUITE if is_spoken else "no shared cipher")


def test_with_the_legacy_suite_the_best_is_still_chosen(tmp_path: Path) -> None:
    served = context_of(tmp_path, VTN_TLS_HAS_LEGACY_SUITES="true")
    new = ssl.create_default_context(cadata=authority().own.pem)
    new.maximum_version = ssl.TLSVersion.TLSv1_2

    assert shake_hands(served, new).startswith("ECDHE-")


def test_a_client_that_does_not_trust_us_says_so(tmp_path: Path) -> None:
    served = context_of(tmp_path)
    stranger = ssl.create_default_context(cadata=Authority("Other CA").own.pem)

    assert shake_hands(served, stranger) == "tlsv1 alert unknown ca"


def test_without_a_certificate_the_door_speaks_plain_http() -> None:
    settings = read_settings({"VTN_CONTROL_KEY": KEY})

    assert device_context(settings) is None


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"VTN_TLS_CERT_FILE": "c"}, "VTN_TLS_KEY_FILE"),
        ({"VTN_TLS_KEY_FILE": "k"}, "VTN_TLS_CERT_FILE"),
        ({"VTN_TLS_CLIENT_CA_FILE": "ca"}, "VTN_TLS_CERT_FILE"),
        ({"VTN_TLS_HAS_LEGACY_SUITES": "true"}, "VTN_TLS_CERT_FILE"),
        ({"VTN_SIGNING_CERT_FILE": "c"}, "VTN_SIGNING_KEY_FILE"),
        ({"VTN_SIGNING_KEY_FILE": "k"}, "VTN_SIGNING_CERT_FILE"),
        ({"VTN_CLIENT_CERT_HEADER": "X-Cert"}, "VTN_TRUSTED_PROXIES"),
    ],
)
def test_half_a_configuration_is_refused_and_says_what_to_set(
    variables: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings({"VTN_CONTROL_KEY": KEY, **variables})


@pytest.mark.parametrize("name", ["CERT_FILE", "KEY_FILE", "CLIENT_CA_FILE"])
@pytest.mark.parametrize("content", [None, "", "no PEM"])
def test_a_file_that_is_missing_or_holds_something_else_is_named(
    tmp_path: Path, name: str, content: str | None
) -> None:
    wrong = tmp_path / "wrong.pem"
    if content is not None:
        wrong.write_text(content)

    with pytest.raises(SettingsError, match=f"VTN_TLS_{name}: .*wrong.pem"):
        context_of(tmp_path, **{f"VTN_TLS_{name}": str(wrong)})


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    _, key = authority().issue_server().write(tmp_path, "another")

    with pytest.raises(SettingsError, match=r"VTN_TLS_KEY_FILE: .* is not the key"):
        context_of(tmp_path, VTN_TLS_KEY_FILE=key)


def test_an_encrypted_key_is_named_and_asks_nobody(tmp_path: Path) -> None:
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        server().key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"example")
        )
    )

    with pytest.raises(SettingsError, match=r"VTN_TLS_KEY_FILE: .* not encrypted"):
        context_of(tmp_path, VTN_TLS_KEY_FILE=str(locked))


def test_the_process_does_not_start_with_a_wrong_file(tmp_path: Path) -> None:
    cert, _ = server().write(tmp_path, "server")
    _, key = authority().issue_server().write(tmp_path, "another")

    ended = run_vtn(
        VTN_STORE=str(tmp_path / "vtn.sqlite"),
        VTN_TLS_CERT_FILE=cert,
        VTN_TLS_KEY_FILE=key,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "VTN_TLS_KEY_FILE" in ended.stderr
    assert "Traceback" not in ended.stderr


def context_of(folder: Path, **variables: str) -> ssl.SSLContext:
    """Give the door's context for some settings."""
    cert, key = server().write(folder, "server")
    usual = {"VTN_TLS_CERT_FILE": cert, "VTN_TLS_KEY_FILE": key}
    settings = read_settings({"VTN_CONTROL_KEY": KEY, **usual, **variables})
    context = device_context(settings)
    assert context is not None
    return context


def shake_hands(served: ssl.SSLContext, device: ssl.SSLContext) -> str:
    """Shake hands in memory; give the suite agreed on, or why the server found none."""
    to_server, to_device = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        served.wrap_bio(to_server, to_device, server_side=True),
        device.wrap_bio(to_device, to_server, server_hostname="localhost"),
    ]
    waiting = list(reversed(sides))
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                if side is sides[0]:
                    return why_failed(error)
                waiting.remove(side)
    agreed = sides[0].cipher()
    assert agreed
    return agreed[0]


def run_vtn(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run a VTN that is expected to end by itself."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("VTN_")}
    own = {"VTN_CONTROL_KEY": KEY, "VTN_PORT": "0", "VTN_CONTROL_PORT": "0"}
    return subprocess.run(
        [sys.executable, "-m", "vtn_service"],
        env={**environ, **own, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
