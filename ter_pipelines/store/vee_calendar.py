"""The local days of a survey: how many intervals each has, and at which clock times.

Intervals are numbered since 1970: an interval's number times its length is its start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.vocab.clock import day_span

SECOND_US = 1_000_000
STEPS = (720, 900, 1200, 1800, 3600)
BITS = 128
_HALF = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SCHEMA = {
    "operating_day": pl.Date, "step": pl.Int32, "day_start_us": pl.Int64,
    "day_end_us": pl.Int64, "first_slot": pl.Int64, "slots": pl.Int64,
    "all_low": pl.UInt64, "all_high": pl.UInt64, "all_starts_us": pl.Int64,
}  # fmt: skip
_CLOCK_SCHEMA = {
    "operating_day": pl.Date, "step": pl.Int32, "slot": pl.Int64, "clock": pl.Int32,
}  # fmt: skip


@dataclass(frozen=True)
class Calendar:
    """Local days, and what a whole one looks like in intervals of a length.

    Args:
        zone: Of the local clock.
        days: In order.
        step: Length of the intervals, seconds.
    """

    zone: ZoneInfo
    days: Sequence[date]
    step: int

    def day_frame(self) -> pl.DataFrame:
        """Give a row for every day: its ends, its intervals, and all their bits.

        A day that does not begin on the grid has none.
        """
        return pl.DataFrame(
            [self._day_row(day) for day in self.days], schema=_DAY_SCHEMA
        )

    def clock_frame(self) -> pl.DataFrame:
        """Give the local clock time, in seconds after midnight, of every interval.

        In autumn two intervals have the same; in spring a time is on no interval.
        """
        rows = [
            (day, self.step, slot, self._clock(slot))
            for day in self.days
            for slot in self._slots(day)
        ]
        return pl.DataFrame(rows, schema=_CLOCK_SCHEMA, orient="row")

    def _slots(self, day: date) -> range:
        start, end = (_seconds(i) for i in vars(day_span(day, self.zone)).values())
        if start % self.step:
            return range(0)
        return range(start // self.step, end // self.step)

    def _clock(self, slot: int) -> int:
        at = (_EPOCH + timedelta(seconds=slot * self.step)).astimezone(self.zone)
        return at.hour * 3600 + at.minute * 60 + at.second

    def _day_row(self, day: date) -> dict[str, Any]:
        span, slots = day_span(day, self.zone), self._slots(day)
        bits = sum(1 << (slot % BITS) for slot in slots)
        return {
            "operating_day": day,
            "step": self.step,
            "day_start_us": _seconds(span.start_utc) * SECOND_US,
            "day_end_us": _seconds(span.end_utc) * SECOND_US,
            "first_slot": slots.start,
            "slots": len(slots),
            "all_low": bits % (1 << _HALF),
            "all_high": bits >> _HALF,
            "all_starts_us": sum(slots) * self.step * SECOND_US,
        }


def is_present(slot: pl.Expr, low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """Tell whether an interval's bit is set in the two halves."""
    bit = slot % BITS
    power = pl.lit(_POWERS).gather(bit % _HALF)
    return (pl.when(bit < _HALF).then(low).otherwise(high) & power) != 0


def day_type(day: pl.Expr, holidays: Iterable[date]) -> pl.Expr:
    """Give the type of a local day: 0 weekday, 1 Saturday, 2 Sunday or holiday."""
    weekday = day.dt.weekday()
    is_sunday = (weekday == _SUNDAY) | day.is_in(sorted(holidays))
    saturday = pl.when(weekday == _SATURDAY).then(1).otherwise(0)
    return pl.when(is_sunday).then(2).otherwise(saturday).cast(pl.Int8)


def _seconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(seconds=1)


_SATURDAY, _SUNDAY = 6, 7
_POWERS = pl.Series([1 << bit for bit in range(_HALF)], dtype=pl.UInt64)
