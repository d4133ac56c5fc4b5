"""The TLS handshake with a VTN, as a device makes it, and why it fails."""

import socket
import ssl
from collections.abc import Generator
from datetime import UTC, datetime
from urllib.parse import SplitResult

from cryptography import x509

from ter_pipelines.cli.certificates import UNREADABLE
from ter_pipelines.cli.steps import SECONDS, Device, Step, port_of, well, wrong
from ter_pipelines.vocab.clock import DAY, iso_utc

_TRUST = {
    62: "call the VTN by a name that is in its certificate, or have that one added",
    64: "call the VTN by a name that is in its certificate, or have that one added",
    10: "renew the VTN's certificate; if it is not over, set this machine's clock",
    9: "set this machine's clock, or wait",
}
_UNTRUSTED = "name the authority that issued it, PEM, with --ca, and on the device"


def secure(
    device: Device, url: SplitResult, plain: socket.socket
) -> Generator[Step, None, ssl.SSLSocket | None]:
    """Shake hands as the device would, checking the VTN's certificate."""
    try:
        context = ssl.create_default_context(cafile=device.ca)
        if device.cert:
            context.load_cert_chain(device.cert, device.key, password="")
    except OSError as error:
        yield wrong("tls", f"{device.ca}: {error}", _UNTRUSTED)
        return None
    try:
        secured = context.wrap_socket(plain, server_hostname=url.hostname)
    except ssl.SSLCertVerificationError as error:
        got = f"{why(error)}; the VTN shows {_shown_to_anybody(url)}"
        do = _TRUST.get(error.verify_code, _UNTRUSTED)
        yield wrong("server_certificate", got, do)
        return None
    except OSError as error:
        yield wrong("tls", why(error), what_to_do_about(error))
        return None
    yield well("tls", f"{secured.version()}, {(secured.cipher() or ['?'])[0]}")
    shown = secured.getpeercert(binary_form=True) or b""
    yield well("server_certificate", describe_shown(shown))
    return secured


def why(error: OSError) -> str:
    """Say in words why a connection failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return str(error) or "the other side hung up"


def what_to_do_about(error: OSError) -> str:
    """Say what to do when TLS, or what came through it, broke off."""
    reason = why(error)
    if "certificate" in reason or "unknown ca" in reason:
        return (
            "have the device's certificate issued by an authority that the VTN has "
            "(VTN_TLS_CLIENT_CA_FILE); `ter vtn inspect FILE --ca FILE` checks that"
        )
    if "version number" in reason or "record layer" in reason:
        return "nothing speaks TLS on that port: use http, or the port that does"
    return "see the VTN's log and its refusals; something between may have hung up"


def _shown_to_anybody(url: SplitResult) -> str:
    """Tell which certificate the VTN shows, trusted or not."""
    try:
        address = (url.hostname or "", port_of(url))
        pem = ssl.get_server_certificate(address, timeout=SECONDS)
        return describe_shown(ssl.PEM_cert_to_DER_cert(pem))
    except OSError as error:
        return f"nothing more ({error})"


def describe_shown(der: bytes) -> str:
    """Describe a certificate that was shown, readable or not."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return _described(certificate)
    except UNREADABLE as error:
        return f"a certificate that cannot be read: {error}"


def _described(certificate: x509.Certificate) -> str:
    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
        listed = ", ".join(str(name.value) for name in names)
    except x509.ExtensionNotFound:
        listed = "no name"
    ends = certificate.not_valid_after_utc
    return (
        f"{certificate.subject.rfc4514_string()} for {listed}, by "
        f"{certificate.issuer.rfc4514_string()}, until {iso_utc(ends)}, "
        f"{(ends - datetime.now(UTC)) // DAY} days left"
    )
