"""What a register counted between two readings, and when it fell."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.registers import (
    Register,
    RegisterEvent,
    RegisterReading,
    Registers,
)
from ter_pipelines.vocab.errors import InputError
from tests.metering.vee_at_hand import (
    HOURLY,
    at,
    codes,
    register,
    seen,
    span,
)

DELIVERED = replace(HOURLY, direction="delivered")


@pytest.mark.parametrize(
    ("after", "is_found"), [("10.001", False), ("10", False), ("9.999", True)]
)
def test_a_register_that_falls_is_found(after: str, *, is_found: bool) -> None:
    findings = register((0, "10"), (2, after)).find_steps(DELIVERED)

    assert seen(findings) == ([(0, "10", after)] if is_found else [])


@pytest.mark.parametrize("hours", [0, 0.5, 2, 2.5])
def test_a_fall_with_an_event_after_the_first_reading_is_explained(
    hours: float,
) -> None:
    fallen = register((0, "10"), (2, "1"))
    events = [RegisterEvent(at(hours), "exchange")]

    findings = replace(fallen, events=events).find_steps(DELIVERED)

    assert codes(findings) == ([] if hours in {0.5, 2} else ["usage.register_step"])


def test_a_net_register_may_fall() -> None:
    falling = register((0, "10"), (1, "8.5"))

    assert falling.find_steps(HOURLY) == []
    assert [w.difference_kwh for w in falling.windows(HOURLY)] == [Decimal("-1.5")]


def test_a_rollover_counts_on_where_the_size_is_known() -> None:
    readings = [
        RegisterReading(at(0), Decimal(99998)), RegisterReading(at(1), Decimal(3))
    ]  # fmt: skip
    rolled = [RegisterEvent(at(0.5), "rollover")]
    sized = Register(Decimal(1), rolls_over_at=Decimal(100000))

    known = Registers(sized, readings, rolled).windows(DELIVERED)
    unknown = Registers(Register(Decimal(1)), readings, rolled).windows(DELIVERED)

    assert [w.difference_kwh for w in known] == [Decimal(5)]
    assert unknown == []


def test_each_rollover_counts() -> None:
    readings = [RegisterReading(at(0), Decimal(90)), RegisterReading(at(9), Decimal(5))]
    rolled = [RegisterEvent(at(1), "rollover"), RegisterEvent(at(8), "rollover")]
    sized = Register(Decimal(1), rolls_over_at=Decimal(100))

    (window,) = Registers(sized, readings, rolled).windows(DELIVERED)

    assert window.difference_kwh == Decimal(115)


@pytest.mark.parametrize("kind", ["reset", "exchange"])
def test_a_reset_or_exchange_leaves_no_difference(kind: str) -> None:
    events = [RegisterEvent(at(0.5), "reset" if kind == "reset" else "exchange")]
    read = replace(register((0, "10"), (1, "1"), (2, "4")), events=events)

    windows = read.windows(DELIVERED)

    assert [(w.span, w.difference_kwh) for w in windows] == [(span(1, 2), Decimal(3))]


def test_readings_between_intervals_bound_no_window() -> None:
    read = register((0, "1"), (0.7, "2"), (2, "4"))

    windows = read.windows(HOURLY)

    assert [(w.span, w.difference_kwh) for w in windows] == [(span(0, 2), Decimal(3))]


@pytest.mark.parametrize("readings", [[], [(0, "1")], [(0, "1"), (0, "1.0")]])
def test_a_single_reading_bounds_nothing(readings: list[tuple[float, str]]) -> None:
    assert register(*readings).windows(HOURLY) == []
    assert register(*readings).find_steps(DELIVERED) == []


def test_two_readings_of_one_instant_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match="got readings 1 and 2, expected one"):
        register((0, "1"), (0, "2"))


def test_a_difference_finer_than_energy_is_kept_is_refused() -> None:
    assert register((0, "0"), (1, "0.000001")).windows(HOURLY)
    with pytest.raises(InputError, match="expected at most 6 decimal places"):
        register((0, "0"), (1, "0.0000001")).windows(HOURLY)
