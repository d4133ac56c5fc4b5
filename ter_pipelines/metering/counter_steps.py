"""A counter's readings, put in order; where it did not just count is named.

A counter may start again (rollover, reset), be another one (exchange), say nonsense
once (glitch), or be stamped by a clock that was put right (`time_order`). What was
counted between readings that belong together is left to `counters`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Context, Decimal

from ter_pipelines.metering.time_order import (
    CounterEvent,
    CounterReading,
    EventKind,
    put_in_time,
)
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.units import plain

_EXACT = Context(prec=60)
_HOUR_US = 3_600_000_000
_MICROSECOND = timedelta(microseconds=1)
_MARGIN = Decimal("1.1")
_SMALL_SHARE = Decimal("0.01")
_SMALL_KWH = Decimal(1)


@dataclass(frozen=True)
class Counter:
    """How a counter counts.

    Args:
        interval_seconds: Length of the intervals its energy is given in.
        step_kwh: Its least step.
        rolls_over_at_kwh: Where it starts again from 0; None if unknown.
        highest_kw: Most that can flow through the meter; None if unknown.
    """

    interval_seconds: int
    step_kwh: Decimal
    rolls_over_at_kwh: Decimal | None = None
    highest_kw: Decimal | None = None


@dataclass(frozen=True)
class Placed:
    """A reading among those it belongs with.

    Args:
        reading: As it came.
        segment: Readings of one number are of one counter that only counted.
        total_kwh: Its value, with what was counted in earlier rounds of the counter.
    """

    reading: CounterReading
    segment: int
    total_kwh: Decimal


def place(
    readings: Sequence[CounterReading], counter: Counter
) -> tuple[list[Placed], list[CounterEvent]]:
    """Put readings in order of time and in segments.

    Args:
        readings: In order of arrival.
        counter: How it counts.
    """
    in_time = put_in_time(readings)
    sound, glitches = _without_glitches(in_time.readings)
    events = [*in_time.events, *glitches]
    without_time = replace(counter, highest_kw=None)
    placed: list[Placed] = []
    segment, rounds_kwh = 0, Decimal(0)
    for before, reading in zip([None, *sound], sound, strict=False):
        is_broken = before is not None and in_time.is_broken(before, reading)
        known = without_time if is_broken else counter
        kind = before and _kind_of_step(before, reading, known)
        if before and kind:
            events.append(_event(before, reading, kind))
        if kind == "ROLLOVER":
            rounds_kwh += counter.rolls_over_at_kwh or 0
        elif kind:
            rounds_kwh = Decimal(0)
        segment += is_broken or kind in {"RESET", "EXCHANGE"}
        placed.append(Placed(reading, segment, rounds_kwh + reading.value_kwh))
    return placed, sorted(events, key=lambda event: event.at_utc)


def microseconds(length: timedelta) -> int:
    """Give a length of time as a whole number."""
    return length // _MICROSECOND


def _without_glitches(
    readings: list[CounterReading],
) -> tuple[list[CounterReading], list[CounterEvent]]:
    """Drop a single reading that falls out of line with those before and after it."""
    kept: list[CounterReading] = []
    events = []
    for i, reading in enumerate(readings):
        dropped = None
        after = readings[i + 1] if i + 1 < len(readings) else None
        if kept and reading.value_kwh < kept[-1].value_kwh:
            if after is not None and after.value_kwh >= kept[-1].value_kwh:
                dropped = reading
            elif len(kept) > 1 and kept[-2].value_kwh <= reading.value_kwh:
                dropped = kept[-1]
        if dropped is not None:
            why = f"{plain(dropped.value_kwh)} kWh fits neither neighbour"
            events.append(
                CounterEvent(dropped.at_utc, "GLITCH", why, dropped.reference)
            )
        if dropped is not None and dropped is not reading:
            kept.pop()
        if dropped is not reading:
            kept.append(reading)
    return kept, events


def _kind_of_step(
    before: CounterReading, reading: CounterReading, counter: Counter
) -> EventKind | None:
    most_kwh = _most_counted(before, reading, counter)
    risen_kwh = reading.value_kwh - before.value_kwh
    if risen_kwh >= 0:
        return "EXCHANGE" if most_kwh is not None and risen_kwh > most_kwh else None
    size = counter.rolls_over_at_kwh
    if size is not None and max(before.value_kwh, reading.value_kwh) < size:
        around_kwh = risen_kwh + size
        limit = most_kwh if most_kwh is not None else size * _SMALL_SHARE
        if around_kwh <= limit:
            return "ROLLOVER"
    if most_kwh is None:
        most_kwh = max(before.value_kwh * _SMALL_SHARE, _SMALL_KWH)
    return "RESET" if reading.value_kwh <= most_kwh else "EXCHANGE"


def _most_counted(
    before: CounterReading, reading: CounterReading, counter: Counter
) -> Decimal | None:
    """Give the most that can have been counted between two readings."""
    if counter.highest_kw is None:
        return None
    hours = _EXACT.divide(
        Decimal(microseconds(reading.at_utc - before.at_utc)), Decimal(_HOUR_US)
    )
    return counter.highest_kw * hours * _MARGIN + 2 * counter.step_kwh


def _event(
    before: CounterReading, reading: CounterReading, kind: EventKind
) -> CounterEvent:
    why = (
        f"{plain(before.value_kwh)} kWh at {iso_utc(before.at_utc)}, then "
        f"{plain(reading.value_kwh)} kWh"
    )
    return CounterEvent(reading.at_utc, kind, why, reading.reference)
