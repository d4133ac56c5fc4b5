"""The sensor of accounts asks for what changed, and again where that was not done."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from ter_pipelines.vocab.clock import DAY
from tests.accounts.at_hand import summary
from tests.accounts.installed import NOV_1, NOV_3, Retail, retail
from tests.assets.conftest import Installation
from tests.pipeline.daemon import Daemon

SENSOR = "accounts_changed"
ALL_THREE = [("2025-11-01", "2025-11-03")]


@pytest.fixture
def daemon(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> Daemon:
    found = retail(installation)
    instance = dg.DagsterInstance.ephemeral()
    return Daemon(found.installation, code_location, instance)


@pytest.fixture
def at_work(daemon: Daemon) -> Retail:
    return Retail(daemon.installation)


def test_the_days_of_a_new_account_are_asked_for_until_they_are_made(
    daemon: Daemon, at_work: Retail
) -> None:
    at_work.make()
    at_work.make(account_number="2")
    asked = daemon.ranges(SENSOR)
    again = daemon.ranges(SENSOR)

    at_work.price(NOV_1, NOV_3)

    assert (asked, again) == (ALL_THREE, ALL_THREE)
    assert daemon.ranges(SENSOR) == []


def test_nothing_is_looked_through_again_until_something_changes(
    daemon: Daemon, at_work: Retail
) -> None:
    account_id = at_work.make()
    at_work.price(NOV_1, NOV_3)
    cursor = daemon.look(SENSOR).cursor

    quiet = daemon.look(SENSOR, cursor)
    at_work.change(account_id, rep="another")
    looked = daemon.look(SENSOR, cursor)
    at_work.change(account_id, capacity_tags=[])
    changed = daemon.ranges(SENSOR, looked.cursor)

    assert quiet.skip_reason is not None
    assert "Nothing changed" in str(quiet.skip_reason)
    assert looked.run_requests == []
    assert changed == ALL_THREE


def test_a_file_of_prices_asks_for_its_day(daemon: Daemon, at_work: Retail) -> None:
    at_work.make()
    at_work.price(NOV_1, NOV_3)
    cursor = daemon.look(SENSOR).cursor

    at_work.post_lmp(NOV_3, ["30"] * 24)

    assert daemon.ranges(SENSOR, cursor) == [("2025-11-03", "2025-11-03")]


def test_days_that_lost_their_usage_are_made_again(
    daemon: Daemon, at_work: Retail
) -> None:
    account_id = at_work.make()
    at_work.price(NOV_1, NOV_3)

    at_work.change(account_id, summary_usages=summary("2025-11-3", "2025-11-3", "24"))
    asked = daemon.ranges(SENSOR)
    at_work.price(NOV_1, NOV_3)

    assert asked == ALL_THREE
    assert at_work.energies(NOV_1) == []
    assert at_work.energies(NOV_3) == [1] * 24


def test_days_before_the_programme_and_after_tomorrow_are_not_asked_for(
    daemon: Daemon, at_work: Retail
) -> None:
    daemon.instant = datetime(2025, 11, 2, 12, tzinfo=UTC)
    first = at_work.installation.programme.first_operating_day
    usages = summary(str(first - 2 * DAY), "2025-11-30", "100")
    at_work.make(summary_usages_attributes=usages)

    assert daemon.ranges(SENSOR) == [
        (str(first), "2025-10-31"),  # a run takes a month at most
        ("2025-11-01", "2025-11-03"),
    ]


def test_without_a_market_the_sensor_says_so(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> None:
    daemon = Daemon(installation, code_location, dg.DagsterInstance.ephemeral())

    assert "TER_MARKET" in str(daemon.look(SENSOR).skip_reason)
