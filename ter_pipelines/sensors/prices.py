"""Prices that arrived, and devices that were not told them."""

import dagster as dg

from ter_pipelines import freshness
from ter_pipelines.assets.jobs import publish_prices
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.sensors.asking import (
    LOOK_EVERY_SECONDS,
    Clock,
    runs_over,
    waits_for,
)
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import DAY, operating_day_of
from ter_pipelines.vocab.programme import Programme


def look_for_prices(programme: Programme, now: Clock) -> dg.SensorDefinition:
    """Make the sensor of prices."""

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
        if waits := waits_for(context, publish_prices.name):
            return waits
        newest = registry.newest_price_submission_ids()
        today = operating_day_of(now(), programme.zone)
        gone = registry.withdrawn("prices")
        arrived = freshness.find_unpublished(lake, newest, today + DAY, gone)
        vens = [ven.ven_id for ven in vtn.vens() if ven.is_enabled]
        untold = freshness.find_untold(lake, vens, today)
        marks = [(day, newest[day], gone.get(day, 0)) for day in arrived]
        state = marks, (untold, vens)
        days = [*arrived, *untold]
        return runs_over(days, state, now(), nothing="Every price is published.")

    return prices_arrived
