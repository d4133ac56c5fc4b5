"""Certificates: our own with their keys, read from files, and those of callers."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    PrivateKeyTypes,
    PublicKeyTypes,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_pem_private_key,
)

from vtn_service.openadr.instants import iso_utc
from vtn_service.settings import PREFIX, SettingsError

LEAST_RSA_BITS = 2048
LEAST_EC_BITS = 256


@dataclass(frozen=True)
class OwnCertificate:
    """A certificate of ours: its chain, its own first, and its key."""

    chain: list[x509.Certificate]
    key: PrivateKeyTypes


def read_own(kind: str, cert_file: Path, key_file: Path) -> OwnCertificate:
    """Read a certificate of ours and its key.

    Args:
        kind: `TLS` or `SIGNING`, as in the names of the two settings.
        cert_file: The chain, PEM.
        key_file: Its key, PEM and not encrypted.

    Raises:
        SettingsError: Naming the setting that is wrong.
    """
    cert_name, key_name = f"{PREFIX}{kind}_CERT_FILE", f"{PREFIX}{kind}_KEY_FILE"
    chain = read_certificates(cert_name, cert_file)
    try:
        key = load_pem_private_key(_read(key_name, key_file), password=None)
    except (ValueError, TypeError) as error:
        raise SettingsError(
            f"{key_name}: {key_file} expected a key in PEM, not encrypted ({error})"
        ) from error
    if key.public_key() != chain[0].public_key():
        raise SettingsError(
            f"{key_name}: {key_file} is not the key of the first certificate in "
            f"{cert_file} ({cert_name}); set both to files that belong together"
        )
    return OwnCertificate(chain, key)


def read_certificates(name: str, file: Path) -> list[x509.Certificate]:
    """Read the certificates of a file that a setting names.

    Raises:
        SettingsError: If there is none.
    """
    try:
        return x509.load_pem_x509_certificates(_read(name, file))
    except ValueError as error:
        raise SettingsError(
            f"{name}: {file} expected certificates in PEM ({error})"
        ) from error


def sha256_of(certificate: x509.Certificate) -> str:
    """Give the fingerprint a certificate is known by: SHA-256 of its DER, hex."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def find_by_sha256(sha256: str, texts: Iterable[str]) -> x509.Certificate | None:
    """Give that one of some certificates (base64 of DER) that has a fingerprint."""
    for text in texts:
        try:
            der = base64.b64decode(text)
        except ValueError:
            continue
        if hashlib.sha256(der).hexdigest() == sha256:
            return x509.load_der_x509_certificate(der)
    return None


def find_out_of_date(certificate: x509.Certificate, now: datetime) -> str:
    """Say that a certificate is not valid now; empty if it is."""
    if now > certificate.not_valid_after_utc:
        return f"expired at {iso_utc(certificate.not_valid_after_utc)}"
    if now < certificate.not_valid_before_utc:
        return f"is not valid before {iso_utc(certificate.not_valid_before_utc)}"
    return ""


def is_strong(key: PublicKeyTypes) -> bool:
    """Tell whether a key is of a kind and a size that signs messages safely."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= LEAST_RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= LEAST_EC_BITS


def _read(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{name}: {error}") from error
