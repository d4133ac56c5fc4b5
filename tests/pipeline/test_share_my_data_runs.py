"""The custodian's notifications are asked for once, and failures again in time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from ter_pipelines.noticed import noticed
from ter_pipelines.schedules import build_schedules
from tests.assets.conftest import NO_CUSTODIAN, Installation
from tests.assets.test_share_my_data import tell
from tests.pipeline.daemon import Daemon
from tests.resources.custodian_at_work import (
    BULK,
    CustodianAtWork,
    Reply,
    custodian_at_work,
)

SENSOR = "notices_arrived"
JOB = "fetch_noticed_feeds"


@pytest.fixture
def daemon(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> Daemon:
    return Daemon(installation, code_location, dg.DagsterInstance.ephemeral())


@pytest.fixture
def custodian(tmp_path: Path, installation: Installation) -> Iterator[CustodianAtWork]:
    with custodian_at_work(tmp_path) as at_work:
        installation.custodian = at_work.client()
        yield at_work


def test_nothing_is_asked_for_while_the_feature_is_off(daemon: Daemon) -> None:
    tell(daemon.installation, "https://api.example.org/Batch/Bulk/7")

    told = daemon.look(SENSOR)

    assert told.run_requests == []
    assert told.skip_reason is not None
    assert "not set" in str(told.skip_reason)


def test_a_notification_is_asked_for_until_it_is_read(
    daemon: Daemon, custodian: CustodianAtWork
) -> None:
    nothing = daemon.keys(SENSOR)
    tell(daemon.installation, custodian.uri("a-1"))
    first, again = daemon.keys(SENSOR), daemon.keys(SENSOR)
    daemon.installation.run(JOB, "", "")

    assert nothing == []
    assert len(first) == 1
    assert again == first
    assert daemon.keys(SENSOR) == []


def test_a_feed_that_failed_is_asked_for_when_its_time_has_come(
    daemon: Daemon, custodian: CustodianAtWork
) -> None:
    custodian.answers[BULK] = Reply(500)
    tell(daemon.installation, custodian.uri("a-1"))
    daemon.installation.run(JOB, "", "")
    (row,) = noticed(daemon.installation.lake)
    assert row.attempted_at is not None

    daemon.instant = row.attempted_at + timedelta(seconds=59)
    before = daemon.keys(SENSOR)
    daemon.instant = row.attempted_at + timedelta(seconds=60)

    assert before == []
    assert len(daemon.keys(SENSOR)) == 1


def test_what_was_refused_is_not_asked_for_again(
    daemon: Daemon, custodian: CustodianAtWork
) -> None:
    tell(daemon.installation, "https://evil.example/")
    daemon.installation.run(JOB, "", "")

    daemon.instant += timedelta(days=30)

    assert daemon.keys(SENSOR) == []
    assert custodian.asked == []


def test_the_service_is_looked_at_every_hour_where_there_is_one(
    installation: Installation,
    custodian: CustodianAtWork,
    code_location: dg.RepositoryDefinition,
) -> None:
    (schedule,) = (
        s
        for s in build_schedules(installation.programme)
        if s.name == "look_at_share_my_data_hourly"
    )
    asked = []
    for client in (NO_CUSTODIAN, custodian.client()):
        with dg.build_schedule_context(
            scheduled_execution_time=datetime(2025, 11, 2, 5, 40, tzinfo=UTC),
            resources={"share_my_data": client},
            repository_def=code_location,
        ) as context:
            tick = schedule.evaluate_tick(context)
        asked.append([request.run_key for request in tick.run_requests or []])

    assert schedule.cron_schedule == "40 * * * *"
    assert asked == [[], ["2025-11-02 05"]]
