"""A channel and its intervals, as every VEE rule takes them.

A channel is one direction of one device or meter. Its intervals are half open, in UTC,
in kWh: a meter's constant was applied when its source was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import Span, day_span, days_between, operating_day_of
from ter_pipelines.vocab.errors import InputError

State = Literal["RAW", "VALID", "SUSPECT", "MISSING", "ESTIMATED", "ADJUSTED"]
RAW: Final = "RAW"
VALID: Final = "VALID"
SUSPECT: Final = "SUSPECT"
MISSING: Final = "MISSING"
ESTIMATED: Final = "ESTIMATED"
ADJUSTED: Final = "ADJUSTED"

Direction = Literal["delivered", "received", "net"]
HOUR_SECONDS = 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)


class Mark(Enum):
    """What a source says happened during an interval."""

    OVERFLOW = "the recorder's counter was full"
    TEST_MODE = "the meter was in test mode"
    OUTAGE = "power failed"
    RESTORATION = "power came back"


@dataclass(frozen=True, slots=True)
class Interval:
    """One interval of a channel.

    Args:
        interval_start_utc: Start of the half-open interval.
        duration_seconds: Its length.
        energy_kwh: Energy; None exactly where MISSING.
        state: See `states`.
        marks: What the source says about it.
        version: 1 for the first, one more for every change; 0 for time that nothing
            was ever told about.

    Raises:
        InputError: If it has no length, or is MISSING with energy or the reverse.
    """

    interval_start_utc: datetime
    duration_seconds: int
    energy_kwh: Decimal | None
    state: State = RAW
    marks: frozenset[Mark] = frozenset()
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.duration_seconds <= 0:
            raise InputError(f"{self}: got no duration, expected at least a second")
        if (self.energy_kwh is None) != (self.state == MISSING):
            raise InputError(f"{self}: expected MISSING exactly where energy is None")

    @property
    def end_utc(self) -> datetime:
        """Give the first instant after it."""
        return self.interval_start_utc + timedelta(seconds=self.duration_seconds)

    @property
    def span(self) -> Span:
        """Give its time."""
        return Span(self.interval_start_utc, self.end_utc)


@dataclass(frozen=True)
class Channel:
    """What is known about a channel.

    Args:
        subject: How findings call it, such as `TER0001 battery`.
        meter_id: Meter that the source says it belongs to.
        interval_seconds: Length its intervals should have; divides an hour.
        direction: `delivered` and `received` are never negative, `net` may be.
        inactive: When the meter was switched off in the books.
        is_controllable: It follows prices or dispatch, so days are not alike.

    Raises:
        InputError: If the interval does not divide an hour.
    """

    subject: str
    meter_id: str
    interval_seconds: int
    direction: Direction = "net"
    inactive: tuple[Span, ...] = ()
    is_controllable: bool = False

    def __post_init__(self) -> None:
        """Refuse intervals that would cross a priced hour."""
        if self.interval_seconds <= 0 or HOUR_SECONDS % self.interval_seconds:
            raise InputError(
                f"{self.subject}: got intervals of {self.interval_seconds} s, expected "
                "seconds that divide an hour, such as 900"
            )

    @property
    def step(self) -> timedelta:
        """Give the length of its intervals."""
        return timedelta(seconds=self.interval_seconds)

    def has_on_grid(self, instant: datetime) -> bool:
        """Tell whether an interval may begin at an instant."""
        return begin_of_step(instant, self.step) == instant

    def fits(self, interval: Interval) -> bool:
        """Tell whether an interval has the right length and place."""
        is_whole = interval.duration_seconds == self.interval_seconds
        return is_whole and self.has_on_grid(interval.interval_start_utc)


Slots = Mapping[datetime, Interval]


def slots_of(channel: Channel, intervals: Iterable[Interval]) -> Slots:
    """Give the newest version of every interval that fits, by start, in order."""
    return {i.interval_start_utc: i for i in newest(intervals) if channel.fits(i)}


def newest(intervals: Iterable[Interval]) -> list[Interval]:
    """Give the newest version of every start, in order."""
    return list({i.interval_start_utc: i for i in in_order(intervals)}.values())


def in_order(intervals: Iterable[Interval]) -> list[Interval]:
    """Sort by start; of the same start, the oldest version first."""
    return sorted(intervals, key=_place)


def with_values(intervals: Iterable[Interval]) -> list[tuple[Interval, Decimal]]:
    """Give the intervals that have energy, in order, each with it."""
    return [
        (interval, interval.energy_kwh)
        for interval in in_order(intervals)
        if interval.energy_kwh is not None
    ]


def total_kwh(intervals: Iterable[Interval], span: Span) -> Decimal | None:
    """Add up a span's energy; None unless values cover it exactly once."""
    covered_to = span.start_utc
    total = Decimal(0)
    for interval, energy_kwh in with_values(intervals):
        if overlap(interval.span, span):
            if interval.interval_start_utc != covered_to:
                return None
            covered_to = interval.end_utc
            total += energy_kwh
    return total if covered_to == span.end_utc else None


