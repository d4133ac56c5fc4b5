"""How full a battery is expected to be when something else is ordered of its day."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.cli.dispatch_desk import DispatchDesk
from ter_pipelines.dispatch.orders import CANCEL, CHEAPEST, SCHEDULE, Order, Setpoint
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import HOUR, day_span
from ter_pipelines.vocab.errors import InputError
from tests.assets.conftest import Installation
from tests.assets.dispatching import DEVICE, Dispatching

MINUTE = timedelta(minutes=1)


@pytest.fixture
def at_work(installation: Installation) -> Dispatching:
    """Give an installation whose one battery may be controlled."""
    found = Dispatching(installation)
    found.enrol()
    return found


def midnight(at_work: Dispatching) -> datetime:
    return day_span(at_work.day, at_work.installation.programme.zone).start_utc


def desk_at(at_work: Dispatching, now: datetime) -> DispatchDesk:
    found = at_work.installation
    return DispatchDesk(found.lake, found.registry, found.programme, now)


def stated(at_work: Dispatching, now: datetime, **said: str) -> Decimal | None:
    """Order the cheapest plan at an instant; give the charge it begins with."""
    soc = Decimal(said["start_soc"]) if said else None
    order = Order(CHEAPEST, *DEVICE, at_work.day, soc)
    (found,) = desk_at(at_work, now).stated([order])
    return found.start_soc


def plan(at_work: Dispatching) -> None:
    at_work.installation.run(
        "dispatch_batteries", at_work.day, at_work.day, only=[tables.DISPATCH_PLAN]
    )


@pytest.mark.parametrize(
    ("minutes", "soc"),
    [
        (-1, "0.1"),
        (0, "0.1"),
        (30, "0.325"),  # 1 kWh and half of 5 x 0.9
        (60, "0.55"),
        (119, "0.9925"),
        (120, "1"),
        (150, "0.7222"),  # 10 kWh less half of 5 / 0.9
        (600, "0.4444"),
    ],
)
def test_an_order_within_a_day_begins_with_what_the_plan_has_stored_by_then(
    at_work: Dispatching, minutes: int, soc: str
) -> None:
    at_work.order("schedule", "5", "5", "-5")
    plan(at_work)

    assert stated(at_work, midnight(at_work) + minutes * MINUTE) == Decimal(soc)


def test_a_second_cheapest_plan_does_not_give_the_morning_away(
    at_work: Dispatching,
) -> None:
    at_work.publish_prices()
    at_work.order("cheapest")
    plan(at_work)
    desk = desk_at(at_work, midnight(at_work) + 2 * HOUR - MINUTE)

    (rows,) = desk.planned(desk.stated([Order(CHEAPEST, *DEVICE, at_work.day)]))

    # 10 kWh less the last minute of charging, of which all above 9.925 is kept.
    given = sum(row["energy_kwh"] for row in rows)
    assert float(given) == pytest.approx(0)
    assert rows[0]["stored_at_end_kwh"] > 9


def test_a_schedule_within_a_day_begins_with_that_too(at_work: Dispatching) -> None:
    at_work.order("schedule", "5", "5")
    plan(at_work)
    begin = midnight(at_work) + 3 * HOUR
    give = Setpoint(begin, 3600, Decimal(-5))

    (found,) = desk_at(at_work, begin - MINUTE).stated(
        [Order(SCHEDULE, *DEVICE, at_work.day, None, (give,))]
    )

    assert found.start_soc == Decimal(1)


def test_what_an_operator_says_of_the_charge_holds(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    plan(at_work)

    said = stated(at_work, midnight(at_work) + HOUR, start_soc="0.3")

    assert said == Decimal("0.3")


def test_a_battery_that_was_ordered_nothing_begins_with_what_is_enrolled(
    at_work: Dispatching,
) -> None:
    assert stated(at_work, midnight(at_work) + HOUR) == Decimal("0.1")


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_without_a_plan_to_go_by_an_order_within_a_day_must_say_it(
    at_work: Dispatching, *, is_cancelled: bool
) -> None:
    at_work.order("schedule", "5")
    if is_cancelled:
        plan(at_work)
        at_work.order(CANCEL)
        plan(at_work)

    with pytest.raises(InputError, match=r"expected how full .* \(--start-soc"):
        stated(at_work, midnight(at_work) + HOUR)
    assert stated(at_work, midnight(at_work) - HOUR) == Decimal("0.1")
