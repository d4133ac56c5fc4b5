"""The sensor of orders for batteries asks for what is not planned or told."""

import dagster as dg
import pytest

from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY
from tests.assets.conftest import Installation
from tests.assets.dispatching import Dispatching
from tests.pipeline.daemon import Daemon

SENSOR = "dispatch_ordered"


@pytest.fixture
def daemon(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> Daemon:
    return Daemon(installation, code_location, dg.DagsterInstance.ephemeral())


@pytest.fixture
def at_work(daemon: Daemon) -> Dispatching:
    found = Dispatching(daemon.installation)
    found.enrol()
    found.put_on_roster()
    return found


def tomorrow(at_work: Dispatching) -> list[tuple[str, str]]:
    return [(str(at_work.day), str(at_work.day))]


def test_nothing_is_asked_for_until_something_is_ordered(
    daemon: Daemon, at_work: Dispatching
) -> None:
    at_work.publish_prices()

    assert "ever ordered" in str(daemon.look(SENSOR).skip_reason)


def test_an_order_is_asked_for_until_it_is_told(
    daemon: Daemon, at_work: Dispatching
) -> None:
    at_work.order("schedule", "5")
    asked = daemon.ranges(SENSOR)
    at_work.installation.run(
        "dispatch_batteries", at_work.day, at_work.day, only=[tables.DISPATCH_PLAN]
    )
    untold = daemon.ranges(SENSOR)

    at_work.dispatch()

    assert (asked, untold) == (tomorrow(at_work), tomorrow(at_work))
    assert daemon.ranges(SENSOR) == []


def test_prices_that_change_ask_for_another_plan(
    daemon: Daemon, at_work: Dispatching
) -> None:
    at_work.order("cheapest")
    at_work.dispatch()
    waiting = daemon.ranges(SENSOR)

    at_work.publish_prices()

    assert waiting == []
    assert daemon.ranges(SENSOR) == tomorrow(at_work)


def test_consent_that_changes_asks_for_every_day_that_has_orders(
    daemon: Daemon, at_work: Dispatching
) -> None:
    at_work.order("schedule", "5")
    at_work.dispatch()

    at_work.enrol(allows_control=False)

    assert daemon.ranges(SENSOR) == tomorrow(at_work)


def test_a_ven_that_may_speak_at_last_is_to_be_told(
    daemon: Daemon, at_work: Dispatching
) -> None:
    at_work.put_on_roster(is_enabled=False)
    at_work.order("schedule", "5")
    at_work.dispatch()
    disabled = daemon.ranges(SENSOR)

    at_work.put_on_roster()

    assert disabled == []
    assert daemon.ranges(SENSOR) == tomorrow(at_work)


def test_a_day_that_is_over_or_later_than_tomorrow_is_not_asked_for(
    daemon: Daemon, at_work: Dispatching
) -> None:
    at_work.order("schedule", "5")

    daemon.instant += 2 * DAY
    over = daemon.ranges(SENSOR)
    daemon.instant -= 3 * DAY
    later = daemon.ranges(SENSOR)

    assert (over, later) == ([], [])
