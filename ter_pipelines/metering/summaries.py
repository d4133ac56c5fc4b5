"""Values of a meter over time -> what they were by the hour or by the local day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import HOUR, Span, day_span, operating_day_of
from ter_pipelines.vocab.modbus import GOOD

Step = Literal["hour", "day"]
_EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
_MEAN_PLACES = Decimal("1E-9")


class Value(Protocol):
    """A value, when it was, in what unit, and whether it is doubted."""

    @property
    def read_at(self) -> datetime:
        """Give when."""

    @property
    def value(self) -> Decimal:
        """Give the number."""

    @property
    def unit(self) -> str:
        """Give its unit."""

    @property
    def quality(self) -> str:
        """Give GOOD, or why it is doubted."""


@dataclass
class Summary:
    """What the good values of a stretch of time were.

    Args:
        span: The hour or the local day.
        unit: Of the values.
        count: How many there are.
        doubted: How many more there are that are not good and count for nothing.
        total: Their sum.
        minimum: The least.
        maximum: The greatest.
        first: The one read first.
        last: The one read last.
    """

    span: Span
    unit: str
    count: int = 0
    doubted: int = 0
    total: Decimal = Decimal(0)
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    first: Decimal | None = None
    last: Decimal | None = None

    @property
    def mean(self) -> Decimal | None:
        """Give the mean, rounded half away from zero to nine places; None of none."""
        if not self.count:
            return None
        exact = _EXACT.divide(self.total, Decimal(self.count))
        return _EXACT.quantize(exact, _MEAN_PLACES)

    def take(self, value: Value) -> None:
        """Count a value in; they come in order of time."""
        if value.quality != GOOD:
            self.doubted += 1
            return
        number = value.value
        self.count += 1
        self.total = _EXACT.add(self.total, number)
        self.first = number if self.first is None else self.first
        self.last = number
        self.minimum = number if self.minimum is None else min(self.minimum, number)
        self.maximum = number if self.maximum is None else max(self.maximum, number)


def summarize(values: Iterable[Value], step: Step, zone: ZoneInfo) -> list[Summary]:
    """Sum up values by the hour, or by the local day of 23, 24 or 25 hours.

    Args:
        values: In order of time.
        step: `hour` or `day`.
        zone: Of the local day.

    Returns:
        In order of time; an hour or day without any value is left out, and where the
        unit changes another summary of the same time begins.
    """
    span_of = _span_maker(step, zone)
    found: list[Summary] = []
    for value in values:
        last = found[-1] if found else None
        is_same = (
            last is not None and value.read_at in last.span and value.unit == last.unit
        )
        if last is None or not is_same:
            last = Summary(span_of(value.read_at), value.unit)
            found.append(last)
        last.take(value)
    return found


def _span_maker(step: Step, zone: ZoneInfo) -> Callable[[datetime], Span]:
    def hour(instant: datetime) -> Span:
        start = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return Span(start, start + HOUR)

    def day(instant: datetime) -> Span:
        return day_span(operating_day_of(instant, zone), zone)

    return hour if step == "hour" else day
