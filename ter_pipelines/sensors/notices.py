"""Notifications of the data custodian that arrived."""

import dagster as dg

from ter_pipelines.assets.jobs import fetch_noticed_feeds
from ter_pipelines.noticed import find_due, newest_notice
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import NOTICE
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.sensors.asking import (
    LOOK_EVERY_SECONDS,
    Clock,
    run_key,
    waits_for,
)
from ter_pipelines.store.lake import Lake


def look_for_notices(now: Clock) -> dg.SensorDefinition:
    """Make the sensor of notifications."""

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
        if waits := waits_for(context, fetch_noticed_feeds.name):
            return waits
        newest = registry.newest_submission_id(NOTICE)
        due = find_due(lake, now())
        if newest <= newest_notice(lake) and not due:
            return dg.SkipReason("Nothing is to be fetched now.")
        return dg.RunRequest(run_key=run_key((newest, due), now()))

    return notices_arrived
