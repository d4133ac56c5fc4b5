"""How complete a day is: the worst state of every hour, the share that is billed."""

from datetime import date

import pytest

from ter_pipelines.metering.vee.completeness import (
    Share,
    hours_of_channels,
    shares_of,
)
from ter_pipelines.vocab.clock import day_span
from tests.metering.vee_at_hand import ZONE
from tests.metering.vee_days import Row, usage

TODAY = date(2025, 11, 3)


def row(hours: float, state: str, seconds: int = 3600) -> Row:
    return usage(hours, seconds=seconds) | {"state": state}


def test_an_hour_is_as_its_worst_part() -> None:
    quarters = ["VALID", "MISSING", "SUSPECT", "ESTIMATED"]
    rows = [row(2 + i / 4, state, 900) for i, state in enumerate(quarters)]

    (hours,) = hours_of_channels(
        [row(0, "VALID"), row(1, "ADJUSTED"), *rows], TODAY, ZONE
    ).values()

    assert hours == ["VALID", "ADJUSTED", "MISSING", *[""] * 21]


def test_an_interval_counts_in_each_hour_it_touches_of_the_day() -> None:
    (hours,) = hours_of_channels([row(22.5, "SUSPECT", 7200)], TODAY, ZONE).values()

    assert hours == [*[""] * 22, "SUSPECT", "SUSPECT"]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 9), 23), (TODAY, 24), (date(2025, 11, 2), 25)]
)
def test_a_day_has_the_hours_of_its_clock(day: date, hours: int) -> None:
    start = day_span(day, ZONE).start_utc

    (found,) = hours_of_channels(
        [row(0, "VALID") | {"interval_start_utc": start}], day, ZONE
    ).values()

    assert (len(found), found[0]) == (hours, "VALID")


def test_the_share_billed_is_of_the_time_there_is() -> None:
    states = ["VALID", "ESTIMATED", "ADJUSTED", "MISSING", "SUSPECT", "MISSING"]
    other = row(0, "VALID") | {"direction": "received"}

    net, received = shares_of(
        [*(row(i, state) for i, state in enumerate(states)), other]
    ).values()

    assert (net, net.percent) == (Share(3 * 3600, 6 * 3600), 50)
    assert received.percent == 100


@pytest.mark.parametrize(("billed", "percent"), [(0, 0), (1, 0), (863, 99), (864, 100)])
def test_all_is_only_all(billed: int, percent: int) -> None:
    assert Share(billed, 864).percent == percent


def test_no_time_is_nothing() -> None:
    assert Share(0, 0).percent == 0
