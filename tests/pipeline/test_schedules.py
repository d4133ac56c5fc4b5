"""Schedules: tomorrow's prices until they are there, VENs, last month once over."""

from datetime import UTC, date, datetime, time

import dagster as dg
import pytest

from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.resources.price_feed import PriceFeed
from ter_pipelines.schedules import build_schedules, cron_lines, last_month
from ter_pipelines.settings import read_settings
from ter_pipelines.vocab.clock import DAY, interval_starts_utc, operating_day_of
from tests.assets.conftest import Installation
from tests.assets.dispatching import Dispatching
from vtn_service.contract import VenStatus

PROGRAMME = read_settings({}).read_programme()
A_FEED = PriceFeed("http://127.0.0.1:9/{yyyymmdd}.csv")
NO_FEED = PriceFeed("")


def schedule(name: str) -> dg.ScheduleDefinition:
    (found,) = (s for s in build_schedules(PROGRAMME) if s.name == name)
    return found


def requested(
    name: str,
    instant: datetime,
    code_location: dg.RepositoryDefinition,
    **resources: object,
) -> tuple[list[str | None], str | None]:
    """Evaluate a schedule; give the partitions it asks for, or why none."""
    context = dg.build_schedule_context(
        scheduled_execution_time=instant.astimezone(PROGRAMME.zone),
        resources=resources,
        repository_def=code_location,
    )
    with context:
        tick = schedule(name).evaluate_tick(context)
    keys = [request.partition_key for request in tick.run_requests or []]
    return keys, tick.skip_message


def test_prices_are_looked_for_every_ten_minutes_from_half_past_four_to_six() -> None:
    fetch = schedule("fetch_next_day_prices")

    assert fetch.cron_schedule == [
        "30,40,50 16 * * *",
        "0,10,20,30,40,50 17 * * *",
        "0 18 * * *",
    ]
    assert fetch.execution_timezone == "America/New_York"
    assert fetch.default_status is dg.DefaultScheduleStatus.RUNNING


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        (time(16, 0), time(16, 5), ["0,5 16 * * *"]),
        (time(16, 55), time(17, 10), ["55 16 * * *", "5,10 17 * * *"]),
        (time(23, 50), time(23, 59), ["50,59 23 * * *"]),
    ],
)
def test_the_first_and_the_last_moment_are_looked_at(
    first: time, last: time, lines: list[str]
) -> None:
    assert cron_lines(first, last) == lines


@pytest.mark.parametrize(
    ("instant", "tomorrow"),
    [
        (datetime(2025, 11, 1, 20, 30, tzinfo=UTC), "2025-11-02"),
        (datetime(2025, 11, 2, 21, 30, tzinfo=UTC), "2025-11-03"),
        (datetime(2026, 3, 7, 23, 0, tzinfo=UTC), "2026-03-08"),
        (datetime(2026, 3, 8, 22, 0, tzinfo=UTC), "2026-03-09"),
        (datetime(2025, 12, 31, 21, 30, tzinfo=UTC), "2026-01-01"),
    ],
)
def test_it_is_tomorrow_in_the_programmes_zone_that_is_fetched(
    installation: Installation,
    code_location: dg.RepositoryDefinition,
    instant: datetime,
    tomorrow: str,
) -> None:
    keys, _ = requested(
        "fetch_next_day_prices",
        instant,
        code_location,
        price_feed=A_FEED,
        registry=installation.registry,
    )

    assert keys == [tomorrow]


