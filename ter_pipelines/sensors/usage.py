"""Usage that arrived, and days that must be settled again."""

import json
from dataclasses import dataclass
from datetime import date, datetime
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


@dataclass(frozen=True)
class _Arrived:
    """What arrived and is not in the lake, by kind of source."""

    reports: arrivals.Unread
    files: arrivals.Unread
    readings: arrivals.Unread

    @property
    def cursor(self) -> str:
        """Write down how far everything is in the lake."""
        return json.dumps(
            {
                "report": self.reports.written_to,
                "file": self.files.written_to,
                "reading": self.readings.written_to,
            }
        )

    @property
    def newest(self) -> tuple[int, int]:
        """Give the newest numbers; meters are read too often to be asked by theirs."""
        return self.reports.newest, self.files.newest

    @property
    def told(self) -> str:
        """Say what is settled."""
        return (
            f"Every report up to {self.reports.written_to} is settled, and every file "
            f"up to {self.files.written_to}, meter reading up to "
            f"{self.readings.written_to}."
        )

    def days(self, lake: Lake, now: datetime) -> set[date]:
        """Give the days to build now."""
        read = {d for d in self.readings.days if arrivals.is_at_rest(lake, d, now)}
        return self.reports.days | self.files.days | read


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
        arrived = _Arrived(
            _unread_reports(lake, vtn, programme, before["report"]),
            _unread_files(lake, registry, programme, before["file"]),
            _unread_readings(lake, registry, programme, before["reading"]),
        )
        context.update_cursor(arrived.cursor)
        edits = newest_edit_ids(registry.submissions(VEE_EDIT), programme.zone)
        stale = freshness.find_stale_usage(lake, programme, now(), edits)
        days = arrived.days(lake, now()) | set(stale)
        newest_edit = max(edits.values(), default=0)
        state = (arrived.newest, sorted(days), newest_edit)
        return runs_over(sorted(days), state, now(), nothing=arrived.told)

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
