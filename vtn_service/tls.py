"""TLS on the devices' door, made of the settings.

TLS 1.2 at least. Where authorities for them are set, client certificates are asked for
and checked; one that fails ends the handshake, and a VEN without one may still show a
token.
"""

import ssl

from vtn_service.certificates import read_certificates, read_own
from vtn_service.settings import PREFIX, Settings, SettingsError

LEGACY_SUITE = "AES128-SHA256"  # TLS_RSA_WITH_AES_128_CBC_SHA256, which 2.0b names


def device_context(settings: Settings) -> ssl.SSLContext | None:
    """Give what the devices' door speaks TLS with; None if it speaks plain HTTP.

    Raises:
        SettingsError: If a file is missing or wrong, naming its setting.
    """
    cert_file, key_file = settings.tls_cert_file, settings.tls_key_file
    if cert_file is None or key_file is None:
        return None
    read_own("TLS", cert_file, key_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert_file, key_file)
    except ssl.SSLError as error:
        raise SettingsError(f"{PREFIX}TLS_CERT_FILE: {cert_file}: {error}") from error
    if ca_file := settings.tls_client_ca_file:
        read_certificates(f"{PREFIX}TLS_CLIENT_CA_FILE", ca_file)
        context.load_verify_locations(ca_file)
        context.verify_mode = ssl.CERT_OPTIONAL
    if settings.tls_has_legacy_suites:
        _offer_legacy_suite(context)
    return context


def why_failed(error: OSError) -> str:
    """Say in words why a handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"client certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return str(error)


def _offer_legacy_suite(context: ssl.SSLContext) -> None:
    usual = [suite["name"] for suite in context.get_ciphers()]
    context.set_ciphers(":".join([*usual, LEGACY_SUITE]))
