"""What has begun stands, and what is over is not withdrawn."""

from datetime import datetime, timedelta

import pytest

from ter_pipelines.assets.dispatch_events import find_untold
from ter_pipelines.dispatch.events import ends_at
from ter_pipelines.dispatch.plan import make_plan
from ter_pipelines.dispatch_inputs import day_at_hand
from ter_pipelines.registry.dispatch_orders import enrolled_batteries, orders_of_day
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from tests.assets.conftest import Installation
from tests.assets.dispatching import DEVICE, Dispatching

SECOND = timedelta(seconds=1)
SPEAKING = frozenset(["ven-1"])


@pytest.fixture
def at_work(installation: Installation) -> Dispatching:
    """Give an installation whose one battery may be controlled."""
    found = Dispatching(installation)
    found.enrol()
    found.put_on_roster()
    return found


def test_an_event_that_is_over_is_not_withdrawn(at_work: Dispatching) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()
    (event,) = at_work.rows(tables.DISPATCH_EVENT)
    at_work.order("cancel")
    at_work.installation.run(
        "dispatch_batteries", at_work.day, at_work.day, only=[tables.DISPATCH_PLAN]
    )

    def stale(now: datetime) -> list[str]:
        lake, programme = at_work.installation.lake, at_work.installation.programme
        span = day_span(at_work.day, programme.zone)
        statuses = at_work.installation.vtn.events(span)
        found = find_untold(lake, programme, (at_work.day, now), SPEAKING, statuses)
        return [finding.code for finding in found]

    end = ends_at(event["body"])
    assert stale(end - SECOND) == ["dispatch.not_withdrawn"]
    assert stale(end) == []


def test_a_plan_that_has_begun_stands_though_prices_change(
    at_work: Dispatching,
) -> None:
    installation = at_work.installation
    at_work.order("cheapest")
    at_work.publish_prices()
    at_work.dispatch()
    at_work.publish_prices(first="0.40", rest="0.10")
    (kept,) = orders_of_day(installation.registry, at_work.day)
    battery = enrolled_batteries(installation.registry)[DEVICE]
    begin = day_span(at_work.day, installation.programme.zone).start_utc

    def powers(now: datetime) -> list[str]:
        day = day_at_hand(installation.lake, at_work.day, installation.programme, now)
        plan = make_plan(kept, battery, day)
        assert plan is not None
        return [f"{interval.setpoint.power_kw:f}" for interval in plan.intervals]

    assert powers(begin) == at_work.powers()
    assert powers(begin - SECOND) != at_work.powers()
