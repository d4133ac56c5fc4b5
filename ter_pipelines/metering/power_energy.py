"""From power over time to the energy of intervals, where a register map asks for it.

Between two values power is taken to go along a line, so that an interval's energy is a
sum of trapezoids. An interval in which two values lie further apart than allowed has
none. What is summed up is rounded once at each boundary, so that intervals add up.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Context, Decimal
from itertools import pairwise

from ter_pipelines.metering.counter_steps import microseconds
from ter_pipelines.metering.counters import (
    Counted,
    EnergyInterval,
    boundaries_of,
    on_line,
    to_a_place,
)
from ter_pipelines.metering.time_order import CounterReading, InTime, put_in_time
from ter_pipelines.vocab.clock import Span

_EXACT = Context(prec=60)
_TWO_HOURS_US = Decimal(7_200_000_000)  # of the two sides of a trapezoid


def integrate_power(
    readings: Sequence[CounterReading],
    *,
    interval_seconds: int,
    longest_gap_seconds: int,
    span: Span,
) -> Counted:
    """Give the energy of a span's intervals, and what was not used.

    Args:
        readings: In order of arrival, with some from before and after the span; their
            values are kW.
        interval_seconds: Length of the intervals.
        longest_gap_seconds: Longest time between two values that belong together.
        span: Such as an operating day; intervals begin at its start.
    """
    boundaries = boundaries_of(span, interval_seconds)
    in_time = put_in_time(readings)
    points = _with_boundaries(in_time, boundaries, longest_gap_seconds)
    wanted = set(boundaries)
    length = timedelta(seconds=interval_seconds)
    totals = [
        t for t in _totals(in_time, points, longest_gap_seconds) if t[0] in wanted
    ]
    intervals = [
        EnergyInterval(a_at, interval_seconds, b_kwh - a_kwh, a_reference, b_reference)
        for (a_at, a_run, a_kwh, a_reference), (b_at, b_run, b_kwh, b_reference) in (
            pairwise(totals)
        )
        if a_run == b_run and b_at - a_at == length
    ]
    return Counted(intervals, events=in_time.events)


def _with_boundaries(
    in_time: InTime, boundaries: Sequence[datetime], gap_seconds: int
) -> list[CounterReading]:
    """Put a value at every boundary that has one near enough on either side."""
    points: list[CounterReading] = []
    waiting = iter(boundaries)
    boundary = next(waiting, None)
    for reading in in_time.readings:
        before = points[-1] if points else None
        while boundary is not None and boundary <= reading.at_utc:
            if before is not None and before.at_utc < boundary < reading.at_utc:
                line = (
                    (before.at_utc, before.value_kwh),
                    (reading.at_utc, reading.value_kwh),
                )
                if _is_near(in_time, before, reading, gap_seconds):
                    kw = on_line(boundary, *line)
                    points.append(CounterReading(boundary, kw, before.reference))
            boundary = next(waiting, None)
        points.append(reading)
    return points


def _totals(
    in_time: InTime, points: Sequence[CounterReading], gap_seconds: int
) -> Iterator[tuple[datetime, int, Decimal, str]]:
    """Give the energy since a run of near values began: time, run, kWh, reference."""
    run, doubled = 0, Decimal(0)
    for before, point in zip([None, *points], points, strict=False):
        if before is None:
            pass
        elif not _is_near(in_time, before, point, gap_seconds):
            run, doubled = run + 1, Decimal(0)
        else:
            both = _EXACT.add(before.value_kwh, point.value_kwh)
            width = Decimal(microseconds(point.at_utc - before.at_utc))
            doubled = _EXACT.add(doubled, _EXACT.multiply(both, width))
        kwh = to_a_place(_EXACT.divide(doubled, _TWO_HOURS_US))
        yield point.at_utc, run, kwh, point.reference


def _is_near(
    in_time: InTime, a: CounterReading, b: CounterReading, gap_seconds: int
) -> bool:
    """Tell whether power went along a line from one value to another."""
    is_soon = b.at_utc - a.at_utc <= timedelta(seconds=gap_seconds)
    return is_soon and not in_time.is_broken(a, b)
