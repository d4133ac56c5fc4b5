"""Usage that arrived, and days that must be settled again."""

import json
from functools import cache
from itertools import islice

import dagster as dg

from ter_pipelines import arrivals, freshness
from ter_pipelines.assets.jobs import settle_usage
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.vee_edits import VEE_EDIT, newest_edit_ids
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.sensors.asking import (
    LOOK_EVERY_SECONDS,
    Clock,
    runs_over,
    waits_for,
)
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.programme import Programme

HEADS_A_TICK = 50_000


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
        before = _cursor(context.cursor)
        reports = _unread_reports(lake, vtn, programme, before["report"])
        files = _unread_files(lake, registry, programme, before["file"])
        readings = _unread_readings(lake, registry, programme, before["reading"])
        written = {
            "report": reports.written_to,
            "file": files.written_to,
            "reading": readings.written_to,
        }
        context.update_cursor(json.dumps(written))
        read = {d for d in readings.days if arrivals.is_at_rest(lake, d, now())}
        edits = newest_edit_ids(registry.submissions(VEE_EDIT), programme.zone)
        stale = freshness.find_stale_usage(lake, programme, now(), edits)
        days = sorted(reports.days | files.days | read | set(stale))
        newest_edit = max(edits.values(), default=0)
        state = (reports.newest, files.newest, sorted(read), newest_edit, stale)
        nothing = (
            f"Every report up to {reports.written_to}, file up to {files.written_to} "
            f"and meter reading up to {readings.written_to} is settled."
        )
        return runs_over(days, state, now(), nothing=nothing)

    return usage_arrived


def _cursor(text: str | None) -> dict[str, int]:
    """Read how far everything is written; from the start where it does not say."""
    said = json.loads(text or "{}")
    start = {"report": 0, "file": 0, "reading": 0}
    return start | (said if isinstance(said, dict) else {})


def _unread_reports(
    lake: Lake, vtn: Vtn, programme: Programme, after_seq: int
) -> arrivals.Unread:
    heads = islice(vtn.report_heads(after_seq), HEADS_A_TICK)
    return arrivals.find_unread(
        ((head.seq, arrivals.days_of_head(head, programme)) for head in heads),
        cache(lambda day: arrivals.seq_written(lake, day)),
        after_seq,
    )


def _unread_files(
    lake: Lake, registry: Registry, programme: Programme, after_id: int
) -> arrivals.Unread:
    files = registry.usage_files(after_id=after_id)
    return arrivals.find_unread(
        ((file.id, arrivals.days_of_file(file, programme)) for file in files),
        cache(lambda day: arrivals.file_written(lake, day)),
        after_id,
    )


def _unread_readings(
    lake: Lake, registry: Registry, programme: Programme, after_id: int
) -> arrivals.Unread:
    hours = registry.modbus.touched_hours(after_id)
    in_order = sorted(hours.items(), key=lambda item: item[1])
    return arrivals.find_unread(
        ((newest, arrivals.days_of_hour(hour, programme)) for hour, newest in in_order),
        cache(lambda day: arrivals.reading_written(lake, day)),
        after_id,
    )
