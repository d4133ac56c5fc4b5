"""A certificate authority of the tests, and what it issues: real keys, made anew."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def ec_key() -> ec.EllipticCurvePrivateKey:
    """Make an elliptic-curve key."""
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Make an RSA key."""
    return rsa.generate_private_key(65537, bits)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @cached_property
    def pem(self) -> str:
        """Give the certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @cached_property
    def key_pem(self) -> bytes:
        """Give the key as PEM."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @cached_property
    def sha256(self) -> str:
        """Give the fingerprint: SHA-256 of the DER."""
        der = self.certificate.public_bytes(Encoding.DER)
        return hashlib.sha256(der).hexdigest()

    @property
    def openadr_fingerprint(self) -> str:
        """Give the fingerprint as openleadr tells it: the last ten bytes."""
        return ":".join(self.sha256[i : i + 2].upper() for i in range(44, 64, 2))

    @property
    def header(self) -> str:
        """Give the certificate as nginx passes it on in a header."""
        return quote(self.pem, safe="")

    def write(self, folder: Path, name: str) -> tuple[str, str]:
        """Write certificate and key into a folder; give both paths."""
        cert, key = folder / f"{name}.crt", folder / f"{name}.key"
        cert.write_text(self.pem)
        key.write_bytes(self.key_pem)
        return str(cert), str(key)


class Authority:
    """A certificate authority."""

    def __init__(self, name: str = "Example CA", by: "Authority | None" = None) -> None:
        """Make its key and its own certificate, which another may have issued."""
        self._key = ec_key()
        self._name = _named(name)
        self.own = (by or self).issue(name, key=self._key, usage=None, is_ca=True)

    def issue(
        self,
        name: str = "ven.example",
        *,
        key: PrivateKey | None = None,
        usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
        valid: tuple[timedelta, timedelta] = (-DAY, 30 * DAY),
        is_ca: bool = False,
    ) -> Issued:
        """Issue a certificate; `valid` is from and until, counted from now."""
        key = key or ec_key()
        now = datetime.now(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_named(name))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + valid[0])
            .not_valid_after(now + valid[1])
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
            .add_extension(_LOCAL_NAMES, critical=False)
        )
        if usage:
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([usage]), critical=False
            )
        return Issued(builder.sign(self._key, SHA256()), key)

    def issue_server(self, name: str = "vtn.example", **changes: object) -> Issued:
        """Issue a certificate for this machine as a server."""
        usage = ExtendedKeyUsageOID.SERVER_AUTH
        return self.issue(name, usage=usage, **changes)  # type: ignore[arg-type]


_LOCAL_NAMES = x509.SubjectAlternativeName(
    [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
