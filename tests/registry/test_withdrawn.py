"""What is withdrawn is kept with its mark, counts no more, and can be sent again."""

from datetime import date

import pytest

from ter_pipelines.registry.changes import read_log
from ter_pipelines.registry.registry import Registry
from tests.registry.test_submissions import DAY, new


def test_what_is_withdrawn_is_kept_and_says_when(registry: Registry) -> None:
    landed = registry.land(new())

    gone = registry.withdraw(landed.id)

    assert gone is not None
    assert gone.withdrawn_at is not None
    assert registry.submission(landed.id) == gone
    assert registry.price_submissions_of(DAY) == [gone]
    assert registry.body(gone) == b"{}"


def test_what_is_withdrawn_is_not_what_was_published(registry: Registry) -> None:
    old, newer = registry.land(new(b"1")), registry.land(new(b"2"))

    registry.withdraw(newer.id)

    assert registry.price_submissions_published_on(date(2025, 11, 1)) == [old]


def test_how_many_are_withdrawn_is_counted_by_day(registry: Registry) -> None:
    for body in (b"1", b"2", b"3"):
        registry.land(new(body))
    meters = registry.land(new(b"4", kind="meters", day=None))

    for number in (1, 3, meters.id):
        registry.withdraw(number)

    assert registry.withdrawn("prices") == {DAY: 2}
    assert registry.withdrawn("meters") == {None: 1}
    assert registry.withdrawn("cmep") == {}


@pytest.mark.parametrize("number", [0, -1, 2, 2**31, 10**30])
def test_what_is_not_there_cannot_be_withdrawn(registry: Registry, number: int) -> None:
    registry.land(new())

    assert registry.withdraw(number) is None
    assert registry.withdrawn("prices") == {}


def test_it_is_withdrawn_once_and_noted_once(registry: Registry) -> None:
    landed = registry.land(new())

    first = registry.acting("prais").withdraw(landed.id)
    second = registry.acting("olga").withdraw(landed.id)

    assert first is not None
    assert second is None
    entry = read_log(registry.changes.engine, at_most=1)[0]
    assert (entry.made_by, entry.action, entry.subject) == (
        "prais",
        "submission.withdrawn",
        "prices submission 1",
    )


def test_the_same_bytes_after_a_withdrawal_are_a_new_submission(
    registry: Registry,
) -> None:
    first = registry.land(new())
    registry.withdraw(first.id)

    again, repeated = registry.land(new()), registry.land(new())

    assert again.id == first.id + 1
    assert again.withdrawn_at is None
    assert repeated == again
