"""What is out of date: partitions that their inputs would make differently today.

Pure choice over what the lake, the registry and the VTN say. Nothing is remembered
between calls but a sequence number: a run that died, a report that came late, a price
that was revised and a meter that changed hands are all found the same way.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import polars as pl

from ter_pipelines.arrivals import USAGE_SOURCES, is_read_otherwise
from ter_pipelines.metering.mapping import MeterMap, read_meter_map
from ter_pipelines.pricing.events import last_told_events
from ter_pipelines.store.lake import Lake
from ter_pipelines.vee_inputs import gap_policy_of, inputs_of, is_made_from
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    DAY,
    day_span,
    days_between,
    days_of_month,
    operating_day_of,
)
from ter_pipelines.vocab.cmep_out import NONE
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.table import Table


def find_unpublished(
    lake: Lake,
    newest_submission_ids: Mapping[date, int],
    last_day: date,
    withdrawn: Mapping[date | None, int] | None = None,
) -> list[date]:
    """Find the days whose curve is not made from what was submitted and withdrawn.

    Args:
        lake: The lake.
        newest_submission_ids: Of prices, by day.
        last_day: Prices of days after it wait in the landing folder for their day.
        withdrawn: How many submissions of prices were withdrawn, by day.
    """
    gone = withdrawn or {}
    return [
        day
        for day, submission_id in sorted(newest_submission_ids.items())
        if day <= last_day
        and not _is_published(lake, day, submission_id, gone.get(day, 0))
    ]


def find_untold(lake: Lake, ven_ids: Iterable[str], today: date) -> list[date]:
    """Find today and tomorrow where a VEN of the roster was not told this curve.

    A day whose prices were withdrawn is untold to those that still have its event.
    """
    roster = set(ven_ids)
    found = []
    for day in (today, today + DAY):
        curve = lake.stored(tables.PRICE_CURVE, day)
        events = last_told_events(lake.read(tables.PRICE_EVENT, [day]))
        if curve is None:
            continue
        told = events.filter(pl.col("curve_sha256") == curve.content_sha256)
        wanted = roster if curve.rows else roster & set(events["ven_id"])
        if wanted - set(told["ven_id"]):
            found.append(day)
    return found


def is_mapped(lake: Lake, newest_submission_id: int, withdrawn: int = 0) -> bool:
    """Tell whether the meter map is made from what was submitted and withdrawn."""
    raw = lake.stored(tables.RAW_METER_MAPPING)
    mapped = lake.stored(tables.METER_MAPPING)
    return (
        raw is not None
        and int(raw.inputs["submission"]) >= newest_submission_id
        and int(raw.inputs.get("withdrawn", "0")) >= withdrawn
        and mapped is not None
        and mapped.inputs["meter_mapping"] == raw.content_sha256
    )


def find_stale_usage(
    lake: Lake, programme: Programme, now: datetime, edit_ids: Mapping[date, int]
) -> list[date]:
    """Find days whose settled hours are not what their inputs would make now.

    Args:
        lake: The lake.
        programme: With its days and limits.
        now: From the closing day on, gaps are held no longer.
        edit_ids: Newest edit of usage by day.
    """
    meter_map = read_meter_map(lake.read(tables.METER_MAPPING))
    today = operating_day_of(now, programme.zone)
    heard = [date.fromisoformat(day) for day in lake.partitions(tables.VEN_REPORT)]
    edited = {d for d in edit_ids if programme.first_operating_day <= d <= today}
    silent = _days_between_that_are_closed(heard, now, programme)
    return [
        day
        for day in sorted({*heard, *edited, *silent})
        if _is_stale(lake, day, meter_map, programme, (now, edit_ids.get(day, 0)))
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


def find_unexported_days(
    lake: Lake, programme: Programme, now: datetime, quiet_seconds: float
) -> list[tuple[date, str]]:
    """Find days that are over and whose CMEP file is not made from what is settled.

    Args:
        lake: The lake.
        programme: With its zone and whether the partner wants days.
        now: Today's file is not written yet.
        quiet_seconds: Nor is one of a day that was settled less long ago.

    Returns:
        The days, each with the manifest its file should be made from.
    """
    if not programme.cmep_out.daily:
        return []
    today = operating_day_of(now, programme.zone)
    found = []
    for day, manifest in _manifests_of_days(lake, programme).items():
        if day >= today or lake.marked(tables.CMEP_DAY_FILE, day) == manifest:
            continue
        rests = now - lake.written_at(tables.SETTLED_HOUR, day)
        if rests.total_seconds() >= quiet_seconds:
            found.append((day, manifest))
    return found


def manifest_of_day(lake: Lake, day: date, programme: Programme) -> str:
    """Hash what a day's CMEP file is made from; empty if nothing is settled."""
    return _manifests_of_days(lake, programme).get(day, "")


