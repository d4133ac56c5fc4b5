"""What is heard of channels, whatever the source: versions, repeats, overlaps.

The newest value of an interval wins, an identical repeat changes nothing, and an
interval that overlaps one heard earlier is refused: usage never counts twice.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ter_pipelines.metering.readings import NET, Reading, Row, Unusable
from ter_pipelines.vocab.clock import iso_utc

Contradicts = Callable[[Reading, Row, Reading, Row], Unusable | None]
Channel = tuple[str, str, str]  # VEN, device, direction
_HOUR_SECONDS = 3600
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
            if is_older(before.row, row):  # said again by a later publication
                known[key] = replace(before, row=row)
            return
        if why := contradicts(before.reading, before.row, reading, row):
            raise why
        self.replaced += 1
        number = before.number + 1
        if is_older(row, before.row):
            known[key] = replace(before, number=number)
        else:
            known[key] = Version(reading, row, number)

    def settled(self) -> Iterator[tuple[list[Version], list[Refused]]]:
        """Give each device's intervals that hold, and the refused ones."""
        devices: dict[tuple[str, str], dict[str, list[Version]]] = {}
        for (ven_id, device_id, direction), intervals in self.channels.items():
            versions = list(intervals.values())
            devices.setdefault((ven_id, device_id), {})[direction] = versions
        for directions in devices.values():
            held: dict[str, list[Version]] = {}
            refused: list[Refused] = []
            for direction, versions in directions.items():
                held[direction], overlapping = _without_overlaps(versions)
                refused += overlapping
            if NET in held and len(held) > 1:
                refused += _count_once(held)
            yield [version for kept in held.values() for version in kept], refused


def _count_once(held: dict[str, list[Version]]) -> list[Refused]:
    """Leave out what would count twice; give it.

    Net usage is what both directions come to. Where both are told the net is left out;
    where only one is, it stands, and the one is left out.
    """
    directions = [held[name] for name in held if name != NET]
    is_whole = len(directions) > 1
    doubled = [
        net
        for net in held[NET]
        if is_whole and all(_covers(told, net) for told in directions)
    ]
    starts = {net.begin for net in doubled}
    held[NET] = [net for net in held[NET] if net.begin not in starts]
    refused = [(net, _counted_twice(net)) for net in doubled]
    for name in held.keys() - {NET}:
        lone = [version for version in held[name] if _beside(held[NET], version)]
        begins = {version.begin for version in lone}
        held[name] = [v for v in held[name] if v.begin not in begins]
        refused += [(version, _counted_twice(version)) for version in lone]
    return refused


def _beside(in_time: list[Version], version: Version) -> list[Version]:
    """Give the intervals that share time with one, of some that do not overlap."""
    place = max(bisect_right(in_time, version.begin, key=lambda v: v.begin) - 1, 0)
    found = []
    for other in in_time[place:]:
        if other.begin >= version.reading.end_utc:
            break
        if _overlap(other.reading, version.reading):
            found.append(other)
    return found


def _covers(in_time: list[Version], version: Version) -> bool:
    """Tell whether intervals that do not overlap fill the time of another."""
    own = version.reading
    filled = sum(
        (
            min(other.reading.end_utc, own.end_utc)
            - max(other.begin, own.interval_start_utc)
            for other in _beside(in_time, version)
        ),
        timedelta(),
    )
    return filled == own.end_utc - own.interval_start_utc


def is_older(row: Row, than: Row) -> bool:
    """Tell whether a row was published before another, where both say when."""
    own, other = row.get("published_at"), than.get("published_at")
    return own is not None and other is not None and own < other


def _counted_twice(version: Version) -> Unusable:
    return Unusable(
        "usage.net_beside_directions",
        f"{version.reading.device_id!r} tells this time as net usage and by direction; "
        "both would count twice",
    )


def _without_overlaps(
    versions: list[Version],
) -> tuple[list[Version], list[Refused]]:
    """Part what is kept from what overlaps it.

    What lies whole in a priced hour goes before what does not, such as a day's total;
    then what was heard earlier goes first.

    Args:
        versions: In the order in which each interval was first heard, whichever
            source gave its newest value.
    """
    in_time = sorted(versions, key=lambda v: v.begin)
    if all(a.reading.end_utc <= b.begin for a, b in pairwise(in_time)):
        return in_time, []
    kept: list[Version] = []  # in order of time, so that only neighbours can overlap
    refused = []
    for version in sorted(versions, key=lambda v: not _fits_an_hour(v.reading)):
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
        f"{other.reading.duration_seconds} s, which goes before it",
    )


def _fits_an_hour(reading: Reading) -> bool:
    seconds = reading.duration_seconds
    if _HOUR_SECONDS % seconds:
        return False
    return int(reading.interval_start_utc.timestamp()) % seconds == 0


def _overlap(a: Reading, b: Reading) -> bool:
    return a.interval_start_utc < b.end_utc and b.interval_start_utc < a.end_utc
