"""From an order to a plan, or to the reason why there is none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.dispatch.battery import Battery
from ter_pipelines.dispatch.limits import RefusedOrderError
from ter_pipelines.dispatch.orders import Setpoint
from ter_pipelines.dispatch.plan import (
    DayAtHand,
    KeptOrder,
    Plan,
    is_waiting,
    make_plan,
    newest_orders,
)
from ter_pipelines.vocab.clock import HOUR, day_span
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import plain
from tests.dispatch.at_hand import (
    BATTERY,
    MIDNIGHT,
    ZONE,
    day_of,
    kept,
    powers,
    prices,
    setpoint,
)

FOUR = prices("0.10", "0.05", "0.30", "0.20")
MOMENT = timedelta(seconds=1)


def planned(
    order: KeptOrder, day: DayAtHand | None = None, battery: Battery | None = BATTERY
) -> Plan:
    plan = make_plan(order, battery, day or day_of(FOUR))
    assert plan is not None
    return plan


def refused(
    order: KeptOrder, day: DayAtHand | None = None, battery: Battery | None = BATTERY
) -> Finding:
    with pytest.raises(RefusedOrderError) as error:
        make_plan(order, battery, day or day_of(FOUR))
    return error.value.finding


def points_of(plan: Plan) -> list[Setpoint]:
    return [interval.setpoint for interval in plan.intervals]


def test_a_schedule_is_planned_as_ordered_with_what_it_costs() -> None:
    plan = planned(kept("schedule", setpoint(1, "5"), setpoint(2, "-4.05")))

    charged, given = plan.intervals
    assert powers(points_of(plan)) == ["5", "-4.05"]
    assert (plain(charged.energy_kwh), plain(given.energy_kwh)) == ("5", "-4.05")
    assert plain(charged.stored_at_end_kwh) == "5.5"  # 1 + 5 x 0.9
    assert plain(given.stored_at_end_kwh) == "1"  # 5.5 - 4.05 / 0.9
    assert (charged.price_per_kwh, charged.cost) == (Decimal("0.05"), Decimal("0.25"))
    assert given.cost == Decimal("-1.215")


def test_a_battery_rests_where_a_schedule_leaves_a_gap() -> None:
    plan = planned(kept("schedule", setpoint(1, "1"), setpoint(4, "-0.5")))

    points = points_of(plan)
    assert powers(points) == ["1", "0", "-0.5"]
    assert points[1].duration_seconds == 2 * 3600
    assert points[1].end_utc == points[2].start_utc


def test_an_interval_of_several_prices_has_none() -> None:
    plan = planned(
        kept("schedule", setpoint(0, "1", seconds=7200), setpoint(2, "1", seconds=900))
    )

    assert [i.price_per_kwh for i in plan.intervals] == [None, Decimal("0.30")]
    assert [i.cost for i in plan.intervals] == [None, Decimal("0.075")]


def test_energy_is_rounded_down_to_a_milliwatt_hour() -> None:
    plan = planned(
        kept("schedule", setpoint(0, "1", seconds=1), setpoint(1, "-0.001", seconds=1))
    )

    # 1 kWh / 3600 = 0.00027777...; stored 1 + 0.00025, later less 0.00000030...
    energies = [i.energy_kwh for i in plan.intervals]
    levels = [i.stored_at_end_kwh for i in plan.intervals]
    assert energies == [Decimal("0.000277"), Decimal(0), Decimal("-0.000001")]
    assert levels[0] == Decimal("1.000250")
    assert levels[2] == Decimal("1.000249")


def test_the_newest_order_of_a_battery_counts() -> None:
    first = kept("schedule", setpoint(1, "1"), submission_id=1)
    second = kept("cancel", submission_id=2)

    newest = newest_orders([first, second])

    assert newest == {BATTERY.device: second}
    assert make_plan(second, BATTERY, day_of()) is None


def test_a_battery_that_is_not_enrolled_or_not_allowed_has_no_plan() -> None:
    order = kept("schedule", setpoint(1, "1"))
    forbidden = replace(BATTERY, allows_control=False)

    assert refused(order, battery=None).code == "dispatch.not_enrolled"
    assert refused(order, battery=forbidden).code == "dispatch.not_allowed"
    assert refused(kept("cheapest"), battery=forbidden).code == "dispatch.not_allowed"


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ([setpoint(1, "5.001")], "power"),
        ([setpoint(1, "1"), setpoint(2, "-5.001")], "power"),
        ([setpoint(1, "-0.001")], "level"),
        ([setpoint(1, "5"), setpoint(2, "5"), setpoint(3, "0.001")], "level"),
        ([setpoint(-1, "1")], "outside_day"),
        ([setpoint(24, "1")], "outside_day"),
        ([setpoint(23, "1", seconds=3601)], "outside_day"),
    ],
)
def test_what_a_battery_cannot_do_is_refused(
    points: Sequence[Setpoint], code: str
) -> None:
    finding = refused(kept("schedule", *points))

    assert finding.code == f"dispatch.{code}"
    assert finding.subject == "ven-1/battery-1"
    assert {"got", "expected", "operating_day"} <= set(finding.facts)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 9), 23), (date(2025, 11, 3), 24), (date(2025, 11, 2), 25)],
)
def test_a_schedule_may_fill_a_day_of_any_length_and_no_more(
    day: date, hours: int
) -> None:
    span = day_span(day, ZONE)
    at_hand = DayAtHand(span, (), span.start_utc - HOUR, {})

    def order(count: int) -> KeptOrder:
        points = [
            Setpoint(span.start_utc + i * HOUR, 3600, Decimal("0.1"))
            for i in range(count)
        ]
        whole = replace(kept("schedule", *points).order, operating_day=day)
        return KeptOrder(whole, 1, span.start_utc - HOUR, "anna")

    assert len(planned(order(hours), at_hand).intervals) == hours
    assert refused(order(hours + 1), at_hand).code == "dispatch.outside_day"


def test_what_a_battery_can_just_do_is_planned() -> None:
    to_the_brim = [setpoint(21, "5"), setpoint(22, "5"), setpoint(23, "-5")]

    plan = planned(kept("schedule", *to_the_brim))

    assert plain(plan.intervals[1].stored_at_end_kwh) == "10"


def test_a_schedule_may_begin_when_it_came_and_not_before() -> None:
    begin = setpoint(1, "1").start_utc

    in_time = kept("schedule", setpoint(1, "1"), received_at=begin)
    late = kept("schedule", setpoint(1, "1"), received_at=begin + MOMENT)

    assert planned(in_time)
    assert refused(late).code == "dispatch.in_the_past"


def test_an_order_may_say_how_full_the_battery_is() -> None:
    give = setpoint(1, "-5")

    plan = planned(kept("schedule", give, start_soc="1"))

    assert plan.intervals[0].stored_at_end_kwh == Decimal("4.444444")  # 10 - 5 / 0.9
    assert refused(kept("schedule", give)).code == "dispatch.level"
    too_low = kept("schedule", give, start_soc="0.0999")
    assert refused(too_low).code == "dispatch.start"
    assert refused(kept("cheapest", start_soc="0")).code == "dispatch.start"


def test_the_cheapest_plan_covers_the_day_it_has_prices_for() -> None:
    plan = planned(kept("cheapest"))

    assert powers(points_of(plan)) == ["5", "5", "-5", "-3.1"]
    assert sum(i.cost or 0 for i in plan.intervals) == Decimal("-1.37")


def test_a_plan_ordered_within_a_day_covers_the_hours_that_are_left() -> None:
    received_at = MIDNIGHT + HOUR / 2
    order = kept("cheapest", received_at=received_at)

    plan = planned(order, day_of(FOUR, now=received_at))

    assert points_of(plan)[0].start_utc == MIDNIGHT + HOUR
    assert powers(points_of(plan)) == ["5", "-4.05", "0"]


def test_an_order_waits_for_prices_until_its_day_begins() -> None:
    order = kept("cheapest")
    early, late = day_of(now=MIDNIGHT - MOMENT), day_of(now=MIDNIGHT)

    assert is_waiting(refused(order, early), early)
    assert not is_waiting(refused(order, late), late)
    assert refused(order, late).code == "dispatch.no_prices"


def test_no_plan_is_made_once_its_first_interval_has_begun() -> None:
    order = kept("cheapest")

    assert planned(order, day_of(FOUR, now=MIDNIGHT - MOMENT))
    assert refused(order, day_of(FOUR, now=MIDNIGHT)).code == "dispatch.too_late"


def test_a_plan_follows_new_prices_until_it_begins_and_then_stands() -> None:
    order = kept("cheapest", submission_id=7)
    before = points_of(planned(order))
    revised = prices("0.30", "0.20", "0.10", "0.05")

    def again(now_seconds: int) -> list[str]:
        now = MIDNIGHT + now_seconds * MOMENT
        day = day_of(revised, now=now, standing={7: before})
        return powers(points_of(planned(order, day)))

    assert again(-1) == ["0", "0", "0", "0"]
    assert again(0) == ["5", "5", "-5", "-3.1"]


def test_a_plan_that_stands_ends_when_consent_or_limits_do() -> None:
    order = kept("cheapest", submission_id=7)
    day = day_of(FOUR, now=MIDNIGHT, standing={7: points_of(planned(order))})
    weaker = replace(BATTERY, max_charge_kw=Decimal(4))
    forbidden = replace(BATTERY, allows_control=False)

    assert refused(order, day, weaker).code == "dispatch.power"
    assert refused(order, day, forbidden).code == "dispatch.not_allowed"


def test_a_battery_that_cannot_reach_its_end_has_no_plan() -> None:
    far = replace(BATTERY, end_soc=Decimal(1))

    finding = refused(kept("cheapest"), day_of(prices("0.10")), far)

    assert finding.code == "dispatch.impossible"
    assert "its limits leave none" in str(finding)