def _manifests_of_days(lake: Lake, programme: Programme) -> dict[date, str]:
    """Hash for each settled day what its file says; its registers say days before."""
    has_registers = programme.cmep_out.registers != NONE
    found = {}
    before = ""
    for key in lake.partitions(tables.SETTLED_HOUR):
        said = f"{before} {key} {_content(lake, tables.SETTLED_HOUR, key)}"
        manifest = hashlib.sha256(said.encode()).hexdigest()
        found[date.fromisoformat(key)] = manifest
        before = manifest if has_registers else ""
    return found


def seconds_since_last_write(lake: Lake, table: Table, now: datetime) -> float:
    """Tell how long ago a partition of a table was last written."""
    written = (lake.written_at(table, key) for key in lake.partitions(table))
    return (now - max(written)).total_seconds()


def _is_published(lake: Lake, day: date, submission_id: int, withdrawn: int) -> bool:
    raw = lake.stored(tables.PRICE_COMPONENT, day)
    curve = lake.stored(tables.PRICE_CURVE, day)
    return (
        raw is not None
        and int(raw.inputs["submission"]) >= submission_id
        and int(raw.inputs.get("withdrawn", "0")) >= withdrawn
        and curve is not None
        and curve.inputs["price_component"] == raw.content_sha256
    )


def _days_between_that_are_closed(
    heard: Sequence[date], now: datetime, programme: Programme
) -> list[date]:
    """Give days that nobody was heard on, between those, whose gaps are to be filled.

    Nothing arrives of such a day, so nothing else asks for it.
    """
    days = days_between(heard[0], heard[-1]) if heard else []
    return [day for day in days if gap_policy_of(day, now, programme) != "hold"]


def _is_stale(
    lake: Lake,
    day: date,
    meter_map: MeterMap,
    programme: Programme,
    asked: tuple[datetime, int],
) -> bool:
    now, edit_id = asked
    mapping = meter_map.digest_during(day_span(day, programme.zone))
    sources = {t.name: _content(lake, t, day) for t in USAGE_SOURCES}
    heard = {**sources, "meter_mapping": mapping}
    made_from = inputs_of(lake, day, programme, mapping=mapping, edit_id=edit_id)
    settled = {
        "validated_usage": _content(lake, tables.VALIDATED_USAGE, day),
        "price_curve": _content(lake, tables.PRICE_CURVE, day),
    }
    told = {
        "ven_report": sources["ven_report"],
        "meter_reading": sources["meter_reading"],
        "interval_usage": _content(lake, tables.INTERVAL_USAGE, day),
        "meter_mapping": mapping,
        "points": programme.telemetry.digest,
    }
    policy = gap_policy_of(day, now, programme)
    return is_read_otherwise(lake, day, programme) or not (
        _has_inputs(lake, tables.INTERVAL_USAGE, day, heard)
        and _has_inputs(lake, tables.TELEMETRY_VALUE, day, told)
        and is_made_from(lake.stored(tables.VALIDATED_USAGE, day), made_from, policy)
        and _has_inputs(lake, tables.SETTLED_HOUR, day, settled)
    )


def _has_inputs(lake: Lake, table: Table, day: date, inputs: Mapping[str, str]) -> bool:
    stored = lake.stored(table, day)
    return stored is not None and stored.inputs == inputs


def _content(lake: Lake, table: Table, partition: object = "") -> str:
    stored = lake.stored(table, partition)
    return stored.content_sha256 if stored else ""
