"""From a counter's readings to the energy of intervals.

A counter's value at the boundary of an interval is what was read then, or lies on the
line between two readings no further apart than the interval. It is rounded once, to a
milliwatt-hour; intervals are differences of such values, so that they add up to the
difference of the counter exactly. Where a boundary has no value there is no interval:
what is missing is for VEE to estimate.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise

from ter_pipelines.metering.counter_steps import (
    Counter,
    Placed,
    microseconds,
    place,
)
from ter_pipelines.metering.time_order import CounterEvent, CounterReading
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.units import ENERGY_PLACES

_BREAKS = ("EXCHANGE", "RESET")  # the gravest first
_BEFORE = timedelta(hours=1)
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_PLACE = Decimal(1).scaleb(-ENERGY_PLACES)


@dataclass(frozen=True)
class EnergyInterval:
    """Energy of one interval.

    Args:
        start_utc: Its start.
        seconds: Its length.
        energy_kwh: To a milliwatt-hour.
        first_reference: Row of the source its first value rests on.
        last_reference: Row of the source its last value rests on.
    """

    start_utc: datetime
    seconds: int
    energy_kwh: Decimal
    first_reference: str
    last_reference: str


@dataclass(frozen=True)
class DialReading:
    """The counter at a boundary of an interval.

    Args:
        read_at: The boundary.
        reading_kwh: What it showed, to a milliwatt-hour.
        step_kwh: Its least step.
        event: EXCHANGE, RESET or ROLLOVER since the dial reading before; else empty.
        reference: Row of the source it rests on.
    """

    read_at: datetime
    reading_kwh: Decimal
    step_kwh: Decimal
    event: str
    reference: str


@dataclass(frozen=True)
class Counted:
    """What became of a channel's readings.

    Args:
        intervals: In order of time; what is missing is not there.
        dials: Where a stretch of intervals begins and ends, and beside every event.
        events: Everything that was not just counting.
    """

    intervals: list[EnergyInterval] = field(default_factory=list)
    dials: list[DialReading] = field(default_factory=list)
    events: list[CounterEvent] = field(default_factory=list)


@dataclass(frozen=True)
class _Boundary:
    at_utc: datetime
    segment: int
    total_kwh: Decimal
    rounds_kwh: Decimal
    reference: str

    @property
    def dial_kwh(self) -> Decimal:
        """Give what the counter shows: its total without the rounds it made."""
        return self.total_kwh - self.rounds_kwh


def count_energy(
    readings: Sequence[CounterReading], counter: Counter, span: Span
) -> Counted:
    """Turn a counter's readings into the energy of a span's intervals.

    Args:
        readings: In order of arrival, with those of the hour before the span, two from
            before that, and two from after the span.
        counter: How it counts.
        span: Such as an operating day; intervals begin at its start.
    """
    placed, events = place(readings, counter)
    found = _boundaries(placed, counter, span)
    inside = [b for b in found if b.at_utc >= span.start_utc]
    length = timedelta(seconds=counter.interval_seconds)
    intervals = [
        EnergyInterval(
            a.at_utc,
            counter.interval_seconds,
            b.total_kwh - a.total_kwh,
            a.reference,
            b.reference,
        )
        for a, b in pairwise(inside)
        if b.at_utc - a.at_utc == length and a.segment == b.segment
    ]
    return Counted(intervals, _dials(found, events, counter, span), events)


def boundaries_of(span: Span, interval_seconds: int) -> list[datetime]:
    """Give where intervals of a span begin and end, in order."""
    length = timedelta(seconds=interval_seconds)
    count = (span.end_utc - span.start_utc) // length
    return [span.start_utc + i * length for i in range(count + 1)]


def on_line(
    at_utc: datetime, a: tuple[datetime, Decimal], b: tuple[datetime, Decimal]
) -> Decimal:
    """Give the value at an instant on the line between two points."""
    part = Decimal(microseconds(at_utc - a[0]))
    whole = Decimal(microseconds(b[0] - a[0]))
    rise = _EXACT.divide(_EXACT.multiply(_EXACT.subtract(b[1], a[1]), part), whole)
    return _EXACT.add(a[1], rise)


def to_a_place(kwh: Decimal) -> Decimal:
    """Round to a milliwatt-hour."""
    return _EXACT.quantize(kwh, _PLACE)


def _boundaries(
    placed: Sequence[Placed], counter: Counter, span: Span
) -> list[_Boundary]:
    """Give the boundaries at which the value is known, from an hour before the span."""
    times = [p.reading.at_utc for p in placed]
    longest = timedelta(seconds=counter.interval_seconds)
    found = []
    wider = Span(span.start_utc - _BEFORE, span.end_utc)
    for at in boundaries_of(wider, counter.interval_seconds):
        i = bisect_left(times, at)
        if i < len(placed) and times[i] == at:
            found.append(_boundary(at, placed[i], placed[i].total_kwh, counter))
            continue
        if not 0 < i < len(placed):
            continue
        a, b = placed[i - 1], placed[i]
        if a.segment == b.segment and times[i] - times[i - 1] <= longest:
            line = (times[i - 1], a.total_kwh), (times[i], b.total_kwh)
            found.append(_boundary(at, a, on_line(at, *line), counter))
    return found


def _boundary(
    at_utc: datetime, placed: Placed, total_kwh: Decimal, counter: Counter
) -> _Boundary:
    total_kwh = to_a_place(total_kwh)
    rounds_kwh = to_a_place(placed.total_kwh - placed.reading.value_kwh)
    size = counter.rolls_over_at_kwh
    if size is not None and total_kwh - rounds_kwh >= size:
        rounds_kwh += to_a_place(size)
    reference = placed.reading.reference
    return _Boundary(at_utc, placed.segment, total_kwh, rounds_kwh, reference)


def _dials(
    found: Sequence[_Boundary],
    events: Sequence[CounterEvent],
    counter: Counter,
    span: Span,
) -> list[DialReading]:
    """Choose the boundaries where a stretch begins or ends, or an event lies beside."""
    length = timedelta(seconds=counter.interval_seconds)
    told = [_event_between(a, b, events) for a, b in pairwise([None, *found])]
    inside = [i for i, b in enumerate(found) if span.start_utc <= b.at_utc]
    chosen = {inside[0], inside[-1]} if inside else set()
    for i in inside[1:]:
        a, b = found[i - 1], found[i]
        is_next = b.at_utc - a.at_utc == length and a.segment == b.segment
        if told[i] or not is_next:
            chosen |= {i - 1, i}
    return [
        DialReading(
            found[i].at_utc,
            found[i].dial_kwh,
            counter.step_kwh,
            told[i],
            found[i].reference,
        )
        for i in sorted(chosen)
    ]


def _event_between(
    a: _Boundary | None, b: _Boundary | None, events: Sequence[CounterEvent]
) -> str:
    """Name the gravest thing that befell the counter between two boundaries."""
    if b is None:
        return ""
    if a is None or a.segment != b.segment:
        kinds = {
            event.kind
            for event in events
            if (a is None or a.at_utc < event.at_utc) and event.at_utc <= b.at_utc
        }
        for kind in _BREAKS:
            if kind in kinds:
                return kind
    rounds_before = Decimal(0) if a is None else a.rounds_kwh
    return "ROLLOVER" if b.rounds_kwh > rounds_before else ""
