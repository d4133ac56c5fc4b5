"""A day's CMEP file is asked for once the day is over and nothing changes it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ter_pipelines import freshness
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.assets.cmep_days import DAYS, correct, settle_days, wants
from tests.pipeline.daemon import QUIET_SECONDS, Daemon
from tests.pipeline.test_sensors import daemon

__all__ = ["daemon"]

ALL = [(str(DAYS[0]), str(DAYS[-1]))]


@pytest.fixture
def settled(daemon: Daemon) -> Daemon:
    """Settle three days of a partner that wants days, long ago."""
    wants(daemon.installation, CmepOut(daily=True))
    settle_days(daemon.installation)
    daemon.instant = written(daemon, DAYS[-1]) + timedelta(seconds=QUIET_SECONDS)
    return daemon


def written(daemon: Daemon, day: date) -> datetime:
    return daemon.installation.lake.written_at(tables.SETTLED_HOUR, day)


def export(daemon: Daemon) -> None:
    assert daemon.installation.run("export_days", DAYS[0], DAYS[-1]).success


def test_days_that_are_over_and_at_rest_are_asked_for_until_they_are_exported(
    settled: Daemon,
) -> None:
    before = settled.ranges("day_is_over")
    export(settled)

    assert before == ALL
    assert settled.ranges("day_is_over") == []


def test_a_partner_that_wants_no_days_is_left_alone(settled: Daemon) -> None:
    wants(settled.installation, CmepOut())

    assert settled.ranges("day_is_over") == []


def test_a_day_that_was_settled_a_moment_ago_waits(settled: Daemon) -> None:
    settled.instant -= timedelta(seconds=QUIET_SECONDS)

    assert settled.ranges("day_is_over") == []


def test_today_is_not_exported(settled: Daemon) -> None:
    programme = settled.installation.programme
    lake = settled.installation.lake
    evening = datetime(2025, 11, 3, 23, tzinfo=programme.zone).astimezone(UTC)

    days = freshness.find_unexported_days(lake, programme, evening, -(10**12))

    assert [day for day, _ in days] == DAYS[:2]
    days = freshness.find_unexported_days(lake, programme, evening + DAY, -(10**12))
    assert [day for day, _ in days] == DAYS


def test_a_corrected_day_and_those_after_it_are_asked_for_again(
    settled: Daemon,
) -> None:
    export(settled)
    correct(settled.installation)
    settled.instant = written(settled, DAYS[0]) + timedelta(seconds=QUIET_SECONDS)

    assert settled.ranges("day_is_over") == ALL


def test_without_registers_a_corrected_day_is_asked_for_alone(settled: Daemon) -> None:
    wants(settled.installation, CmepOut(daily=True, registers="none"))
    export(settled)
    correct(settled.installation)
    settled.instant = written(settled, DAYS[0]) + timedelta(seconds=QUIET_SECONDS)

    assert settled.ranges("day_is_over") == [(str(DAYS[0]), str(DAYS[0]))]
    programme = replace(settled.installation.programme, cmep_out=CmepOut())
    lake = settled.installation.lake
    assert freshness.find_unexported_days(lake, programme, settled.instant, 0) == []
