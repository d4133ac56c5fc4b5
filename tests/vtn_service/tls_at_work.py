"""A VTN that speaks TLS, asks for client certificates and signs, as its own process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import requests

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork
from tests.vtn_service.certificates import Authority, Issued, rsa_key
from vtn_service.contract import OPENADR_PATH


@cache
def authority() -> Authority:
    """Give the authority of the VTN and of its devices."""
    return Authority()


@cache
def server() -> Issued:
    """Give the certificate the VTN's door shows."""
    return authority().issue_server(key=rsa_key())


@cache
def signer() -> Issued:
    """Give the certificate the VTN signs with."""
    return authority().issue_server("TER_VTN", key=rsa_key())


@dataclass(frozen=True)
class TlsVtn:
    """A VTN that speaks TLS, and the folder with everybody's files."""

    vtn: VtnAtWork
    folder: Path

    @property
    def url(self) -> str:
        """Give the URL of devices that have no token."""
        return self.vtn.devices + OPENADR_PATH

    @property
    def ca_file(self) -> str:
        """Give the file with the authority."""
        return str(self.folder / "ca.crt")

    def enrol(self, ven_id: str, *, must_sign: bool = False) -> Issued:
        """Enrol a VEN by a certificate of its own alone."""
        issued = authority().issue(ven_id)
        self.vtn.enrol(
            ven_id,
            token_sha256="",
            certificate_sha256=issued.sha256,
            must_sign=must_sign,
        )
        return issued

    def post(
        self, url: str, document: bytes, ven: Issued | None = None
    ) -> requests.Response:
        """Post as a VEN that trusts the authority."""
        return requests.post(
            url,
            data=document,
            headers={"Content-Type": "application/xml"},
            verify=self.ca_file,
            cert=ven.write(self.folder, ven.sha256) if ven else None,
            timeout=10,
        )

    def poll(self, ven_id: str, ven: Issued | None = None) -> int:
        """Poll without a token; give the status."""
        url = f"{self.url}/OadrPoll"
        return self.post(url, messages.poll(ven_id), ven).status_code


@contextmanager
def tls_vtn(folder: Path, **settings: str) -> Iterator[TlsVtn]:
    """Run a VTN while the context lasts."""
    cert, key = server().write(folder, "server")
    signing_cert, signing_key = signer().write(folder, "signing")
    ca, _ = authority().own.write(folder, "ca")
    at_work = VtnAtWork(
        folder,
        VTN_TLS_CERT_FILE=cert,
        VTN_TLS_KEY_FILE=key,
        VTN_TLS_CLIENT_CA_FILE=ca,
        VTN_SIGNING_CERT_FILE=signing_cert,
        VTN_SIGNING_KEY_FILE=signing_key,
        **settings,
    )
    yield TlsVtn(at_work, folder)
    at_work.end()
