"""Whose time it is, how it is cut, and what is missing: both sides of every limit."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ter_pipelines.metering.vee.series import Interval
from ter_pipelines.metering.vee.time_rules import (
    ClockCheck,
    find_clock_off,
    find_crossing_hours,
    find_duplicates,
    find_gaps,
    find_in_the_future,
    find_off_the_grid,
    find_wrong_count,
    find_wrong_length,
    find_wrong_meter,
)
from ter_pipelines.vocab.errors import InputError
from tests.metering.vee_at_hand import (
    HOURLY,
    QUARTERS,
    SUBJECT,
    at,
    codes,
    flat,
    interval,
    local_day,
    seen,
    series,
    span,
)

THREE_MINUTES = timedelta(minutes=3)
DAY = span(0, 24)


def ours(_instant: datetime) -> str:
    return "TER0001"


def exchanged_at_five(instant: datetime) -> str:
    return "TER0001" if instant < at(5) else "TER0002"


def test_data_of_the_installed_meter_passes() -> None:
    assert find_wrong_meter(HOURLY, series("1 2 3"), ours) == []


@pytest.mark.parametrize(
    ("hours", "installed"),
    [(4, None), (4.5, "TER0001, TER0002"), (5, "TER0002")],
)
def test_an_interval_is_held_against_the_meter_from_first_to_last_second(
    hours: float, installed: str | None
) -> None:
    findings = find_wrong_meter(HOURLY, [interval(hours)], exchanged_at_five)

    assert seen(findings) == ([(hours, installed, "TER0001")] if installed else [])


def test_data_of_a_meter_that_nobody_installed_is_named() -> None:
    findings = find_wrong_meter(HOURLY, [interval(3)], lambda _: None)

    assert [str(f) for f in findings] == [
        "usage.wrong_meter TER0001 meter: at 2025-11-04T08:00:00Z, seconds 3600, "
        "limit no meter, observed TER0001"
    ]


@pytest.mark.parametrize(("late", "is_found"), [(180, False), (181, True)])
def test_an_interval_may_end_no_later_than_now_and_the_tolerance(
    late: int, *, is_found: bool
) -> None:
    now = at(1) - timedelta(seconds=late)

    findings = find_in_the_future(HOURLY, [interval(0)], now, THREE_MINUTES)

    assert seen(findings) == ([(0, "180", str(late))] if is_found else [])


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("offset", "is_found"), [(180, False), (181, True)])
def test_a_clock_may_differ_by_the_tolerance_in_either_direction(
    offset: int, *, is_found: bool, sign: int
) -> None:
    check = ClockCheck(at(6), at(6) + sign * timedelta(seconds=offset))

    findings = find_clock_off(HOURLY, [check], DAY, THREE_MINUTES)

    assert seen(findings) == ([(0, "180", str(sign * offset))] if is_found else [])


def test_a_clock_that_is_off_is_off_since_the_comparison_before() -> None:
    good = ClockCheck(at(6), at(6))
    off = ClockCheck(at(12), at(12) + timedelta(minutes=4))

    (finding,) = find_clock_off(HOURLY, [off, good], DAY, THREE_MINUTES)

    assert finding.span == span(6, 12)


def test_without_comparisons_no_clock_is_off() -> None:
    assert find_clock_off(HOURLY, [], DAY, THREE_MINUTES) == []


@pytest.mark.parametrize(
    ("day", "month", "hours"), [(9, 3, 23), (4, 11, 24), (2, 11, 25)]
)
def test_a_local_day_has_as_many_intervals_as_hours(
    day: int, month: int, hours: int
) -> None:
    whole = local_day(day, month)
    plain_day = series(" ".join(["1"] * 24), start=whole.start_utc)

    exact = find_wrong_count(HOURLY, flat(whole), [whole])
    always_24 = find_wrong_count(HOURLY, plain_day, [whole])

    assert exact == []
    # A short day's 24th hour belongs to the next day, so it is counted there.
    assert [f.facts["limit"] for f in always_24] == (["25"] if hours == 25 else [])


@pytest.mark.parametrize(("count", "is_found"), [(95, True), (96, False), (97, True)])
def test_a_day_of_quarter_hours_has_96(count: int, *, is_found: bool) -> None:
    intervals = series(" ".join(["1"] * 96), seconds=900)[:count]
    if count > 96:
        intervals.append(interval(0.1, seconds=900))

    findings = find_wrong_count(QUARTERS, intervals, [DAY])

    assert seen(findings) == ([(0, "96", str(count))] if is_found else [])


def test_missing_and_repeated_intervals_do_not_count() -> None:
    day = series("1 " * 23 + "-")

    findings = find_wrong_count(HOURLY, [*day, day[0]], [DAY])

    assert seen(findings) == [(0, "24", "23")]
    assert seen(find_wrong_count(HOURLY, [], [DAY])) == [(0, "24", "0")]


@pytest.mark.parametrize("seconds", [899, 900, 901, 3600])
def test_an_interval_is_as_long_as_its_channel_says(seconds: int) -> None:
    findings = find_wrong_length(QUARTERS, [interval(1, seconds=seconds)])

    assert seen(findings) == ([] if seconds == 900 else [(1, "900", str(seconds))])


@pytest.mark.parametrize(
    ("hours", "off"), [(1, None), (1.25, None), (1.1, "360"), (-0.1, "540")]
)
def test_an_interval_begins_on_the_grid(hours: float, off: str | None) -> None:
    findings = find_off_the_grid(QUARTERS, [interval(hours, seconds=900)])

    assert [f.facts["observed"] for f in findings] == ([off] if off else [])


def test_a_part_of_a_second_off_the_grid_is_off_it() -> None:
    late = Interval(at(1) + timedelta(milliseconds=500), 900, interval(0).energy_kwh)

    (finding,) = find_off_the_grid(QUARTERS, [late])

    assert finding.facts["observed"] == "0.5"


@pytest.mark.parametrize(("seconds", "is_found"), [(1800, False), (1801, True)])
def test_an_interval_ends_in_the_hour_it_begins_in(
    seconds: int, *, is_found: bool
) -> None:
    findings = find_crossing_hours(SUBJECT, [interval(0.5, seconds=seconds)])

    assert seen(findings) == ([(0.5, "3600", "3601")] if is_found else [])


def test_different_values_of_one_start_are_all_named() -> None:
    intervals = [interval(1, "1.3", version=2), interval(1, "1.25"), interval(2)]

    (finding,) = find_duplicates(HOURLY, intervals)

    assert finding.span == span(1, 2)
    assert (finding.facts["observed"], finding.facts["kwh"]) == ("2", "1.25 1.3")


def test_the_same_value_again_is_no_duplicate() -> None:
    assert find_duplicates(HOURLY, [interval(1, "1.30"), interval(1, "1.3")]) == []
    assert find_duplicates(HOURLY, [interval(1), interval(1, None)]) == []


def test_the_same_energy_in_another_time_is_another_value() -> None:
    intervals = [interval(1), interval(1, seconds=1800)]

    assert codes(find_duplicates(HOURLY, intervals)) == ["usage.duplicate"]


def test_a_gap_is_found_once_with_its_length() -> None:
    intervals = series("1 - - 1 1")

    findings = find_gaps(HOURLY, intervals, span(0, 6))

    assert seen(findings) == [(1, "0", "7200"), (5, "0", "3600")]


def test_an_empty_window_is_one_gap_and_a_full_one_is_none() -> None:
    assert seen(find_gaps(HOURLY, [], DAY)) == [(0, "0", "86400")]
    assert find_gaps(HOURLY, series("1 1"), span(0, 2)) == []


def test_no_rule_of_time_speaks_of_nothing() -> None:
    assert find_wrong_meter(HOURLY, [], ours) == []
    assert find_in_the_future(HOURLY, [], at(0), THREE_MINUTES) == []
    assert find_wrong_length(HOURLY, []) == []
    assert find_off_the_grid(HOURLY, []) == []
    assert find_crossing_hours(SUBJECT, []) == []
    assert find_duplicates(HOURLY, []) == []


@pytest.mark.parametrize("seconds", [0, -900, 1000, 7200])
def test_a_channel_whose_intervals_do_not_divide_an_hour_is_refused(
    seconds: int,
) -> None:
    with pytest.raises(InputError, match="expected seconds that divide an hour"):
        replace(HOURLY, interval_seconds=seconds)
