"""Device certificates in PEM files: what they hold, and what is wrong with them."""

import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from ter_pipelines.vocab.clock import DAY, iso_utc
from ter_pipelines.vocab.errors import InputError

LEAST_RSA_BITS, LEAST_EC_BITS = 2048, 256
UNREADABLE = (ValueError, UnsupportedAlgorithm)  # what a part of one may raise
_OPENADR_DIGITS = 20
_GOOD_HASHES = ("sha256", "sha384", "sha512")


@dataclass(frozen=True)
class DeviceCertificate:
    """The first certificate of a file, and what else the file holds."""

    file: Path
    certificate: x509.Certificate
    others: Sequence[x509.Certificate]

    @property
    def sha256(self) -> str:
        """Give the fingerprint it is enrolled by: SHA-256 of its DER, hex."""
        der = self.certificate.public_bytes(Encoding.DER)
        return hashlib.sha256(der).hexdigest()

    @property
    def expires_at(self) -> str:
        """Give when it ends."""
        return iso_utc(self.certificate.not_valid_after_utc)

    def describe(self, now: datetime) -> dict[str, object]:
        """Tell what it holds, for people and for the device's papers.

        `openadr_fingerprint` is the short form that some devices show: the last ten
        bytes of the whole.
        """
        short = self.sha256[-_OPENADR_DIGITS:].upper()
        ends = self.certificate.not_valid_after_utc
        return {
            "certificate_sha256": self.sha256,
            "openadr_fingerprint": ":".join(
                short[i : i + 2] for i in range(0, _OPENADR_DIGITS, 2)
            ),
            "subject": self.certificate.subject.rfc4514_string(),
            "issuer": self.certificate.issuer.rfc4514_string(),
            "valid_from": iso_utc(self.certificate.not_valid_before_utc),
            "expires_at": self.expires_at,
            "days_left": (ends - now) // DAY,
            "key": _key_of(self.certificate),
        }


def read_device_certificate(file: Path) -> DeviceCertificate:
    """Read the certificate of a PEM file; its issuers may stand after it.

    Raises:
        InputError: If it holds none.
        OSError: If it cannot be read.
    """
    first, *others = read_certificates(file)
    return DeviceCertificate(file, first, others)


def read_certificates(file: Path) -> list[x509.Certificate]:
    """Read all certificates of a PEM file.

    Raises:
        InputError: If it holds none.
        OSError: If it cannot be read.
    """
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except ValueError as error:
        raise InputError(
            f"{file}: expected a certificate in PEM, from "
            "'-----BEGIN CERTIFICATE-----' on"
        ) from error


def find_faults(
    device: DeviceCertificate, now: datetime, ca_file: Path | None = None
) -> list[str]:
    """Say what keeps a certificate from being a device's.

    Args:
        device: The certificate.
        now: The current instant.
        ca_file: The authorities it must be issued by, PEM; None for any.
    """
    certificate = device.certificate
    found = [_find_out_of_date(certificate, now)]
    for find in (_find_weak_key, _find_weak_hash, _find_other_purpose):
        try:
            found.append(find(certificate))
        except UNREADABLE as error:
            found.append(f"got a certificate that cannot be read: {error}")
    if ca_file and not _leads_to(
        certificate, device.others, read_certificates(ca_file)
    ):
        found.append(
            f"issuer: got {certificate.issuer.rfc4514_string()}, expected an authority "
            f"of {ca_file}, or one between them in the same file"
        )
    return [fault for fault in found if fault]


def find_key_fault(cert_file: Path, key_file: Path) -> str:
    """Say why a certificate and a key cannot be used together; empty if they can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(cert_file, key_file, password="")
    except OSError as error:
        reason = getattr(error, "reason", "") or str(error)
        return f"{cert_file} and {key_file}: {reason.lower().replace('_', ' ')}"
    return ""


def _find_out_of_date(certificate: x509.Certificate, now: datetime) -> str:
    if now > certificate.not_valid_after_utc:
        return f"expired at {iso_utc(certificate.not_valid_after_utc)}"
    if now < certificate.not_valid_before_utc:
        return f"not valid before {iso_utc(certificate.not_valid_before_utc)}"
    return ""


def _find_weak_key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    is_strong = (
        isinstance(key, rsa.RSAPublicKey) and key.key_size >= LEAST_RSA_BITS
    ) or (isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= LEAST_EC_BITS)
    if is_strong:
        return ""
    return (
        f"key: got {_key_of(certificate)}, expected RSA of {LEAST_RSA_BITS} bits or "
        f"more, or an elliptic curve of {LEAST_EC_BITS} or more"
    )


def _find_weak_hash(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.name in _GOOD_HASHES:
        return ""
    return f"signature: got {algorithm.name}, expected {' or '.join(_GOOD_HASHES)}"


def _find_other_purpose(certificate: x509.Certificate) -> str:
    extensions = certificate.extensions
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return "got an authority's certificate, expected a device's own"
    except x509.ExtensionNotFound:
        pass
    try:
        usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return ""
    if ExtendedKeyUsageOID.CLIENT_AUTH in usages:
        return ""
    names = ", ".join(usage.dotted_string for usage in usages)
    return f"extended key usage: got {names}, expected clientAuth among them"


def _leads_to(
    certificate: x509.Certificate,
    between: Sequence[x509.Certificate],
    authorities: Sequence[x509.Certificate],
) -> bool:
    """Tell whether an authority issued a certificate, directly or through others.

    Each of those others is looked at once, whoever they are issued by.
    """
    left, reached = list(between), [certificate]
    while reached:
        issued = reached.pop()
        if any(_is_issued_by(issued, authority) for authority in authorities):
            return True
        issuers = [other for other in left if _is_issued_by(issued, other)]
        left = [other for other in left if other not in issuers]
        reached += issuers
    return False


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, TypeError, InvalidSignature):
        return False
    return True


def _key_of(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except UNREADABLE as error:
        return f"unreadable: {error}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    return type(key).__name__.removesuffix("PublicKey")
