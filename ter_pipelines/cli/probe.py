"""A device's connection to the VTN, tried step by step as the device would."""

import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ter_pipelines.cli.certificates import (
    find_faults,
    find_key_fault,
    read_device_certificate,
)
from ter_pipelines.cli.handshake import secure, what_to_do_about, why
from ter_pipelines.cli.steps import SECONDS, Device, Step, port_of, well, wrong
from ter_pipelines.formats.openadr import query_registration, read_answer
from ter_pipelines.vocab.errors import FormatError, InputError
from vtn_service.contract import CHECK_REQUEST_ID, OPENADR_PATH

MOST_SECONDS_APART = 30
MOST_BYTES = 1024 * 1024
ASK_SECONDS = 20.0
OK = 200
_OK = str(OK)
_NOT_AUTHORIZED = "463"
_STATUS = {
    400: "the message did not arrive as sent: look at what is between here and there",
    403: "the token or the certificate is not the device's, or it is disabled: see "
    "`ter vtn list`; `ter vtn rotate` gives a new token, `ter vtn cert` another "
    "certificate, `ter vtn enable` lets it speak",
    404: f"end the URL with [/TOKEN]{OPENADR_PATH}, without the name of a service",
    413: "a proxy lets too small messages through: allow it more",
    429: "ask less often; wait a minute",
    495: "the proxy does not accept the client certificate: look at its authorities",
    496: "the proxy wants a client certificate: give --cert and --key",
    502: "the proxy does not reach the VTN: see that the VTN runs",
    503: "the VTN is not ready: see its log",
    504: "the proxy does not reach the VTN: see that the VTN runs",
}


def probe(device: Device, *, ask_seconds: float = ASK_SECONDS) -> Iterator[Step]:
    """Try a device's connection; the first step that fails for good is the last.

    Args:
        device: How it calls.
        ask_seconds: How long a whole request and its answer may take.
    """
    if device.cert:
        step = _look_at_files(device.cert, device.key)
        yield step
        if not step.is_ok:
            return
    url = urlsplit(device.url.rstrip("/"))
    step = _look_at_url(device, url)
    yield step
    if not _can_be_called(url):
        return
    plain = yield from _connect(url)
    if plain is None:
        return
    with closing(plain):
        if url.scheme == "http":
            yield from _ask(device, url, plain, ask_seconds)
            return
        secured = yield from secure(device, url, plain)
        if secured:
            with closing(secured):
                yield from _ask(device, url, secured, ask_seconds)


def _look_at_files(cert: Path, key: Path | None) -> Step:
    name, now = "client_certificate", datetime.now(UTC)
    try:
        certificate = read_device_certificate(cert)
    except (InputError, OSError) as error:
        return wrong(name, str(error), "give the device's certificate, PEM")
    faults = find_faults(certificate, now)
    if key is None:
        faults.append("no key: got --cert alone, expected --key too")
    elif fault := find_key_fault(cert, key):
        faults.append(fault)
    if faults:
        do = "give the device another certificate, or the key that belongs to it"
        return wrong(name, "; ".join(faults), do)
    told = certificate.describe(now)
    got = f"{told['subject']}, {told['days_left']} days left, SHA-256 "
    return well(name, got + certificate.sha256)


def _look_at_url(device: Device, url: SplitResult) -> Step:
    got = f"{url.scheme}://{url.netloc.rpartition('@')[2]}{_without_token(url.path)}"
    if not _can_be_called(url):
        return wrong("url", got, "give such as https://vtn.example:8080/...")
    if not url.path.endswith(OPENADR_PATH):
        return wrong("url", got, _STATUS[404])
    if device.cert and url.scheme == "http":
        do = "use https: over plain http no certificate is shown"
        return wrong("url", got, do)
    return well("url", got)


def _can_be_called(url: SplitResult) -> bool:
    try:
        return url.scheme in {"http", "https"} and bool(url.hostname and port_of(url))
    except ValueError:  # a port that is none
        return False


def _without_token(path: str) -> str:
    """Give a path without the secret in it."""
    token, found, rest = path.partition(OPENADR_PATH)
    return f"{'/TOKEN' if token.strip('/') else ''}{found}{rest}" if found else "/..."


