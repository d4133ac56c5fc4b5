"""Meter lists that arrived."""

import dagster as dg

from ter_pipelines import freshness
from ter_pipelines.assets.jobs import map_meters
from ter_pipelines.registry.registry import Registry
from ter_pipelines.sensors.asking import (
    LOOK_EVERY_SECONDS,
    Clock,
    run_key,
    waits_for,
)
from ter_pipelines.store.lake import Lake


def look_for_meters(now: Clock) -> dg.SensorDefinition:
    """Make the sensor of meter lists."""

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
        if waits := waits_for(context, map_meters.name):
            return waits
        newest = registry.newest_submission_id("meters")
        if newest == 0:
            return dg.SkipReason("No meter list has arrived.")
        withdrawn = registry.withdrawn("meters").get(None, 0)
        if freshness.is_mapped(lake, newest, withdrawn):
            return dg.SkipReason("The newest meter list is mapped.")
        return dg.RunRequest(run_key=run_key((newest, withdrawn), now()))

    return meters_arrived
