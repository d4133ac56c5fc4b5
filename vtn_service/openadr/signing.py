"""XML signatures: those of VENs are verified, and VENs that sign are answered so.

A signature stands beside the oadrSignedObject and covers two things: that object as a
whole, and a ReplayProtect with the time of signing and a nonce.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from vtn_service.certificates import (
    OwnCertificate,
    find_by_sha256,
    find_out_of_date,
    is_strong,
    read_own,
)
from vtn_service.openadr.instants import iso_utc, parse_instant
from vtn_service.openadr.message import NAMESPACES, Message, safe_parser
from vtn_service.settings import PREFIX, Settings, SettingsError

MAX_NONCE = 256
_DS = {"ds": "http://www.w3.org/2000/09/xmldsig#"}
_DSP = "http://openadr.org/oadr-2.0b/2012/07/xmldsig-properties"
_SIGNED_OBJECT = f"{{{NAMESPACES['oadr']}}}oadrSignedObject"
_ID = f"{{{NAMESPACES['oadr']}}}Id"
_REFERENCES = 2
_SHA2 = frozenset(
    {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
)
_EXPECTED = SignatureConfiguration(
    location="./",
    expect_references=_REFERENCES,
    signature_methods=frozenset(
        {
            SignatureMethod.RSA_SHA256,
            SignatureMethod.RSA_SHA384,
            SignatureMethod.RSA_SHA512,
            SignatureMethod.SHA256_RSA_MGF1,
            SignatureMethod.SHA384_RSA_MGF1,
            SignatureMethod.SHA512_RSA_MGF1,
            SignatureMethod.ECDSA_SHA256,
            SignatureMethod.ECDSA_SHA384,
            SignatureMethod.ECDSA_SHA512,
        }
    ),
    digest_algorithms=_SHA2,
    default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
)
_TRANSFORMS = frozenset(method.value for method in CanonicalizationMethod)


class SignatureError(Exception):
    """A message is not signed as it must be; says what was got and expected."""


@dataclass(frozen=True)
class ReplayProtect:
    """When a message was signed, and the nonce that no other message may have."""

    signed_at: datetime
    nonce: str


def is_signed(message: Message) -> bool:
    """Tell whether a message carries a signature, whatever it is worth."""
    return _signature_beside(message) is not None


def verify(
    message: Message, *, certificate_sha256: str, now: datetime, seconds: int
) -> ReplayProtect:
    """Check that a message is signed as a whole, lately, with a certificate.

    Args:
        message: The message, from `parse_message`.
        certificate_sha256: Fingerprint of the only certificate it may be signed with.
        now: The current instant.
        seconds: How far the time of signing may be from it, either way.

    Raises:
        SignatureError: If it is not.
    """
    signature = _signature_beside(message)
    if signature is None:
        raise SignatureError("got none, expected one by the enrolled certificate")
    certificate = _signing_certificate(signature, certificate_sha256, now)
    _require_plain(signature)
    results = _verified(_signed_object(message).getparent(), certificate)
    _require_whole(_signed_object(message), results)
    return _read_replay_protect(results, now, seconds)


class Signer:
    """Signs our messages; the key stays loaded."""

    def __init__(self, own: OwnCertificate) -> None:
        """Take certificate and key.

        Raises:
            SettingsError: If no XML signature is made with such a key.
        """
        if not (
            isinstance(own.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
            and is_strong(own.key.public_key())
        ):
            raise SettingsError(
                f"{PREFIX}SIGNING_KEY_FILE: expected an RSA key of 2048 bits or more, "
                "or an elliptic-curve key of 256 or more"
            )
        self._key, self._chain = own.key, own.chain
        self._method = (
            SignatureMethod.RSA_SHA256
            if isinstance(own.key, rsa.RSAPrivateKey)
            else SignatureMethod.ECDSA_SHA256
        )

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Give the signer of the settings; None if they have none.

        Raises:
            SettingsError: If a file is missing or wrong, naming its setting.
        """
        files = settings.signing_cert_file, settings.signing_key_file
        if files[0] is None or files[1] is None:
            return None
        return cls(read_own("SIGNING", files[0], files[1]))

    def sign(self, document: bytes, now: datetime) -> bytes:
        """Give a message of ours with a signature in it."""
        root = etree.fromstring(document, safe_parser())
        signed = root[0]
        signer = XMLSigner(
            method=SignatureConstructionMethod.detached,
            signature_algorithm=self._method,
            c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
        )
        # What the root declares is canonicalised with the signature inside it.
        signer.namespaces |= {k: v for k, v in root.nsmap.items() if k}
        signature = signer.sign(
            signed,
            key=self._key,
            cert=self._chain,
            reference_uri=f"#{signed.get(_ID)}",
            signature_properties=_replay_protect(now),
        )
        root.insert(0, signature)
        return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _signed_object(message: Message) -> _Element:
    return cast("_Element", message.element.getparent())