def _connect(url: SplitResult) -> Generator[Step, None, socket.socket | None]:
    """Find the machine and reach its port."""
    host, port = url.hostname or "", port_of(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        do = "write the name as the DNS has it, or look at this machine's resolver"
        yield wrong("name", f"{host}: {error}", do)
        return None
    addresses = sorted({str(entry[4][0]) for entry in found})
    yield well("name", f"{host} is {', '.join(addresses)}")
    try:
        connected = socket.create_connection((host, port), SECONDS)
    except OSError as error:
        do = "see that the VTN runs, listens there, and that no firewall is between"
        yield wrong("tcp", f"port {port}: {error}", do)
        return None
    yield well("tcp", f"port {port} of {connected.getpeername()[0]} answers")
    return connected


def _ask(
    device: Device, url: SplitResult, connected: socket.socket, seconds: float
) -> Iterator[Step]:
    """Ask what the VTN speaks, which changes nothing there."""
    http = HTTPConnection(url.hostname or "", port_of(url), timeout=SECONDS)
    http.sock = connected
    query = query_registration(CHECK_REQUEST_ID)
    headers = {"Content-Type": "application/xml"}
    is_over = threading.Event()
    try:
        with _hung_up_after(seconds, connected, is_over):
            http.request("POST", f"{url.path}/EiRegisterParty", query, headers)
            response = http.getresponse()
            body = response.read(MOST_BYTES)
    except (OSError, HTTPException) as error:
        yield _no_answer(seconds) if is_over.is_set() else _failed(error)
        return
    if is_over.is_set():  # what came till then looks whole
        yield _no_answer(seconds)
        return
    now = datetime.now(UTC)
    if response.status == OK:
        yield well("http", str(OK))
        yield _look_at_answer(body, must_sign=device.must_sign)
    else:
        said = body[:100].decode("utf-8", "replace").strip()
        do = _STATUS.get(response.status, "look into the VTN's log, and the proxy's")
        yield wrong("http", f"{response.status} {said}", do)
    yield _look_at_clock(response, now)


@contextmanager
def _hung_up_after(
    seconds: float, connected: socket.socket, is_over: threading.Event
) -> Iterator[None]:
    """Hang up if the whole takes longer: who answers byte by byte would hold us."""

    def hang_up() -> None:
        is_over.set()
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)  # and leave TLS alone

    timer = threading.Timer(seconds, hang_up)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _no_answer(seconds: float) -> Step:
    do = "see that it is a VTN that answers there, and that it is not overloaded"
    return wrong("http", f"no whole answer within {seconds:g} s", do)


def _failed(error: OSError | HTTPException) -> Step:
    if isinstance(error, OSError):
        return wrong("http", why(error), what_to_do_about(error))
    do = "see that it is a VTN that answers there"  # its text may quote the token
    return wrong("http", f"no HTTP answer: {type(error).__name__}", do)


def _look_at_answer(body: bytes, *, must_sign: bool) -> Step:
    try:
        answered = read_answer(body)
    except FormatError as error:
        return wrong("answer", str(error), "see that it is a VTN that answers")
    got = f"{answered.kind} {answered.code} {answered.description}".strip()
    if must_sign and answered.code == _NOT_AUTHORIZED:
        return well("answer", f"{got}; this check does not sign, the device must")
    if (answered.kind, answered.code) != ("oadrCreatedPartyRegistration", _OK):
        return wrong("answer", got, "do what the answer says")
    return well("answer", f"{got}, valid against the schema of 2.0b")


def _look_at_clock(response: HTTPResponse, now: datetime) -> Step:
    told = response.getheader("Date")
    try:
        theirs = parsedate_to_datetime(told or "")
    except ValueError:
        return well("clock", "the answer has no date to compare with")
    apart = (now - theirs.replace(tzinfo=UTC)).total_seconds()
    got = f"this machine's clock is {abs(apart):.0f} s "
    got += "ahead of the VTN's" if apart > 0 else "behind the VTN's"
    if abs(apart) > MOST_SECONDS_APART:
        return wrong("clock", got, "set the clocks, such as by NTP")
    return well("clock", got)
