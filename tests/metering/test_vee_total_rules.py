"""A day's spike, a register's sum, a period's total."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.registers import (
    Register,
    RegisterReading,
    Registers,
)
from ter_pipelines.metering.vee.series import Interval, Mark
from ter_pipelines.metering.vee.total_rules import (
    find_high_or_low,
    find_spikes,
    find_sum_differences,
    find_zero_consumption,
    spans_that_agree,
)
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    at,
    codes,
    flat,
    interval,
    local_day,
    register,
    seen,
    series,
    span,
)

DAY = span(0, 24)


def day_with(highest: str, *, others: str = "1", count: int = 24) -> list[Interval]:
    return series(" ".join([others] * (count - 1) + [highest]))


@pytest.mark.parametrize(
    ("highest", "ratio"), [("2.8", None), ("2.800001", "1.8"), ("2.81", "1.81")]
)
def test_a_spike_is_more_than_1_80_above_the_third_highest(
    highest: str, ratio: str | None
) -> None:
    findings = find_spikes(HOURLY, day_with(highest), [DAY], DEFAULTS)

    assert seen(findings) == ([(23, "1.8", ratio)] if ratio else [])


@pytest.mark.parametrize(("count", "is_found"), [(11, False), (12, True)])
def test_a_day_of_fewer_than_12_values_is_not_judged(
    count: int, *, is_found: bool
) -> None:
    intervals = [*day_with("9", count=count), interval(30)]

    findings = find_spikes(HOURLY, intervals, [DAY], DEFAULTS)

    assert codes(findings) == (["usage.spike"] if is_found else [])


@pytest.mark.parametrize(
    ("others", "is_found"), [("0", False), ("-1", False), ("0.001", True)]
)
def test_a_day_whose_third_highest_is_not_above_zero_is_not_judged(
    others: str, *, is_found: bool
) -> None:
    findings = find_spikes(HOURLY, day_with("9", others=others), [DAY], DEFAULTS)

    assert codes(findings) == (["usage.spike"] if is_found else [])


def test_two_equal_spikes_are_both_found_and_three_are_none() -> None:
    two = series("9 9" + " 1" * 22)
    three = series("9 9 9" + " 1" * 21)

    assert [h for h, *_ in seen(find_spikes(HOURLY, two, [DAY], DEFAULTS))] == [0, 1]
    assert find_spikes(HOURLY, three, [DAY], DEFAULTS) == []


def test_each_local_day_is_judged_by_itself() -> None:
    days = [local_day(1), local_day(2), local_day(3)]
    levels = ("1", "10", "1")
    intervals = [
        i for day, kwh in zip(days, levels, strict=True) for i in flat(day, kwh)
    ]

    assert find_spikes(HOURLY, intervals, days, DEFAULTS) == []


def test_missing_values_are_no_part_of_the_day() -> None:
    intervals = [*day_with("9", count=12), *(interval(h, None) for h in range(12, 24))]

    assert codes(find_spikes(HOURLY, intervals, [DAY], DEFAULTS)) == ["usage.spike"]


def test_an_interval_in_which_power_came_back_is_left_out_if_told() -> None:
    marks = frozenset({Mark.RESTORATION})
    intervals = [*day_with("1", count=23), interval(23, "9", marks=marks)]
    told = replace(DEFAULTS, spike_leaves_out_restoration=True)

    assert codes(find_spikes(HOURLY, intervals, [DAY], DEFAULTS)) == ["usage.spike"]
    assert find_spikes(HOURLY, intervals, [DAY], told) == []


@pytest.mark.parametrize(
    ("is_told", "until", "is_found"),
    [(False, 24, True), (True, 24, False), (True, 23, True)],
)
def test_a_sum_check_of_the_whole_day_exempts_it_if_told(
    until: int, *, is_told: bool, is_found: bool
) -> None:
    settings = replace(DEFAULTS, spike_exempt_when_sum_agrees=is_told)

    findings = find_spikes(HOURLY, day_with("9"), [DAY], settings, [span(0, until)])

    assert codes(findings) == (["usage.spike"] if is_found else [])


@pytest.mark.parametrize(
    ("follows_prices", "is_told", "is_found"),
    [(False, False, True), (True, False, False), (True, True, True)],
)
def test_what_follows_prices_has_no_spikes_unless_told(
    *, follows_prices: bool, is_told: bool, is_found: bool
) -> None:
    channel = replace(HOURLY, is_controllable=follows_prices)
    settings = replace(DEFAULTS, spike_of_controllable=is_told)

    findings = find_spikes(channel, day_with("9"), [DAY], settings)

    assert codes(findings) == (["usage.spike"] if is_found else [])


@pytest.mark.parametrize("register_kwh", ["2.997", "2.998", "3.002", "3.003"])
def test_intervals_and_register_agree_within_two_steps(register_kwh: str) -> None:
    windows = register((0, "0"), (3, register_kwh)).windows(HOURLY)
    intervals = series("1 1 1")

    findings = find_sum_differences(HOURLY, intervals, windows, DEFAULTS)
    agreeing = spans_that_agree(intervals, windows, DEFAULTS)

    is_found = register_kwh in {"2.997", "3.003"}
    assert [o for *_, o in seen(findings)] == (
        [f"{Decimal(register_kwh) - 3}"] if is_found else []
    )
    assert agreeing == ([] if is_found else [span(0, 3)])


def test_the_multiplier_weighs_both_the_register_and_its_steps() -> None:
    counts = Register(Decimal("0.01"), multiplier=Decimal(40))
    readings = [
        RegisterReading(at(0), Decimal(10)),
        RegisterReading(at(1), Decimal(11)),
    ]
    windows = Registers(counts, readings).windows(HOURLY)

    assert find_sum_differences(HOURLY, series("40.8"), windows, DEFAULTS) == []
    findings = find_sum_differences(HOURLY, series("40.801"), windows, DEFAULTS)
    assert seen(findings) == [(0, "0.8", "-0.801")]


@pytest.mark.parametrize("text", ["1 - 1", "1 1", "- 1 1", ""])
def test_a_sum_is_not_judged_where_a_value_is_missing(text: str) -> None:
    windows = register((0, "0"), (3, "9")).windows(HOURLY)

    assert find_sum_differences(HOURLY, series(text), windows, DEFAULTS) == []


def test_a_sum_is_not_judged_where_a_value_is_repeated() -> None:
    windows = register((0, "0"), (3, "9")).windows(HOURLY)
    repeated = [*series("1 1 1"), interval(1, version=2)]

    assert find_sum_differences(HOURLY, repeated, windows, DEFAULTS) == []


def test_a_register_that_did_not_move_has_no_percentage() -> None:
    windows = register((0, "5"), (1, "5")).windows(HOURLY)

    (finding,) = find_sum_differences(HOURLY, series("1"), windows, DEFAULTS)

    assert (finding.facts["observed"], finding.facts["percent"]) == ("-1", "of 0")


@pytest.mark.parametrize(
    ("total", "code"),
    [("4.999", "usage.low"), ("5", None), ("20", None), ("20.001", "usage.high")],
)
def test_a_total_lies_between_half_and_double_the_average(
    total: str, code: str | None
) -> None:
    history = [Decimal(9), Decimal(10), Decimal(11)]

    findings = find_high_or_low(HOURLY, series(total), span(0, 1), history, DEFAULTS)

    assert codes(findings) == ([code] if code else [])


@pytest.mark.parametrize("history", [[], ["0", "0"], ["-3", "2"]])
def test_without_a_history_above_zero_no_total_is_judged(history: list[str]) -> None:
    past = [Decimal(kwh) for kwh in history]

    assert find_high_or_low(HOURLY, series("99"), span(0, 1), past, DEFAULTS) == []


def test_an_incomplete_total_is_not_judged() -> None:
    past = [Decimal(10)]

    findings = find_high_or_low(HOURLY, series("1 -"), span(0, 2), past, DEFAULTS)

    assert findings == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("0 0 0", True), ("0 - 0", True), ("0 0.000001 0", False), ("-", False),
     ("", False), ("1 -1 0", False)],
)  # fmt: skip
def test_a_period_of_nothing_but_zeros_is_found(text: str, *, is_found: bool) -> None:
    findings = find_zero_consumption(HOURLY, series(text), DAY)

    assert codes(findings) == (["usage.zero"] if is_found else [])


def test_an_inactive_meter_may_stand_still() -> None:
    off = replace(HOURLY, inactive=(span(0, 2),))

    assert find_zero_consumption(off, series("0 0"), DAY) == []
    assert seen(find_zero_consumption(off, series("0 0 0"), DAY)) == [
        (0, "not all 0", "1 values of 0")
    ]


def test_no_rule_of_totals_speaks_of_nothing() -> None:
    past = [Decimal(10)]

    assert find_spikes(HOURLY, [], [DAY], DEFAULTS) == []
    assert find_sum_differences(HOURLY, [], [], DEFAULTS) == []
    assert find_high_or_low(HOURLY, [], DAY, past, DEFAULTS) == []
    assert find_zero_consumption(HOURLY, [], DAY) == []
    assert find_spikes(HOURLY, [interval(0, "9")], [DAY], DEFAULTS) == []
