"""Requests that two readers could understand differently, or that are none at all."""

import json

import pytest

from tests.attack.raw import (
    POLL,
    connected,
    first_status,
    heard,
    length,
    path,
    request,
    statuses,
)
from tests.vtn_service.at_work import VtnAtWork, token_of

CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(POLL), POLL)
TOKEN = token_of("v1")
LONG = "x" * 100_000
NEVER = b"POST /never/heard HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(autouse=True)
def v1(vtn: VtnAtWork) -> None:
    """Enrol the VEN whose requests are written here."""
    vtn.enrol("v1")


@pytest.mark.parametrize(
    "said",
    [
        request(length(), "Content-Length: 0"),
        request(length(), length()),
        request(f"Content-Length: {len(POLL)}, {len(POLL)}"),
        request(length(), "Transfer-Encoding: chunked", body=CHUNKED),
        request("Transfer-Encoding: chunked", length(), body=CHUNKED),
        request("Transfer-Encoding: chunked, identity", body=CHUNKED),
        request("Transfer-Encoding: xchunked", body=CHUNKED),
        request("Transfer-Encoding : chunked", body=CHUNKED),
        request("Transfer-Encoding: chunked", body=b"zz\r\n" + CHUNKED),
        request("Transfer-Encoding: chunked", body=b"-1\r\n" + CHUNKED),
        request("Content-Length: -1"),
        request("Content-Length: +5"),
        request("Content-Length: 0x10"),
        request("Content-Length: 1_0"),
        request("Content-Length: 99999999999999999999999"),
        request(length(), "X-A: a\0b"),
        request(length(), "X A: b"),
        request(length(), ": b"),
        request(length(), " folded: b"),
        request(length(), line=f"POST {path(TOKEN)}"),
        request(length(), line=f"POST {path(TOKEN)} HTTP/9.9"),
        request(length(), line=f"POST {path(TOKEN)} HTTP/2.0"),
        request(length(), line=f"POST {path(TOKEN)} FTP/1.1"),
        request(length(), line=f"PO\0ST {path(TOKEN)} HTTP/1.1"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n<oadr:oadrPayload/>\r\n\r\n",
    ],
)
def test_what_is_no_plain_request_is_refused_and_nothing_after_it_is_read(
    vtn: VtnAtWork, said: bytes
) -> None:
    assert statuses(vtn, said + NEVER) == [400]


@pytest.mark.parametrize(
    "line", [f"POST {path(TOKEN)} FTP/1.1", f"PO\0ST {path(TOKEN)} HTTP/1.1"]
)
def test_a_broken_request_is_answered_without_a_word_of_it(
    vtn: VtnAtWork, line: str
) -> None:
    answer = heard(vtn, request(line=line))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0]
    assert TOKEN.encode() not in answer
    assert b"\r\nServer:" not in head
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
    assert body == b""


@pytest.mark.parametrize("target", [path(TOKEN), path("nobody"), "/"])
def test_no_answer_names_the_software(vtn: VtnAtWork, target: str) -> None:
    line = f"POST {target} HTTP/1.1"

    answer = heard(vtn, request(length(), "Connection: close", line=line))

    assert answer.startswith(b"HTTP/1.1 ")
    assert b"\r\nserver:" not in answer.lower()


@pytest.mark.parametrize(
    "said",
    [
        request(length(), line=f"POST {path(LONG)} HTTP/1.1"),
        request(length(), f"X-Long: {LONG}"),
        request(length(), f"{LONG}: x"),
        request(length(), *(f"X-{i}: x" for i in range(1000))),
        b"P" * 100_000,
    ],
)
def test_an_absurdly_long_head_is_refused(vtn: VtnAtWork, said: bytes) -> None:
    found = statuses(vtn, said)

    assert len(found) == 1
    assert 400 <= found[0] < 500


def test_a_second_request_in_the_body_is_a_body(vtn: VtnAtWork) -> None:
    hidden = request(length(), "Connection: close")

    found = statuses(vtn, request(length(hidden), "Connection: close", body=hidden))

    assert found == [400]


def test_requests_one_after_another_are_answered_in_order(vtn: VtnAtWork) -> None:
    poll, last = request(length()), request(length(), "Connection: close")
    other = request(length(), line=f"GET {path('x')} HTTP/1.1")

    assert statuses(vtn, poll * 50 + other + last) == [200] * 50 + [405, 200]


