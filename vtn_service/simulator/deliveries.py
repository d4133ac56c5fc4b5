"""Which days a device reports, in which order and words, quirks and all."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from vtn_service.simulator.fleet import (
    GAP,
    OUT_OF_ORDER,
    TWICE,
    Device,
    Fleet,
)
from vtn_service.simulator.models import plan_day

HOUR_SECONDS = 3600
GAP_STARTS_AT, GAP_ENDS_AT = 13, 15

_POWER_OF_TEN_PER_KWH = {"none": 3, "k": 0, "M": -3}


@dataclass(frozen=True)
class Delivery:
    """One report: an operating day and its hours as text in the declared scale."""

    operating_day: date
    intervals: tuple[tuple[datetime, str], ...]


def deliveries_of(device: Device, fleet: Fleet) -> list[Delivery]:
    """Give a device's reports of the past days in the order it sends them."""
    deliveries = []
    for day, hours in fleet.history.items():
        energy = plan_day(device, hours, fleet.zone)
        texts = [value_text(kwh, scale=device.scale) for kwh in energy]
        starts = [hour.start_utc for hour in hours]
        deliveries.append(Delivery(day, tuple(zip(starts, texts, strict=True))))
    return _with_quirk(device.quirk, deliveries)


def value_text(kwh: Decimal, *, scale: str) -> str:
    """Write an energy in Wh of a scale, exactly.

    >>> [value_text(Decimal("-1.250"), scale=scale) for scale in ("none", "k", "M")]
    ['-1250', '-1.250', '-0.001250']
    """
    return format(kwh.scaleb(_POWER_OF_TEN_PER_KWH[scale]), "f")


def _with_quirk(quirk: str, deliveries: list[Delivery]) -> list[Delivery]:
    middle = len(deliveries) // 2
    if not deliveries:
        return []
    if quirk == TWICE:
        deliveries.insert(middle, deliveries[middle])
    if quirk == OUT_OF_ORDER:
        deliveries.insert(max(middle - 1, 0), deliveries.pop(middle))
    if quirk == GAP:
        day = deliveries[middle]
        kept = day.intervals[:GAP_STARTS_AT] + day.intervals[GAP_ENDS_AT:]
        deliveries[middle] = Delivery(day.operating_day, kept)
    return deliveries
