"""Months that are over, and their files that wait for the meter-data system."""

from datetime import timedelta

import dagster as dg

from ter_pipelines import freshness, outbox
from ter_pipelines.assets.jobs import (
    close_month,
    deliver_files,
    export_days,
    settle_usage,
)
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.vee_edits import VEE_EDIT, newest_edit_ids
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.sensors.arrived import Arrived, find_arrived
from ter_pipelines.sensors.asking import (
    LOOK_EVERY_SECONDS,
    Clock,
    run_of_first_month,
    runs_by_month,
    runs_over,
    waits_for,
)
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month
from ter_pipelines.vocab.programme import Programme


def look_for_months(
    programme: Programme, quiet_seconds: int, now: Clock
) -> dg.SensorDefinition:
    """Make the sensor of months past their closing date."""

    @dg.sensor(
        job=close_month,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Months past their closing date whose settled days are not what "
        "the statements were made from, once all that arrived is settled and it is "
        "quiet: one by one, oldest first. On the closing date the schedule is first.",
    )
    def month_is_over(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        registry: dg.ResourceParam[Registry],
        vtn: dg.ResourceParam[Vtn],
    ) -> dg.SensorResult | dg.SkipReason:
        for name in (settle_usage.name, close_month.name):
            if waits := waits_for(context, name):
                return waits
        closed_by = now() - timedelta(seconds=quiet_seconds)
        months = freshness.find_unsettled_months(lake, closed_by, programme)
        if not months:
            return dg.SkipReason("Every closed month is settled.")
        edits = newest_edit_ids(registry.submissions(VEE_EDIT), programme.zone)
        if freshness.find_stale_usage(lake, programme, now(), edits):
            return dg.SkipReason("Days of usage are waiting to be settled.")
        arrived = find_arrived(lake, registry, vtn, programme, context.cursor)
        context.update_cursor(arrived.cursor)
        months = [(m, state) for m, state in months if not _lacks(arrived, m)]
        if not months:
            return dg.SkipReason("Usage of closed months arrived and is not read yet.")
        quiet = freshness.seconds_since_last_write(lake, tables.SETTLED_HOUR, now())
        if quiet < quiet_seconds:
            return dg.SkipReason(f"Waiting for {quiet_seconds} s without usage.")
        return run_of_first_month(context, months, now())

    return month_is_over


def _lacks(arrived: Arrived, month: str) -> bool:
    """Tell whether a month, or a day before it, may lack usage that arrived.

    While there are reports that nobody looked at, every month may.
    """
    last_day = days_of_month(month)[-1]
    return not arrived.is_all or any(day <= last_day for day in arrived.days)


def look_for_days_to_export(
    programme: Programme, quiet_seconds: int, now: Clock
) -> dg.SensorDefinition:
    """Make the sensor of days that are over, where the partner wants a file of each."""

    @dg.sensor(
        job=export_days,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Days that are over and whose CMEP file is not made from what is "
        "settled, once nothing changed them for a while; none unless the partner "
        "wants days.",
    )
    def day_is_over(
        context: dg.SensorEvaluationContext, lake: dg.ResourceParam[Lake]
    ) -> dg.SensorResult | dg.SkipReason:
        if not programme.cmep_out.daily:
            return dg.SkipReason("The partner wants no file a day ([cmep_out]).")
        for name in (settle_usage.name, export_days.name):
            if waits := waits_for(context, name):
                return waits
        days = freshness.find_unexported_days(lake, programme, now(), quiet_seconds)
        nothing = "Every day that is over and at rest is exported."
        return runs_over([day for day, _ in days], days, now(), nothing=nothing)

    return day_is_over


def look_for_files(now: Clock) -> dg.SensorDefinition:
    """Make the sensor of files that wait for the meter-data system."""

    @dg.sensor(
        job=deliver_files,
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="CMEP files that the meter-data system has not taken yet; what "
        "failed is tried again every quarter of an hour.",
    )
    def files_wait(
        context: dg.SensorEvaluationContext,
        lake: dg.ResourceParam[Lake],
        mdm: dg.ResourceParam[Mdm],
    ) -> dg.SensorResult | dg.SkipReason:
        if not mdm.is_set:
            return dg.SkipReason("No meter-data system is set (TER_MDM).")
        for name in (close_month.name, export_days.name, deliver_files.name):
            if waits := waits_for(context, name):
                return waits
        waiting = [
            (month, names)
            for month in outbox.months_with_files(lake)
            if (names := [f["file_name"] for f in outbox.waiting(lake, month)])
        ]
        if not waiting:
            return dg.SkipReason("Every file is delivered.")
        return runs_by_month(waiting, now())

    return files_wait
