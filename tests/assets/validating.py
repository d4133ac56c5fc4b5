"""A house whose usage is in the lake: judged, decided about, and read again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import dagster as dg
import polars as pl

from ter_pipelines.metering.vee.edits import Action, Edit
from ter_pipelines.registry.vee_edits import land_edit
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, Span, interval_starts_utc
from tests.assets.conftest import Installation

NOV_3, NOV_4, NOV_5 = date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5)
RECEIVED = datetime(2025, 12, 2, tzinfo=UTC)
JUDGING = (tables.VALIDATED_USAGE, tables.USAGE_CHANGE)
METERS = """
    {"meters": [
      {"meter_id": "M1", "ven_id": "green-button", "device_id": "house-1",
       "valid_from": "2025-10-01"},
      {"meter_id": "M2", "ven_id": "ven-1", "device_id": "device-1"}
    ]}
"""
HOUSE_ONLY = """
    {"meters": [{"meter_id": "M1", "ven_id": "green-button", "device_id": "house-1",
                 "valid_from": "2025-10-01"}]}
"""


def set_policy(installation: Installation, policy: Any) -> None:  # noqa: ANN401
    """Let the programme do with gaps what is said."""
    vee = replace(installation.programme.vee, gap_policy=policy)
    installation.programme = replace(installation.programme, vee=vee)


def put(
    installation: Installation, day: date, kwh: Sequence[str | None], **changes: object
) -> None:
    """Put a day of the house's hourly usage into the lake; None for an hour without."""
    starts = interval_starts_utc(day, installation.programme.zone)
    rows = [
        {
            "meter_id": "M1",
            "ven_id": "green-button",
            "device_id": "house-1",
            "direction": "delivered",
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "energy_kwh": Decimal(value),
            "quality": "RAW",
            "marks": "",
            "version": 1,
            "source": "green-button",
            "source_reference": "entry 1",
            "received_at": RECEIVED,
            **changes,
        }
        for start, value in zip(starts, kwh, strict=True)
        if value is not None
    ]
    others = installation.lake.read(tables.INTERVAL_USAGE, [day]).drop("operating_day")
    kept = others.filter(pl.col("meter_id") != "M1")
    frame = pl.concat([kept, frame_of(tables.INTERVAL_USAGE, rows)])
    installation.lake.replace(tables.INTERVAL_USAGE, day, frame)


def judge(
    installation: Installation, first: date, last: date
) -> dg.ExecuteInProcessResult:
    """Judge days from the usage that the lake has."""
    if installation.lake.stored(tables.METER_MAPPING) is None:
        installation.post_meters(HOUSE_ONLY)
        installation.run("map_meters", "", "")
    return installation.run("settle_usage", first, last, only=JUDGING)


def usage_of(installation: Installation, day: date) -> list[dict[str, Any]]:
    """Give a day's rows after validation, in order of time."""
    frame = installation.lake.read(tables.VALIDATED_USAGE, [day])
    return frame.sort("interval_start_utc").rows(named=True)


def states(installation: Installation, day: date) -> list[str]:
    """Give the states of a day in order of time."""
    return [row["state"] for row in usage_of(installation, day)]


def log_of(installation: Installation, day: date) -> list[dict[str, Any]]:
    """Give what the log tells of a day."""
    frame = installation.lake.read(tables.USAGE_CHANGE, [day])
    return frame.sort("interval_start_utc", "change").rows(named=True)


def decide(
    installation: Installation,
    action: Action,
    span: Span,
    kwh: str | None = None,
    **changes: str,
) -> None:
    """Let Anna decide about the house, or about days."""
    device = {"ven_id": "green-button", "device_id": "house-1"}
    edit = Edit(
        action=action,
        span=span,
        energy_kwh=None if kwh is None else Decimal(kwh),
        reason="display read on site",
        made_by="anna",
        made_at=RECEIVED + DAY,
        **({} if action == "rerun" else device) | changes,
    )
    land_edit(installation.registry, edit, source="test")


def hours(day: date, first: int, last: int) -> Span:
    """Give the time between two hours of a local day in winter."""
    begin = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return Span(begin + timedelta(hours=first), begin + timedelta(hours=last))
