"""Signing messages as VENs do, and as those who would like to be one."""

import secrets
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from lxml.etree import _Element
from signxml.algorithms import (
    CanonicalizationMethod,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from tests.vtn_service import messages
from tests.vtn_service.certificates import Issued
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.message import NAMESPACES

ALL_NAMESPACES = {
    prefix: uri
    for prefix, uri in etree.fromstring(messages.signed("")).nsmap.items()
    if prefix
}

DS = "{http://www.w3.org/2000/09/xmldsig#}"
DSP = "{http://openadr.org/oadr-2.0b/2012/07/xmldsig-properties}"
ID = f"{{{NAMESPACES['oadr']}}}Id"
WHOLE = "oadrSignedObject"


class _AnySigner(XMLSigner):
    """A signer that also uses what has been given up."""

    def check_deprecated_methods(self) -> None:
        """Let it pass."""


def signed_by(
    signer: Issued,
    document: bytes,
    *,
    at: datetime | None = None,
    nonce: str = "",
    method: SignatureMethod | None = None,
) -> bytes:
    """Sign a message as a whole, now and with a new nonce unless they are given."""
    root = etree.fromstring(document)
    root[0].set(ID, WHOLE)
    protect = replay_protect(at or datetime.now(UTC), nonce or secrets.token_hex(8))
    root.insert(0, signature_over(root[0], signer, protect, method))
    return etree.tostring(root)


def signature_over(
    element: _Element,
    signer: Issued,
    protect: _Element,
    method: SignatureMethod | None = None,
) -> _Element:
    """Make a signature that covers an element and a ReplayProtect."""
    usual = (
        SignatureMethod.RSA_SHA256
        if isinstance(signer.key, rsa.RSAPrivateKey)
        else SignatureMethod.ECDSA_SHA256
    )
    xml_signer = _AnySigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=method or usual,
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    xml_signer.namespaces |= ALL_NAMESPACES
    return xml_signer.sign(
        element,
        key=signer.key,
        cert=[signer.certificate],
        reference_uri=f"#{element.get(ID) or element.get('Id')}",
        signature_properties=protect,
    )


def replay_protect(at: datetime, nonce: str) -> _Element:
    """Write a ReplayProtect."""
    protect = etree.Element(f"{DSP}ReplayProtect", {"Id": "x", "Target": "#x"})
    etree.SubElement(protect, f"{DSP}timestamp").text = iso_utc(at)
    etree.SubElement(protect, f"{DSP}nonce").text = nonce
    return protect


def wrapped(signed: bytes, other: bytes, *, other_id: str | None) -> bytes:
    """Hide what was signed inside the signature, and put another message in its place.

    The signature still finds what it covers, by its Id.
    """
    root = etree.fromstring(signed)
    signature, genuine = root
    hideout = etree.SubElement(signature, f"{DS}Object")
    hideout.append(genuine)
    evil = etree.fromstring(other)[0]
    if other_id is not None:
        evil.set(ID, other_id)
    root.append(evil)
    return etree.tostring(root)
