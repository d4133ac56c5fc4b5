"""Accounts in the registry: every version is kept, and every measured hour."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ter_pipelines.accounts.account import SummaryUsage
from ter_pipelines.accounts.bodies import MeteredHour
from ter_pipelines.accounts.states import INTERVALIZED, INTERVALIZING, Progress
from ter_pipelines.registry.accounts import AccountBook
from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab.errors import FieldError, InputError
from tests.accounts.at_hand import account

ACCOUNT = account()
DAY = date(2025, 11, 2)


@pytest.fixture
def book(registry: Registry) -> AccountBook:
    return registry.accounts


def hour(number: int, volume_kwh: str = "1.5") -> MeteredHour:
    return MeteredHour(DAY, number, Decimal(volume_kwh))


def test_an_account_is_kept_as_it_was_made(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")

    assert (made.version, made.made_by) == (1, "anna")
    assert book.read(made.id) == made
    assert made.account == ACCOUNT


def test_a_change_is_another_version_and_the_one_before_stays(
    book: AccountBook,
) -> None:
    made = book.create(ACCOUNT, "anna")

    changed = book.change(made, replace(ACCOUNT, city="Costa Rica"), "ben")

    assert book.read(made.id) == changed
    assert [(v.version, v.account.city, v.made_by) for v in book.versions(made.id)] == [
        (1, "Philadelphia", "anna"),
        (2, "Costa Rica", "ben"),
    ]


def test_a_change_that_changes_nothing_adds_no_version(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")

    assert book.change(made, ACCOUNT, "ben") == made
    assert len(book.versions(made.id)) == 1


def test_an_account_is_deactivated_and_activated_by_a_change(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")

    inactive = book.change(made, replace(ACCOUNT, status="inactive"), "anna")
    active = book.change(inactive, ACCOUNT, "anna")

    assert [v.account.status for v in book.versions(made.id)] == [
        "active",
        "inactive",
        "active",
    ]
    assert book.all() == [active]


def test_a_change_of_an_older_version_is_refused(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")
    book.change(made, replace(ACCOUNT, city="A"), "anna")

    with pytest.raises(
        InputError, match="got a change of version 1, expected one of 2"
    ):
        book.change(made, replace(ACCOUNT, city="B"), "ben")


def test_a_number_is_taken_once_at_a_utility(book: AccountBook) -> None:
    book.create(ACCOUNT, "anna")
    other = book.create(replace(ACCOUNT, account_number="2"), "anna")
    elsewhere = book.create(replace(ACCOUNT, utility="CONED"), "anna")

    taken = {"account_number": ["has already been taken"]}

    with pytest.raises(FieldError) as caught:
        book.create(ACCOUNT, "ben")
    assert caught.value.fields == taken
    for before in (other, elsewhere):
        with pytest.raises(FieldError) as caught:
            book.change(before, ACCOUNT, "ben")
        assert caught.value.fields == taken


def test_an_account_is_found_by_utility_and_number(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")

    assert book.find("WPP", "abc123") == made
    assert book.find("WPP", "abc124") is None


@pytest.mark.parametrize("account_id", [0, -1, 7, 2**40])
def test_an_account_that_does_not_exist_is_named(
    book: AccountBook, account_id: int
) -> None:
    with pytest.raises(InputError, match=f"account {account_id}: does not exist"):
        book.read(account_id)


def test_a_summary_usage_keeps_its_id_for_as_long_as_it_says_the_same(
    book: AccountBook,
) -> None:
    (first,) = ACCOUNT.summary_usages
    second = SummaryUsage(date(2018, 11, 1), date(2018, 11, 30), Decimal("1.5"))
    made = book.create(ACCOUNT, "anna")
    before = book.summary_ids(made.id)

    changed = replace(ACCOUNT, summary_usages=(second, first))
    book.change(made, changed, "anna")

    after = book.summary_ids(made.id)
    assert after[first] == before[first]
    assert book.summary(after[second]) == (made.id, second)
    assert book.summary(after[second] + 1) is None


def test_measured_hours_come_back_by_time_with_their_ids(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")

    kept = book.add_hours(made.id, [hour(25), hour(2)], "anna")

    assert [stored.hour for stored in kept] == [hour(25), hour(2)]
    assert book.hours(made.id) == [hour(2), hour(25)]


def test_the_same_hours_again_change_nothing(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")
    first = book.add_hours(made.id, [hour(1), hour(2)], "anna")

    again = book.add_hours(made.id, [hour(2), hour(1)], "ben")

    assert again == first[::-1]
    assert book.newest_change() == (1, first[-1].id)


def test_another_value_takes_the_place_of_the_one_before(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")
    (first,) = book.add_hours(made.id, [hour(1)], "anna")

    (second,) = book.add_hours(made.id, [hour(1, "2")], "anna")
    (back,) = book.add_hours(made.id, [hour(1)], "anna")

    assert first.id < second.id < back.id
    assert book.hours(made.id) == [hour(1)]


def test_hours_of_an_inactive_account_are_refused(book: AccountBook) -> None:
    made = book.create(replace(ACCOUNT, status="inactive"), "anna")

    with pytest.raises(InputError, match="is inactive"):
        book.add_hours(made.id, [hour(1)], "anna")
    with pytest.raises(InputError, match="account 99: does not exist"):
        book.add_hours(99, [hour(1)], "anna")


def test_usage_is_given_by_account(book: AccountBook) -> None:
    one = book.create(ACCOUNT, "anna")
    two = book.create(replace(ACCOUNT, account_number="2"), "anna")
    book.add_hours(two.id, [hour(1)], "anna")

    found = book.usage()

    assert found[one.id].metered == ()
    assert found[two.id].metered == (hour(1),)
    assert DAY in found[two.id].days
    assert DAY not in found[one.id].days


def test_the_newest_progress_stays(book: AccountBook) -> None:
    made = book.create(ACCOUNT, "anna")
    noon = datetime(2025, 11, 3, 17, tzinfo=UTC)
    begun = Progress("a" * 64, INTERVALIZING, "", noon)
    done = Progress("a" * 64, INTERVALIZED, "x" * 600, noon)

    book.note_progress({made.id: begun})
    book.note_progress({made.id: done})
    book.note_progress({})

    assert book.progress() == {made.id: replace(done, explanation="x" * 512)}
