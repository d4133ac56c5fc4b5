"""How a sensor asks for runs: not while one is under way, and not the same twice."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime

import dagster as dg

from ter_pipelines.dagster_storage import UNDER_WAY
from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.vocab.clock import DAY, contiguous_ranges, days_between

LOOK_EVERY_SECONDS = 5
RUN_KEY_TAG = "dagster/run_key"
ASK_AGAIN_AFTER_SECONDS = 900
RUNS_A_TICK = 10
DAYS_A_RUN = 31
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


def waits_for(context: dg.SensorEvaluationContext, job: str) -> dg.SkipReason | None:
    """Give the reason to wait while a run of a job is under way."""
    running = dg.RunsFilter(job_name=job, statuses=UNDER_WAY)
    if context.instance.get_runs_count(running):
        return dg.SkipReason(f"A run of {job} is under way; what arrived waits for it.")
    return None


def runs_over(
    days: Iterable[date], state: object, now: datetime, *, nothing: str
) -> dg.SensorResult | dg.SkipReason:
    """Ask for runs over contiguous days, of a month's days at most.

    Args:
        days: To build.
        state: What the request rests on; while it is the same, so is the request.
        now: The present.
        nothing: What to say if there are no days.
    """
    ranges = [
        (first, min(first + (DAYS_A_RUN - 1) * DAY, last))
        for begin, last in contiguous_ranges(list(days))
        for first in days_between(begin, last)[::DAYS_A_RUN]
    ]
    if not ranges:
        return dg.SkipReason(nothing)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=run_key((first, last, state), now),
                tags={RANGE_START_TAG: str(first), RANGE_END_TAG: str(last)},
            )
            for first, last in ranges[:RUNS_A_TICK]
        ]
    )


def runs_by_month(
    months: Sequence[tuple[str, object]], now: datetime
) -> dg.SensorResult:
    """Ask for a run for each month, with the state the request rests on."""
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=run_key((month, state), now), partition_key=f"{month}-01"
            )
            for month, state in months[:RUNS_A_TICK]
        ]
    )


def run_of_first_month(
    context: dg.SensorEvaluationContext,
    months: Sequence[tuple[str, object]],
    now: datetime,
) -> dg.SensorResult | dg.SkipReason:
    """Ask for a run for the first month that was not asked for a short while ago.

    A month whose run failed keeps the ones after it waiting no longer than that run.
    """
    for month, state in months:
        key = run_key((month, state), now)
        same = dg.RunsFilter(tags={RUN_KEY_TAG: key})
        if not context.instance.get_runs_count(same):
            request = dg.RunRequest(run_key=key, partition_key=f"{month}-01")
            return dg.SensorResult(run_requests=[request])
    return dg.SkipReason("Each of these months was asked for a short while ago.")


def run_key(state: object, now: datetime) -> str:
    """Name a piece of work; the same until it changes or a quarter of an hour ends."""
    period = int(now.timestamp()) // ASK_AGAIN_AFTER_SECONDS
    return hashlib.sha256(f"{period} {state!r}".encode()).hexdigest()[:24]
