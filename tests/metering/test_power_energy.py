"""Power over time to energy: trapezoids between values near enough."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.metering.counters import EnergyInterval
from ter_pipelines.metering.power_energy import integrate_power
from ter_pipelines.metering.time_order import CounterReading
from ter_pipelines.vocab.clock import Span

START = datetime(2025, 11, 3, 5, tzinfo=UTC)
HOUR = Span(START, START + timedelta(hours=1))


def integrated(*told: tuple[float, str], gap: int = 600) -> list[EnergyInterval]:
    readings = [
        CounterReading(START + timedelta(minutes=minutes), Decimal(kw), str(minutes))
        for minutes, kw in told
    ]
    return integrate_power(
        readings, interval_seconds=900, longest_gap_seconds=gap, span=HOUR
    ).intervals


def energies(intervals: list[EnergyInterval]) -> list[str]:
    return [str(i.energy_kwh.normalize()) for i in intervals]


def test_steady_power_is_power_times_time() -> None:
    steady = [(minute, "4") for minute in range(-3, 65, 5)]

    assert energies(integrated(*steady)) == ["1", "1", "1", "1"]


def test_rising_power_is_a_trapezoid() -> None:
    assert energies(integrated((0, "0"), (10, "6"), (15, "6"))) == ["1"]


def test_power_may_go_both_ways() -> None:
    assert energies(integrated((0, "-4"), (10, "-4"), (15, "-4"))) == ["-1"]


@pytest.mark.parametrize(("gap", "found"), [(480, ["1", "1"]), (479, ["1"])])
def test_an_interval_with_a_longer_gap_has_no_energy(
    gap: int, found: list[str]
) -> None:
    told = [(0, "4"), (7, "4"), (15, "4"), (20, "4"), (25, "4"), (30, "4")]

    assert energies(integrated(*told, gap=gap)) == found


def test_a_boundary_without_near_neighbours_bounds_nothing() -> None:
    told = [(1, "4"), (8, "4"), (14, "4"), (16, "4"), (23, "4"), (31, "4")]

    (interval,) = integrated(*told)

    assert interval.start_utc == START + timedelta(minutes=15)
    assert interval.energy_kwh == 1
    assert (interval.first_reference, interval.last_reference) == ("14", "23")


@pytest.mark.parametrize("wrong", [3, 600])
def test_one_value_stamped_wrongly_silences_nothing(wrong: int) -> None:
    told = [(m, "4") for m in range(0, 65, 5)]
    told[8] = (wrong, "900")

    assert energies(integrated(*told)) == ["1", "1", "1", "1"]


def test_nothing_is_summed_across_a_clock_that_was_put_back() -> None:
    ahead = [(m, "4") for m in (0, 5, 10, 15, 20, 25, 30, 35)]
    right = [(m, "8") for m in (17, 22, 27, 32, 37, 42, 47, 52, 57, 62)]

    intervals = integrated(*ahead, *right)

    assert [i.start_utc.minute for i in intervals] == [0, 30, 45]
    assert energies(intervals) == ["1", "2", "2"]


@given(st.lists(st.integers(-(10**6), 10**6), min_size=61, max_size=61))
def test_quarters_add_up_to_the_hour(watts: list[int]) -> None:
    readings = [
        CounterReading(START + timedelta(minutes=i), Decimal(w).scaleb(-3))
        for i, w in enumerate(watts)
    ]

    quarters = integrate_power(
        readings, interval_seconds=900, longest_gap_seconds=60, span=HOUR
    ).intervals
    (hour,) = integrate_power(
        readings, interval_seconds=3600, longest_gap_seconds=60, span=HOUR
    ).intervals

    assert sum(i.energy_kwh for i in quarters) == hour.energy_kwh
    assert len(quarters) == 4
