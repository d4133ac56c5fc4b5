"""Behind a proxy that ends TLS: the certificate comes in a header, or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import requests
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from requests.adapters import HTTPAdapter

from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, VtnAtWork, token_of
from tests.vtn_service.certificates import DAY, Authority, Issued
from vtn_service.identity import Shown, read_shown
from vtn_service.settings import read_settings

HEADER = "X-Client-Cert"
PROXY, ANYBODY = "127.0.0.1", "127.0.0.2"


@cache
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def vtn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VtnAtWork]:
    """Give a VTN with a proxy on one loopback address, trusted, and on no other."""
    at_work = VtnAtWork(
        tmp_path_factory.mktemp("vtn"),
        VTN_TRUSTED_PROXIES=f"192.0.2.0/24, {PROXY}",
        VTN_CLIENT_CERT_HEADER=HEADER,
    )
    yield at_work
    at_work.end()


class _From(HTTPAdapter):
    """Calls from a loopback address of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)


def polled(
    vtn: VtnAtWork,
    ven_id: str,
    headers: dict[str, str],
    *,
    sender: str = PROXY,
    token: str = "",
) -> int:
    """Poll through a proxy, or past it; give the status."""
    path = f"/{token}" if token else ""
    with requests.Session() as session:
        session.mount("http://", _From(sender))
        answer = session.post(
            f"{vtn.devices}{path}/OpenADR2/Simple/2.0b/OadrPoll",
            data=messages.poll(ven_id),
            headers={"Content-Type": "application/xml", **headers},
            timeout=10,
        )
    return answer.status_code


def enrolled(vtn: VtnAtWork, ven_id: str, **changes: timedelta) -> Issued:
    """Enrol a VEN by a new certificate alone; `since` and `until` count from now."""
    valid = changes.get("since", -DAY), changes.get("until", DAY)
    issued = authority().issue(ven_id, valid=valid)
    vtn.enrol(ven_id, token_sha256="", certificate_sha256=issued.sha256)
    return issued


def test_the_certificate_that_a_trusted_proxy_passes_counts(vtn: VtnAtWork) -> None:
    mine, anothers = enrolled(vtn, "proxied-1"), authority().issue("another")

    answered = [
        polled(vtn, "proxied-1", {HEADER: issued.header}) for issued in (mine, anothers)
    ]

    assert answered == [200, 403]


def test_from_anybody_else_the_header_is_ignored(vtn: VtnAtWork) -> None:
    mine = enrolled(vtn, "proxied-2")
    headers = {HEADER: mine.header, "X-Forwarded-For": PROXY}

    assert polled(vtn, "proxied-2", headers, sender=ANYBODY) == 403
    assert polled(vtn, "proxied-2", headers, sender=PROXY) == 200


def test_a_ven_with_both_must_show_both_through_the_proxy(vtn: VtnAtWork) -> None:
    mine = authority().issue("proxied-3")
    vtn.enrol("proxied-3", certificate_sha256=mine.sha256)
    token, header = token_of("proxied-3"), {HEADER: mine.header}

    answered = [
        polled(vtn, "proxied-3", header, token=token),
        polled(vtn, "proxied-3", {}, token=token),
        polled(vtn, "proxied-3", header),
        polled(vtn, "proxied-3", header, token=token_of("another")),
        polled(vtn, "proxied-3", header, token=token, sender=ANYBODY),
    ]

    assert answered == [200, 403, 403, 403, 403]


@pytest.mark.parametrize(
    ("ven_id", "since", "until", "reason"),
    [
        ("expired-1", -2 * DAY, -DAY, "the certificate expired at"),
        ("early-1", DAY, 2 * DAY, "the certificate is not valid before"),
    ],
)
def test_an_enrolled_certificate_out_of_its_time_is_refused(
    vtn: VtnAtWork, ven_id: str, since: timedelta, until: timedelta, reason: str
) -> None:
    mine = enrolled(vtn, ven_id, since=since, until=until)

    assert polled(vtn, ven_id, {HEADER: mine.header}) == 403
    assert reason in vtn.log


def test_a_certificate_is_good_to_the_last_minute(vtn: VtnAtWork) -> None:
    mine = enrolled(vtn, "last-1", until=timedelta(minutes=1))

    assert polled(vtn, "last-1", {HEADER: mine.header}) == 200


@pytest.mark.parametrize(
    "text", ["no certificate", "%", "-----BEGIN%20CERT", "%FF" * 9]
)
def test_a_header_that_holds_no_certificate_is_refused(
    vtn: VtnAtWork, text: str
) -> None:
    assert polled(vtn, "nobody", {HEADER: text}) == 403
    assert f"{HEADER}: expected PEM, URL-encoded" in vtn.log


def test_a_disabled_ven_is_refused_whatever_it_shows(vtn: VtnAtWork) -> None:
    mine = authority().issue("off-1")
    vtn.enrol("off-1", certificate_sha256=mine.sha256, is_enabled=False)

    answered = polled(vtn, "off-1", {HEADER: mine.header}, token=token_of("off-1"))

    assert answered == 403
    assert "the VEN is disabled" in vtn.log
    assert token_of("off-1") not in vtn.log


@pytest.mark.parametrize("text", ["", "-", "(null)"])
def test_what_proxies_write_for_no_certificate_is_none(
    vtn: VtnAtWork, text: str
) -> None:
    vtn.enrol("none-1")

    assert polled(vtn, "none-1", {HEADER: text}, token=token_of("none-1")) == 200
    assert polled(vtn, "none-1", {HEADER: text}) == 403


def seen_by(headers: list[tuple[str, str]]) -> Shown:
    """Give what a request shows that comes from a trusted proxy."""
    request = make_mocked_request("POST", "/", CIMultiDict(headers))
    settings = read_settings(
        {
            "VTN_CONTROL_KEY": KEY,
            "VTN_TRUSTED_PROXIES": f"{PROXY}, 10.0.0.0/8",
            "VTN_CLIENT_CERT_HEADER": HEADER,
        }
    )
    return read_shown(request.clone(remote=PROXY), settings, datetime.now(UTC))


@pytest.mark.parametrize("first", ["", "-", "a certificate"])
def test_two_headers_with_a_certificate_are_a_fault(first: str) -> None:
    mine = authority().issue("twice-1")

    shown = seen_by([(HEADER, first), (HEADER, mine.header)])

    assert shown.fault == f"{HEADER}: got it 2 times, expected once"
    assert shown.certificate_sha256 == ""


@pytest.mark.parametrize(
    ("hops", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:1000", "192.0.2.7"),
        ("192.0.2.7:1001, 10.1.2.3:80", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8:0::7]:1000", "2001:db8::7"),
        ("192.0.2.7, unknown", PROXY),
        ("n" * 4000, PROXY),
        ("fe80::1%" + "n" * 4000, PROXY),
        ("192.0.2.7:", PROXY),
        ("192.0.2.777", PROXY),
        ("", PROXY),
    ],
    ids=lambda text: text[:30],
)
def test_the_sender_is_an_address_or_the_proxy(hops: str, address: str) -> None:
    assert seen_by([("X-Forwarded-For", hops)]).address == address
