"""Long gaps: like days, whatever the clock does, and what to do without."""

from dataclasses import replace
from datetime import date

import pytest

from ter_pipelines.metering.vee.like_days import DayType, day_type
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    RAW,
    SUSPECT,
    VALID,
    Mark,
    State,
)
from ter_pipelines.vocab.clock import Span
from tests.metering.vee_at_hand import (
    DEFAULTS,
    at,
    codes,
    flat,
    interval,
    kwh_of,
    local_day,
    series,
    span,
)
from tests.metering.vee_estimating import (
    EVIDENCE,
    TUESDAY,
    estimated,
    methods,
    shaped,
    silent,
)


@pytest.mark.parametrize(
    ("day", "holidays", "expected"),
    [
        (date(2025, 11, 24), [], "weekday"),
        (date(2025, 11, 28), [], "weekday"),
        (date(2025, 11, 29), [], "saturday"),
        (date(2025, 11, 30), [], "sunday"),
        (date(2025, 11, 27), [date(2025, 11, 27)], "sunday"),
        (date(2025, 11, 29), [date(2025, 11, 29)], "sunday"),
    ],
)
def test_a_holiday_is_a_sunday(
    day: date, holidays: list[date], expected: DayType
) -> None:
    assert day_type(day, frozenset(holidays)) == expected


def test_like_days_are_the_three_nearest_of_the_same_type() -> None:
    levels = {3: "1", 5: "2", 6: "4", 7: "64", 8: "64", 9: "64"}
    days = [i for day, kwh in levels.items() for i in flat(local_day(day), kwh)]

    result = estimated([*days, *silent(TUESDAY, 8, 12)])

    assert kwh_of(result.estimates) == ["2.333"] * 4
    assert methods(result) == ["like_days"] * 4
    assert kwh_of(result.estimates[0].inputs) == ["1", "2", "4"]


def test_of_two_days_as_near_the_earlier_comes_first() -> None:
    one = replace(DEFAULTS, reference_days=1)
    days = [*flat(local_day(3), "3"), *flat(local_day(5), "5")]

    result = estimated([*days, *silent(TUESDAY, 8, 12)], settings=one)

    assert set(kwh_of(result.estimates)) == {"3.000"}


def test_a_holidays_gap_comes_from_sundays() -> None:
    holiday = replace(DEFAULTS, holidays=frozenset({date(2025, 11, 4)}))
    days = [*flat(local_day(3), "3"), *flat(local_day(9), "9")]

    result = estimated([*days, *silent(TUESDAY, 8, 12)], settings=holiday)

    assert set(kwh_of(result.estimates)) == {"9.000"}


@pytest.mark.parametrize(
    ("state", "mark", "is_used"),
    [
        (VALID, None, True),
        (ADJUSTED, None, True),
        (ESTIMATED, None, False),
        (SUSPECT, None, False),
        (RAW, None, False),
        (VALID, Mark.OUTAGE, False),
        (VALID, Mark.RESTORATION, False),
        (ADJUSTED, Mark.TEST_MODE, True),
    ],
)
def test_a_reference_day_is_good_from_end_to_end(
    state: State, mark: Mark | None, *, is_used: bool
) -> None:
    monday = flat(local_day(3), "3")
    marks = frozenset({mark} if mark else set())
    monday[20] = replace(monday[20], state=state, marks=marks)

    result = estimated([*monday, *silent(TUESDAY, 8, 12)])

    assert set(methods(result)) == ({"like_days"} if is_used else set())


def test_a_day_with_a_missing_hour_or_an_event_is_no_reference() -> None:
    gap = silent(TUESDAY, 8, 12)
    monday = local_day(3)

    holed = estimated([*silent(monday, 20, 21), *gap])
    with_event = replace(EVIDENCE, event_days=frozenset({date(2025, 11, 3)}))
    event = estimated([*flat(monday), *gap], evidence=with_event)

    assert (methods(holed), methods(event)) == ([], [])


@pytest.mark.parametrize(
    ("october", "method"), [(8, "like_days"), (7, "same_type_days")]
)
def test_a_like_day_lies_within_30_days(october: int, method: str) -> None:
    friday = local_day(7)

    result = estimated([*flat(local_day(october, 10)), *silent(friday, 8, 12)], friday)

    assert set(methods(result)) == {method}


