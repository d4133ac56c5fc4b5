"""`ter share-my-data`: an honest test, and requests window by window."""

import pytest

from tests.pipeline.ter_share_my_data import registry_of, share_my_data
from tests.resources.conftest import custodian
from tests.resources.custodian_at_work import (
    AUTHORIZATION,
    BULK,
    FEED,
    SAMPLE,
    STATUS,
    TEST_TOKEN_PATH,
    TOKEN_PATH,
    CustodianAtWork,
    Reply,
    authorization_feed,
    status_document,
)

__all__ = ["custodian"]
ALL_STEPS = [
    "test_token",
    "test_service_status",
    "sample_data",
    "token",
    "service_status",
    "authorization",
    "request",
]


def test_the_test_passes_step_by_step(custodian: CustodianAtWork) -> None:
    done = share_my_data(custodian, "test", file=custodian.toml())

    assert (done.code, done.failed) == (0, [])
    assert [step["step"] for step in done.told] == ALL_STEPS
    assert custodian.paths(tokens=True) == [
        TEST_TOKEN_PATH, STATUS, SAMPLE, TOKEN_PATH, STATUS, AUTHORIZATION, BULK,
    ]  # fmt: skip
    assert "bulk ids: 50916" in done.told[5]["got"]
    assert "accepted (202)" in done.told[6]["got"]


def test_before_we_are_approved_the_registration_part_can_pass(
    custodian: CustodianAtWork,
) -> None:
    custodian.answers[TOKEN_PATH] = Reply(401, b'{"error": "unauthorized_client"}')

    part = share_my_data(
        custodian, "test", "--registration-only", file=custodian.toml()
    )
    whole = share_my_data(custodian, "test", file=custodian.toml())

    assert (part.code, [s["step"] for s in part.told]) == (0, ALL_STEPS[:3])
    assert (whole.code, whole.failed) == (1, ALL_STEPS[3:])
    assert "401 (unauthorized_client)" in whole.told[3]["got"]
    assert whole.told[4]["got"] == "not tried: no token"


@pytest.mark.parametrize(
    ("path", "answer", "failed"),
    [
        (STATUS, Reply(200, status_document(0)), [ALL_STEPS[1], ALL_STEPS[4]]),
        (SAMPLE, Reply(200, b"garbage"), ["sample_data"]),
        (SAMPLE, Reply(500), ["sample_data"]),
        (SAMPLE, Reply(202), []),
        (AUTHORIZATION, Reply(200, authorization_feed()), ["authorization"]),
        (AUTHORIZATION, Reply(200, authorization_feed("/Batch/Bulk/7")),
         ["authorization"]),
        (BULK, Reply(400, b'{"error": "Invalid request"}'), ["request"]),
        (BULK, Reply(200, FEED), []),
        (BULK, Reply(200, FEED[:-50]), ["request"]),
    ],
)  # fmt: skip
def test_a_step_that_fails_is_named_and_the_exit_code_says_so(
    custodian: CustodianAtWork, path: str, answer: Reply, failed: list[str]
) -> None:
    custodian.answers[path] = answer

    done = share_my_data(custodian, "test", file=custodian.toml())

    assert (done.code, done.failed) == (1 if failed else 0, failed)
    assert all(step["do"] for step in done.told if not step["is_ok"])


def test_without_settings_the_commands_say_what_to_set(
    custodian: CustodianAtWork,
) -> None:
    for words in (["test"], ["status"], ["request", "--latest"], ["listen"]):
        done = share_my_data(custodian, *words, file=None)

        assert (done.code, done.told) == (2, [])
        assert "TER_SHARE_MY_DATA" in done.error


def test_requests_print_their_windows(custodian: CustodianAtWork) -> None:
    file = custodian.toml(pause_seconds=0)
    days = ["--from", "2025-10-05", "--to", "2025-11-02"]

    done = share_my_data(custodian, "request", *days, file=file)
    one = share_my_data(custodian, "request", "--date", "2025-11-02", file=file)
    latest = share_my_data(custodian, "request", "--latest", file=file)
    history = share_my_data(custodian, "request", "--days", "29", file=file)

    assert done.told == [
        {"published_min": "2025-10-05T04:00:00Z",
         "published_max": "2025-11-02T04:00:00Z", "state": "ACCEPTED"},
        {"published_min": "2025-11-02T04:00:00Z",
         "published_max": "2025-11-03T05:00:00Z", "state": "ACCEPTED"},
    ]  # fmt: skip
    assert one.told == done.told[1:]
    assert latest.told == [
        {"published_min": None, "published_max": None, "state": "ACCEPTED"}
    ]
    assert [line["state"] for line in history.told] == ["ACCEPTED"] * 2
    assert {d.code for d in (done, one, latest, history)} == {0}


def test_usage_that_is_given_at_once_is_landed(custodian: CustodianAtWork) -> None:
    custodian.answers[BULK] = Reply(200, FEED)

    done = share_my_data(custodian, "request", "--latest", file=custodian.toml())

    with registry_of(custodian.folder) as registry:
        (landed,) = registry.submissions("green-button")
        assert registry.body(landed) == FEED
    assert (done.code, done.told[0]["submission"]) == (0, landed.id)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--latest", "--days", "1"],
        ["--from", "2025-11-01"],
        ["--to", "2025-11-01"],
        ["--date", "yesterday"],
        ["--days", "-1"],
        ["--from", "2025-11-02", "--to", "2025-11-01"],
    ],
)
def test_a_request_for_no_clear_time_is_refused(
    custodian: CustodianAtWork, words: list[str]
) -> None:
    done = share_my_data(custodian, "request", *words, file=custodian.toml())

    assert (done.code, done.told, custodian.paths()) == (2, [], [])
    assert done.error.startswith(("request: ", "history: ", "days "))


def test_status_tells_what_is_wrong(custodian: CustodianAtWork) -> None:
    well = share_my_data(custodian, "status", file=custodian.toml())
    custodian.answers[STATUS] = Reply(200, status_document(0))
    offline = share_my_data(custodian, "status", file=custodian.toml())

    assert (well.code, offline.code) == (0, 1)
    assert well.told[0] | {"certificate_until": ""} == {
        "is_online": True,
        "certificate_until": "",
        "certificate_days_left": 29,
        "unread_notices": 0,
        "resources": {},
    }
