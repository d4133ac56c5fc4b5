"""Short gaps by a line, long ones by like days, and what a person must decide."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.estimation import (
    Evidence,
    changes_of,
    estimate,
    policy_at,
    resolve_gaps,
)
from ter_pipelines.metering.vee.like_days import ClassProfile, DayType, day_type
from ter_pipelines.metering.vee.scaling import Estimation
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    RAW,
    SUSPECT,
    VALID,
    Channel,
    Interval,
    Mark,
    State,
)
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.vee_settings import GapPolicy, VeeSettings
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    QUARTERS,
    ZONE,
    at,
    codes,
    flat,
    interval,
    kwh_of,
    local_day,
    series,
    span,
)

EVIDENCE = Evidence(zone=ZONE)
TUESDAY = local_day(4)


def estimated(
    intervals: list[Interval],
    window: Span = TUESDAY,
    *,
    channel: Channel = HOURLY,
    settings: VeeSettings = DEFAULTS,
    evidence: Evidence = EVIDENCE,
) -> Estimation:
    return estimate(channel, intervals, window, evidence, settings)


def methods(result: Estimation) -> list[str]:
    return [made.method for made in result.estimates]


def silent(day: Span, first: int, last: int) -> list[Interval]:
    """Give a day of hours of 1 kWh of which some, in UTC order, are missing."""
    return [h for n, h in enumerate(flat(day)) if not first <= n < last]


def test_a_line_is_drawn_between_the_good_values() -> None:
    result = estimated(series("1 - - 4"), span(0, 4))

    assert kwh_of(result.estimates) == ["2.000", "3.000"]
    assert methods(result) == ["interpolated"] * 2
    assert [kwh_of(e.inputs) for e in result.estimates] == [["1", "4"]] * 2
    assert result.review == []


@pytest.mark.parametrize(("quarters", "is_short"), [(8, True), (9, False)])
def test_two_hours_are_interpolated_and_more_are_not(
    quarters: int, *, is_short: bool
) -> None:
    text = " ".join(["1"] * 4 + ["-"] * quarters + ["1"] * 4)

    result = estimated(series(text, seconds=900), span(0, 4), channel=QUARTERS)

    assert methods(result) == (["interpolated"] * 8 if is_short else [])
    assert codes(result.review) == ([] if is_short else ["estimate.no_reference"])


@pytest.mark.parametrize(
    ("text", "kwh"),
    [("- - 4", "4.000"), ("4 - -", "4.000"), ("-0.5 -", "-0.500"), ("7 -", "7.000")],
)
def test_at_the_edge_of_what_is_known_the_one_side_counts_flat(
    text: str, kwh: str
) -> None:
    result = estimated(series(text), span(0, len(text.split())))

    assert set(kwh_of(result.estimates)) == {kwh}
    assert set(methods(result)) == {"flat"}


def test_a_window_that_is_all_missing_has_nothing_to_draw_a_line_from() -> None:
    result = estimated([], span(0, 2))

    assert (result.estimates, codes(result.review)) == ([], ["estimate.no_reference"])
    assert result.review[0].span == span(0, 2)


def test_intervals_outside_the_window_are_rested_on_and_left_alone() -> None:
    result = estimated(series("1 - 3 - 5"), span(1, 2))

    assert [e.target.interval_start_utc for e in result.estimates] == [at(1)]
    assert kwh_of(result.estimates) == ["2.000"]


@pytest.mark.parametrize(
    ("state", "mark", "is_end_point"),
    [
        (ADJUSTED, None, True),
        (ESTIMATED, None, False),
        (RAW, None, False),
        (VALID, Mark.OUTAGE, False),
        (VALID, Mark.RESTORATION, True),
    ],
)
def test_an_end_point_is_a_good_value(
    state: State, mark: Mark | None, *, is_end_point: bool
) -> None:
    marks = frozenset({mark} if mark else set())
    beside = interval(1, "9", state=state, marks=marks)
    intervals = [*series("2"), beside, interval(2, None), *series("8", start=at(3))]

    result = estimated(intervals, span(0, 4))

    # From 9 to 8, or past the 9, which stays, from 2 to 8 over two hours.
    assert kwh_of(result.estimates) == ["8.500" if is_end_point else "6.000"]


def test_what_stands_between_the_good_values_counts_to_their_distance() -> None:
    outage = [interval(h, "0", state="VALID", marks=frozenset({Mark.OUTAGE}))
              for h in (1, 2)]  # fmt: skip
    intervals = [*series("1"), *outage, interval(3, None), *series("1", start=at(4))]

    result = estimated(intervals, span(0, 5))

    assert (result.estimates, codes(result.review)) == ([], ["estimate.no_reference"])


def test_a_value_that_a_rule_doubts_is_estimated_unless_told_otherwise() -> None:
    intervals = [
        *series("1"),
        interval(1, "99", state=SUSPECT),
        *series("3", start=at(2)),
    ]
    told = replace(DEFAULTS, estimates_suspect=False)

    assert kwh_of(estimated(intervals, span(0, 3)).estimates) == ["2.000"]
    assert estimated(intervals, span(0, 3), settings=told) == Estimation([], [])


def test_an_estimate_has_the_places_of_its_inputs_and_never_fewer_than_a_wh() -> None:
    fine = estimated(series("0.0001 - 0.0004"), span(0, 3))
    coarse = estimated(series("1 - - 2"), span(0, 4))

    assert kwh_of(fine.estimates) == ["0.0003"]  # 0.00025, half away from zero
    assert kwh_of(coarse.estimates) == ["1.333", "1.667"]


@pytest.mark.parametrize(("piece", "seconds"), [(0.25, 900), (0, 1800)])
def test_a_part_of_an_interval_is_for_a_person(piece: float, seconds: int) -> None:
    intervals = [*series("1"), interval(1 + piece, "1", seconds=seconds, state="VALID"),
                 *series("1", start=at(2))]  # fmt: skip

    result = estimated(intervals, span(0, 3))

    assert result.estimates == []
    assert set(codes(result.review)) == {"estimate.not_a_whole_interval"}
    assert sum(int(f.facts["seconds"]) for f in result.review) == 3600 - seconds


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


def shaped(kwh: str, hours: range) -> Evidence:
    profile: ClassProfile = {("weekday", time(h)): Decimal(kwh) for h in hours}
    return replace(EVIDENCE, class_profile=profile)


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


def test_a_controllable_device_is_not_likened_unless_told() -> None:
    battery = replace(HOURLY, is_controllable=True)
    told = replace(DEFAULTS, controllable_from_like_days=True)
    intervals = [*flat(local_day(3)), *silent(TUESDAY, 8, 12)]

    refused = estimated(intervals, channel=battery, evidence=shaped("1", range(24)))
    allowed = estimated(intervals, channel=battery, settings=told)

    assert refused.estimates == []
    assert codes(refused.review) == ["estimate.controllable_device"]
    assert methods(allowed) == ["like_days"] * 4


def test_a_short_gap_of_a_controllable_device_is_interpolated() -> None:
    battery = replace(HOURLY, is_controllable=True)

    assert methods(estimated(series("1 - 2"), span(0, 3), channel=battery)) == [
        "interpolated"
    ]


@pytest.mark.parametrize(
    ("seconds", "programmes", "expected"),
    [(-1, "estimate", "hold"), (0, "estimate", "estimate"), (0, "zero", "zero"),
     (1, "hold", "hold"), (-1, "zero", "hold")],
)  # fmt: skip
def test_gaps_are_held_until_the_cut_off(
    seconds: int, programmes: GapPolicy, expected: GapPolicy
) -> None:
    settings = replace(DEFAULTS, gap_policy=programmes)
    now: datetime = at(48) + timedelta(seconds=seconds)

    assert policy_at(now, cut_off_utc=at(48), settings=settings) == expected


@pytest.mark.parametrize(
    ("policy", "kwh", "review"),
    [
        ("hold", [], ["estimate.held", "estimate.held"]),
        ("zero", ["0", "0"], []),
        ("estimate", ["2.000", "4.000"], []),
    ],
)
def test_a_policy_holds_zeroes_or_estimates(
    policy: GapPolicy, kwh: list[str], review: list[str]
) -> None:
    intervals = series("1 - 3 - 5")

    result = resolve_gaps(policy, HOURLY, intervals, span(0, 5), EVIDENCE, DEFAULTS)

    assert (kwh_of(result.estimates), codes(result.review)) == (kwh, review)


@pytest.mark.parametrize("policy", ["hold", "zero", "estimate"])
def test_where_nothing_is_missing_nothing_is_estimated(policy: GapPolicy) -> None:
    result = resolve_gaps(policy, HOURLY, flat(TUESDAY), TUESDAY, EVIDENCE, DEFAULTS)

    assert result == Estimation([], [])
    assert changes_of(result, who="estimation", when_utc=at(48)) == []


@pytest.mark.parametrize(("state", "version"), [("MISSING", 1), ("SUSPECT", 5)])
def test_an_estimate_is_a_new_version_that_says_what_it_came_from(
    state: State, version: int
) -> None:
    kwh = None if state == "MISSING" else "99"
    hole = [] if kwh is None else [interval(1, kwh, state=state, version=4)]
    result = estimated([*series("1"), *hole, *series("2", start=at(2))], span(0, 3))

    (made,) = changes_of(result, who="estimation", when_utc=at(48))

    assert (made.after.state, made.after.version) == (ESTIMATED, version)
    assert made.before.energy_kwh == (Decimal(kwh) if kwh else None)
    assert (made.cause.rule, made.cause.who) == ("estimate.interpolated", "estimation")
    assert made.cause.reason == (
        "interpolated from 2025-11-04T05:00:00Z version 1, "
        "2025-11-04T07:00:00Z version 1"
    )
