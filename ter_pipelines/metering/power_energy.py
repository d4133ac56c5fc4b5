"""From power over time to the energy of intervals, where a register map asks for it.

Between two values power is taken to go along a line, so that an interval's energy is a
sum of trapezoids. An interval in which two values lie further apart than allowed has
none. What is summed up is rounded once at each boundary, so that intervals add up.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Context, Decimal
from itertools import pairwise

from ter_pipelines.metering.counter_steps import CounterReading, microseconds
from ter_pipelines.metering.counters import (
    EnergyInterval,
    boundaries_of,
    on_line,
    to_a_place,
)
from ter_pipelines.vocab.clock import Span

_EXACT = Context(prec=60)
_TWO_HOURS_US = Decimal(7_200_000_000)  # of the two sides of a trapezoid


def integrate_power(
    readings: Sequence[CounterReading],
    *,
    interval_seconds: int,
    longest_gap_seconds: int,
    span: Span,
) -> list[EnergyInterval]:
    """Give the energy of a span's intervals.

    Args:
        readings: In order of arrival, with some from before and after the span; their
            values are kW. One not later than the one before it is left out.
        interval_seconds: Length of the intervals.
        longest_gap_seconds: Longest time between two values that belong together.
        span: Such as an operating day; intervals begin at its start.
    """
    boundaries = boundaries_of(span, interval_seconds)
    points = _with_boundaries(readings, boundaries, longest_gap_seconds)
    wanted = set(boundaries)
    length = timedelta(seconds=interval_seconds)
    totals = [
        total for total in _totals(points, longest_gap_seconds) if total[0] in wanted
    ]
    return [
        EnergyInterval(
            a_at, interval_seconds, b_kwh - a_kwh, "RAW", a_reference, b_reference
        )
        for (a_at, a_run, a_kwh, a_reference), (b_at, b_run, b_kwh, b_reference) in (
            pairwise(totals)
        )
        if a_run == b_run and b_at - a_at == length
    ]


def _with_boundaries(
    readings: Sequence[CounterReading], boundaries: Sequence[datetime], gap_seconds: int
) -> list[CounterReading]:
    """Put a value at every boundary that has one near enough on either side."""
    in_time: list[CounterReading] = []
    waiting = iter(boundaries)
    boundary = next(waiting, None)
    for reading in readings:
        before = in_time[-1] if in_time else None
        if before is not None and reading.at_utc <= before.at_utc:
            continue
        while boundary is not None and boundary <= reading.at_utc:
            if before is not None and boundary != reading.at_utc:
                is_near = _seconds(before, reading) <= gap_seconds
                line = (
                    (before.at_utc, before.value_kwh),
                    (reading.at_utc, reading.value_kwh),
                )
                if is_near and boundary > before.at_utc:
                    kw = on_line(boundary, *line)
                    in_time.append(CounterReading(boundary, kw, before.reference))
            boundary = next(waiting, None)
        in_time.append(reading)
    return in_time


def _totals(
    points: Sequence[CounterReading], gap_seconds: int
) -> Iterator[tuple[datetime, int, Decimal, str]]:
    """Give the energy since a run of near values began: time, run, kWh, reference."""
    run, doubled = 0, Decimal(0)
    for before, point in zip([None, *points], points, strict=False):
        if before is not None and _seconds(before, point) > gap_seconds:
            run, doubled = run + 1, Decimal(0)
        elif before is not None:
            both = _EXACT.add(before.value_kwh, point.value_kwh)
            width = Decimal(microseconds(point.at_utc - before.at_utc))
            doubled = _EXACT.add(doubled, _EXACT.multiply(both, width))
        kwh = to_a_place(_EXACT.divide(doubled, _TWO_HOURS_US))
        yield point.at_utc, run, kwh, point.reference


def _seconds(a: CounterReading, b: CounterReading) -> Decimal:
    return Decimal(microseconds(b.at_utc - a.at_utc)) / 1_000_000
