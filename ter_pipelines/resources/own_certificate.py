"""Our certificate with its key: whether the two files can be used, and until when."""

import ssl
from datetime import datetime
from pathlib import Path

from cryptography import x509

from ter_pipelines.vocab.errors import SettingsError

LEAST_DAYS_LEFT = 14


def require_own_certificate(certificate_file: Path, key_file: Path) -> None:
    """Refuse files that are no certificate with its key.

    Raises:
        SettingsError: Naming both.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(certificate_file, key_file, password="")
    except (OSError, ValueError) as error:  # an encrypted key is a ValueError
        raise SettingsError(
            f"{certificate_file} with {key_file}: expected a certificate and its key, "
            f"both PEM, the key not encrypted ({error})"
        ) from error


def valid_until(certificate_file: Path) -> datetime:
    """Tell when a certificate ends.

    Raises:
        SettingsError: If the file holds none.
    """
    try:
        found = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{certificate_file}: expected a certificate, PEM ({error})"
        ) from error
    return found.not_valid_after_utc
