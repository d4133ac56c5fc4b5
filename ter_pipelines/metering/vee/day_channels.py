"""Which channels a day has, and which of its rows are whose.

A channel is one direction of one device on one meter, during the time the device is
mapped to that meter. Nobody registers a channel: its directions and the length of its
intervals are what was heard, on the day or, of a silent device, on the days before.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from ter_pipelines.metering.mapping import MappedDevice
from ter_pipelines.metering.vee.series import HOUR_SECONDS, Channel, Direction
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.ids import OTHER_SOURCES

Row = Mapping[str, Any]
NET = "net"
SHORTEST_SECONDS = 60


class ChannelKey(NamedTuple):
    """What makes a channel the only one of its kind."""

    meter_id: str
    ven_id: str
    device_id: str
    direction: str

    @property
    def device(self) -> tuple[str, str]:
        """Give its VEN and device."""
        return self.ven_id, self.device_id

    def __str__(self) -> str:
        """Give it as findings call it."""
        direction = "" if self.direction == NET else f" {self.direction}"
        return f"{self.meter_id} {self.device_id}{direction}"


Directions = Mapping[str, int]  # direction to seconds of an interval
PastDirections = Callable[[tuple[str, str, str]], Directions]  # of meter, VEN, device


@dataclass(frozen=True)
class ChannelDay:
    """A channel during a day, or the part of it the device is mapped for.

    Args:
        key: Which channel.
        channel: What the rules need to know of it.
        window: The day, or the part.
        rows: Rows of `core/interval_usage` that begin in it.
    """

    key: ChannelKey
    channel: Channel
    window: Span
    rows: Sequence[Row]


def key_of(row: Row) -> ChannelKey:
    """Give the channel a row of usage is of."""
    return ChannelKey(
        row["meter_id"], row["ven_id"], row["device_id"], row["direction"]
    )


def channels_of(
    rows: Iterable[Row], devices: Sequence[MappedDevice], past: PastDirections
) -> tuple[list[ChannelDay], list[Row]]:
    """Find a day's channels.

    Args:
        rows: Rows of `core/interval_usage` of the day.
        devices: Who should be heard, and during which part of the day.
        past: The channels that a device had when it was heard last.

    Returns:
        The channels with their rows, and the rows of no device that is mapped.
    """
    by_channel: dict[ChannelKey, list[Row]] = {}
    for row in rows:
        by_channel.setdefault(key_of(row), []).append(row)
    heard: dict[tuple[str, str, str], list[str]] = {}
    for key in by_channel:
        heard.setdefault(key[:3], []).append(key.direction)
    found = []
    for device in devices:
        owner = (device.meter_id, device.ven_id, device.device_id)
        known = past(owner)
        for direction in _directions(heard.get(owner, []), known):
            key = ChannelKey(*owner, direction)
            own = by_channel.get(key, [])
            inside = [row for row in own if row["interval_start_utc"] in device.span]
            seconds = commonest_seconds(own, known.get(direction, HOUR_SECONDS))
            channel = _channel(key, seconds)
            found.append(ChannelDay(key, channel, device.span, inside))
    taken = {id(row) for day in found for row in day.rows}
    strays = [r for own in by_channel.values() for r in own if id(r) not in taken]
    return found, strays


def commonest_seconds(rows: Iterable[Row], otherwise: int) -> int:
    """Give the length most intervals have; of lengths as common, the longest.

    Only lengths count that a channel may have; where there is none, `otherwise`, and
    where that is none either, an hour.

    >>> commonest_seconds([{"duration_seconds": s} for s in (900, 900, 3600)], 3600)
    900
    """
    counted = Counter(
        row["duration_seconds"] for row in rows if _may_be(row["duration_seconds"])
    )
    default = otherwise if _may_be(otherwise) else HOUR_SECONDS
    return max(
        counted, key=lambda seconds: (counted[seconds], seconds), default=default
    )


def _may_be(seconds: int) -> bool:
    """Tell whether a channel may have intervals of a length.

    They divide an hour, and none is so short that one stray value of a few seconds
    would cut a day into thousands of gaps.
    """
    return seconds >= SHORTEST_SECONDS and HOUR_SECONDS % seconds == 0


def _directions(heard: Sequence[str], past: Directions) -> list[str]:
    """Name a device's channels: those heard, and those before that go with them.

    A device that measures net has that one channel; one that measures both directions
    may be silent in one of them.
    """
    if not heard:
        return sorted(past) or [NET]
    fitting = [name for name in past if (name == NET) == (NET in heard)]
    return sorted({*heard, *fitting})


def _channel(key: ChannelKey, interval_seconds: int) -> Channel:
    return Channel(
        str(key),
        key.meter_id,
        interval_seconds,
        direction=cast("Direction", key.direction),
        is_controllable=key.ven_id not in OTHER_SOURCES,
    )
