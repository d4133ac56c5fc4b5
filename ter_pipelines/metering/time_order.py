"""Readings of a meter, put in order of time.

They come in order of arrival, stamped by the clock of the machine that read them. Where
that clock was put back or forth some were stamped wrongly: those are left out, and
where nothing tells how long it took from one reading to the next, that is said.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from ter_pipelines.vocab.clock import iso_utc

EventKind = Literal["ROLLOVER", "RESET", "EXCHANGE", "GLITCH", "CLOCK", "EARLY"]

_UNEVEN = 10  # of the time between readings, a tenth


@dataclass(frozen=True)
class CounterReading:
    """What a counter showed.

    Args:
        at_utc: When.
        value_kwh: What.
        reference: Row of the source.
    """

    at_utc: datetime
    value_kwh: Decimal
    reference: str = ""


@dataclass(frozen=True)
class CounterEvent:
    """Something other than counting.

    Args:
        at_utc: Instant of the first reading after it; of the reading itself if GLITCH
            or EARLY.
        kind: What; a GLITCH, what a CLOCK put back had stamped, and what was stamped
            EARLY while a clock was behind, is not used.
        explanation: The numbers.
        reference: Row of the source it shows in.
    """

    at_utc: datetime
    kind: EventKind
    explanation: str
    reference: str


@dataclass(frozen=True)
class InTime:
    """Readings in order of time.

    Args:
        readings: Each later than the one before.
        breaks: First readings of another clock, in order: how long it took from the
            reading before them to them is not known.
        events: Readings that were left out.
    """

    readings: list[CounterReading] = field(default_factory=list)
    breaks: list[datetime] = field(default_factory=list)
    events: list[CounterEvent] = field(default_factory=list)

    def is_broken(self, before: CounterReading, reading: CounterReading) -> bool:
        """Tell whether two readings were stamped by different clocks."""
        return bisect_right(self.breaks, before.at_utc) < bisect_right(
            self.breaks, reading.at_utc
        )


def put_in_time(readings: Sequence[CounterReading]) -> InTime:
    """Leave out what a clock stamped wrongly before or until it was put right.

    Where readings overlap in time, those stamped ahead by a clock that was then put
    back are left out. If far fewer were stamped early and the old line goes on behind
    them, those are left out instead. Unless the pace of the readings shows that only
    these few were wrong, the clock before is not the one after.

    Args:
        readings: In order of arrival.
    """
    found = InTime()
    kept = found.readings
    i = 0
    while i < len(readings):
        reading = readings[i]
        if not kept or reading.at_utc > kept[-1].at_utc:
            kept.append(reading)
        elif not _is_repeated(kept, reading):
            if count := _count_early(kept, readings, i):
                i += count
                _leave_out_early(found, readings[i - count : i], readings[i : i + 1])
                continue
            _leave_out_ahead(found, reading)
        i += 1
    return found


def _is_repeated(kept: Sequence[CounterReading], reading: CounterReading) -> bool:
    same = kept[_first_from(kept, reading)]
    return (same.at_utc, same.value_kwh) == (reading.at_utc, reading.value_kwh)


def _first_from(kept: Sequence[CounterReading], reading: CounterReading) -> int:
    """Find the first that was stamped no earlier than another."""
    return bisect_left(kept, reading.at_utc, key=lambda r: r.at_utc)


def _count_early(
    kept: Sequence[CounterReading], readings: Sequence[CounterReading], first: int
) -> int:
    """Count what was stamped early; 0 if it is the old line that is stamped ahead.

    A clock put back for good soon gives as many readings as it had stamped ahead.
    """
    count = 0
    while first + count < len(readings):
        reading = readings[first + count]
        if reading.at_utc > kept[-1].at_utc:
            break
        count += 1
        if len(kept) - _first_from(kept, reading) <= 2 * count:
            return 0
    return count


def _leave_out_early(
    found: InTime, early: Sequence[CounterReading], resumed: Sequence[CounterReading]
) -> None:
    newest = found.readings[-1]
    for wrong in early:
        why = f"{iso_utc(wrong.at_utc)} came after {iso_utc(newest.at_utc)}"
        found.events.append(CounterEvent(wrong.at_utc, "EARLY", why, wrong.reference))
    for reading in resumed:
        if not _keeps_pace(found.readings, reading, len(early)):
            found.breaks.append(reading.at_utc)


def _leave_out_ahead(found: InTime, reading: CounterReading) -> None:
    """Go on with a reading from where the clock was put back to."""
    kept, breaks = found.readings, found.breaks
    first = _first_from(kept, reading)
    ahead = kept[first:]
    del kept[first:]
    for wrong in ahead:
        why = f"{iso_utc(wrong.at_utc)} came before {iso_utc(reading.at_utc)}"
        event = CounterEvent(reading.at_utc, "CLOCK", why, wrong.reference)
        found.events.append(event)
    del breaks[bisect_left(breaks, reading.at_utc) :]
    if kept and not _keeps_pace(kept, reading, len(ahead)):
        breaks.append(reading.at_utc)
    kept.append(reading)


def _keeps_pace(
    kept: Sequence[CounterReading], reading: CounterReading, left_out: int
) -> bool:
    """Tell whether a reading comes when it must if those between took their time."""
    steps = min(len(kept) - 1, left_out + 1)
    if not steps:
        return False
    pace = (kept[-1].at_utc - kept[-1 - steps].at_utc) / steps
    expected = kept[-1].at_utc + pace * (left_out + 1)
    return abs(reading.at_utc - expected) <= pace / _UNEVEN
