"""Feeds come from the data custodian alone, whole, and within limits."""

import gzip
from datetime import date
from pathlib import Path

import pytest

from ter_pipelines.vocab.errors import (
    InputError,
    RemoteError,
)
from tests.resources.custodian_at_work import (
    BULK,
    FEED,
    STATUS,
    CustodianAtWork,
    Reply,
    custodian_at_work,
)

DAY_CLOCKS_GO_FORWARD, DAY_CLOCKS_GO_BACK = date(2025, 3, 9), date(2025, 11, 2)


def test_a_feed_is_fetched_from_where_it_was_announced(
    custodian: CustodianAtWork,
) -> None:
    assert custodian.client().fetch(custodian.uri("a-1")) == FEED


def test_no_token_leaves_for_anywhere_but_the_custodian(
    custodian: CustodianAtWork, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with custodian_at_work(tmp_path / "other") as other:
        ours = f"127.0.0.1:{custodian.port}"
        hostile = [
            f"{other.url}{BULK}",
            f"https://127.0.0.1{BULK}",
            f"https://localhost:{custodian.port}{BULK}",
            f"https://{ours}.evil.example{BULK}",
            f"https://{ours}@127.0.0.1:{other.port}{BULK}",
            f"https://user:word@{ours}{BULK}",
            f"https://127.0.0.1:{other.port}\\@{ours}{BULK}",
            f"http://{ours}{BULK}",
            f"//{ours}{BULK}",
            "file:///etc/passwd",
            f" {custodian.url}{BULK}",
            "",
        ]
        client = custodian.client()

        for uri in hostile:
            with pytest.raises(InputError):
                client.fetch(uri)

        assert (other.asked, custodian.asked) == ([], [])


def test_another_host_that_is_allowed_is_fetched_from(
    custodian: CustodianAtWork,
) -> None:
    place = f"localhost:{custodian.port}"
    client = custodian.client(allowed_hosts=[place])

    assert client.fetch(f"https://{place}{BULK}?correlationID=a") == FEED


def test_a_redirect_is_not_followed(custodian: CustodianAtWork) -> None:
    there = {"Location": f"{custodian.url}{STATUS}"}
    custodian.answers[BULK] = Reply(302, headers=there)

    with pytest.raises(RemoteError, match="answered 302, expected 200"):
        custodian.client().fetch(custodian.uri("a-1"))

    assert custodian.paths() == [BULK]


def test_a_feed_has_a_limit_of_bytes(custodian: CustodianAtWork) -> None:
    custodian.answers[BULK] = Reply(200, b"x" * 1001)
    client = custodian.client(most_feed_bytes=1000)

    with pytest.raises(RemoteError, match="over 1000 bytes"):
        client.fetch(custodian.uri("a-1"))
    custodian.answers[BULK] = Reply(200, b"x" * 1000)
    assert len(client.fetch(custodian.uri("a-1"))) == 1000


def test_a_feed_that_breaks_off_is_no_feed(custodian: CustodianAtWork) -> None:
    longer = {"Content-Length": str(len(FEED) + 1), "Connection": "close"}
    custodian.answers[BULK] = Reply(200, FEED, longer)

    with pytest.raises(RemoteError, match=BULK):
        custodian.client().fetch(custodian.uri("a-1"))


def test_a_feed_that_comes_byte_by_byte_is_not_waited_for_long(
    custodian: CustodianAtWork,
) -> None:
    custodian.answers[BULK] = Reply(200, FEED, drip_seconds=0.2)
    client = custodian.client(answer_seconds=1)

    with pytest.raises(RemoteError, match=r"not whole in time; [1-9] bytes"):
        client.fetch(custodian.uri("a-1"))


def test_a_compressed_feed_is_measured_as_it_unfolds(
    custodian: CustodianAtWork,
) -> None:
    folded = gzip.compress(b"x" * 2_000_000)
    custodian.answers[BULK] = Reply(200, folded, {"Content-Encoding": "gzip"})
    small, large = (custodian.client(most_feed_bytes=n) for n in (10_000, 2_000_000))

    assert len(folded) < 10_000
    assert large.fetch(custodian.uri("a-1")) == b"x" * 2_000_000
    with pytest.raises(RemoteError, match="over 10000 bytes"):
        small.fetch(custodian.uri("a-1"))
