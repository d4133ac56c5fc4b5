"""Schedules: fetch prices, look at VENs and the data custodian, close the month."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import dagster as dg

from ter_pipelines.assets.jobs import close_month, fetch_prices, look_at_vens
from ter_pipelines.assets.share_my_data import look_at_share_my_data
from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.price_feed import PriceFeed
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, month_of, operating_day_of
from ter_pipelines.vocab.programme import Programme

RETRY_EVERY = timedelta(minutes=10)
LOOK_AT_VENS = "10 * * * *"
LOOK_AT_SHARE_MY_DATA = "40 * * * *"


def cron_lines(first: time, last: time, every: timedelta = RETRY_EVERY) -> list[str]:
    """Give the cron lines of every moment from first to last, both included.

    >>> cron_lines(time(16, 30), time(17, 0), timedelta(minutes=15))
    ['30,45 16 * * *', '0 17 * * *']
    """
    by_hour: dict[int, list[int]] = {}
    moment = datetime.combine(date.min, first)
    end = datetime.combine(date.min, last)
    while moment < end:
        by_hour.setdefault(moment.hour, []).append(moment.minute)
        moment += every
    by_hour.setdefault(end.hour, []).append(end.minute)
    return [
        f"{','.join(str(minute) for minute in minutes)} {hour} * * *"
        for hour, minutes in by_hour.items()
    ]


def last_month(today: date) -> str:
    """Name the calendar month before the one of a day.

    >>> last_month(date(2026, 1, 3))
    '2025-12'
    """
    return month_of(today.replace(day=1) - DAY)


def build_schedules(programme: Programme) -> Sequence[dg.ScheduleDefinition]:
    """Make the programme's schedules, switched on."""
    return [
        _fetch_next_day_prices(programme),
        _look_at_vens_hourly(programme),
        _look_at_share_my_data_hourly(),
        _close_last_month(programme),
    ]


def _fetch_next_day_prices(programme: Programme) -> dg.ScheduleDefinition:
    @dg.schedule(
        job=fetch_prices,
        cron_schedule=cron_lines(
            programme.fetch_prices_at, programme.fetch_prices_until
        ),
        execution_timezone=programme.zone.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Fetches tomorrow's price file, again and again until it is there.",
    )
    def fetch_next_day_prices(
        context: dg.ScheduleEvaluationContext,
        price_feed: dg.ResourceParam[PriceFeed],
        registry: dg.ResourceParam[Registry],
    ) -> dg.RunRequest | dg.SkipReason:
        now = context.scheduled_execution_time
        tomorrow = operating_day_of(now, programme.zone) + DAY
        if not price_feed.is_set:
            return dg.SkipReason("No price feed is set (TER_PRICE_FEED_URL).")
        if registry.price_submissions_of(tomorrow):
            return dg.SkipReason(f"Prices of {tomorrow} are here.")
        return dg.RunRequest(
            run_key=f"{tomorrow} {now:%H:%M}", partition_key=str(tomorrow)
        )

    return fetch_next_day_prices


def _look_at_vens_hourly(programme: Programme) -> dg.ScheduleDefinition:
    @dg.schedule(
        job=look_at_vens,
        cron_schedule=LOOK_AT_VENS,
        execution_timezone=programme.zone.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Looks at how VENs take part in yesterday, today and, once they "
        "were told of it, tomorrow.",
    )
    def look_at_vens_hourly(
        context: dg.ScheduleEvaluationContext, lake: dg.ResourceParam[Lake]
    ) -> dg.RunRequest:
        now = context.scheduled_execution_time
        today = operating_day_of(now, programme.zone)
        first = max(today - DAY, programme.first_operating_day)
        tomorrow_is_told = any(
            lake.stored(events, today + DAY)
            for events in (tables.PRICE_EVENT, tables.DISPATCH_EVENT)
        )
        last = today + DAY if tomorrow_is_told else today
        return dg.RunRequest(
            run_key=f"{now.astimezone(UTC):%Y-%m-%d %H}",
            tags={RANGE_START_TAG: str(first), RANGE_END_TAG: str(last)},
        )

    return look_at_vens_hourly


def _look_at_share_my_data_hourly() -> dg.ScheduleDefinition:
    @dg.schedule(
        job=look_at_share_my_data,
        cron_schedule=LOOK_AT_SHARE_MY_DATA,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Asks the data custodian, where there is one, whether it is "
        "online; a red run says that it is not, or that our certificate ends soon.",
    )
    def look_at_share_my_data_hourly(
        context: dg.ScheduleEvaluationContext,
        share_my_data: dg.ResourceParam[ShareMyData],
    ) -> dg.RunRequest | dg.SkipReason:
        if not share_my_data.is_set:
            return dg.SkipReason("Share My Data is not set.")
        hour = context.scheduled_execution_time.astimezone(UTC)
        return dg.RunRequest(run_key=f"{hour:%Y-%m-%d %H}")

    return look_at_share_my_data_hourly


def _close_last_month(programme: Programme) -> dg.ScheduleDefinition:
    at = programme.close_month_at

    @dg.schedule(
        job=close_month,
        cron_schedule=f"{at.minute} {at.hour} {programme.close_month_day} * *",
        execution_timezone=programme.zone.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Settles and states the month that ended and writes its CMEP file.",
    )
    def close_last_month(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        today = operating_day_of(context.scheduled_execution_time, programme.zone)
        month = last_month(today)
        return dg.RunRequest(run_key=month, partition_key=f"{month}-01")

    return close_last_month
