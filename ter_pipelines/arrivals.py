"""What arrived of usage and is not in the lake: which days lack what.

Reports of VENs, usage files and meter readings are numbered as they come; a day's
partition says up to which number it was made.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ter_pipelines.metering.placing import Calendar, days_touched
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.registry.usage_files import CMEP
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    DAY,
    HOUR,
    Span,
    operating_day_of,
    parse_instant,
)
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import ReportHead

USAGE_SOURCES = (tables.VEN_REPORT, tables.USAGE_FILE_VALUE, tables.METER_READING)
_REST = timedelta(minutes=15)
_MOVED = 3 * DAY  # most that other settings move an interval: two zones and its length


def days_of_head(head: ReportHead, programme: Programme) -> list[date]:
    """Give the operating days on which values of a report may be stored."""
    spans = [
        Span(parse_instant(span.start_utc), parse_instant(span.end_utc))
        for span in head.touched
    ]
    calendar = Calendar(programme.zone, programme.first_operating_day)
    return days_touched(spans, parse_instant(head.received_at), calendar)


def days_of_file(file: Submission, programme: Programme) -> list[date]:
    """Give the operating days on which values of a usage file may be stored.

    What has no place is stored on the day of receipt, so that is one of them. If the
    file's times were read by other settings than those of today, the days around it
    are among them, too.
    """
    if file.kind == CMEP and file.read_as != programme.cmep_in.digest:
        return _days(file, programme, around=_MOVED)
    return _days(file, programme, around=timedelta(0))


def days_however_read(file: Submission, programme: Programme) -> list[date]:
    """Give the operating days whose values of a file depend on `[cmep_in]`."""
    return _days(file, programme, around=_MOVED) if file.kind == CMEP else []


def _days(file: Submission, programme: Programme, *, around: timedelta) -> list[date]:
    calendar = Calendar(programme.zone, programme.first_operating_day)
    received = calendar.day_of_receipt(file.received_at)
    spans = (Span(s.start_utc - around, s.end_utc + around) for s in _spans_of(file))
    return sorted({received, *days_touched(spans, file.received_at, calendar)})


def _spans_of(file: Submission) -> Sequence[Span]:
    if file.touched is not None:
        return file.touched
    if file.begins_at is None or file.ends_at is None:
        return []
    return [Span(file.begins_at, file.ends_at)]


def file_written(lake: Lake, day: date, programme: Programme) -> int:
    """Give the newest usage file a day's partition was made with, 0 for none.

    A partition that was read by other settings than today's has none.
    """
    stored = lake.stored(tables.USAGE_FILE_VALUE, day)
    if stored is None or is_read_otherwise(lake, day, programme):
        return 0
    return int(stored.inputs["submission"])


def is_read_otherwise(lake: Lake, day: date, programme: Programme) -> bool:
    """Tell whether a day's usage files were read by other settings than today's."""
    stored = lake.stored(tables.USAGE_FILE_VALUE, day)
    read_as = stored.inputs.get("cmep_in", "") if stored else ""
    return read_as not in {"", programme.cmep_in.digest}


def days_of_hour(hour_utc: datetime, programme: Programme) -> list[date]:
    """Give the operating days to which readings of an hour matter.

    Those of a day's first hour close the last interval of the day before.
    """
    instants = (hour_utc - HOUR, hour_utc)
    days = {operating_day_of(instant, programme.zone) for instant in instants}
    return sorted(day for day in days if day >= programme.first_operating_day)


def reading_written(lake: Lake, day: date) -> int:
    """Give the newest meter reading a day's partition was made with, 0 for none."""
    stored = lake.stored(tables.METER_READING, day)
    return int(stored.inputs["reading_seq"]) if stored else 0


def is_at_rest(lake: Lake, day: date, now: datetime) -> bool:
    """Tell whether a day's meter readings were not taken a moment ago.

    Meters are read every minute; their days are settled every quarter of an hour.
    """
    if lake.stored(tables.METER_READING, day) is None:
        return True
    return now - lake.written_at(tables.METER_READING, day) >= _REST


@dataclass(frozen=True)
class Unread:
    """What arrived and is not in the lake.

    Args:
        days: To build.
        written_to: The number up to which nothing is missing.
        newest: The newest number that arrived.
    """

    days: set[date]
    written_to: int
    newest: int


def find_unread(
    arrived: Iterable[tuple[int, Sequence[date]]],
    written: Callable[[date], int],
    after: int,
) -> Unread:
    """Find the days that lack what arrived, and how far everything is written.

    Args:
        arrived: Number of each report or file, in order and all above `after`, with
            the days it is stored on.
        written: The newest number a day's partition was made with.
        after: Everything up to here is written.
    """
    unread: set[date] = set()
    written_to = newest = after
    for newest, days in arrived:
        unread |= {day for day in days if written(day) < newest}
        if not unread:
            written_to = newest
    return Unread(unread, written_to, newest)


def seq_written(lake: Lake, day: date) -> int:
    """Give the newest report a day's partition was made with, 0 for none."""
    stored = lake.stored(tables.VEN_REPORT, day)
    return int(stored.inputs["report_seq"]) if stored else 0
