"""The data custodian's client: requests, status, and what goes wrong."""

import socket
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.vocab.errors import (
    InputError,
    RemoteError,
    SettingsError,
)
from tests.resources.custodian_at_work import (
    AUTHORIZATION,
    BULK,
    FEED,
    LATER,
    STATUS,
    TOKEN_PATH,
    ZONE,
    Asked,
    CustodianAtWork,
    Reply,
    authorization_feed,
    status_document,
)
from tests.vtn_service.certificates import Authority

DAY_CLOCKS_GO_FORWARD, DAY_CLOCKS_GO_BACK = date(2025, 3, 9), date(2025, 11, 2)


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


def test_a_custodian_that_does_not_answer_is_not_waited_for_long(
    custodian: CustodianAtWork,
) -> None:
    def say_nothing(_asked: Asked) -> Reply:
        custodian.ended.wait(20)
        return LATER

    custodian.answers[BULK] = say_nothing
    with pytest.raises(RemoteError, match="timed out"):
        custodian.client(timeout_seconds=1).request_latest()


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


def test_nothing_set_says_what_to_set() -> None:
    client = ShareMyData(None, ZONE)

    assert not client.is_set
    with pytest.raises(SettingsError, match="TER_SHARE_MY_DATA"):
        client.request_latest()
    with pytest.raises(SettingsError, match="TER_SHARE_MY_DATA"):
        client.fetch("https://api.example.org/")
