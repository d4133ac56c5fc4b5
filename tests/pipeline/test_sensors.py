"""Sensors ask for what is missing: once, all of it, and again if it was not done."""

import json
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from ter_pipelines.sensors.asking import ASK_AGAIN_AFTER_SECONDS
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, operating_day_of
from tests.assets.conftest import Installation
from tests.pipeline.daemon import QUIET_SECONDS, Daemon
from tests.pipeline.test_dagster_storage import WITHOUT_A_QUEUE
from vtn_service.contract import VenStatus

NOV_3, NOV_4, NOV_5, NOV_6 = (date(2025, 11, n) for n in (3, 4, 5, 6))
ONE_METER = (
    '{"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"}]}'
)
NONE_AT_ALL = '{"meters": []}'


@pytest.fixture
def daemon(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> Daemon:
    return Daemon(installation, code_location, dg.DagsterInstance.ephemeral())


@pytest.fixture
def metered(daemon: Daemon) -> Daemon:
    """Give an installation with one meter, and a day's report not yet read."""
    daemon.installation.post_meters(ONE_METER)
    daemon.installation.run("map_meters", "", "")
    daemon.installation.report(NOV_3, ["1.000"] * 24)
    return daemon


def written_to(seen: dg.SensorResult) -> dict[str, int]:
    """Read from a sensor's cursor how far everything is written."""
    found: dict[str, int] = json.loads(seen.cursor or "{}")
    found.pop("cmep_in", None)
    return found


def test_prices_that_arrived_are_asked_for_by_contiguous_days(daemon: Daemon) -> None:
    for day in (NOV_3, NOV_4, NOV_6):
        daemon.installation.post_prices(day, ["0.10"] * 24)

    assert daemon.ranges("prices_arrived") == [
        ("2025-11-03", "2025-11-04"),
        ("2025-11-06", "2025-11-06"),
    ]


def test_published_prices_are_left_alone_until_they_are_revised(
    daemon: Daemon,
) -> None:
    daemon.installation.post_prices(NOV_3, ["0.10"] * 24)
    daemon.installation.run("publish_prices", NOV_3, NOV_3)
    quiet = daemon.look("prices_arrived")

    daemon.installation.post_prices(NOV_3, ["0.20"] * 24)

    assert quiet.run_requests == []
    assert daemon.ranges("prices_arrived") == [("2025-11-03", "2025-11-03")]


def test_prices_after_tomorrow_wait(daemon: Daemon) -> None:
    daemon.instant = datetime(2025, 11, 3, 4, 59, tzinfo=UTC)  # 2 November, 23:59
    daemon.installation.post_prices(NOV_4, ["0.10"] * 24)

    before = daemon.ranges("prices_arrived")
    daemon.instant += timedelta(minutes=1)

    assert before == []
    assert daemon.ranges("prices_arrived") == [("2025-11-04", "2025-11-04")]


def test_a_ven_that_joins_is_told_todays_prices(daemon: Daemon) -> None:
    today = publish_today(daemon)
    without = daemon.ranges("prices_arrived")

    daemon.installation.vtn.roster.append(VenStatus("ven-1", "", is_enabled=True))
    joined = daemon.ranges("prices_arrived")
    daemon.installation.run("publish_prices", today, today)

    assert without == []
    assert joined == [(str(today), str(today))]
    assert daemon.ranges("prices_arrived") == []


def test_a_disabled_ven_is_not_waited_for(daemon: Daemon) -> None:
    publish_today(daemon)

    daemon.installation.vtn.roster.append(VenStatus("ven-1", "", is_enabled=False))

    assert daemon.ranges("prices_arrived") == []


def test_the_same_work_is_asked_for_again_only_in_the_next_quarter_hour(
    daemon: Daemon,
) -> None:
    daemon.instant = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    daemon.installation.post_prices(NOV_3, ["0.10"] * 24)

    first = daemon.keys("prices_arrived")
    daemon.instant += timedelta(seconds=ASK_AGAIN_AFTER_SECONDS - 1)
    same = daemon.keys("prices_arrived")
    daemon.instant += timedelta(seconds=1)
    later = daemon.keys("prices_arrived")

    assert len(first) == 1
    assert same == first
    assert later != first


def test_other_work_is_asked_for_at_once(daemon: Daemon) -> None:
    daemon.instant = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    daemon.installation.post_prices(NOV_3, ["0.10"] * 24)
    first = daemon.keys("prices_arrived")

    daemon.installation.post_prices(NOV_3, ["0.20"] * 24)

    assert daemon.keys("prices_arrived") != first


@pytest.mark.parametrize("status", WITHOUT_A_QUEUE)
@pytest.mark.parametrize(
    ("sensor", "job"),
    [
        ("prices_arrived", "publish_prices"),
        ("meters_arrived", "map_meters"),
        ("usage_arrived", "settle_usage"),
        ("month_is_over", "close_month"),
        ("month_is_over", "settle_usage"),
    ],
)
def test_while_a_run_is_under_way_nothing_is_asked_for(
    daemon: Daemon, sensor: str, job: str, status: dg.DagsterRunStatus
) -> None:
    daemon.installation.post_prices(NOV_3, ["0.10"] * 24)
    daemon.installation.post_meters(NONE_AT_ALL)
    daemon.instance.add_run(dg.DagsterRun(job_name=job, status=status))

    seen = daemon.look(sensor)

    assert seen.run_requests == []
    assert f"A run of {job} is under way" in str(seen.skip_reason)


def test_a_failed_run_is_not_waited_for(daemon: Daemon) -> None:
    daemon.installation.post_prices(NOV_3, ["0.10"] * 24)
    failed = dg.DagsterRun(
        job_name="publish_prices", status=dg.DagsterRunStatus.FAILURE
    )
    daemon.instance.add_run(failed)

    assert daemon.ranges("prices_arrived") == [("2025-11-03", "2025-11-03")]


def test_a_meter_list_is_mapped_once(daemon: Daemon) -> None:
    nothing = daemon.look("meters_arrived")
    daemon.installation.post_meters(ONE_METER)
    arrived = daemon.look("meters_arrived")
    daemon.installation.run("map_meters", "", "")
    mapped = daemon.look("meters_arrived")

    assert nothing.skip_reason == dg.SkipReason("No meter list has arrived.")
    assert len(arrived.run_requests or []) == 1
    assert mapped.skip_reason == dg.SkipReason("The newest meter list is mapped.")


def test_usage_waits_for_the_first_meter_list(daemon: Daemon) -> None:
    daemon.installation.report(NOV_3, ["1.000"] * 24)

    seen = daemon.look("usage_arrived")

    assert seen.run_requests == []
    assert "No meter list has arrived" in str(seen.skip_reason)


def test_a_report_is_asked_for_until_it_is_written_and_then_no_more(
    metered: Daemon,
) -> None:
    first = metered.look("usage_arrived")
    died = metered.ranges("usage_arrived", first.cursor)
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    written = metered.look("usage_arrived", first.cursor)
    cursor_was_lost = metered.look("usage_arrived", "0")

    assert written_to(first) == {"report": 0, "file": 0, "reading": 0}
    assert died == [("2025-11-03", "2025-11-03")]
    for seen in (written, cursor_was_lost):
        assert seen.run_requests == []
        assert written_to(seen)["report"] == 1
        assert seen.skip_reason == dg.SkipReason(
            "Every report up to 1 is settled, and every file up to 0, meter reading "
            "up to 0."
        )


def test_a_report_between_run_and_cursor_is_not_lost(metered: Daemon) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    metered.installation.report(NOV_5, ["1.000"] * 24)

    seen = metered.look("usage_arrived", "0")

    assert written_to(seen)["report"] == 1
    assert metered.ranges("usage_arrived", "0") == [("2025-11-05", "2025-11-05")]


def test_a_revised_price_and_another_meter_map_ask_for_the_day_again(
    metered: Daemon,
) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    metered.installation.post_prices(NOV_3, ["0.20"] * 24)
    metered.installation.run("publish_prices", NOV_3, NOV_3)
    priced = metered.ranges("usage_arrived", "1")
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    settled = metered.ranges("usage_arrived", "1")
    metered.installation.post_meters(
        ONE_METER.replace("M1", "M2").replace(
            "}]", ', "valid_from": "2025-11-03T12:00:00Z"}]'
        )
    )
    metered.installation.run("map_meters", "", "")

    assert priced == [("2025-11-03", "2025-11-03")]
    assert settled == []
    assert metered.ranges("usage_arrived", "1") == [("2025-11-03", "2025-11-03")]


def test_a_closed_month_waits_for_its_days_and_for_quiet(metered: Daemon) -> None:
    prices = ["0.10"] * 24
    metered.installation.post_prices(NOV_3, prices)
    metered.installation.run("publish_prices", NOV_3, NOV_3)
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    metered.installation.post_prices(NOV_3, ["0.20"] * 24)
    metered.installation.run("publish_prices", NOV_3, NOV_3)
    stale = metered.look("month_is_over")
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    written = metered.installation.lake.written_at(tables.SETTLED_HOUR, NOV_3)
    metered.instant = written + timedelta(seconds=QUIET_SECONDS - 1)
    loud = metered.look("month_is_over")
    metered.instant = written + timedelta(seconds=QUIET_SECONDS)
    quiet = metered.look("month_is_over").run_requests or []
    metered.installation.run("close_month", "2025-11-01", "2025-11-01")
    done = metered.look("month_is_over")

    assert "Days of usage are waiting" in str(stale.skip_reason)
    assert "Waiting for 600 s without usage" in str(loud.skip_reason)
    assert [request.partition_key for request in quiet] == ["2025-11-01"]
    assert done.skip_reason == dg.SkipReason("Every closed month is settled.")


def test_on_the_closing_date_the_schedule_goes_first(metered: Daemon) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    closing = datetime(2025, 12, 3, 11, 0, tzinfo=UTC)

    metered.instant = closing + timedelta(seconds=QUIET_SECONDS - 1)
    before = metered.look("month_is_over")
    metered.instant += timedelta(seconds=1)
    after = metered.look("month_is_over")

    assert before.skip_reason == dg.SkipReason("Every closed month is settled.")
    assert after.skip_reason != before.skip_reason


def publish_today(daemon: Daemon) -> date:
    """Publish the prices of the day it is."""
    zone = daemon.installation.programme.zone
    today = operating_day_of(daemon.instant, zone)
    prices = ["0.10"] * len(interval_starts_utc(today, zone))
    daemon.installation.post_prices(today, prices)
    daemon.installation.run("publish_prices", today, today)
    return today
