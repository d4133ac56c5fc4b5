"""The cheapest plan: by hand, against trying everything, and always within limits."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.dispatch.battery import Battery
from ter_pipelines.dispatch.cheapest import PricedInterval, cheapest_plan
from ter_pipelines.dispatch.orders import Setpoint
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.errors import InputError
from tests.dispatch.at_hand import BATTERY, LOSSLESS, MIDNIGHT, ZONE, powers, prices
from tests.house.tree import ROOT

STEP_KW = Decimal("0.001")
A_WATT_EACH_HOUR = Fraction(8 * 60, 100) / 1000  # at the highest price there is


def plan_of(
    battery: Battery, priced: list[PricedInterval], soc: str = "0.1"
) -> tuple[Setpoint, ...]:
    return cheapest_plan(priced, battery, start_soc=Decimal(soc))


def cost_of(
    setpoints: tuple[Setpoint, ...], priced: list[PricedInterval], battery: Battery
) -> Fraction:
    """Give what a plan costs, wear and all."""
    wear = Fraction(battery.wear_price_per_kwh)
    return sum(
        (
            Fraction(point.power_kw) * slot.hours * Fraction(slot.price_per_kwh)
            + max(-Fraction(point.power_kw), Fraction(0)) * slot.hours * wear
            for point, slot in zip(setpoints, priced, strict=True)
        ),
        Fraction(0),
    )


def levels_of(
    setpoints: tuple[Setpoint, ...], battery: Battery, soc: str
) -> list[Fraction]:
    level, found = battery.stored_at(Decimal(soc)), []
    for point in setpoints:
        hours = Fraction(point.duration_seconds, 3600)
        level = battery.stored_after(level, point.power_kw, hours)
        found.append(level)
    return found


def cheapest_by_trying(
    battery: Battery,
    priced: list[PricedInterval],
    unit_kwh: Fraction,
    levels: tuple[int, int],
) -> Fraction:
    """Give the least cost of all plans between some levels, by looking at each.

    Levels are so many units above the battery's lowest; two are given: the one it
    begins with, and the least it ends with.
    """
    into, out_of = battery.charge_efficiency, battery.discharge_efficiency
    wear = Fraction(battery.wear_price_per_kwh)
    most = int((battery.highest_kwh - battery.lowest_kwh) / unit_kwh)

    def power_of(units: int) -> Fraction:
        stored = units * unit_kwh
        return stored / Fraction(into) if units > 0 else stored * Fraction(out_of)

    def is_possible(power: Fraction) -> bool:
        return -battery.max_discharge_kw <= power <= battery.max_charge_kw

    @cache
    def least(i: int, level: int) -> Fraction | None:
        if i == len(priced):
            return Fraction(0) if level >= levels[1] else None
        price = Fraction(priced[i].price_per_kwh)
        found = [
            power * price + max(-power, Fraction(0)) * wear + rest
            for to in range(most + 1)
            for power in [power_of(to - level)]
            if is_possible(power) and (rest := least(i + 1, to)) is not None
        ]
        return min(found, default=None)

    cheapest = least(0, levels[0])
    assert cheapest is not None
    return cheapest


def test_it_charges_where_it_is_cheap_and_gives_where_it_is_dear() -> None:
    priced = prices("0.10", "0.05", "0.30", "0.20")

    found = plan_of(BATTERY, priced)

    # 1 kWh at the start, 9 kWh room, 10 kW x 0.9: both cheap hours fill it. 9 kWh
    # stored give 8.1 kWh: 5 kWh in the dearest hour, what is left in the next.
    assert powers(found) == ["5", "5", "-5", "-3.1"]
    assert levels_of(found, BATTERY, "0.1")[-1] == Fraction(1)


def test_it_rests_where_losses_and_wear_eat_the_difference() -> None:
    # 0.10 / 0.81 + 0.02 = 0.1435: below that, giving does not pay.
    assert powers(plan_of(BATTERY, prices("0.10", "0.143"))) == ["0", "0"]
    assert powers(plan_of(BATTERY, prices("0.10", "0.144"))) == ["5", "-4.05"]


def test_it_rests_where_all_prices_are_the_same() -> None:
    assert powers(plan_of(LOSSLESS, prices(*["0.20"] * 24))) == ["0"] * 24
    assert powers(plan_of(LOSSLESS, prices(*["0"] * 24))) == ["0"] * 24


def test_a_price_below_zero_is_taken_and_not_burnt() -> None:
    # Full, it could burn energy by taking and giving at once; it cannot do both.
    full = plan_of(BATTERY, prices("-0.50"), soc="1")
    room = plan_of(BATTERY, prices("-0.50", "-0.50", "-0.50"))

    assert powers(full) == ["0"]
    assert sum(point.power_kw for point in room) == 10


def test_it_ends_as_full_as_it_began_or_as_is_asked() -> None:
    priced = prices("0.10", "0.40")
    empty = replace(BATTERY, end_soc=Decimal("0.1"))
    fuller = replace(BATTERY, end_soc=Decimal("0.55"))

    assert powers(plan_of(BATTERY, priced, soc="1")) == ["0", "0"]
    assert powers(plan_of(empty, priced, soc="1")) == ["-3.1", "-5"]
    assert powers(plan_of(fuller, priced)) == ["5", "0"]


def test_an_end_that_cannot_be_reached_is_an_error_that_says_so() -> None:
    far = replace(BATTERY, end_soc=Decimal(1))

    with pytest.raises(InputError, match=r"ven-1/battery-1: its limits leave none"):
        plan_of(far, prices("0.10"))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 9), 23), (date(2025, 11, 3), 24), (date(2025, 11, 2), 25)],
)
def test_a_day_of_any_length_is_planned_hour_by_hour(day: date, hours: int) -> None:
    starts = interval_starts_utc(day, ZONE)
    priced = prices(*[f"0.{10 + hour}" for hour in range(25)], day=day)

    found = plan_of(BATTERY, priced)

    assert [point.start_utc for point in found] == starts
    assert len(found) == hours
    assert powers(found)[:2] == ["5", "5"]
    assert powers(found)[-2:] == ["-3.1", "-5"]


@given(
    st.lists(st.integers(-20, 60), min_size=1, max_size=8),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 5),
)
def test_no_plan_between_whole_levels_is_cheaper(
    cents: list[int], start: int, end: int, wear: int
) -> None:
    end = min(start, end)
    battery = replace(
        LOSSLESS,
        max_charge_kw=Decimal(3),
        max_discharge_kw=Decimal(2),
        end_soc=Decimal(end + 1) / 10,
        wear_price_per_kwh=Decimal(wear) / 100,
    )
    priced = prices(*[str(Decimal(price) / 100) for price in cents])

    found = plan_of(battery, priced, soc=str(Decimal(start + 1) / 10))

    # Without losses the cheapest plan of all lies between whole levels.
    least = cheapest_by_trying(battery, priced, Fraction(1), (start, end))
    assert abs(cost_of(found, priced, battery) - least) <= A_WATT_EACH_HOUR


@given(
    st.lists(st.integers(-20, 60), min_size=1, max_size=8),
    st.integers(0, 10),
    st.integers(0, 5),
)
def test_no_plan_with_losses_that_was_tried_is_cheaper(
    cents: list[int], start: int, wear: int
) -> None:
    battery = replace(
        BATTERY,
        end_soc=Decimal("0.1"),
        max_charge_kw=Decimal(3),
        wear_price_per_kwh=Decimal(wear) / 100,
    )
    priced = prices(*[str(Decimal(price) / 100) for price in cents])
    soc = Decimal("0.1") + start * Decimal("0.09")

    found = plan_of(battery, priced, soc=str(soc))

    least = cheapest_by_trying(battery, priced, Fraction(9, 10), (start, 0))
    assert cost_of(found, priced, battery) <= least + A_WATT_EACH_HOUR


@given(
    st.lists(st.integers(-200, 600), min_size=1, max_size=25),
    st.sampled_from(["0.1", "0.3333", "0.9999", "1"]),
    st.sampled_from(["0.8", "0.9487", "1"]),
    st.sampled_from([900, 1000, 3600]),
)
def test_every_limit_is_kept_exactly_and_the_end_to_a_watt(
    mills: list[int], soc: str, efficiency: str, seconds: int
) -> None:
    battery = replace(
        BATTERY,
        capacity_kwh=Decimal("9.777"),
        max_charge_kw=Decimal("3.333"),
        charge_efficiency=Decimal(efficiency),
        discharge_efficiency=Decimal(efficiency),
    )
    priced = [
        PricedInterval(MIDNIGHT, seconds, Decimal(price) / 1000) for price in mills
    ]

    found = plan_of(battery, priced, soc=soc)

    levels = levels_of(found, battery, soc)
    short = battery.end_kwh(Decimal(soc)) - levels[-1]
    assert all(battery.lowest_kwh <= level <= battery.highest_kwh for level in levels)
    assert all(-5 <= point.power_kw <= Decimal("3.333") for point in found)
    assert all(point.power_kw % STEP_KW == 0 for point in found)
    assert short <= Fraction(STEP_KW) * Fraction(seconds, 3600)


def test_without_scipy_the_error_names_what_to_install() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "from tests.dispatch.at_hand import BATTERY, day_of, kept, prices, setpoint\n"
        "from ter_pipelines.dispatch.limits import RefusedOrderError\n"
        "from ter_pipelines.dispatch.plan import make_plan\n"
        "print(len(make_plan(kept('schedule', setpoint(1, '1')), BATTERY, day_of())"
        ".intervals))\n"
        "try: make_plan(kept('cheapest'), BATTERY, day_of(prices('0.10')))\n"
        "except RefusedOrderError as error: print(error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-"], cwd=ROOT, input=code, capture_output=True, text=True,
        check=True,
    )  # fmt: skip

    scheduled, cheapest = done.stdout.splitlines()
    assert scheduled == "1"
    assert cheapest.startswith("dispatch.impossible ven-1/battery-1")
    assert "install ter-pipelines[dispatch]" in cheapest
