"""Counters to intervals: differences that add up, and every break is named."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.metering.counter_steps import Counter
from ter_pipelines.metering.counters import Counted, count_energy
from ter_pipelines.metering.time_order import CounterReading
from ter_pipelines.vocab.clock import Span

START = datetime(2025, 11, 3, 5, tzinfo=UTC)
HOUR = Span(START, START + timedelta(hours=1))
QUARTERS = Counter(900, Decimal("0.001"))


def reading(minutes: float, kwh: str | Decimal) -> CounterReading:
    at = START + timedelta(minutes=minutes)
    return CounterReading(at, Decimal(kwh), f"reading {minutes:g}")


def counted(told: Sequence[tuple[float, str]], counter: Counter = QUARTERS) -> Counted:
    return count_energy([reading(*one) for one in told], counter, HOUR)


def energies(result: Counted) -> dict[int, str]:
    """Give kWh by the minute an interval begins."""
    return {
        (i.start_utc - START) // timedelta(minutes=1): str(i.energy_kwh.normalize())
        for i in result.intervals
    }


def kinds(result: Counted) -> list[str]:
    return [event.kind for event in result.events]


def dials(result: Counted) -> list[tuple[int, str, str]]:
    return [
        ((d.read_at - START) // timedelta(minutes=1), f"{d.reading_kwh:f}", d.event)
        for d in result.dials
    ]


EACH_QUARTER = [(0, "100"), (15, "100.5"), (30, "101.5"), (45, "101.5"), (60, "104")]


def test_intervals_are_differences_of_readings_at_their_boundaries() -> None:
    result = counted(EACH_QUARTER)

    assert energies(result) == {0: "0.5", 15: "1", 30: "0", 45: "2.5"}
    assert {i.seconds for i in result.intervals} == {900}
    assert dials(result) == [(0, "100.000000", ""), (60, "104.000000", "")]
    assert result.events == []


def test_a_boundary_lies_on_the_line_between_its_neighbours() -> None:
    result = counted([(-5, "99"), (10, "102"), (20, "103"), (31, "104")])

    assert energies(result) == {0: "2.5", 15: "1.409091"}
    assert dials(result)[0] == (0, "100.000000", "")


@pytest.mark.parametrize(("last", "found"), [(25, {0: "1.8"}), (26, {})])
def test_neighbours_further_apart_than_the_interval_bound_nothing(
    last: int, found: dict[int, str]
) -> None:
    result = counted(
        [(0, "100"), (10, "101"), (last, str(100 + 1 + (last - 10) / 6.25))]
    )

    assert energies(result) == found


def test_a_gap_has_no_interval_and_dials_on_either_side() -> None:
    result = counted([(0, "100"), (15, "101"), (45, "109"), (60, "110")])

    assert energies(result) == {0: "1", 45: "1"}
    assert [minute for minute, _, _ in dials(result)] == [0, 15, 45, 60]
    assert dials(result)[2][1] == "109.000000"


def test_without_readings_there_is_nothing() -> None:
    assert counted([]) == Counted()
    assert energies(counted([(20, "100")])) == {}


ROUND = Counter(900, Decimal(1), rolls_over_at_kwh=Decimal(1000))


def test_a_rollover_loses_nothing() -> None:
    result = counted([(0, "998"), (15, "999"), (30, "1"), (45, "2"), (60, "4")], ROUND)

    assert energies(result) == {0: "1", 15: "2", 30: "1", 45: "2"}
    assert kinds(result) == ["ROLLOVER"]
    assert dials(result) == [
        (0, "998.000000", ""),
        (15, "999.000000", ""),
        (30, "1.000000", "ROLLOVER"),
        (60, "4.000000", ""),
    ]


def test_the_dial_between_readings_rolls_over_too() -> None:
    result = counted([(-6, "996"), (4, "6"), (15, "7")], ROUND)

    assert energies(result) == {0: "5"}
    assert dials(result)[0] == (0, "2.000000", "ROLLOVER")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [("999", "9", "ROLLOVER"), ("999", "10", "EXCHANGE"), ("500", "5", "RESET")],
)
def test_a_fall_is_a_rollover_only_if_so_little_was_counted(
    before: str, after: str, kind: str
) -> None:
    result = counted([(0, before), (15, after)], ROUND)

    assert kinds(result) == [kind]
    assert (energies(result) != {}) == (kind == "ROLLOVER")


def test_a_rated_meter_tells_a_rollover_from_a_reset_by_its_power() -> None:
    rated = Counter(900, Decimal(0), Decimal(1000), highest_kw=Decimal(8))

    rolled = counted([(0, "999"), (15, "1.2")], rated)
    reset = counted([(0, "998"), (15, "1.2")], rated)

    assert energies(rolled) == {0: "2.2"}
    assert (kinds(reset), energies(reset)) == (["RESET"], {})


@pytest.mark.parametrize(
    ("after", "kind"), [("50", "RESET"), ("50.1", "EXCHANGE"), ("4999.9", "EXCHANGE")]
)
def test_without_a_known_size_a_fall_is_a_reset_or_an_exchange(
    after: str, kind: str
) -> None:
    result = counted(
        [(0, "5000"), (15, after), (30, str(Decimal(after) + Decimal("0.05")))]
    )

    assert kinds(result) == [kind]
    assert energies(result) == {15: "0.05"}
    assert dials(result)[1][2] == kind
    assert "5000 kWh at 2025-11-03T05:00:00Z" in result.events[0].explanation


@pytest.mark.parametrize(
    ("after", "kinds_found"), [("102.2", []), ("102.3", ["EXCHANGE"])]
)
def test_a_rise_beyond_the_rated_power_is_an_exchange(
    after: str, kinds_found: list[str]
) -> None:
    rated = Counter(900, Decimal(0), highest_kw=Decimal(8))  # 2 kWh, a tenth more

    result = counted([(0, "100"), (15, after)], rated)

    assert kinds(result) == kinds_found


@pytest.mark.parametrize(
    ("minutes", "event"), [(-5, "RESET"), (-14, "RESET"), (-15, ""), (-31, "")]
)
def test_the_first_dial_tells_what_befell_the_counter_since_the_one_before(
    minutes: int, event: str
) -> None:
    """A break up to -15 shows on the dial of that quarter, which the day before has."""
    steady = [(m, "900") for m in range(-60, minutes, 5)]
    reset = [(minutes + m, str(m)) for m in range(0, 80, 5)]

    result = counted([*steady, *reset])

    assert dials(result)[0][::2] == (0, event)
    assert kinds(result) == ["RESET"]


@pytest.mark.parametrize("nonsense", ["0", "100.9", "5000"])
def test_one_reading_out_of_line_is_left_out(nonsense: str) -> None:
    result = counted(
        [(0, "100"), (14, "101"), (15, nonsense), (16, "102"), (30, "103")]
    )

    assert kinds(result) == ["GLITCH"]
    assert energies(result) == {0: "1.5", 15: "1.5"}
    assert result.events[0].reference == "reading 15"


def test_repeated_readings_change_nothing() -> None:
    assert counted([*EACH_QUARTER[:3], *EACH_QUARTER]) == counted(EACH_QUARTER)
    assert counted([*EACH_QUARTER[:2], EACH_QUARTER[1], *EACH_QUARTER[2:]]) == counted(
        EACH_QUARTER
    )


steps = st.lists(
    st.tuples(st.integers(1, 600), st.integers(0, 10**7)), min_size=1, max_size=60
)


@given(steps, st.integers(0, 999))
def test_intervals_add_up_to_the_difference_of_the_dials(
    told: list[tuple[int, int]], begin: int
) -> None:
    """Seconds since the reading before, and what was counted, in 1e-9 kWh."""
    seconds = list(accumulate(step[0] for step in told))
    total = list(accumulate(step[1] for step in told))
    readings = [
        CounterReading(
            START + timedelta(seconds=at - begin), Decimal(kwh).scaleb(-9), str(at)
        )
        for at, kwh in zip(seconds, total, strict=True)
    ]

    result = count_energy(readings, QUARTERS, HOUR)

    if len(result.dials) > 1 and not result.events:
        difference = result.dials[-1].reading_kwh - result.dials[0].reading_kwh
        assert sum(i.energy_kwh for i in result.intervals) == difference
        assert len(result.dials) == 2
    assert all(i.energy_kwh >= 0 for i in result.intervals)


@given(steps, st.integers(0, 10**9))
def test_where_a_counter_rolls_over_makes_no_difference(
    told: list[tuple[int, int]], offset: int
) -> None:
    size = 10**9
    seconds = list(accumulate(step[0] for step in told))
    total = list(accumulate((step[1] for step in told), initial=offset))[1:]
    plain = [
        CounterReading(START + timedelta(seconds=at), Decimal(kwh).scaleb(-6))
        for at, kwh in zip(seconds, total, strict=True)
    ]
    rolled = [
        CounterReading(r.at_utc, r.value_kwh % Decimal(size).scaleb(-6)) for r in plain
    ]
    counter = Counter(900, Decimal("0.001"), Decimal(size).scaleb(-6))

    straight = count_energy(plain, QUARTERS, HOUR)
    around = count_energy(rolled, counter, HOUR)

    assert energies(straight) == energies(around)
    assert {event.kind for event in around.events} <= {"ROLLOVER"}
