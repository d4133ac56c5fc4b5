"""Days of rows for the VEE tests: hourly usage of one device, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.metering.mapping import (
    BEGINNING,
    Assignment,
    MappedDevice,
    MeterMap,
)
from ter_pipelines.metering.vee.day import DayFacts, judge_channel
from ter_pipelines.metering.vee.day_channels import Directions, channels_of
from ter_pipelines.metering.vee.edits import Action, Edit
from ter_pipelines.metering.vee.row_findings import find_unaccounted
from ter_pipelines.metering.vee.standings import JudgedChannel
from ter_pipelines.metering.vee.value_rules import Limits
from ter_pipelines.vocab.clock import Span
from tests.metering.reported import DAY, RECEIVED, at
from tests.metering.vee_at_hand import DEFAULTS, ZONE

Row = dict[str, Any]
TODAY = date(2025, 11, 3)
METER, VEN, DEVICE_ID = "TER0001", "ven-1", "0012"
DEVICE = MappedDevice(METER, VEN, DEVICE_ID, DAY)
MAPPED = MeterMap({(VEN, DEVICE_ID): [Assignment(METER, BEGINNING, None, 1)]})
FACTS = DayFacts(
    zone=ZONE,
    settings=replace(DEFAULTS, spike_of_controllable=True),
    limits=Limits(Decimal(-25), Decimal(24)),
    meter_map=MAPPED,
)


def usage(
    hours: float, kwh: str = "1", *, seconds: int = 3600, **changes: object
) -> Row:
    """Give a row of `core/interval_usage`, changed as said."""
    return {
        "meter_id": METER,
        "ven_id": VEN,
        "device_id": DEVICE_ID,
        "direction": "net",
        "interval_start_utc": at(hours),
        "duration_seconds": seconds,
        "energy_kwh": Decimal(kwh),
        "quality": "RAW",
        "marks": "",
        "version": 1,
        "received_at": RECEIVED,
        **changes,
    }


def whole_day(
    kwh: str = "1", *, without: Sequence[int] = (), hours: int = 24, **changes: object
) -> list[Row]:
    """Give a day of hours that are all alike."""
    return [usage(h, kwh) | changes for h in range(hours) if h not in without]


def heard_nothing(_owner: tuple[str, str, str]) -> Directions:
    """Know nothing of the days before."""
    return {}


def judged(
    rows: Iterable[Row],
    devices: Sequence[MappedDevice] = (DEVICE,),
    facts: DayFacts = FACTS,
) -> list[JudgedChannel]:
    """Judge every channel of a day."""
    channels, strays = channels_of(rows, devices, heard_nothing)
    assert strays == []
    return [judge_channel(channel, facts) for channel in channels]


def rows_of(channels: Iterable[JudgedChannel]) -> list[Row]:
    """Give all rows of `core/validated_usage`."""
    return [row for channel in channels for row in channel.rows()]


def validated(
    rows: Iterable[Row],
    devices: Sequence[MappedDevice] = (DEVICE,),
    facts: DayFacts = FACTS,
) -> list[Row]:
    """Give all rows of a day; they must add up to the time there is."""
    result = rows_of(judged(rows, devices, facts))
    assert find_unaccounted(result, devices, TODAY) == []
    return result


def states(rows: Iterable[Row]) -> list[str]:
    """Give the states in order."""
    return [row["state"] for row in rows]


def missing(rows: Iterable[Row]) -> list[tuple[datetime, int]]:
    """Give when nothing was heard, and for how long."""
    return [
        (row["interval_start_utc"], row["duration_seconds"])
        for row in rows
        if row["state"] == "MISSING"
    ]


def edit(
    action: Action, first: float, last: float, kwh: str | None = None, **changes: object
) -> Edit:
    """Give what Anna decided about some hours, after all came; changed as said."""
    given: dict[str, Any] = {
        "action": action,
        "ven_id": VEN,
        "device_id": DEVICE_ID,
        "span": Span(at(first), at(last)),
        "energy_kwh": None if kwh is None else Decimal(kwh),
        "reason": "display read on site",
        "made_by": "anna",
        "made_at": RECEIVED + timedelta(hours=1),
        **changes,
    }
    return Edit(**given)
