"""The meter-data system's door: one file a call, over HTTP or SFTP."""

from typing import Any
from urllib.parse import quote

import requests

from ter_pipelines.resources import sftp
from ter_pipelines.resources.receipts import Receipt, RefusedFileError
from ter_pipelines.vocab.errors import RemoteError, SettingsError
from ter_pipelines.vocab.mdm import MdmPartner

RECEIPT_BYTES = 4000
_TAKEN = range(200, 300)
_MAY_GET_BETTER = frozenset({408, 425, 429})
_FIRST_SERVER_ERROR = 500


class Mdm:
    """Puts files, and asks for them where that is possible.

    Args:
        partner: The system; None if there is none.
    """

    def __init__(self, partner: MdmPartner | None) -> None:
        """Connect to nothing yet."""
        self._partner = partner

    @property
    def is_set(self) -> bool:
        """Tell whether there is a meter-data system at all."""
        return self._partner is not None

    def put(self, file_name: str, body: bytes) -> Receipt:
        """Send a file, under one name wherever that stands.

        Raises:
            SettingsError: If no system is set.
            RefusedFileError: If it was refused for good.
            RemoteError: If it may or may not have been taken: send it again.
        """
        partner = self._require()
        if partner.is_sftp:
            return sftp.put_file(partner, file_name, body)
        what = f"PUT {partner.url} of {file_name}"
        named = {"fileName": file_name, "messageFormat": partner.message_format}
        try:
            answer = requests.put(
                partner.url,
                params=named,
                files={"file": (file_name, body, "text/plain")},
                timeout=partner.timeout_seconds,
                **_manner(partner),
            )
        except requests.RequestException as error:
            raise RemoteError(f"{what}: {error}") from error
        text = answer.text[:RECEIPT_BYTES]
        if answer.status_code in _TAKEN:
            return Receipt(answer.status_code, text)
        said = f"{what} answered {answer.status_code}, expected 2xx: {text[:200]}"
        if _may_get_better(answer.status_code):
            raise RemoteError(said)
        raise RefusedFileError(answer.status_code, said)

    def has(self, file_name: str, sha256: str) -> bool | None:
        """Ask whether a file is there; None where the system cannot be asked.

        Args:
            file_name: As it was sent.
            sha256: Of the file; over HTTP the name has to do.

        Raises:
            SettingsError: If no system is set.
            RefusedFileError: If another file is there under the name.
            RemoteError: If it does not say.
        """
        partner = self._require()
        if partner.is_sftp:
            return sftp.has_file(partner, file_name, sha256)
        if not partner.ask_url:
            return None
        url = partner.ask_url.replace("{file_name}", quote(file_name, safe=""))
        try:
            answer = requests.get(
                url, timeout=partner.timeout_seconds, **_manner(partner)
            )
        except requests.RequestException as error:
            raise RemoteError(f"GET {url}: {error}") from error
        if answer.status_code == requests.codes.ok:
            return True
        if answer.status_code == requests.codes.not_found:
            return False
        raise RemoteError(f"GET {url} answered {answer.status_code}, expected 200, 404")

    def _require(self) -> MdmPartner:
        if self._partner is None:
            raise SettingsError(
                "No meter-data system: set TER_MDM to a file like examples/mdm.toml."
            )
        return self._partner


def _manner(partner: MdmPartner) -> dict[str, Any]:
    return {
        "auth": (partner.user, partner.password),
        "verify": str(partner.ca_file) if partner.ca_file else True,
        "allow_redirects": False,
    }


def _may_get_better(status_code: int) -> bool:
    return status_code in _MAY_GET_BETTER or status_code >= _FIRST_SERVER_ERROR
