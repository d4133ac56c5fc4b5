"""The data custodian's client: tokens, requests, feeds, and what goes wrong."""

import gzip
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.vocab.errors import (
    InputError,
    RemoteError,
    SettingsError,
    TerError,
)
from tests.resources.custodian_at_work import (
    AUTHORIZATION,
    BULK,
    FEED,
    LATER,
    SECRET,
    STATUS,
    TEST_TOKEN_PATH,
    TOKEN_PATH,
    ZONE,
    Asked,
    CustodianAtWork,
    Reply,
    authorization_feed,
    custodian_at_work,
    status_document,
)
from tests.vtn_service.certificates import Authority

DAY_CLOCKS_GO_FORWARD, DAY_CLOCKS_GO_BACK = date(2025, 3, 9), date(2025, 11, 2)


@pytest.fixture
def custodian(tmp_path: Path) -> Iterator[CustodianAtWork]:
    with custodian_at_work(tmp_path) as at_work:
        yield at_work


@dataclass
class Clock:
    """Seconds that stand still until they are set."""

    seconds: float = 1000

    def __call__(self) -> float:
        return self.seconds


def test_a_request_for_the_latest_is_accepted_with_one_token(
    custodian: CustodianAtWork,
) -> None:
    requested = custodian.client().request_latest()

    token, bulk = custodian.asked
    assert (requested.window, requested.body) == (None, None)
    assert (token.method, token.path) == ("POST", TOKEN_PATH)
    assert token.body == b"grant_type=client_credentials"
    assert (bulk.path, bulk.query) == (BULK, "")
    assert bulk.authorization == f"Bearer {custodian.given[0]}"


def test_data_that_is_given_at_once_is_given_on(custodian: CustodianAtWork) -> None:
    custodian.answers[BULK] = Reply(200, FEED)

    assert custodian.client().request_latest().body == FEED


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


def test_one_day_is_asked_for_from_midnight_to_midnight(
    custodian: CustodianAtWork,
) -> None:
    client = custodian.client()

    client.request_date(DAY_CLOCKS_GO_FORWARD)
    client.request_date(DAY_CLOCKS_GO_BACK)

    asked = [a.query for a in custodian.asked if a.path == BULK]
    assert asked == [
        "published-min=1741496400&published-max=1741579200",  # 82 800 s, 23 hours
        "published-min=1762056000&published-max=1762146000",  # 90 000 s, 25 hours
    ]


def test_a_range_is_asked_for_in_windows_with_a_pause_between(
    custodian: CustodianAtWork,
) -> None:
    pauses: list[float] = []
    settings = custodian.settings(request_days=2, pause_seconds=3)
    client = ShareMyData(settings, ZONE, pause=pauses.append)

    found = list(client.request_range(date(2025, 11, 1), date(2025, 11, 5)))

    windows = [requested.window for requested in found]
    assert [w.start_utc for w in windows if w] == [
        datetime(2025, 11, 1, 4, tzinfo=UTC),
        datetime(2025, 11, 3, 5, tzinfo=UTC),
        datetime(2025, 11, 5, 5, tzinfo=UTC),
    ]
    assert pauses == [3, 3]


def test_history_ends_yesterday(custodian: CustodianAtWork) -> None:
    found = custodian.client().request_history(29, today=date(2025, 11, 3))

    windows = [requested.window for requested in found]
    assert [(w.start_utc, w.end_utc) for w in windows if w] == [
        (datetime(2025, 10, 5, 4, tzinfo=UTC), datetime(2025, 11, 2, 4, tzinfo=UTC)),
        (datetime(2025, 11, 2, 4, tzinfo=UTC), datetime(2025, 11, 3, 5, tzinfo=UTC)),
    ]


def test_no_days_and_days_in_the_wrong_order_are_refused(
    custodian: CustodianAtWork,
) -> None:
    client = custodian.client()

    with pytest.raises(InputError, match="got 0 days"):
        client.request_history(0, today=DAY_CLOCKS_GO_BACK)
    with pytest.raises(InputError, match="last not before the first"):
        client.request_range(DAY_CLOCKS_GO_BACK, DAY_CLOCKS_GO_FORWARD)
    assert custodian.asked == []


def test_an_unset_bulk_id_is_found_among_the_authorizations(
    custodian: CustodianAtWork,
) -> None:
    found = custodian.client(third_party_id="").bulk_id()
    custodian.answers[AUTHORIZATION] = Reply(
        200, authorization_feed("x/Batch/Bulk/1", "x/Batch/Bulk/2")
    )

    assert found == "50916"
    with pytest.raises(RemoteError, match="got 1, 2 as bulk id"):
        custodian.client(third_party_id="").bulk_id()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (status_document(0), "got service status 0, expected 1"),
        (b"<html>Come back later", "service status"),
        (b"<ok/>", "expected a ServiceStatus"),
        (b"", "service status"),
    ],
)
def test_a_service_that_is_not_online_is_said(
    custodian: CustodianAtWork, body: bytes, named: str
) -> None:
    client = custodian.client()
    client.require_online()
    custodian.answers[STATUS] = Reply(200, body)

    with pytest.raises(RemoteError, match=named):
        client.require_online()


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


def test_a_custodian_that_does_not_answer_is_not_waited_for_long(
    custodian: CustodianAtWork,
) -> None:
    def say_nothing(_asked: Asked) -> Reply:
        custodian.ended.wait(20)
        return LATER

    custodian.answers[BULK] = say_nothing
    with pytest.raises(RemoteError, match="timed out"):
        custodian.client(timeout_seconds=1).request_latest()


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


def test_a_custodian_that_is_down_is_said(custodian: CustodianAtWork) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]

    with pytest.raises(RemoteError, match=TOKEN_PATH):
        custodian.client(base_url=f"https://127.0.0.1:{port}").service_status()


def test_a_custodian_of_another_authority_gets_nothing(
    custodian: CustodianAtWork, tmp_path: Path
) -> None:
    Authority("Somebody else").own.write(tmp_path, "else")

    with pytest.raises(RemoteError, match="CERTIFICATE_VERIFY_FAILED"):
        custodian.client(ca_file="else.crt").service_status()

    assert custodian.asked == []


def test_a_certificate_with_another_key_is_named(
    custodian: CustodianAtWork, tmp_path: Path
) -> None:
    Authority("Somebody else").own.write(tmp_path, "else")
    (tmp_path / "else.key").chmod(0o600)

    with pytest.raises(SettingsError, match=r"us\.crt with .*else\.key"):
        custodian.client(key_file="else.key").service_status()


def test_the_registration_test_has_tokens_of_its_own(
    custodian: CustodianAtWork,
) -> None:
    client = custodian.client()

    client.for_registration().sample_data()
    client.service_status()

    asked = [asked.path for asked in custodian.asked if asked.method == "POST"]
    assert asked == [TEST_TOKEN_PATH, TOKEN_PATH]


def test_nothing_set_says_what_to_set() -> None:
    client = ShareMyData(None, ZONE)

    assert not client.is_set
    with pytest.raises(SettingsError, match="TER_SHARE_MY_DATA"):
        client.request_latest()
    with pytest.raises(SettingsError, match="TER_SHARE_MY_DATA"):
        client.fetch("https://api.example.org/")


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