def test_nothing_is_read_after_a_stranger(vtn: VtnAtWork) -> None:
    stranger = request(length(), line=f"POST {path('nobody')} HTTP/1.1")

    assert statuses(vtn, stranger * 50 + request(length())) == [403]


def test_http_1_0_is_served_and_then_closed(vtn: VtnAtWork) -> None:
    said = request(length(), line=f"POST {path(TOKEN)} HTTP/1.0")

    assert statuses(vtn, said) == [200]


def test_a_chunked_body_is_a_body(vtn: VtnAtWork) -> None:
    said = request("Transfer-Encoding: chunked", "Connection: close", body=CHUNKED)

    assert statuses(vtn, said) == [200]


def test_a_body_that_ends_early_is_not_taken(vtn: VtnAtWork) -> None:
    assert first_status(vtn, request(f"Content-Length: {len(POLL) + 1}")) == 408


@pytest.mark.parametrize(
    ("expectation", "found"), [("100-continue", [100, 200]), ("200-ok", [417])]
)
def test_an_expectation_is_met_or_refused(
    vtn: VtnAtWork, expectation: str, found: list[int]
) -> None:
    said = request(length(), f"Expect: {expectation}", "Connection: close")

    assert statuses(vtn, said) == found


@pytest.mark.parametrize("kind", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x"])
def test_a_packed_body_is_refused_by_its_head(vtn: VtnAtWork, kind: str) -> None:
    said = request("Content-Length: 1000000", f"Content-Encoding: {kind}", body=b"")

    assert first_status(vtn, said) == 415


@pytest.mark.parametrize("kind", ["gzip, chunked", "GZIP, chunked", "x, chunked"])
def test_a_body_packed_for_its_way_is_refused(vtn: VtnAtWork, kind: str) -> None:
    said = request(f"Transfer-Encoding: {kind}", body=CHUNKED)

    assert first_status(vtn, said) == 415


@pytest.mark.parametrize("kind", ["websocket", "h2c", "tcp"])
def test_nobody_is_upgraded(vtn: VtnAtWork, kind: str) -> None:
    upgrade = "Connection: Upgrade", f"Upgrade: {kind}"

    assert first_status(vtn, request(length(), *upgrade)) == 200


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND"]
)
def test_a_service_is_only_posted_to(vtn: VtnAtWork, method: str) -> None:
    line = f"{method} {path(TOKEN)} HTTP/1.1"

    assert statuses(vtn, request(length(), "Connection: close", line=line)) == [405]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("/", 404),
        ("*", 400),
        ("//", 404),
        ("/OpenADR2/Simple/2.0b/NoService", 404),
        (path("", "OadrPoll"), 404),
        (path(TOKEN, "NoService"), 404),
        (path(TOKEN, "OadrPoll/"), 404),
        (path(TOKEN, "oadrpoll"), 404),
        (path(TOKEN, "../OadrPoll"), 404),
        (path(f"{TOKEN}%2F"), 403),
        (path(f"x%2F{TOKEN}"), 403),
        (path(f"%2e%2e%2f{TOKEN}"), 403),
        (path(f"../{TOKEN}"), 404),
        (path(f"{TOKEN}%00"), 403),
        (path(f"{TOKEN}%0d%0aX-A:%20b"), 403),
        (path(f"{TOKEN}%20"), 403),
        (path(f"{TOKEN};x=y"), 403),
        (path("%zz"), 403),
        (path("%ff%fe"), 403),
        (path("x" * 7000), 403),
        (path(TOKEN) + "?token=x#y", 200),
    ],
)
def test_a_strange_target_finds_nobody(vtn: VtnAtWork, target: str, found: int) -> None:
    said = request(length(), "Connection: close", line=f"POST {target} HTTP/1.1")

    assert statuses(vtn, said) == [found]


def test_nothing_of_a_request_comes_back_in_a_refusal(vtn: VtnAtWork) -> None:
    line = f"POST /<script>alert(1)</script>{TOKEN} HTTP/1.1"

    answer = heard(vtn, request(length(), "Connection: close", line=line))

    assert b"script" not in answer
    assert TOKEN.encode() not in answer


def test_a_caller_who_leaves_at_once_is_no_fault_of_ours(vtn: VtnAtWork) -> None:
    for _ in range(50):
        with connected(vtn) as caller:
            caller.sendall(request(length()))

    faults = [line for line in vtn.log.splitlines() if "failed" in line]
    assert [json.loads(line)["event"] for line in faults] == []
