"""Dials of a house, and what its usage stands at, put into a lake."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.assets.surroundings import dial_sums
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    HOUR,
    day_span,
    interval_starts_utc,
    operating_day_of,
)
from tests.assets.validating import NOV_3, NOV_4, NOV_5, RECEIVED

THREE_DAYS = (NOV_3, NOV_4, NOV_5)
ZONE = ZoneInfo("America/New_York")
MIDNIGHT = day_span(NOV_3, ZONE).start_utc
HOUSE = {
    "meter_id": "M1",
    "ven_id": "green-button",
    "device_id": "house-1",
    "direction": "delivered",
}


def stand(
    lake: Lake,
    day: date,
    kwh: Sequence[str | None],
    *,
    minutes: int = 60,
    state: str = "VALID",
) -> None:
    """Let a day of the house's usage stand as validated; None is a gap."""
    starts = interval_starts_utc(day, ZONE, interval_minutes=minutes)
    rows = [
        {
            **HOUSE,
            "interval_start_utc": start,
            "duration_seconds": minutes * 60,
            "energy_kwh": None if value is None else Decimal(value),
            "state": "MISSING" if value is None else state,
            "rules_failed": "",
            "method": "",
            "version": 1,
        }
        for start, value in zip(starts, kwh, strict=True)
    ]
    lake.replace(
        tables.VALIDATED_USAGE, day, frame_of(tables.VALIDATED_USAGE, rows), {}
    )


def read_dial(lake: Lake, read_at: datetime, kwh: str, **changes: object) -> None:
    """Put a reading of the house's dial into the lake."""
    day = operating_day_of(read_at, ZONE)
    row = {
        **HOUSE,
        "read_at": read_at,
        "reading_kwh": Decimal(kwh),
        "step_kwh": Decimal("0.01"),
        "event": "",
        "source": "cmep",
        "source_reference": "line 1",
        "received_at": RECEIVED,
        **changes,
    }
    others = lake.read(tables.REGISTER_READING, [day])
    frame = pl.concat(
        [others.drop("operating_day"), frame_of(tables.REGISTER_READING, [row])]
    )
    lake.replace(tables.REGISTER_READING, day, frame)


def sums(lake: Lake, first: date, last: date) -> list[tuple[Any, ...]]:
    """Give begin and end in hours, what was counted and what the intervals say."""
    found = dial_sums(lake, [first, last], ZONE)
    return [
        (
            (one.window.span.start_utc - MIDNIGHT) / HOUR,
            (one.window.span.end_utc - MIDNIGHT) / HOUR,
            one.window.difference_kwh,
            one.total_kwh,
        )
        for one in found
    ]