def _signature_beside(message: Message) -> _Element | None:
    root = cast("_Element", _signed_object(message).getparent())
    return root.find("ds:Signature", _DS)


def _signing_certificate(
    signature: _Element, sha256: str, now: datetime
) -> x509.Certificate:
    found = signature.iterfind("ds:KeyInfo/ds:X509Data/ds:X509Certificate", _DS)
    certificate = find_by_sha256(sha256, (element.text or "" for element in found))
    if certificate is None:
        raise SignatureError("got another certificate, expected the enrolled one")
    if fault := find_out_of_date(certificate, now):
        raise SignatureError(f"the certificate {fault}")
    if not is_strong(certificate.public_key()):
        raise SignatureError(
            "got a weak key, expected RSA of 2048 bits or more, or elliptic curves"
        )
    return certificate


def _require_plain(signature: _Element) -> None:
    """Refuse what a signature has no need of, before time is spent on it."""
    references = signature.findall("ds:SignedInfo/ds:Reference", _DS)
    if len(references) != _REFERENCES:
        raise SignatureError(
            f"got {len(references)} references, expected {_REFERENCES}: to the "
            "oadrSignedObject and to the ReplayProtect"
        )
    for reference in references:
        for transform in reference.iterfind("ds:Transforms/ds:Transform", _DS):
            if transform.get("Algorithm") not in _TRANSFORMS:
                raise SignatureError("got a transform, expected canonicalisations only")


def _verified(
    root: _Element | None, certificate: x509.Certificate
) -> list[VerifyResult]:
    """Give what the signature covers, after checking it with the certificate's key."""
    try:
        results = XMLVerifier().verify(
            root, x509_cert=certificate, parser=safe_parser(), expect_config=_EXPECTED
        )
    except Exception as error:  # whatever it was: nothing is proven
        raise SignatureError(
            f"it does not verify ({type(error).__name__}: {str(error)[:120]})"
        ) from error
    return cast("list[VerifyResult]", results)


def _require_whole(signed: _Element, results: Sequence[VerifyResult]) -> None:
    """Require that what was verified is what is read, not something beside it."""
    covered = [
        result.signed_xml
        for result in results
        if result.signed_xml is not None and result.signed_xml.tag == _SIGNED_OBJECT
    ]
    if [_canonical(element) for element in covered] != [_canonical(signed)]:
        raise SignatureError(
            "it covers something else, expected the whole oadrSignedObject"
        )


def _canonical(element: _Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True)


def _read_replay_protect(
    results: Sequence[VerifyResult], now: datetime, seconds: int
) -> ReplayProtect:
    found = [
        element
        for result in results
        if result.signed_xml is not None and result.signed_xml.tag != _SIGNED_OBJECT
        for element in result.signed_xml.iter(f"{{{_DSP}}}ReplayProtect")
    ]
    if len(found) != 1:
        raise SignatureError(f"it covers {len(found)} ReplayProtect, expected one")
    signed_at = parse_instant(found[0].findtext(f"{{{_DSP}}}timestamp", "").strip())
    nonce = found[0].findtext(f"{{{_DSP}}}nonce", "").strip()
    if signed_at is None or not 0 < len(nonce) <= MAX_NONCE:
        raise SignatureError(
            "its ReplayProtect expected a timestamp with an offset, and a nonce of at "
            f"most {MAX_NONCE} characters"
        )
    behind = (now - signed_at).total_seconds()
    if abs(behind) > seconds:
        raise SignatureError(
            f"signed {abs(behind):.0f} s {'before' if behind > 0 else 'after'} our "
            f"clock's {iso_utc(now)}, expected at most {seconds} s"
        )
    return ReplayProtect(signed_at, nonce)


def _replay_protect(now: datetime) -> _Element:
    protect = etree.Element(
        f"{{{_DSP}}}ReplayProtect",
        {"Id": "replayProtect", "Target": "#oadrSignedObject"},
        nsmap={"dsp": _DSP},
    )
    etree.SubElement(protect, f"{{{_DSP}}}timestamp").text = iso_utc(now)
    etree.SubElement(protect, f"{{{_DSP}}}nonce").text = secrets.token_hex(16)
    return protect