def uncovered(covered: Iterable[Span], span: Span) -> list[Span]:
    """Give the parts of a span that nothing covers, in order."""
    found = []
    covered_to = span.start_utc
    for part in sorted(covered, key=lambda s: s.start_utc):
        if part.start_utc > covered_to:
            found.append(Span(covered_to, min(part.start_utc, span.end_utc)))
        covered_to = max(covered_to, part.end_utc)
    if covered_to < span.end_utc:
        found.append(Span(covered_to, span.end_utc))
    return [gap for gap in found if gap.start_utc < gap.end_utc]


def cut(span: Span, step: timedelta) -> list[Span]:
    """Cut a span wherever a step begins, counted in UTC from the full hour."""
    pieces = []
    start = span.start_utc
    while start < span.end_utc:
        end = min(begin_of_step(start, step) + step, span.end_utc)
        pieces.append(Span(start, end))
        start = end
    return pieces


def fill_missing(
    channel: Channel, intervals: Sequence[Interval], span: Span
) -> list[Interval]:
    """Give the intervals with MISSING ones wherever no value covers a span.

    Each is a step long; where a step is covered in part it is shorter. Of the missing
    ones that were given, those that are as they should be stay as they are.
    """
    given = {i.span: i for i in intervals if i.energy_kwh is None}
    values = [i for i in intervals if i.energy_kwh is not None]
    missing = [
        given.get(piece) or _missing_interval(piece)
        for gap in uncovered((i.span for i in values), span)
        for piece in cut(gap, channel.step)
    ]
    outside = [i for i in given.values() if not overlap(i.span, span)]
    return in_order([*values, *missing, *outside])


def days_in(window: Span, zone: ZoneInfo) -> list[Span]:
    """Give the local days of a window, the first and last as far as it reaches."""
    last = max(window.end_utc - _MOMENT, window.start_utc)
    days = days_between(
        operating_day_of(window.start_utc, zone), operating_day_of(last, zone)
    )
    spans = (day_span(day, zone) for day in days)
    return [
        Span(max(day.start_utc, window.start_utc), min(day.end_utc, window.end_utc))
        for day in spans
    ]


def overlap(a: Span, b: Span) -> bool:
    """Tell whether two spans share time."""
    return a.start_utc < b.end_utc and b.start_utc < a.end_utc


def seconds_of(span: Span) -> int:
    """Give the length of a span."""
    return int((span.end_utc - span.start_utc).total_seconds())


def begin_of_step(instant: datetime, step: timedelta) -> datetime:
    """Give the last instant on the grid that is not after an instant."""
    return instant - (instant - _EPOCH) % step


def _missing_interval(span: Span) -> Interval:
    return Interval(span.start_utc, seconds_of(span), None, MISSING, version=0)


def _place(interval: Interval) -> tuple[datetime, int, int, Decimal]:
    energy_kwh = interval.energy_kwh
    return (
        interval.interval_start_utc,
        interval.version,
        interval.duration_seconds,
        Decimal("-Infinity") if energy_kwh is None else energy_kwh,
    )
