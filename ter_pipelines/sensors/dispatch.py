"""Orders for batteries that are not planned, and plans that were not told."""

import dagster as dg

from ter_pipelines.assets.jobs import dispatch_batteries
from ter_pipelines.dispatch_inputs import find_undone, newest_of, told_mark
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.sensors.asking import (
    LOOK_EVERY_SECONDS,
    Clock,
    runs_over,
    waits_for,
)
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import operating_day_of
from ter_pipelines.vocab.programme import Programme


def look_for_dispatch(programme: Programme, now: Clock) -> dg.SensorDefinition:
    """Make the sensor of orders for batteries."""

    @dg.sensor(
        job=dispatch_batteries,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Orders for today's and tomorrow's batteries that are not planned "
        "by what is enrolled and priced now, and plans that were not told.",
    )
    def dispatch_ordered(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
        vtn: dg.ResourceParam[Vtn],
    ) -> dg.SensorResult | dg.SkipReason:
        if waits := waits_for(context, dispatch_batteries.name):
            return waits
        newest = newest_of(registry)
        if not newest.order_ids:
            return dg.SkipReason("No battery was ever ordered to do anything.")
        today = operating_day_of(now(), programme.zone)
        vens = vtn.vens()
        days = find_undone(lake, newest, vens, today)
        state = [
            (day, newest.inputs(lake, day), told_mark(lake, day, vens)) for day in days
        ]
        return runs_over(days, state, now(), nothing="Every order is planned and told.")

    return dispatch_ordered
