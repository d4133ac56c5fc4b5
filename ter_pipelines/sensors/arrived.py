"""What arrived of usage and is not in the lake, for sensors that wait for it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import islice

from ter_pipelines import arrivals
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import ReportHead

HEADS_A_TICK = 50_000


@dataclass(frozen=True)
class Arrived:
    """What arrived and is not in the lake, by kind of source.

    Args:
        reports: Of VENs.
        files: Of usage.
        readings: Of meters.
        cmep_in: Digest of the settings that files were looked at by.
        is_all: Whether all reports were looked at; more wait where not.
    """

    reports: arrivals.Unread
    files: arrivals.Unread
    readings: arrivals.Unread
    cmep_in: str
    is_all: bool

    @property
    def cursor(self) -> str:
        """Write down how far everything is in the lake."""
        return json.dumps(
            {
                "report": self.reports.written_to,
                "file": self.files.written_to,
                "reading": self.readings.written_to,
                "cmep_in": self.cmep_in,
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

    @property
    def days(self) -> set[date]:
        """Give the days that lack something."""
        return self.reports.days | self.files.days | self.readings.days

    def days_to_build(self, lake: Lake, now: datetime) -> set[date]:
        """Give the days to build now: those of meters only once they are at rest."""
        read = {d for d in self.readings.days if arrivals.is_at_rest(lake, d, now)}
        return self.reports.days | self.files.days | read


def find_arrived(
    lake: Lake, registry: Registry, vtn: Vtn, programme: Programme, cursor: str | None
) -> Arrived:
    """Look at what arrived.

    Args:
        lake: What is written.
        registry: With files and meter readings.
        vtn: With reports.
        programme: With its days, and how files are read.
        cursor: Of an earlier look; everything up to there is in the lake.
    """
    before = _cursor(cursor, programme.cmep_in.digest)
    heads = list(islice(vtn.report_heads(before["report"]), HEADS_A_TICK))
    return Arrived(
        _unread_reports(lake, heads, programme, before["report"]),
        _unread_files(lake, registry, programme, before["file"]),
        _unread_readings(lake, registry, programme, before["reading"]),
        programme.cmep_in.digest,
        is_all=len(heads) < HEADS_A_TICK,
    )


def _cursor(text: str | None, cmep_in: str) -> dict[str, int]:
    """Read how far everything is written; from the start where it does not say.

    Files start again where they were read by other settings: they may say other days.
    """
    said = json.loads(text or "{}")
    start = {"report": 0, "file": 0, "reading": 0}
    before = start | (said if isinstance(said, dict) else {})
    is_same = before.pop("cmep_in", "") == cmep_in
    return before if is_same else before | {"file": 0}


def _unread_reports(
    lake: Lake, heads: Iterable[ReportHead], programme: Programme, after_seq: int
) -> arrivals.Unread:
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
        cache(lambda day: arrivals.file_written(lake, day, programme)),
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
