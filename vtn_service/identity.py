"""Who is calling: by the token in the URL, by a client certificate, or by both."""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote_to_bytes

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from vtn_service import guard
from vtn_service.desk import Desk, Known
from vtn_service.settings import Settings


@dataclass(frozen=True)
class Shown:
    """What a request shows of its sender.

    Args:
        address: Of the sender; behind a trusted proxy, as that proxy tells it.
        token_sha256: Of the token in the URL; empty without one.
        certificate_sha256: Of the client certificate (DER); empty without one.
    """

    address: str
    token_sha256: str
    certificate_sha256: str


def read_shown(request: web.Request, settings: Settings) -> Shown:
    """Tell what a request shows.

    Raises:
        Refusal: 400 if a trusted proxy passes a certificate that is none.
    """
    token = request.match_info.get("token", "")
    peer = request.remote or ""
    is_proxied = is_trusted(peer, settings)
    return Shown(
        address=_forwarded_for(request, settings) if is_proxied else peer,
        token_sha256=guard.hash_token(token) if token else "",
        certificate_sha256=_passed_on(request, settings)
        if is_proxied and settings.client_cert_header
        else _of_connection(request),
    )


def is_trusted(address: str, settings: Settings) -> bool:
    """Tell whether an address is a trusted proxy's."""
    try:
        return any(ip_address(address) in network for network in settings.proxies)
    except ValueError:
        return False


async def identify(desk: Desk, shown: Shown) -> Known:
    """Give the VEN that what was shown belongs to.

    A VEN with both a token and a certificate must show both.

    Raises:
        Refusal: 403, with one text for all: it tells nobody which part was wrong.
    """
    known = await desk.find(shown.token_sha256, shown.certificate_sha256)
    if known is None or not _is_proven(known, shown):
        raise guard.Refusal(403, "Not on the roster", ends_connection=True)
    return known


def _is_proven(known: Known, shown: Shown) -> bool:
    caller = known.caller
    return caller.is_enabled and all(
        must in {"", shows}
        for must, shows in (
            (caller.token_sha256, shown.token_sha256),
            (caller.certificate_sha256, shown.certificate_sha256),
        )
    )


def _of_connection(request: web.Request) -> str:
    tls = request.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls else None
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


def _passed_on(request: web.Request, settings: Settings) -> str:
    text = request.headers.get(settings.client_cert_header, "")
    if not text:
        return ""
    try:
        certificate = x509.load_pem_x509_certificate(unquote_to_bytes(text))
    except ValueError:
        raise guard.Refusal(
            400, f"{settings.client_cert_header}: expected PEM, URL-encoded"
        ) from None
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _forwarded_for(request: web.Request, settings: Settings) -> str:
    """Give the last address of X-Forwarded-For that is no trusted proxy itself."""
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    for hop in reversed([text.strip() for text in hops if text.strip()]):
        if not is_trusted(hop, settings):
            return hop
    return request.remote or ""
