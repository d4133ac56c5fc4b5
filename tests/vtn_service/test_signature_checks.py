"""What a signature must be: whole, lately made, by the enrolled certificate."""

import asyncio
import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from openleadr.messaging import validate_xml_schema, validate_xml_signature
from signxml.algorithms import SignatureMethod

from tests.vtn_service import messages
from tests.vtn_service.certificates import DAY, Authority, Issued, rsa_key
from tests.vtn_service.messages import hour, report, update_report
from tests.vtn_service.signatures import (
    ALL_NAMESPACES,
    DS,
    DSP,
    ID,
    WHOLE,
    replay_protect,
    signature_over,
    signed_by,
    wrapped,
)
from vtn_service.certificates import OwnCertificate
from vtn_service.contract import VenEnrolment
from vtn_service.openadr.library import render
from vtn_service.openadr.message import parse_message
from vtn_service.openadr.signing import (
    ReplayProtect,
    SignatureError,
    Signer,
    is_signed,
    verify,
)
from vtn_service.settings import SettingsError, read_settings
from vtn_service.store import roster
from vtn_service.store.nonces import use_nonce
from vtn_service.store.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)
SECONDS = 300
POLL = messages.poll("v1")
REPORT = update_report("v1", report([hour(number="0.06")]))


@cache
def authority() -> Authority:
    return Authority()


@cache
def ven() -> Issued:
    return authority().issue("v1")


def checked(
    document: bytes, signer: Issued | None = None, *, now: datetime = NOW
) -> ReplayProtect:
    """Verify a document as sent by a VEN that has a certificate."""
    sha256 = (signer or ven()).sha256
    message = parse_message(document)
    return verify(message, certificate_sha256=sha256, now=now, seconds=SECONDS)


@pytest.mark.parametrize("document", [POLL, REPORT])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_signed_message_is_taken_with_its_time_and_nonce(
    document: bytes, kind: str
) -> None:
    signer = ven() if kind == "ec" else authority().issue("v1", key=rsa_key())
    signed = signed_by(signer, document, at=NOW, nonce="n-1")

    assert checked(signed, signer) == ReplayProtect(NOW, "n-1")
    assert is_signed(parse_message(signed))
    assert not is_signed(parse_message(document))


@pytest.mark.parametrize("seconds", [SECONDS, -SECONDS])
def test_the_clock_may_be_off_by_so_much_either_way(seconds: int) -> None:
    signed = signed_by(ven(), POLL, at=NOW + timedelta(seconds=seconds))

    assert checked(signed)


@pytest.mark.parametrize(
    ("at", "got"),
    [
        (NOW + timedelta(seconds=SECONDS + 1), "301 s after"),
        (NOW - timedelta(seconds=SECONDS + 1), "301 s before"),
        (NOW - timedelta(hours=1), "3600 s before"),
        (datetime(2099, 1, 1, tzinfo=UTC), "after"),
    ],
)
def test_a_clock_that_is_further_off_is_refused(at: datetime, got: str) -> None:
    with pytest.raises(SignatureError, match=got):
        checked(signed_by(ven(), POLL, at=at))


def test_a_tampered_value_is_refused() -> None:
    signed = signed_by(ven(), REPORT, at=NOW)

    with pytest.raises(SignatureError, match="Digest mismatch"):
        checked(signed.replace(b">0.06<", b">6.00<"))


def test_a_tampered_time_or_nonce_is_refused() -> None:
    signed = signed_by(ven(), POLL, at=NOW, nonce="n-1")

    with pytest.raises(SignatureError, match="Digest mismatch"):
        checked(signed.replace(b">n-1<", b">n-2<"))


@pytest.mark.parametrize("other_id", [None, "another", WHOLE])
def test_a_message_wrapped_around_the_signed_one_is_refused(
    other_id: str | None,
) -> None:
    genuine = signed_by(ven(), REPORT, at=NOW)
    other = update_report("v1", report([hour(number="9.99")]))

    with pytest.raises(SignatureError):
        checked(wrapped(genuine, other, other_id=other_id))


def test_the_signed_message_itself_is_no_excuse_for_another_place() -> None:
    genuine = signed_by(ven(), REPORT, at=NOW)

    with pytest.raises(SignatureError):
        checked(wrapped(genuine, REPORT, other_id=None))


def test_a_signature_over_another_element_is_refused() -> None:
    root = etree.fromstring(REPORT)
    declared = {**ALL_NAMESPACES, "ds": DS.strip("{}")}
    note = etree.Element(f"{DS}Object", {"Id": "note"}, nsmap=declared)
    protect = replay_protect(NOW, "n-1")
    signature = signature_over(note, ven(), protect)
    signature.append(note)
    root.insert(0, signature)

    with pytest.raises(SignatureError, match="covers something else"):
        checked(etree.tostring(root))


def test_more_references_than_needed_are_refused_unread() -> None:
    root = etree.fromstring(signed_by(ven(), POLL, at=NOW))
    info = root[0].find(f"{DS}SignedInfo")
    assert info is not None
    for reference in info.findall(f"{DS}Reference") * 500:
        info.append(copy.deepcopy(reference))

    with pytest.raises(SignatureError, match="got 1002 references, expected 2"):
        checked(etree.tostring(root))


def test_a_signature_over_a_part_of_the_message_is_refused() -> None:
    signed = signed_by(ven(), REPORT, at=NOW)
    base64 = b"http://www.w3.org/2000/09/xmldsig#base64"

    with pytest.raises(SignatureError, match="canonicalisations only"):
        checked(
            signed.replace(b"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", base64)
        )


