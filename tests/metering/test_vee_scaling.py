"""Estimates agree with their register to the last digit, or a person decides."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.vee.estimation import Evidence, estimate
from ter_pipelines.metering.vee.registers import RegisterEvent
from ter_pipelines.metering.vee.rounding import rounded, share_out
from ter_pipelines.metering.vee.scaling import Estimation
from ter_pipelines.metering.vee.series import SUSPECT, Interval
from ter_pipelines.vocab.vee_settings import VeeSettings
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    ZONE,
    at,
    codes,
    interval,
    kwh_of,
    register,
    series,
    span,
)


def scaled(
    text: str,
    *readings: tuple[float, str],
    settings: VeeSettings = DEFAULTS,
    more: tuple[Interval, ...] = (),
) -> Estimation:
    """Estimate the gaps of a morning, with a register read at these hours."""
    intervals = [*series(text), *more]
    evidence = Evidence(zone=ZONE, registers=register(*readings))
    window = span(0, len(text.split()))
    return estimate(HOURLY, intervals, window, evidence, settings)


def test_a_line_is_scaled_to_what_the_register_needs() -> None:
    result = scaled("1 - - 4", (0, "10"), (4, "25"))

    assert kwh_of(result.estimates) == ["4.000", "6.000"]
    assert result.estimates[0].lineage == (
        "interpolated from 2025-11-04T05:00:00Z version 1, "
        "2025-11-04T08:00:00Z version 1; scaled from 5 to 10 kWh of the register "
        "since 2025-11-04T05:00:00Z"
    )


def test_what_rounding_leaves_goes_to_those_that_lost_most() -> None:
    result = scaled("1 - - 1 - 1", (0, "0"), (6, "4"))

    assert kwh_of(result.estimates) == ["0.334", "0.333", "0.333"]


@pytest.mark.parametrize(
    ("needed", "is_inside"),
    [("0.199", False), ("0.2", True), ("5", True), ("5.001", False), ("0", False),
     ("-1", False)],
)  # fmt: skip
def test_the_factor_lies_between_0_2_and_5(needed: str, *, is_inside: bool) -> None:
    closing = str(Decimal(12) + Decimal(needed))

    result = scaled("1 - 1", (0, "10"), (3, closing))

    assert kwh_of(result.estimates) == ([f"{Decimal(needed):.3f}"] if is_inside else [])
    assert codes(result.review) == (
        [] if is_inside else ["estimate.factor_beyond_limits"]
    )


def test_a_programme_that_allows_zero_scales_to_zero() -> None:
    told = replace(DEFAULTS, lowest_scale_factor=Decimal(0))

    result = scaled("1 - 1", (0, "10"), (3, "12"), settings=told)

    assert kwh_of(result.estimates) == ["0.000"]


@pytest.mark.parametrize(("closing", "is_inside"), [("10", True), ("10.5", False)])
def test_zeros_are_only_scaled_to_zero(closing: str, *, is_inside: bool) -> None:
    result = scaled("0 - 0", (0, "10"), (3, closing))

    assert kwh_of(result.estimates) == (["0.000"] if is_inside else [])
    assert [f.facts["observed"] for f in result.review] == (
        [] if is_inside else ["none"]
    )


def test_a_falling_register_of_export_scales_export() -> None:
    result = scaled("-1 - -1", (0, "10"), (3, "6"))

    assert kwh_of(result.estimates) == ["-2.000"]


def test_each_window_is_met_by_itself_and_a_gap_may_lie_in_two() -> None:
    result = scaled("1 - - 1", (0, "0"), (2, "1.5"), (4, "4.5"))

    assert kwh_of(result.estimates) == ["0.500", "2.000"]


def test_without_a_bracket_the_raw_estimate_stands() -> None:
    before, after = (-3, "0"), (-1, "9")

    result = scaled("1 - 2", before, after)

    assert kwh_of(result.estimates) == ["1.500"]
    assert result.estimates[0].scaling is None


def test_an_exchange_in_the_window_leaves_the_raw_estimate() -> None:
    read = replace(
        register((0, "9"), (3, "2")), events=[RegisterEvent(at(1), "exchange")]
    )
    evidence = Evidence(zone=ZONE, registers=read)

    result = estimate(HOURLY, series("1 - 2"), span(0, 3), evidence, DEFAULTS)

    assert kwh_of(result.estimates) == ["1.500"]


@pytest.mark.parametrize("hole", ["a gap that cannot be estimated", "a doubt"])
def test_a_window_that_is_not_all_known_is_for_a_person(hole: str) -> None:
    told = replace(DEFAULTS, estimates_suspect=False)
    if hole == "a doubt":
        result = scaled(
            "1 - 1", (0, "0"), (4, "9"), settings=told,
            more=(interval(3, "1", state=SUSPECT),),
        )  # fmt: skip
        expected = ["estimate.register_not_covered"]
    else:
        result = scaled("1 - 1 - - - 1", (0, "0"), (7, "9"))
        expected = ["estimate.no_reference", "estimate.register_not_covered"]

    assert (result.estimates, codes(result.review)) == ([], expected)


def test_an_earlier_estimate_is_known() -> None:
    earlier = interval(3, "1.25", state="ESTIMATED")

    result = scaled("1 - 1", (0, "0"), (4, "4.5"), more=(earlier,))

    assert kwh_of(result.estimates) == ["1.250"]


def test_a_finer_register_is_met_to_its_own_digit() -> None:
    result = scaled("1 - - 1", (0, "0"), (4, "4.000001"))

    assert kwh_of(result.estimates) == ["1.000001", "1.000000"]


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="expected them to add up to 1"):
        share_out(Decimal(1), [Fraction(1, 2)], 3)
    with pytest.raises(ValueError, match="with at most 3 decimal places"):
        share_out(Decimal("0.0001"), [Fraction(1, 10_000)], 3)


def test_of_nothing_nothing_is_shared_out() -> None:
    assert share_out(Decimal(0), [], 3) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.0005", "0.001"), ("-0.0005", "-0.001"), ("0.00049", "0.000"),
     ("1e9", "1000000000.000"), ("-1.2345", "-1.235")],
)  # fmt: skip
def test_one_rounding_half_away_from_zero(value: str, expected: str) -> None:
    assert str(rounded(Fraction(Decimal(value)), 3)) == expected


ENERGY = st.integers(1, 20_000).map(lambda wh: Decimal(wh).scaleb(-3))
HOLES = st.lists(st.booleans(), min_size=3, max_size=40)


@given(
    holes=HOLES,
    energies=st.lists(ENERGY, min_size=40, max_size=40),
    difference=st.integers(1, 900_000),
    seed=st.randoms(use_true_random=False),
)
@settings(deadline=None)
def test_known_and_estimates_are_the_register_in_any_order(
    holes: list[bool], energies: list[Decimal], difference: int, seed: Random
) -> None:
    told = replace(
        DEFAULTS, interpolation_seconds=86_400, lowest_scale_factor=Decimal("0.000001"),
        highest_scale_factor=Decimal(10**9),
    )  # fmt: skip
    holes = [*holes[:-1], False]
    text = " ".join(
        "-" if hole else str(kwh)
        for hole, kwh in zip(holes, energies[: len(holes)], strict=True)
    )
    intervals = series(text)
    known = sum((i.energy_kwh or Decimal(0) for i in intervals), start=Decimal(0))
    counted = known + Decimal(difference).scaleb(-3)
    registers = register((0, "0"), (len(holes), str(counted)))
    evidence = Evidence(zone=ZONE, registers=registers)
    window = span(0, len(holes))
    shuffled = list(intervals)
    seed.shuffle(shuffled)

    result = estimate(HOURLY, intervals, window, evidence, told)
    again = estimate(HOURLY, shuffled, window, evidence, told)

    assert again == result
    if result.review:
        assert result.estimates == []
    elif any(holes):
        made = sum((e.energy_kwh for e in result.estimates), start=Decimal(0))
        assert known + made == counted
        assert len(result.estimates) == sum(holes)
        assert all(e.energy_kwh >= 0 for e in result.estimates)
    else:
        assert result == Estimation([], [])


@given(
    parts=st.lists(st.fractions(-50, 50, max_denominator=60), min_size=1, max_size=30),
    places=st.integers(3, 6),
)
def test_shares_add_up_and_stay_within_a_unit(
    parts: list[Fraction], places: int
) -> None:
    units = round(sum(parts) * 10**places)
    missing = Fraction(units, 10**places) - sum(parts)
    parts = [*parts, missing]
    total = Decimal(units).scaleb(-places)

    shares = share_out(total, parts, places)

    assert sum(shares) == total
    unit = Fraction(1, 10**places)
    assert all(
        abs(Fraction(share) - part) < unit
        for share, part in zip(shares, parts, strict=True)
    )
