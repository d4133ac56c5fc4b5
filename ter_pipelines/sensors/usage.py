"""Usage that arrived, and days that must be settled again."""

import dagster as dg

from ter_pipelines import freshness
from ter_pipelines.assets.jobs import settle_usage
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.vee_edits import VEE_EDIT, newest_edit_ids
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.sensors.arrived import find_arrived
from ter_pipelines.sensors.asking import (
    LOOK_EVERY_SECONDS,
    Clock,
    runs_over,
    waits_for,
)
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.programme import Programme


def look_for_usage(programme: Programme, now: Clock) -> dg.SensorDefinition:
    """Make the sensor of usage."""

    @dg.sensor(
        job=settle_usage,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports, usage files and meter readings that are not in the lake, "
        "and days whose meter map or prices changed since they were settled.",
    )
    def usage_arrived(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
        vtn: dg.ResourceParam[Vtn],
    ) -> dg.SensorResult | dg.SkipReason:
        if waits := waits_for(context, settle_usage.name):
            return waits
        if lake.stored(tables.METER_MAPPING) is None:
            return dg.SkipReason("No meter list has arrived: usage is nobody's yet.")
        arrived = find_arrived(lake, registry, vtn, programme, context.cursor)
        context.update_cursor(arrived.cursor)
        edits = newest_edit_ids(registry.submissions(VEE_EDIT), programme.zone)
        stale = freshness.find_stale_usage(lake, programme, now(), edits)
        days = arrived.days_to_build(lake, now()) | set(stale)
        newest_edit = max(edits.values(), default=0)
        state = (arrived.newest, sorted(days), newest_edit)
        return runs_over(sorted(days), state, now(), nothing=arrived.told)

    return usage_arrived
