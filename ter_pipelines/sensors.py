"""Sensors: what arrived -> runs. They pick; they do not work.

Each asks `freshness` what is out of date and requests runs over contiguous days. While
a job runs its sensor waits, so that whatever arrives meanwhile is taken together by
the next run. The same work is not asked for again within a quarter of an hour, so that
a run that fails for good does not fail all day.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice

import dagster as dg

from ter_pipelines import freshness
from ter_pipelines.assets.jobs import (
    close_month,
    fetch_noticed_feeds,
    map_meters,
    publish_prices,
    settle_usage,
)
from ter_pipelines.dagster_storage import UNDER_WAY
from ter_pipelines.noticed import find_due, newest_notice
from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import NOTICE
from ter_pipelines.registry.vee_edits import VEE_EDIT, newest_edit_ids
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, contiguous_ranges, operating_day_of
from ter_pipelines.vocab.programme import Programme

LOOK_EVERY_SECONDS = 5
ASK_AGAIN_AFTER_SECONDS = 900
RUNS_A_TICK = 10
HEADS_A_TICK = 50_000
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def build_sensors(
    programme: Programme, quiet_seconds: int, *, now: Clock = utc_now
) -> Sequence[dg.SensorDefinition]:
    """Make the programme's sensors, switched on.

    Args:
        programme: Whose prices, usage and months they look after.
        quiet_seconds: How long nothing must have arrived before a month is settled.
        now: The clock.
    """
    return [
        _prices_arrived(programme, now),
        _meters_arrived(now),
        _usage_arrived(programme, now),
        _notices_arrived(now),
        _month_is_over(programme, quiet_seconds, now),
    ]


def _prices_arrived(programme: Programme, now: Clock) -> dg.SensorDefinition:
    @dg.sensor(
        job=publish_prices,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Price submissions that are not in the lake, and VENs of the "
        "roster that were not told today's or tomorrow's prices.",
    )
    def prices_arrived(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
        vtn: dg.ResourceParam[Vtn],
    ) -> dg.SensorResult | dg.SkipReason:
        if waits := _under_way(context, publish_prices.name):
            return waits
        newest = registry.newest_price_submission_ids()
        today = operating_day_of(now(), programme.zone)
        arrived = freshness.find_unpublished(lake, newest, today + DAY)
        vens = [ven.ven_id for ven in vtn.vens() if ven.is_enabled]
        untold = freshness.find_untold(lake, vens, today)
        state = [(day, newest[day]) for day in arrived], (untold, vens)
        days = [*arrived, *untold]
        return _requests(days, state, now(), nothing="Every price is published.")

    return prices_arrived


def _meters_arrived(now: Clock) -> dg.SensorDefinition:
    @dg.sensor(
        job=map_meters,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Meter lists that are not in the lake.",
    )
    def meters_arrived(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
    ) -> dg.RunRequest | dg.SkipReason:
        if waits := _under_way(context, map_meters.name):
            return waits
        newest = registry.newest_submission_id("meters")
        if newest == 0:
            return dg.SkipReason("No meter list has arrived.")
        if freshness.is_mapped(lake, newest):
            return dg.SkipReason("The newest meter list is mapped.")
        return dg.RunRequest(run_key=_run_key(newest, now()))

    return meters_arrived


def _usage_arrived(programme: Programme, now: Clock) -> dg.SensorDefinition:
    @dg.sensor(
        job=settle_usage,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports and usage files that are not in the lake, and days whose "
        "meter map or prices changed since they were settled.",
    )
    def usage_arrived(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
        vtn: dg.ResourceParam[Vtn],
    ) -> dg.SensorResult | dg.SkipReason:
        if waits := _under_way(context, settle_usage.name):
            return waits
        if lake.stored(tables.METER_MAPPING) is None:
            return dg.SkipReason("No meter list has arrived: usage is nobody's yet.")
        before = _cursor(context.cursor)
        reports = _unread_reports(lake, vtn, programme, before["report"])
        files = _unread_files(lake, registry, programme, before["file"])
        written = {"report": reports.written_to, "file": files.written_to}
        context.update_cursor(json.dumps(written))
        edits = newest_edit_ids(registry.submissions(VEE_EDIT), programme.zone)
        stale = freshness.find_stale_usage(lake, programme, now(), edits)
        days = sorted(reports.days | files.days | set(stale))
        newest_edit = max(edits.values(), default=0)
        state = (reports.newest, files.newest, newest_edit, stale)
        nothing = (
            f"Every report up to {reports.written_to} and every file up to "
            f"{files.written_to} is settled."
        )
        return _requests(days, state, now(), nothing=nothing)

    return usage_arrived


def _notices_arrived(now: Clock) -> dg.SensorDefinition:
    @dg.sensor(
        job=fetch_noticed_feeds,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Notifications of the data custodian that are not in the lake, "
        "and feeds that could not be fetched and are to be tried again.",
    )
    def notices_arrived(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
        share_my_data: dg.ResourceParam[ShareMyData],
    ) -> dg.RunRequest | dg.SkipReason:
        if not share_my_data.is_set:
            return dg.SkipReason("Share My Data is not set.")
        if waits := _under_way(context, fetch_noticed_feeds.name):
            return waits
        newest = registry.newest_submission_id(NOTICE)
        due = find_due(lake, now())
        if newest <= newest_notice(lake) and not due:
            return dg.SkipReason("Nothing is to be fetched now.")
        return dg.RunRequest(run_key=_run_key((newest, due), now()))

    return notices_arrived


def _month_is_over(
    programme: Programme, quiet_seconds: int, now: Clock
) -> dg.SensorDefinition:
    @dg.sensor(
        job=close_month,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Months past their closing date whose settled days are not what "
        "the statements were made from, once nothing has arrived for a while. On the "
        "closing date itself the schedule goes first.",
    )
    def month_is_over(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
    ) -> dg.SensorResult | dg.SkipReason:
        for name in (settle_usage.name, close_month.name):
            if waits := _under_way(context, name):
                return waits
        closed_by = now() - timedelta(seconds=quiet_seconds)
        months = freshness.find_unsettled_months(lake, closed_by, programme)
        if not months:
            return dg.SkipReason("Every closed month is settled.")
        edits = newest_edit_ids(registry.submissions(VEE_EDIT), programme.zone)
        if freshness.find_stale_usage(lake, programme, now(), edits):
            return dg.SkipReason("Days of usage are waiting to be settled.")
        quiet = freshness.seconds_since_last_write(lake, tables.SETTLED_HOUR, now())
        if quiet < quiet_seconds:
            return dg.SkipReason(f"Waiting for {quiet_seconds} s without usage.")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(
                    run_key=_run_key((month, manifest), now()),
                    partition_key=f"{month}-01",
                )
                for month, manifest in months[:RUNS_A_TICK]
            ]
        )

    return month_is_over


def _cursor(text: str | None) -> dict[str, int]:
    """Read how far everything is written; from the start where it does not say."""
    said = json.loads(text or "{}")
    return {"report": 0, "file": 0} | (said if isinstance(said, dict) else {})


def _unread_reports(
    lake: Lake, vtn: Vtn, programme: Programme, after_seq: int
) -> freshness.Unread:
    heads = islice(vtn.report_heads(after_seq), HEADS_A_TICK)
    return freshness.find_unread(
        ((head.seq, freshness.days_of_head(head, programme)) for head in heads),
        cache(lambda day: freshness.seq_written(lake, day)),
        after_seq,
    )


def _unread_files(
    lake: Lake, registry: Registry, programme: Programme, after_id: int
) -> freshness.Unread:
    files = registry.usage_files(after_id=after_id)
    return freshness.find_unread(
        ((file.id, freshness.days_of_file(file, programme)) for file in files),
        cache(lambda day: freshness.file_written(lake, day)),
        after_id,
    )


def _under_way(context: dg.SensorEvaluationContext, job: str) -> dg.SkipReason | None:
    running = dg.RunsFilter(job_name=job, statuses=UNDER_WAY)
    if context.instance.get_runs_count(running):
        return dg.SkipReason(f"A run of {job} is under way; what arrived waits for it.")
    return None


def _requests(
    days: Iterable[date], state: object, now: datetime, *, nothing: str
) -> dg.SensorResult | dg.SkipReason:
    ranges = list(contiguous_ranges(list(days)))
    if not ranges:
        return dg.SkipReason(nothing)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=_run_key((first, last, state), now),
                tags={RANGE_START_TAG: str(first), RANGE_END_TAG: str(last)},
            )
            for first, last in ranges[:RUNS_A_TICK]
        ]
    )


def _run_key(state: object, now: datetime) -> str:
    """Name a piece of work; the same until it changes or a quarter of an hour ends."""
    period = int(now.timestamp()) // ASK_AGAIN_AFTER_SECONDS
    return hashlib.sha256(f"{period} {state!r}".encode()).hexdigest()[:24]
