"""What is heard of channels, whatever the source: versions, repeats, overlaps.

The newest value of an interval wins, an identical repeat changes nothing, and an
interval that overlaps one heard earlier is refused: usage never counts twice.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from ter_pipelines.metering.readings import NET, Reading, Row, Unusable
from ter_pipelines.vocab.clock import iso_utc

Contradicts = Callable[[Reading, Row, Reading, Row], Unusable | None]
Channel = tuple[str, str, str]  # VEN, device, direction
_SAID = ("energy_kwh", "quality", "marks", "meter_id")


@dataclass(frozen=True)
class Version:
    """The value of an interval that holds, and how many there were."""

    reading: Reading
    row: Row
    number: int = 1

    @property
    def begin(self) -> datetime:
        """Give the start of the interval."""
        return self.reading.interval_start_utc


Refused = tuple[Version, Unusable]


@dataclass
class Heard:
    """Every channel's intervals, in the order in which each was first heard."""

    channels: dict[Channel, dict[object, Version]] = field(default_factory=dict)
    repeats: int = 0
    replaced: int = 0

    def hear(self, reading: Reading, row: Row, contradicts: Contradicts) -> None:
        """Take a reading in.

        What was published before the value that holds is an older version of it.

        Raises:
            Unusable: What `contradicts` gives for this reading and the one before.
        """
        channel = (reading.ven_id, reading.device_id, reading.direction)
        known = self.channels.setdefault(channel, {})
        key = (reading.interval_start_utc, reading.duration_seconds)
        before = known.get(key)
        if before is None:
            known[key] = Version(reading, row)
            return
        if all(getattr(before.reading, n) == getattr(reading, n) for n in _SAID):
            self.repeats += 1
            return
        if why := contradicts(before.reading, before.row, reading, row):
            raise why
        self.replaced += 1
        number = before.number + 1
        if _is_older(row, before.row):
            known[key] = replace(before, number=number)
        else:
            known[key] = Version(reading, row, number)

    def settled(self) -> Iterator[tuple[list[Version], list[Refused]]]:
        """Give each channel's intervals that hold, in order, and the refused ones."""
        directions: dict[tuple[str, str], set[str]] = {}
        for ven_id, device_id, direction in self.channels:
            directions.setdefault((ven_id, device_id), set()).add(direction)
        for (ven_id, device_id, direction), intervals in self.channels.items():
            versions = list(intervals.values())
            if direction == NET and len(directions[ven_id, device_id]) > 1:
                yield [], [(version, _counted_twice(version)) for version in versions]
            else:
                yield _without_overlaps(versions)


def _is_older(row: Row, than: Row) -> bool:
    own, other = row.get("published_at"), than.get("published_at")
    return own is not None and other is not None and own < other


def _counted_twice(version: Version) -> Unusable:
    return Unusable(
        "usage.net_beside_directions",
        f"{version.reading.device_id!r} also tells what was delivered and received on "
        "this day; its net usage would count twice",
    )


def _without_overlaps(
    versions: list[Version],
) -> tuple[list[Version], list[Refused]]:
    """Part what is kept from what overlaps it.

    Args:
        versions: In the order in which each interval was first heard, whichever
            source gave its newest value.
    """
    in_time = sorted(versions, key=lambda v: v.begin)
    if all(a.reading.end_utc <= b.begin for a, b in pairwise(in_time)):
        return in_time, []
    kept: list[Version] = []  # in order of time, so that only neighbours can overlap
    refused = []
    for version in versions:
        place = bisect_right(kept, version.begin, key=lambda v: v.begin)
        beside = kept[max(place - 1, 0) : place + 1]
        other = next((k for k in beside if _overlap(k.reading, version.reading)), None)
        if other is None:
            kept.insert(place, version)
        else:
            refused.append((version, _overlapping(other)))
    return kept, refused


def _overlapping(other: Version) -> Unusable:
    return Unusable(
        "usage.overlaps",
        f"overlaps {other.reading.source_reference}, {iso_utc(other.begin)} for "
        f"{other.reading.duration_seconds} s, which was heard earlier",
    )


def _overlap(a: Reading, b: Reading) -> bool:
    return a.interval_start_utc < b.end_utc and b.interval_start_utc < a.end_utc