@pytest.mark.parametrize("path", [f"{DS}KeyInfo", f"{DS}Object", f"{DS}SignedInfo"])
def test_a_signature_that_lacks_a_part_is_refused(path: str) -> None:
    root = etree.fromstring(signed_by(ven(), POLL, at=NOW))
    part = root[0].find(path)
    assert part is not None
    root[0].remove(part)
    message = parse_message(POLL)
    message.element.getparent().getparent().insert(0, root[0])  # type: ignore[union-attr]

    with pytest.raises(SignatureError):
        verify(message, certificate_sha256=ven().sha256, now=NOW, seconds=SECONDS)


@pytest.mark.parametrize("nonce", ["", "n" * 257])
def test_a_nonce_is_neither_empty_nor_endless(nonce: str) -> None:
    root = etree.fromstring(POLL)
    root[0].set(ID, WHOLE)
    root.insert(0, signature_over(root[0], ven(), replay_protect(NOW, nonce)))

    with pytest.raises(SignatureError, match="nonce"):
        checked(etree.tostring(root))


def test_without_replay_protection_a_signature_is_refused() -> None:
    root = etree.fromstring(POLL)
    root[0].set(ID, WHOLE)
    other = etree.Element(f"{DSP}Other", {"Id": "x", "Target": "#x"})
    root.insert(0, signature_over(root[0], ven(), other))

    with pytest.raises(SignatureError, match="0 ReplayProtect"):
        checked(etree.tostring(root))


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        (lambda: authority().issue("v1"), "another certificate"),
        (lambda: Authority().issue("v1"), "another certificate"),
    ],
)
def test_another_certificate_is_refused(signer: Callable[[], Issued], why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        checked(signed_by(signer(), POLL, at=NOW))


def test_the_enrolled_certificate_with_a_strangers_key_is_refused() -> None:
    forged = Issued(ven().certificate, authority().issue("v1").key)

    with pytest.raises(SignatureError, match="does not verify"):
        checked(signed_by(forged, POLL, at=NOW))


@pytest.mark.parametrize(
    ("valid", "why"),
    [((-2 * DAY, -DAY), "expired at"), ((DAY, 2 * DAY), "not valid before")],
)
def test_a_certificate_out_of_its_time_is_refused(
    valid: tuple[timedelta, timedelta], why: str
) -> None:
    signer = authority().issue("v1", valid=valid)

    with pytest.raises(SignatureError, match=why):
        checked(signed_by(signer, POLL, at=NOW), signer)


def test_a_weak_key_and_a_weak_algorithm_are_refused() -> None:
    weak, strong = (authority().issue("v1", key=rsa_key(bits)) for bits in (1024, 2048))
    given_up = signed_by(strong, POLL, at=NOW, method=SignatureMethod.RSA_SHA1)

    with pytest.raises(SignatureError, match="weak key"):
        checked(signed_by(weak, POLL, at=NOW), weak)
    with pytest.raises(SignatureError, match="RSA_SHA1 forbidden"):
        checked(given_up, strong)


def test_a_nonce_is_taken_once_by_a_ven_until_it_is_forgotten(tmp_path: Path) -> None:
    def use(ven_id: str, nonce: str, *, forget_before: str = "") -> bool:
        return asyncio.run(
            store.write(
                use_nonce,
                ven_id=ven_id,
                nonce=nonce,
                signed_at="2025-11-02T05:00:00Z",
                forget_before=forget_before,
            )
        )

    store = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")
    for ven_id in ("v1", "v2"):
        enrolment = VenEnrolment(ven_id, "", ven_id)
        asyncio.run(store.write(roster.enrol, enrolment, "2025-11-02T05:00:00Z"))

    first = [use("v1", "a"), use("v1", "a"), use("v2", "a"), use("v1", "b")]
    store.close()
    store = Store.open(f"sqlite:///{tmp_path}/vtn.sqlite")
    after_a_restart = use("v1", "a", forget_before="2025-11-02T05:00:00Z")
    once_forgotten = use("v1", "a", forget_before="2025-11-02T05:00:01Z")
    store.close()

    assert first == [True, False, True, True]
    assert (after_a_restart, once_forgotten) == (False, True)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_what_we_sign_openleadr_verifies_and_no_two_are_alike(kind: str) -> None:
    key = rsa_key() if kind == "rsa" else None
    own = authority().issue_server("vtn", key=key)
    signer = Signer(OwnCertificate([own.certificate], own.key))
    answer = render("oadrPoll", {"ven_id": "v1"})

    said = [signer.sign(answer, datetime.now(UTC)) for _ in range(2)]

    for document in said:
        tree = validate_xml_schema(document)
        validate_xml_signature(tree, cert_fingerprint=own.openadr_fingerprint)
    assert said[0] != said[1]


def test_a_signing_key_that_signs_no_xml_is_named(tmp_path: Path) -> None:
    cert, key = authority().issue(key=rsa_key(1024)).write(tmp_path, "weak")
    settings = read_settings(
        {
            "VTN_CONTROL_KEY": "example-control-key",
            "VTN_SIGNING_CERT_FILE": cert,
            "VTN_SIGNING_KEY_FILE": key,
        }
    )

    with pytest.raises(SettingsError, match="VTN_SIGNING_KEY_FILE"):
        Signer.of(settings)
