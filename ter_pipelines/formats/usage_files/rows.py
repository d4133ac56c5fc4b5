"""What both kinds of rows share: the empty row, energy, and the time rows touch."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.vocab.clock import DAY, Span
from ter_pipelines.vocab.units import ENERGY_PLACES, to_kwh

Row = dict[str, Any]

DELIVERED, RECEIVED, NET = "delivered", "received", "net"
NOT_ENERGY = ""
UNREADABLE = "file.unreadable"

_NEAR = timedelta(hours=22)  # from one value to the next no whole day lies between
_LEAST_STEP_KWH = Decimal(1).scaleb(-ENERGY_PLACES)

_EMPTY: Row = {
    "reference": "",
    "device_id": "",
    "direction": NOT_ENERGY,
    "is_register": False,
    "interval_start_text": "",
    "interval_start_utc": None,
    "duration_seconds": None,
    "value_text": "",
    "unit": "",
    "power_of_ten": 0,
    "energy_kwh": None,
    "step_kwh": None,
    "state": "",
    "quality": "",
    "marks": "",
    "tou": "",
    "cost": None,
    "currency": "",
    "published_at": None,
    "reason": "",
    "explanation": "",
}


def row_of(**said: object) -> Row:
    """Give a row that says this and nothing else."""
    return _EMPTY | said


def unreadable_row(why: object) -> Row:
    """Give the row that stands for a file that cannot be read any more."""
    return row_of(reference="whole file", reason=UNREADABLE, explanation=str(why))


def with_energy(row: Row, value: Decimal, *, unit: str, direction: str) -> Row:
    """Give a row its energy, rounded once, or the reason why it has none."""
    try:
        return row | {
            "direction": direction,
            "energy_kwh": to_kwh(value, unit=unit),
        }
    except ValueError as error:
        return row | {"reason": "usage.bad_value", "explanation": str(error)}


def with_step(row: Row, step: Decimal, *, unit: str) -> Row:
    """Give a dial's row the least step it shows, or the reason why it has none."""
    try:
        step_kwh = max(to_kwh(step, unit=unit), _LEAST_STEP_KWH)
    except ValueError as error:
        return row | {"reason": "usage.bad_value", "explanation": f"step: {error}"}
    return row | {"step_kwh": step_kwh}


def last_place(value: Decimal) -> Decimal:
    """Give the worth of the last digit a number was sent with, at most 1.

    >>> last_place(Decimal("1000.000")), last_place(Decimal("5E+3"))
    (Decimal('0.001'), Decimal('1'))
    """
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)


def touched(rows: Iterable[Row]) -> list[Span]:
    """Give the stretches of time that hold the rows that must be accounted for.

    Between one stretch and the next there is most of a day without a value, so that two
    values far apart do not touch what lies between. An interval touches a day at most:
    none that is longer is used. What is neither usage nor refused touches nothing.
    """
    by_date: dict[date, Span] = {}
    for row in rows:
        start = row["interval_start_utc"]
        if start is None or not (row["reason"] or row["direction"]):
            continue
        lasts = min(timedelta(seconds=row["duration_seconds"] or 1), DAY)
        span, day = Span(start, start + lasts), start.date()
        by_date[day] = _around(by_date.get(day, span), span)
    return list(_joined(span for _, span in sorted(by_date.items())))


def whole_span(spans: Sequence[Span]) -> Span | None:
    """Give the time from the first stretch to the end of the last, if there is any."""
    if not spans:
        return None
    return Span(spans[0].start_utc, max(span.end_utc for span in spans))


def _around(one: Span, other: Span) -> Span:
    return Span(min(one.start_utc, other.start_utc), max(one.end_utc, other.end_utc))


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Join spans that are in order of their starts where they are near."""
    held: Span | None = None
    for span in spans:
        if held and span.start_utc - held.end_utc > _NEAR:
            yield held
            held = None
        held = _around(held or span, span)
    if held:
        yield held
