"""What is out of date: partitions that their inputs would make differently today.

Pure choice over what the lake, the registry and the VTN say. Nothing is remembered
between calls but a sequence number: a run that died, a report that came late, a price
that was revised and a meter that changed hands are all found the same way.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

import polars as pl

from ter_pipelines.metering.mapping import MeterMap, read_meter_map
from ter_pipelines.metering.placing import Calendar, days_touched
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    DAY,
    Span,
    day_span,
    days_of_month,
    parse_instant,
)
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.table import Table
from vtn_service.contract import ReportHead


def days_of_head(head: ReportHead, programme: Programme) -> list[date]:
    """Give the operating days on which values of a report may be stored."""
    spans = [
        Span(parse_instant(span.start_utc), parse_instant(span.end_utc))
        for span in head.touched
    ]
    calendar = Calendar(programme.zone, programme.first_operating_day)
    return days_touched(spans, parse_instant(head.received_at), calendar)


def find_unread(
    heads: Iterable[ReportHead],
    days_of: Callable[[ReportHead], Sequence[date]],
    seq_written: Callable[[date], int],
    after_seq: int,
) -> tuple[set[date], int]:
    """Find the days that lack a report, and how far everything is written.

    Args:
        heads: In order of sequence, all after `after_seq`.
        days_of: On which days a report is stored.
        seq_written: The newest sequence number a day's partition was made with.
        after_seq: Every report up to here is written.

    Returns:
        The days to build, and the sequence number up to which nothing is missing.
    """
    unread: set[date] = set()
    written_to = after_seq
    for head in heads:
        lacking = {d for d in days_of(head) if seq_written(d) < head.seq}
        unread |= lacking
        if not unread:
            written_to = head.seq
    return unread, written_to


def seq_written(lake: Lake, day: date) -> int:
    """Give the newest report a day's partition was made with, 0 for none."""
    stored = lake.stored(tables.VEN_REPORT, day)
    return int(stored.inputs["report_seq"]) if stored else 0


def find_unpublished(
    lake: Lake, newest_submission_ids: dict[date, int], last_day: date
) -> list[date]:
    """Find the days whose curve is not made from their newest price submission.

    Prices of days after `last_day` wait in the landing folder for their day.
    """
    return [
        day
        for day, submission_id in sorted(newest_submission_ids.items())
        if day <= last_day and not _is_published(lake, day, submission_id)
    ]


def find_untold(lake: Lake, ven_ids: Iterable[str], today: date) -> list[date]:
    """Find today and tomorrow where a VEN of the roster was not told this curve."""
    wanted = set(ven_ids)
    found = []
    for day in (today, today + DAY):
        curve = lake.stored(tables.PRICE_CURVE, day)
        if curve and curve.rows:
            events = lake.read(tables.PRICE_EVENT, [day])
            told = events.filter(pl.col("curve_sha256") == curve.content_sha256)
            if wanted - set(told["ven_id"]):
                found.append(day)
    return found


def is_mapped(lake: Lake, newest_submission_id: int) -> bool:
    """Tell whether the meter map is made from the newest meter list."""
    raw = lake.stored(tables.RAW_METER_MAPPING)
    mapped = lake.stored(tables.METER_MAPPING)
    return (
        raw is not None
        and int(raw.inputs["submission"]) >= newest_submission_id
        and mapped is not None
        and mapped.inputs["meter_mapping"] == raw.content_sha256
    )


def find_stale_usage(lake: Lake, programme: Programme) -> list[date]:
    """Find days whose settled hours are not what their inputs would make today."""
    meter_map = read_meter_map(lake.read(tables.METER_MAPPING))
    days = (date.fromisoformat(key) for key in lake.partitions(tables.VEN_REPORT))
    return [day for day in days if _is_stale(lake, day, meter_map, programme)]


def is_closed(month: str, now: datetime, programme: Programme) -> bool:
    """Tell whether the day on which a month is closed has come."""
    last = date.fromisoformat(f"{month}-01") + timedelta(days=31)
    closing_day = last.replace(day=programme.close_month_day)
    local = now.astimezone(programme.zone).replace(tzinfo=None)
    return local >= datetime.combine(closing_day, programme.close_month_at)


def find_unsettled_months(
    lake: Lake, now: datetime, programme: Programme
) -> list[tuple[str, str]]:
    """Find closed months, each with the manifest it should be settled from.

    The CMEP file is a month's last step; what it is up to date with, the month is.
    """
    months = {key[:7] for key in lake.partitions(tables.SETTLED_HOUR)}
    return [
        (month, manifest)
        for month in sorted(months)
        if is_closed(month, now, programme)
        for manifest in [manifest_of(lake, month)]
        if lake.marked(tables.CMEP_FILE, month) != manifest
    ]


def manifest_of(lake: Lake, month: str) -> str:
    """Hash which settled days and which meter map a month is made from.

    The days before the month belong to it: its registers open with their energy.
    """
    last_day = str(days_of_month(month)[-1])
    parts = [
        (key, stored.content_sha256)
        for key in lake.partitions(tables.SETTLED_HOUR)
        if key <= last_day and (stored := lake.stored(tables.SETTLED_HOUR, key))
    ]
    parts.append(("meter_mapping", _content(lake, tables.METER_MAPPING)))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def seconds_since_last_write(lake: Lake, table: Table, now: datetime) -> float:
    """Tell how long ago a partition of a table was last written."""
    written = (lake.written_at(table, key) for key in lake.partitions(table))
    return (now - max(written)).total_seconds()


def _is_published(lake: Lake, day: date, submission_id: int) -> bool:
    raw = lake.stored(tables.PRICE_COMPONENT, day)
    curve = lake.stored(tables.PRICE_CURVE, day)
    return (
        raw is not None
        and int(raw.inputs["submission"]) >= submission_id
        and curve is not None
        and curve.inputs["price_component"] == raw.content_sha256
    )


def _is_stale(lake: Lake, day: date, meter_map: MeterMap, programme: Programme) -> bool:
    mapping = meter_map.digest_during(day_span(day, programme.zone))
    reports = _content(lake, tables.VEN_REPORT, day)
    expected = {
        tables.INTERVAL_USAGE: {"ven_report": reports, "meter_mapping": mapping},
        tables.VALIDATED_USAGE: {
            "interval_usage": _content(lake, tables.INTERVAL_USAGE, day),
            "meter_mapping": mapping,
        },
        tables.SETTLED_HOUR: {
            "validated_usage": _content(lake, tables.VALIDATED_USAGE, day),
            "price_curve": _content(lake, tables.PRICE_CURVE, day),
        },
    }
    return any(
        stored is None or stored.inputs != inputs
        for table, inputs in expected.items()
        for stored in [lake.stored(table, day)]
    )


def _content(lake: Lake, table: Table, partition: object = "") -> str:
    stored = lake.stored(table, partition)
    return stored.content_sha256 if stored else ""