def test_prices_that_are_here_are_not_fetched(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> None:
    installation.post_prices(date(2025, 11, 3), ["0.10"] * 24)
    look = {"price_feed": A_FEED, "registry": installation.registry}

    here = requested(
        "fetch_next_day_prices",
        datetime(2025, 11, 2, 21, 30, tzinfo=UTC),
        code_location,
        **look,
    )
    not_here, _ = requested(
        "fetch_next_day_prices",
        datetime(2025, 11, 3, 21, 30, tzinfo=UTC),
        code_location,
        **look,
    )

    assert here == ([], "Prices of 2025-11-03 are here.")
    assert not_here == ["2025-11-04"]


def test_without_a_feed_nothing_is_fetched(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> None:
    keys, why = requested(
        "fetch_next_day_prices",
        datetime(2025, 11, 2, 21, 30, tzinfo=UTC),
        code_location,
        price_feed=NO_FEED,
        registry=installation.registry,
    )

    assert keys == []
    assert why is not None
    assert "TER_PRICE_FEED_URL" in why


@pytest.mark.parametrize(
    ("instant", "days"),
    [
        (datetime(2025, 11, 2, 4, 10, tzinfo=UTC), ("2025-11-01", "2025-11-02")),
        (datetime(2025, 11, 2, 3, 10, tzinfo=UTC), ("2025-10-31", "2025-11-01")),
        (datetime(2025, 11, 3, 4, 10, tzinfo=UTC), ("2025-11-01", "2025-11-02")),
        (datetime(2025, 11, 3, 5, 10, tzinfo=UTC), ("2025-11-02", "2025-11-03")),
    ],
)
def test_vens_are_looked_at_every_hour_for_yesterday_and_today(
    installation: Installation,
    code_location: dg.RepositoryDefinition,
    instant: datetime,
    days: tuple[str, str],
) -> None:
    asked = looked_at(installation, code_location, instant)

    assert schedule("look_at_vens_hourly").cron_schedule == "10 * * * *"
    assert asked == [days]


def test_vens_are_looked_at_for_tomorrow_once_they_were_told_of_it(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> None:
    tomorrow = operating_day_of(datetime.now(UTC), PROGRAMME.zone) + DAY
    installation.vtn.roster.append(VenStatus("ven-1", "", is_enabled=True))
    hours = len(interval_starts_utc(tomorrow, PROGRAMME.zone))
    installation.post_prices(tomorrow, ["0.10"] * hours)
    noon = datetime.combine(tomorrow - DAY, time(12), tzinfo=PROGRAMME.zone)

    before = looked_at(installation, code_location, noon)
    installation.run("publish_prices", tomorrow, tomorrow)
    after = looked_at(installation, code_location, noon)

    yesterday, today = str(tomorrow - 2 * DAY), str(tomorrow - DAY)
    assert (before, after) == ([(yesterday, today)], [(yesterday, str(tomorrow))])


def test_vens_are_looked_at_for_tomorrow_once_a_battery_was_told_of_it(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> None:
    at_work = Dispatching(installation)
    at_work.enrol()
    at_work.put_on_roster()
    at_work.order("schedule", "5")
    today = at_work.day - DAY
    noon = datetime.combine(today, time(12), tzinfo=PROGRAMME.zone)

    at_work.dispatch()

    span = (str(today - DAY), str(at_work.day))
    assert looked_at(installation, code_location, noon) == [span]


def test_no_day_before_the_programmes_first_is_looked_at(
    installation: Installation, code_location: dg.RepositoryDefinition
) -> None:
    first = PROGRAMME.first_operating_day
    noon = datetime.combine(first, time(12), tzinfo=PROGRAMME.zone)

    assert looked_at(installation, code_location, noon) == [(str(first), str(first))]


def looked_at(
    installation: Installation,
    code_location: dg.RepositoryDefinition,
    instant: datetime,
) -> list[tuple[str, str]]:
    """Evaluate the schedule of looks; give the first and last day it asks for."""
    context = dg.build_schedule_context(
        scheduled_execution_time=instant.astimezone(PROGRAMME.zone),
        resources={"lake": installation.lake},
        repository_def=code_location,
    )
    with context:
        tick = schedule("look_at_vens_hourly").evaluate_tick(context)
    return [
        (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG])
        for request in tick.run_requests or []
    ]


def test_the_month_is_closed_on_the_third_at_six() -> None:
    close = schedule("close_last_month")

    assert close.cron_schedule == "0 6 3 * *"
    assert close.execution_timezone == "America/New_York"
    assert close.default_status is dg.DefaultScheduleStatus.RUNNING


@pytest.mark.parametrize(
    ("instant", "partition"),
    [
        (datetime(2025, 12, 3, 11, 0, tzinfo=UTC), "2025-11-01"),
        (datetime(2026, 1, 3, 11, 0, tzinfo=UTC), "2025-12-01"),
        (datetime(2026, 3, 3, 11, 0, tzinfo=UTC), "2026-02-01"),
    ],
)
def test_the_month_before_is_what_is_closed(
    code_location: dg.RepositoryDefinition, instant: datetime, partition: str
) -> None:
    assert requested("close_last_month", instant, code_location)[0] == [partition]


def test_the_month_before_the_first_is_last_years() -> None:
    assert last_month(date(2026, 1, 1)) == "2025-12"
    assert last_month(date(2026, 12, 31)) == "2026-11"
