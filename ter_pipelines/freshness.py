"""What is out of date: partitions that their inputs would make differently today.

Pure choice over what the lake, the registry and the VTN say. Nothing is remembered
between calls but a sequence number: a run that died, a report that came late, a price
that was revised and a meter that changed hands are all found the same way.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from ter_pipelines.metering.mapping import MeterMap, read_meter_map
from ter_pipelines.metering.placing import Calendar, days_touched
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    DAY,
    day_span,
    days_of_month,
    parse_instant,
)
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.table import Table
from vtn_service.contract import ReportHead


def days_of_head(head: ReportHead, programme: Programme) -> list[date]:
    """Give the operating days on which values of a report may be stored."""
    return days_touched(
        parse_instant(head.first_start_utc),
        parse_instant(head.last_end_utc),
        parse_instant(head.received_at),
        Calendar(programme.zone, programme.first_operating_day),
    )


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
    """Find the days whose newest price submission is not in the lake.

    Prices of days after `last_day` wait in the landing folder for their day.
    """

    def is_written(day: date, submission_id: int) -> bool:
        stored = lake.stored(tables.PRICE_COMPONENT, day)
        return bool(stored and int(stored.inputs["submission"]) >= submission_id)

    return [
        day
        for day, submission_id in sorted(newest_submission_ids.items())
        if day <= last_day and not is_written(day, submission_id)
    ]


def find_stale_usage(lake: Lake, programme: Programme) -> list[date]:
    """Find days whose meter map or prices changed since they were settled."""
    meter_map = read_meter_map(lake.read(tables.METER_MAPPING))
    days = (date.fromisoformat(key) for key in lake.partitions(tables.VEN_REPORT))
    return [day for day in days if _is_stale(lake, day, meter_map, programme)]


def find_untold(lake: Lake, ven_ids: Iterable[str], today: date) -> list[date]:
    """Find today and tomorrow where a VEN of the roster has not been told prices."""
    wanted = set(ven_ids)
    return [
        day
        for day in (today, today + DAY)
        if lake.stored(tables.PRICE_CURVE, day)
        and wanted - set(lake.read(tables.PRICE_EVENT, [day])["ven_id"])
    ]


def is_closed(month: str, now: datetime, programme: Programme) -> bool:
    """Tell whether the day on which a month is closed has come."""
    last = date.fromisoformat(f"{month}-01") + timedelta(days=31)
    closing_day = last.replace(day=programme.close_month_day)
    local = now.astimezone(programme.zone).replace(tzinfo=None)
    return local >= datetime.combine(closing_day, programme.close_month_at)


def find_unsettled_months(
    lake: Lake, now: datetime, programme: Programme
) -> list[tuple[str, str]]:
    """Find closed months, each with the manifest it should be settled from."""
    months = {key[:7] for key in lake.partitions(tables.SETTLED_HOUR)}
    found = []
    for month in sorted(months):
        manifest = manifest_of(lake, month)
        settled = lake.stored(tables.MONTHLY_SETTLEMENT, month)
        is_settled = settled is not None and settled.inputs["manifest"] == manifest
        if is_closed(month, now, programme) and not is_settled:
            found.append((month, manifest))
    return found


def manifest_of(lake: Lake, month: str) -> str:
    """Hash which settled days and which meter map a month is made from."""
    parts = [
        (str(day), stored.content_sha256)
        for day in days_of_month(month)
        if (stored := lake.stored(tables.SETTLED_HOUR, day))
    ]
    mapping = lake.stored(tables.METER_MAPPING)
    parts.append(("meter_mapping", mapping.content_sha256 if mapping else ""))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def seconds_since_last_write(lake: Lake, table: Table, now: datetime) -> float:
    """Tell how long ago a partition of a table was last written."""
    written = (lake.written_at(table, key) for key in lake.partitions(table))
    return (now - max(written)).total_seconds()


def _is_stale(lake: Lake, day: date, meter_map: MeterMap, programme: Programme) -> bool:
    usage = lake.stored(tables.INTERVAL_USAGE, day)
    settled = lake.stored(tables.SETTLED_HOUR, day)
    if usage is None or settled is None:
        return True
    curve = lake.stored(tables.PRICE_CURVE, day)
    reports = lake.stored(tables.VEN_REPORT, day)
    validated = lake.stored(tables.VALIDATED_USAGE, day)
    return (
        usage.inputs["meter_mapping"]
        != meter_map.digest_during(day_span(day, programme.zone))
        or usage.inputs["ven_report"] != (reports.content_sha256 if reports else "")
        or settled.inputs["price_curve"] != (curve.content_sha256 if curve else "")
        or settled.inputs["validated_usage"]
        != (validated.content_sha256 if validated else "")
    )
