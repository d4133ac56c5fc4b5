"""Noticed resources: fetched once, tried again ever later, refused in plain sight."""

from datetime import UTC, datetime, timedelta

import pytest

from ter_pipelines.metering.notices import (
    FAILED,
    FETCHED,
    LONGEST_WAIT,
    PENDING,
    REFUSED,
    REPEATED,
    UNREADABLE,
    NoticedResource,
    correlation_id_of,
    due,
    find_unfetched,
    judge,
    wait_after,
)

NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OURS = "https://api.example.org/Batch/Bulk/7"


def named(
    notice_id: int, uri: str = OURS, *, position: int = 0, state: str = PENDING
) -> NoticedResource:
    return NoticedResource(
        notice_id=notice_id,
        position=position,
        source="share-my-data",
        received_at=NOW,
        resource_uri=uri,
        correlation_id=correlation_id_of(uri),
        state=state,
    )


def states(*resources: NoticedResource) -> list[str]:
    def refusal_of(uri: str) -> str:
        return "" if uri.startswith(OURS) else "somewhere else"

    return [resource.state for resource in judge(resources, refusal_of)]


def test_a_delivery_with_an_id_is_wanted_once() -> None:
    first, other = f"{OURS}?correlationID=a", f"{OURS}?correlationID=b"

    assert states(named(1, first), named(2, first), named(2, other)) == [
        PENDING,
        REPEATED,
        PENDING,
    ]


def test_an_address_without_an_id_is_wanted_at_each_notice() -> None:
    assert states(named(1), named(1, position=1), named(2)) == [
        PENDING,
        REPEATED,
        PENDING,
    ]


def test_what_is_not_ours_is_refused_and_wanted_once_it_is_allowed() -> None:
    elsewhere = named(1, "https://elsewhere.example/")
    allowed_since = named(1, state=REFUSED)

    assert states(elsewhere, allowed_since) == [REFUSED, PENDING]


@pytest.mark.parametrize("state", [FETCHED, UNREADABLE])
def test_what_is_settled_stays(state: str) -> None:
    assert states(named(1, "https://elsewhere.example/", state=state)) == [state]


def test_a_delivery_that_was_fetched_is_not_wanted_again() -> None:
    uri = f"{OURS}?correlationID=a"

    assert states(named(1, uri, state=FETCHED), named(2, uri)) == [FETCHED, REPEATED]


def test_a_failure_waits_a_minute_then_two_and_never_over_a_day() -> None:
    once = named(1).failed(NOW, "answered 500")
    twice = once.failed(NOW + MINUTE, "answered 500")

    assert (once.state, once.attempts, once.explanation) == (FAILED, 1, "answered 500")
    assert not once.is_due(NOW + 0.9 * MINUTE)
    assert once.is_due(NOW + MINUTE)
    assert not twice.is_due(NOW + 2.9 * MINUTE)
    assert twice.is_due(NOW + 3 * MINUTE)
    assert wait_after(11) == 1024 * MINUTE
    assert wait_after(12) == wait_after(10_000) == LONGEST_WAIT


def test_what_was_tried_least_comes_first_then_the_oldest() -> None:
    failed = named(1).failed(NOW - timedelta(days=1), "answered 500")
    settled = [named(n, state=s) for n, s in [(2, FETCHED), (3, REFUSED)]]
    waiting = [named(5), named(4, position=1), named(4)]

    wanted = due([failed, *settled, *waiting], NOW)

    assert [(r.notice_id, r.position) for r in wanted] == [
        (4, 0), (4, 1), (5, 0), (1, 0),
    ]  # fmt: skip


def test_what_is_not_fetched_is_told_with_its_reason() -> None:
    failed = named(1).failed(NOW, "answered 500")
    fetched = failed.fetched(NOW, 9, "ab")

    told = find_unfetched([failed, named(2), named(3, state=REPEATED), fetched])

    assert [(f.code, f.facts["why"]) for f in told] == [
        ("notice.failed", "answered 500"),
        ("notice.pending", "not tried yet"),
    ]
    assert (fetched.attempts, fetched.submission_id, fetched.explanation) == (2, 9, "")


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        (f"{OURS}?correlationID=a-1", "a-1"),
        (f"{OURS}?x=1&correlationid=b%2F2", "b/2"),
        (OURS, ""),
        ("", ""),
        ("https://[", ""),
        ("?" + "&" * 5000 + "correlationID=a", ""),
    ],
)
def test_the_correlation_id_is_read_or_there_is_none(uri: str, found: str) -> None:
    assert correlation_id_of(uri) == found
