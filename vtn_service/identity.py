"""Who is calling: by the token in the URL, by a client certificate, or by both."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import unquote_to_bytes

from aiohttp import web
from cryptography import x509

from vtn_service import guard
from vtn_service.certificates import find_out_of_date, sha256_of
from vtn_service.desk import Desk, Known
from vtn_service.settings import Settings

NOT_LET_IN = "Not on the roster"
_MOST_REMEMBERED = 4096
_NO_CERTIFICATE = ("", "-", "(null)")  # as proxies write it
_HOP = re.compile(
    r"\[(?P<inside>[0-9A-Fa-f:.]+)\](:\d{1,5})?"
    r"|(?P<before>[0-9.]+):\d{1,5}"
    r"|(?P<bare>[0-9A-Fa-f:.]+)",
    re.ASCII,
)


@dataclass(frozen=True)
class Shown:
    """What a request shows of its sender.

    Args:
        address: Of the sender; behind a trusted proxy, as that proxy tells it.
        token_sha256: Of the token in the URL; empty without one.
        certificate_sha256: Of the client certificate (DER); empty without one.
        fault: What makes the certificate worthless; empty if nothing does.
    """

    address: str
    token_sha256: str
    certificate_sha256: str
    fault: str = ""


class _FaultError(Exception):
    """A proxy passed on something that is no certificate."""


def read_shown(request: web.Request, settings: Settings, now: datetime) -> Shown:
    """Tell what a request shows.

    The header with a certificate counts from a trusted proxy only: anybody else could
    write any certificate into it, having no key.
    """
    peer = request.remote or ""
    is_proxied = is_trusted(peer, settings.trusted_proxies)
    certificate, fault = None, ""
    try:
        certificate = (
            _passed_on(request, settings.client_cert_header)
            if is_proxied and settings.client_cert_header
            else _of_connection(request)
        )
    except _FaultError as error:
        fault = str(error)
    if certificate and (out_of_date := find_out_of_date(certificate, now)):
        fault = f"the certificate {out_of_date}"
    token = request.match_info.get("token", "")
    return Shown(
        address=_forwarded_for(request, settings) if is_proxied else peer,
        token_sha256=guard.hash_token(token) if token else "",
        certificate_sha256=sha256_of(certificate) if certificate else "",
        fault=fault,
    )


@lru_cache(_MOST_REMEMBERED)
def is_trusted(address: str, trusted_proxies: str) -> bool:
    """Tell whether an address is one of the trusted proxies, comma-separated.

    >>> is_trusted("::ffff:10.1.2.3", "10.0.0.0/8, 192.0.2.7")
    True
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    networks = filter(None, map(str.strip, trusted_proxies.split(",")))
    return any(found in ip_network(text) for text in networks)


async def find(desk: Desk, shown: Shown) -> Known | None:
    """Give the VEN that what was shown belongs to; its token counts first."""
    return await desk.find(shown.token_sha256, shown.certificate_sha256)


def require_proven(known: Known | None, shown: Shown) -> Known:
    """Give the VEN, if it is enabled and has shown all it must.

    A VEN with both a token and a certificate must show both.

    Raises:
        Refusal: 403, with one text for all: it tells nobody which part was wrong. What
            is noted for us does.
    """
    if known is None:
        reason = _why_unknown(shown)
    elif not known.caller.is_enabled:
        reason = "the VEN is disabled"
    else:
        reason = shown.fault or _find_unproven(known, shown)
    if known is None or reason:
        raise guard.Refusal(
            403, NOT_LET_IN, noted=f"{NOT_LET_IN}: {reason}", ends_connection=True
        )
    return known


def _why_unknown(shown: Shown) -> str:
    if shown.token_sha256:
        return "nobody has this token"
    if shown.fault:
        return shown.fault
    if shown.certificate_sha256:
        return "nobody has this certificate"
    return "got neither a token nor a client certificate"


def _find_unproven(known: Known, shown: Shown) -> str:
    caller = known.caller
    for name, must, shows in (
        ("token", caller.token_sha256, shown.token_sha256),
        ("client certificate", caller.certificate_sha256, shown.certificate_sha256),
    ):
        if must and not hmac.compare_digest(must, shows):
            return f"got {'another' if shows else 'no'} {name}, expected its own too"
    return ""


def _of_connection(request: web.Request) -> x509.Certificate | None:
    tls = request.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True) if tls else None
    return x509.load_der_x509_certificate(der) if der else None


def _passed_on(request: web.Request, header: str) -> x509.Certificate | None:
    """Give the certificate that a proxy has checked and passes on in a header."""
    texts = request.headers.getall(header, [])
    if len(texts) > 1:
        raise _FaultError(f"{header}: got it {len(texts)} times, expected once")
    if not texts or texts[0] in _NO_CERTIFICATE:
        return None
    try:
        return x509.load_pem_x509_certificate(unquote_to_bytes(texts[0]))
    except ValueError:
        raise _FaultError(f"{header}: expected PEM, URL-encoded") from None


def _forwarded_for(request: web.Request, settings: Settings) -> str:
    """Give the last address of X-Forwarded-For that is no trusted proxy itself.

    Before what is no address nobody says the truth: the proxy itself is the sender.
    """
    hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    for hop in reversed([text.strip() for text in hops if text.strip()]):
        address = address_of(hop)
        if not address or not is_trusted(address, settings.trusted_proxies):
            return address or request.remote or ""
    return request.remote or ""


def address_of(hop: str) -> str:
    """Give the address in a hop, without port, brackets and zone; empty if none is.

    >>> address_of("192.0.2.7:1000"), address_of("[2001:db8::7]:1000")
    ('192.0.2.7', '2001:db8::7')
    >>> address_of("unknown")
    ''
    """
    found = _HOP.fullmatch(hop)
    if not found:
        return ""
    try:
        return str(ip_address(found["inside"] or found["bare"] or found["before"]))
    except ValueError:
        return ""
