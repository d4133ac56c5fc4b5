"""Short gaps: a line between good values, or the one side flat."""

from dataclasses import replace

import pytest

from ter_pipelines.metering.vee.scaling import Estimation
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    RAW,
    SUSPECT,
    VALID,
    Mark,
    State,
)
from tests.metering.vee_at_hand import (
    DEFAULTS,
    QUARTERS,
    at,
    codes,
    interval,
    kwh_of,
    series,
    span,
)
from tests.metering.vee_estimating import (
    estimated,
    methods,
)


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
