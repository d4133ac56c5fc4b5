"""The data custodian's tokens: kept, renewed early, replaced once, never told."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.vocab.errors import (
    RemoteError,
    TerError,
)
from tests.resources.custodian_at_work import (
    BULK,
    LATER,
    SECRET,
    STATUS,
    TEST_TOKEN_PATH,
    TOKEN_PATH,
    ZONE,
    CustodianAtWork,
    Reply,
)

DAY_CLOCKS_GO_FORWARD, DAY_CLOCKS_GO_BACK = date(2025, 3, 9), date(2025, 11, 2)


@dataclass
class Clock:
    """Seconds that stand still until they are set."""

    seconds: float = 1000

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("key", ["client_access_token", "access_token"])
def test_a_token_is_kept_for_the_next_call_whatever_it_is_called(
    custodian: CustodianAtWork, key: str
) -> None:
    custodian.token_key = key
    client = custodian.client()

    client.service_status()
    client.service_status()

    assert custodian.paths(tokens=True) == [TOKEN_PATH, STATUS, STATUS]


@pytest.mark.parametrize(
    ("expires_in", "renew_seconds", "kept_until"),
    [
        (3600, 60, 3540),  # a minute early
        ("3600", 60, 3540),
        (100, 60, 90),  # a tenth of its life early
        (None, 60, 270),  # 300 s where nothing is said
        (-5, 60, 270),
    ],
)
def test_a_token_is_renewed_early(
    custodian: CustodianAtWork, expires_in: object, renew_seconds: int, kept_until: int
) -> None:
    custodian.expires_in = expires_in
    clock = Clock()
    settings = custodian.settings(renew_token_seconds=renew_seconds)
    client = ShareMyData(settings, ZONE, clock=clock)

    client.service_status()
    clock.seconds += kept_until - 1
    client.service_status()
    before = len(custodian.given)
    clock.seconds += 1
    client.service_status()

    assert (before, len(custodian.given)) == (1, 2)


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_not_taken_any_more_is_replaced_once(
    custodian: CustodianAtWork, status: int
) -> None:
    client = custodian.client()
    client.service_status()
    old = custodian.given[0]
    custodian.answers[BULK] = lambda asked: (
        Reply(status) if old in asked.authorization else LATER
    )

    client.request_latest()

    assert len(custodian.given) == 2
    assert custodian.paths() == [STATUS, BULK, BULK]


def test_a_custodian_that_never_lets_us_in_is_asked_twice_and_no_more(
    custodian: CustodianAtWork,
) -> None:
    custodian.answers[BULK] = Reply(403, b"no")

    with pytest.raises(RemoteError, match="answered 403, expected 200 or 202"):
        custodian.client().request_latest()

    assert custodian.paths() == [BULK, BULK]


@pytest.mark.parametrize(
    "answer",
    [
        Reply(200, b""),
        Reply(200, b"garbage \xff"),
        Reply(200, b"[1]"),
        Reply(200, b'{"client_access_token": 7, "expires_in": 3600}'),
        Reply(200, b'{"client_access_token": "two\\r\\nlines", "expires_in": 1}'),
        Reply(200, b"[" * 50_000),
        Reply(200, b" " * 70_000),
        Reply(302, headers={"Location": "https://127.0.0.1:9/token"}),
        Reply(500, b"oh"),
    ],
)
def test_no_usable_token_is_said_and_nothing_else_is_asked(
    custodian: CustodianAtWork, answer: Reply
) -> None:
    custodian.answers[TOKEN_PATH] = answer

    with pytest.raises(RemoteError, match=TOKEN_PATH):
        custodian.client().request_latest()

    assert custodian.paths() == []


def test_a_wrong_secret_is_named_by_its_kind_and_not_shown(
    custodian: CustodianAtWork, tmp_path: Path
) -> None:
    file = custodian.toml(client_id="somebody")

    with pytest.raises(RemoteError, match=r"401 \(invalid_client\)") as refusal:
        custodian.client(client_id="somebody").service_status()

    assert file.parent == tmp_path
    assert SECRET not in str(refusal.value)


def test_the_registration_test_has_tokens_of_its_own(
    custodian: CustodianAtWork,
) -> None:
    client = custodian.client()

    client.for_registration().sample_data()
    client.service_status()

    asked = [asked.path for asked in custodian.asked if asked.method == "POST"]
    assert asked == [TEST_TOKEN_PATH, TOKEN_PATH]


def test_neither_secret_nor_token_is_ever_told(
    custodian: CustodianAtWork, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = custodian.client()
    told = [repr(client), repr(client.custodian), str(vars(client))]
    echo = lambda asked: Reply(500, asked.authorization.encode())  # noqa: E731

    for path in (STATUS, BULK, TOKEN_PATH):
        with suppress(TerError):
            client.request_latest()
            client.service_status()
        custodian.answers[path] = echo
        with pytest.raises(RemoteError) as refusal:
            (client if path != TOKEN_PATH else custodian.client()).service_status()
        told.append(repr(refusal.getrepr(showlocals=False)))
        told.append(str(refusal.value))

    told += [repr(vars(record)) for record in caplog.records]
    assert caplog.records
    assert custodian.given
    secrets = [SECRET, *custodian.given]
    assert [s for s in secrets if any(s in text for text in told)] == []
