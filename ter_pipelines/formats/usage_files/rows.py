"""What both kinds of rows share: the empty row, and the time that rows touch."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.units import to_kwh

Row = dict[str, Any]

DELIVERED, RECEIVED, NET = "delivered", "received", "net"
NOT_ENERGY = ""

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
    "state": "",
    "quality": "",
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


def with_energy(row: Row, value: Decimal, *, unit: str, direction: str) -> Row:
    """Give a row its energy, rounded once, or the reason why it has none."""
    try:
        return row | {
            "direction": direction,
            "energy_kwh": to_kwh(value, unit=unit),
        }
    except ValueError as error:
        return row | {"reason": "usage.bad_value", "explanation": str(error)}


def touched(rows: Iterable[Row]) -> Span | None:
    """Give the time from the first value that has a place to the end of the last."""
    begins, ends = [], []
    for row in rows:
        start = row["interval_start_utc"]
        if start is not None:
            begins.append(start)
            ends.append(start + timedelta(seconds=row["duration_seconds"] or 1))
    return Span(min(begins), max(ends)) if begins else None