def test_beyond_30_days_ten_days_of_the_type_are_averaged() -> None:
    weekdays = [d for d in range(1, 31) if date(2025, 9, d).weekday() < 5][::-1]
    days = [
        i
        for n, day in enumerate(weekdays)
        for i in flat(local_day(day, 9), "1" if n < 10 else "64")
    ]

    result = estimated([*days, *silent(TUESDAY, 8, 12)])

    assert (set(kwh_of(result.estimates)), set(methods(result))) == (
        {"1.000"},
        {"same_type_days"},
    )
    assert len(result.estimates[0].inputs) == 10


def test_without_a_day_of_the_type_all_days_are_averaged() -> None:
    days = [
        *flat(local_day(1), "2"),
        *flat(local_day(2), "4"),
        *flat(local_day(8), "6"),
    ]

    result = estimated([*days, *silent(TUESDAY, 8, 12)])

    assert set(kwh_of(result.estimates)) == {"4.000"}
    assert set(methods(result)) == {"all_days"}


def test_without_any_day_a_class_profile_counts() -> None:
    result = estimated(silent(TUESDAY, 8, 12), evidence=shaped("0.75", range(24)))

    assert kwh_of(result.estimates) == ["0.750"] * 4
    assert set(methods(result)) == {"class_profile"}


def test_without_anything_a_person_decides() -> None:
    result = estimated(silent(TUESDAY, 8, 12), evidence=shaped("1", range(11)))

    assert (result.estimates, codes(result.review)) == ([], ["estimate.no_reference"])
    assert result.review[0].span == span(8, 12)


def test_the_newest_version_of_a_start_counts_even_if_it_is_shorter() -> None:
    whole = interval(1, "9", state="VALID")
    newer = interval(1, "9", seconds=1800, state=SUSPECT, version=2)
    intervals = [*series("1"), newer, whole, *series("1", start=at(2))]

    result = estimated(intervals, span(0, 3))

    assert result.estimates == []
    assert set(codes(result.review)) == {"estimate.not_a_whole_interval"}


def test_a_value_that_was_taken_back_is_estimated() -> None:
    taken_back = [interval(1, "9", state="VALID"), interval(1, None, version=2)]

    result = estimated(
        [*series("1"), *taken_back, *series("3", start=at(2))], span(0, 3)
    )

    assert kwh_of(result.estimates) == ["2.000"]
    assert result.estimates[0].target.version == 2


def test_both_repeated_hours_come_from_the_single_one() -> None:
    autumn = local_day(2)
    saturday = series(" ".join(map(str, range(24))), start=local_day(1).start_utc)

    result = estimated([*saturday, *silent(autumn, 0, 4)], autumn)

    # Local 00:00, 01:00, 01:00 again, 02:00.
    assert kwh_of(result.estimates) == ["0.000", "1.000", "1.000", "2.000"]


def test_a_reference_days_repeated_hour_counts_as_its_mean() -> None:
    autumn = series(
        " ".join(["7", "1", "3", *["7"] * 22]), start=local_day(2).start_utc
    )
    sunday = local_day(9)

    result = estimated([*autumn, *silent(sunday, 0, 3)], sunday)

    assert kwh_of(result.estimates) == ["7.000", "2.000", "7.000"]
    assert [len(e.inputs) for e in result.estimates] == [1, 2, 1]


def test_nothing_exists_for_the_hour_that_spring_leaves_out() -> None:
    spring, saturday = local_day(9, 3), local_day(8, 3)
    values = series(" ".join(map(str, range(24))), start=saturday.start_utc)

    result = estimated([*values, *silent(spring, 0, 4)], spring)

    assert kwh_of(result.estimates) == ["0.000", "1.000", "3.000", "4.000"]


def test_the_spring_day_is_no_reference_for_the_hour_it_leaves_out() -> None:
    spring, sunday = local_day(9, 3), local_day(16, 3)
    day = flat(spring, "5")

    lacking = estimated([*day, *silent(sunday, 0, 4)], sunday)
    having = estimated([*day, *silent(sunday, 3, 7)], sunday)

    assert (methods(lacking), methods(having)) == ([], ["like_days"] * 4)


def test_a_gap_over_midnight_takes_each_days_own_type() -> None:
    friday, saturday = local_day(7), local_day(8)
    days = [*flat(local_day(6), "6"), *flat(local_day(1), "1")]
    around = [*silent(friday, 22, 24), *silent(saturday, 0, 2)]

    result = estimated([*days, *around], Span(friday.start_utc, saturday.end_utc))

    assert kwh_of(result.estimates) == ["6.000"] * 2 + ["1.000"] * 2
