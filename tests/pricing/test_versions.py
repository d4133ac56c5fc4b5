"""Versions of a day's prices: each time another price held, a number more."""

from datetime import date, timedelta

import polars as pl
import pytest

from ter_pipelines.pricing.versions import (
    find_price_days,
    find_versions,
    read_versions,
    write_versions,
)
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.price_day import PriceDay, PriceVersion
from tests.pricing.prices_of_days import (
    LONG_DAY,
    PLAIN_DAY,
    RECEIVED,
    SHORT_DAY,
    ZONE,
    digits_of,
    submitted,
)

MINUTE = timedelta(minutes=1)
DEAR, CHEAP = ["0.90"] * 24, ["0.10"] * 24


def versions_of(
    *submissions: pl.DataFrame, day: date = PLAIN_DAY
) -> list[PriceVersion]:
    starts = interval_starts_utc(day, ZONE)
    return find_versions(pl.concat(submissions), day=day, hours_utc=starts)


def days_of(*submissions: pl.DataFrame) -> list[PriceDay]:
    starts = interval_starts_utc(PLAIN_DAY, ZONE)
    return find_price_days(pl.concat(submissions), PLAIN_DAY, starts)


@pytest.mark.parametrize(
    ("day", "hours"), [(SHORT_DAY, 23), (PLAIN_DAY, 24), (LONG_DAY, 25)]
)
def test_what_is_published_first_is_version_1(day: date, hours: int) -> None:
    [version] = versions_of(submitted(day, digits_of(day)), day=day)

    assert len(digits_of(day)) == hours
    assert (version.number, version.submission_id) == (1, 1)
    assert (version.published_at, version.source) == (RECEIVED, "post")


def test_a_correction_is_the_next_version_and_names_the_one_before() -> None:
    first, second = days_of(
        submitted(PLAIN_DAY, DEAR),
        submitted(PLAIN_DAY, CHEAP, submission=2, received_at=RECEIVED + MINUTE),
    )

    assert first.corrects is None
    assert (second.version.number, second.version.submission_id) == (2, 2)
    assert second.corrects == first.version
    assert first.version.sha256 != second.version.sha256
    assert {hour.value for hour in first.hours} == {"0.9"}


def test_the_same_prices_again_are_no_version() -> None:
    again = submitted(PLAIN_DAY, DEAR, submission=2, received_at=RECEIVED + MINUTE)

    assert len(versions_of(submitted(PLAIN_DAY, DEAR), again)) == 1


def test_prices_that_come_after_the_day_change_no_price_and_are_no_version() -> None:
    late = RECEIVED + timedelta(days=30)
    after = submitted(PLAIN_DAY, CHEAP, submission=2, received_at=late)

    assert len(versions_of(submitted(PLAIN_DAY, DEAR), after)) == 1


def test_a_correction_during_the_day_is_a_version_with_hours_of_both() -> None:
    starts = interval_starts_utc(PLAIN_DAY, ZONE)
    during = submitted(PLAIN_DAY, CHEAP, submission=2, received_at=starts[9] + MINUTE)

    _, second = days_of(submitted(PLAIN_DAY, DEAR), during)

    assert [hour.value for hour in second.hours] == ["0.9"] * 10 + ["0.1"] * 14
    assert [hour.submission_id for hour in second.hours] == [1] * 10 + [2] * 14


def test_two_that_came_at_the_same_instant_are_two_versions() -> None:
    same = submitted(PLAIN_DAY, CHEAP, submission=2)

    assert [v.submission_id for v in versions_of(submitted(PLAIN_DAY, DEAR), same)] == [
        1,
        2,
    ]


def test_a_withdrawn_correction_is_followed_by_the_prices_before_it() -> None:
    gone_at = RECEIVED + 2 * MINUTE
    first, second, third = versions_of(
        submitted(PLAIN_DAY, DEAR),
        submitted(
            PLAIN_DAY,
            CHEAP,
            submission=2,
            received_at=RECEIVED + MINUTE,
            withdrawn_at=gone_at,
        ),
    )

    assert (third.number, third.published_at) == (3, gone_at)
    assert third.sha256 == first.sha256 != second.sha256
    assert third.submission_id == 1


def test_withdrawn_prices_published_again_are_a_new_version_of_the_same_prices() -> (
    None
):
    first, second = versions_of(
        submitted(PLAIN_DAY, DEAR, withdrawn_at=RECEIVED + MINUTE),
        submitted(PLAIN_DAY, DEAR, submission=2, received_at=RECEIVED + 2 * MINUTE),
    )

    assert (second.number, second.submission_id) == (2, 2)
    assert first.sha256 == second.sha256


def test_a_day_that_never_was_whole_has_no_version() -> None:
    part = submitted(PLAIN_DAY, DEAR).head(23)

    assert versions_of(part) == []


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [
        submitted(PLAIN_DAY, DEAR),
        submitted(PLAIN_DAY, CHEAP, submission=2, received_at=RECEIVED + MINUTE),
    ]

    assert versions_of(*rows) == versions_of(*rows[::-1])


def test_versions_are_read_as_they_were_written() -> None:
    versions = versions_of(
        submitted(PLAIN_DAY, DEAR, received_at=RECEIVED + timedelta(microseconds=7)),
        submitted(PLAIN_DAY, CHEAP, submission=2, received_at=RECEIVED + MINUTE),
    )

    assert read_versions(write_versions(versions)) == versions
