"""Readings of any number of feeds as one body of data: repeats, versions, gaps.

Little is kept: a reading is its start and two references, and what many readings say
alike is kept once.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from ter_pipelines.formats.espi.codes import EXACT, energy_wh, quantity
from ter_pipelines.formats.espi.records import Detail, Reading, Readings, ReadingType

_NEVER = datetime.min.replace(tzinfo=UTC)


class Channel(NamedTuple):
    """One series of intervals: a usage point and what is measured there.

    The reading type is without what does not set series apart: multiplier, currency
    and default quality.
    """

    usage_point: str
    reading_type: ReadingType


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """What is known of a channel.

    Args:
        channel: Which.
        intervals: Readings, repeats and all.
        distinct: Different starts.
        repeats: Readings that said what was known.
        conflicts: Readings that said something else about a known start.
        first: Start of the first interval, epoch seconds.
        last: Start of the last.
        gaps: Stretches between them that no interval covers.
        energy_wh: Sum over the versions that hold; None if it is no energy.
    """

    channel: Channel
    intervals: int
    distinct: int
    repeats: int
    conflicts: int
    first: int
    last: int
    gaps: int
    energy_wh: Decimal | None


class _Said(NamedTuple):
    """What a reading says about its start; equal where a repeat is identical."""

    duration_seconds: int
    quantity: Decimal
    detail: Detail
    cost: Decimal | None
    currency: int | None


@dataclass(slots=True)
class _Series:
    """A channel's intervals by rising start, and for each the version that holds."""

    repeats: int = 0
    conflicts: int = 0
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    said: list[_Said] = field(default_factory=list)
    updated: list[datetime] = field(default_factory=list)
    versions: dict[int, dict[_Said, tuple[datetime, int]]] = field(default_factory=dict)
    alike: dict[_Said, _Said] = field(default_factory=dict)

    def add_all(
        self, starts: Sequence[int], said: Sequence[_Said], updated: datetime
    ) -> bool:
        """Put readings between what is there; tell whether they fit."""
        at = bisect_left(self.starts, starts[0])
        fits = at == bisect_left(self.starts, starts[-1] + 1)
        if not fits or any(a >= b for a, b in pairwise(starts)):
            return False
        self.starts[at:at] = array("q", starts)
        self.said[at:at] = said
        self.updated[at:at] = [updated] * len(starts)
        return True

    def add(self, start: int, said: _Said, updated: datetime) -> bool:
        """Put one reading in; tell whether it says something new."""
        at = bisect_left(self.starts, start)
        if at == len(self.starts) or self.starts[at] != start:
            return self.add_all([start], [said], updated)
        before = {self.said[at]: (self.updated[at], 0)}
        versions = self.versions.get(start, before)
        is_new = said not in versions
        order = self.repeats + self.conflicts + 1
        versions[said] = max(versions.get(said, (_NEVER, 0)), (updated, order))
        if len(versions) > 1:
            self.versions[start] = versions
        winner = max(versions, key=lambda version: versions[version])
        self.said[at], self.updated[at] = winner, versions[winner][0]
        self.conflicts += is_new
        self.repeats += not is_new
        return is_new

    def count_gaps(self) -> int:
        """Count the stretches that no interval covers."""
        gaps, end = 0, self.starts[0]
        for start, said in zip(self.starts, self.said, strict=True):
            gaps += start > end
            end = max(end, start + said.duration_seconds)
        return gaps


@dataclass(slots=True)
class UsageBook:
    """Takes readings in, in any order, and tells what is new and what it sums up to.

    Of several versions of an interval, the one published last holds; the one heard
    last among those of the same publication.
    """

    _series: dict[Channel, _Series] = field(default_factory=dict)

    def add(self, readings: Readings) -> list[Reading]:
        """Take readings in; give those that say something new, in their order."""
        channel = _channel_of(readings)
        series = self._series.setdefault(channel, _Series())
        updated = readings.updated_utc or _NEVER
        said = [_said(row, readings.reading_type, series) for row in readings.rows]
        starts = [row.start for row in readings.rows]
        if series.add_all(starts, said, updated):
            return readings.rows
        return [
            row
            for row, words in zip(readings.rows, said, strict=True)
            if series.add(row.start, words, updated)
        ]

    def summaries(self) -> Iterator[ChannelSummary]:
        """Sum every channel up, in the order in which they came."""
        for channel, series in self._series.items():
            yield ChannelSummary(
                channel=channel,
                intervals=len(series.starts) + series.repeats + series.conflicts,
                distinct=len(series.starts),
                repeats=series.repeats,
                conflicts=series.conflicts,
                first=series.starts[0],
                last=series.starts[-1],
                gaps=series.count_gaps(),
                energy_wh=_energy_of(channel.reading_type, series.said),
            )


def _channel_of(readings: Readings) -> Channel:
    kind = replace(
        readings.reading_type, power_of_ten=0, currency=None, default_quality=None
    )
    return Channel(readings.usage_point.name, kind)


def _said(row: Reading, reading_type: ReadingType, series: _Series) -> _Said:
    said = _Said(
        row.duration_seconds,
        quantity(reading_type, row.value),
        row.detail,
        row.cost,
        reading_type.currency,
    )
    return series.alike.setdefault(said, said)


def _energy_of(reading_type: ReadingType, said: Sequence[_Said]) -> Decimal | None:
    total = Decimal(0)
    for words in said:
        energy = energy_wh(reading_type, words.quantity, words.duration_seconds)
        if energy is None:
            return None
        total = EXACT.add(total, energy)
    return total
