"""How complete usage is: the state of every hour of a day, the share billed of days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee.day_channels import ChannelKey, key_of
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    MISSING,
    SUSPECT,
    VALID,
)
from ter_pipelines.vocab.clock import HOUR, day_span, interval_starts_utc

WORST_FIRST = (MISSING, SUSPECT, ESTIMATED, ADJUSTED, VALID)
BILLED = frozenset({VALID, ESTIMATED, ADJUSTED})
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Share:
    """How much of a channel's time is billed."""

    billed_seconds: int
    seconds: int

    @property
    def percent(self) -> int:
        """Give whole per cent, rounded down: 100 is all of it."""
        return self.billed_seconds * 100 // self.seconds if self.seconds else 0


def hours_of_channels(
    rows: Iterable[Row], day: date, zone: ZoneInfo
) -> dict[ChannelKey, list[str]]:
    """Give the worst state in every hour of a local day, empty where not mapped.

    Args:
        rows: Of `core/validated_usage` of the day.
        day: The day; it has 23, 24 or 25 hours.
        zone: Of the day.
    """
    begin = day_span(day, zone).start_utc
    hours = len(interval_starts_utc(day, zone))
    found: dict[ChannelKey, list[str]] = {}
    for row in rows:
        states = found.setdefault(key_of(row), [""] * hours)
        first = (row["interval_start_utc"] - begin) // HOUR
        end = row["interval_start_utc"] + timedelta(seconds=row["duration_seconds"])
        last = (end - begin - timedelta(seconds=1)) // HOUR
        for hour in range(max(first, 0), min(last, hours - 1) + 1):
            states[hour] = _worse(states[hour], row["state"])
    return found


def shares_of(rows: Iterable[Row]) -> dict[ChannelKey, Share]:
    """Give how much of each channel's time is billed."""
    billed: dict[ChannelKey, int] = {}
    seconds: dict[ChannelKey, int] = {}
    for row in rows:
        key, length = key_of(row), row["duration_seconds"]
        seconds[key] = seconds.get(key, 0) + length
        if row["state"] in BILLED:
            billed[key] = billed.get(key, 0) + length
    return {key: Share(billed.get(key, 0), of) for key, of in seconds.items()}


def _worse(one: str, other: str) -> str:
    return next((s for s in WORST_FIRST if s in {one, other}), other)
