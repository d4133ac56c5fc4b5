"""What a device does with a day's prices: its own hourly energy, in kWh.

Positive is taken, negative is given. Pure and exact: the same device, day and prices
give the same energy to the watt-hour.
"""

import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from vtn_service.simulator.fleet import Device, PricedHour

WATT_HOUR = Decimal("0.001")

_BATTERY_POWER_KW = Decimal("5.0")
_LEAST_BATTERY_KWH, _MOST_BATTERY_KWH = Decimal("9.0"), Decimal("16.0")
_BATTERY_EFFICIENCY = Decimal("0.90")
_BATTERY_STANDBY_KWH = Decimal("0.018")
_CYCLING_HOURS = 4

_CHARGER_KW = Decimal("7.2")
_LEAST_TRIP_KWH, _MOST_TRIP_KWH = Decimal("4.5"), Decimal("17.0")
_LEAVES_AT, _RETURNS_AT = 7, 18

_HEAT_KWH_BY_HOUR = [Decimal(text) for text in (
    "1.15", "1.15", "1.20", "1.25", "1.30", "1.45", "1.60", "1.50", "1.20", "1.00",
    "0.85", "0.75", "0.70", "0.70", "0.75", "0.85", "1.05", "1.30", "1.45", "1.50",
    "1.45", "1.35", "1.25", "1.20",
)]  # fmt: skip
_AVOIDED_HOURS = 3
_AVOIDED_SHARE = Decimal("0.60")
_PREHEAT_LOSS = Decimal("1.08")
_PREHEAT_HOURS = 2


def plan_day(
    device: Device, hours: Sequence[PricedHour], zone: ZoneInfo
) -> list[Decimal]:
    """Give the device's energy for each of the hours, to the watt-hour."""
    model = _MODELS[device.kind]
    return [kwh.quantize(WATT_HOUR) for kwh in model(device, hours, zone)]


def _battery(
    device: Device, hours: Sequence[PricedHour], zone: ZoneInfo
) -> list[Decimal]:
    """Charge in the cheapest hours before the peak, give it back in the dearest."""
    del zone
    energy = [_BATTERY_STANDBY_KWH] * len(hours)
    peak = _by_price(hours)[-1]
    charging = [i for i in _by_price(hours) if i < peak][:_CYCLING_HOURS]
    if not charging:
        return energy
    cheapest, dearest = hours[charging[0]].price, hours[peak].price
    if dearest * _BATTERY_EFFICIENCY <= cheapest:
        return energy
    spread = _MOST_BATTERY_KWH - _LEAST_BATTERY_KWH
    size = (_LEAST_BATTERY_KWH + spread * _share(device, "size")).quantize(WATT_HOUR)
    stored = Decimal(0)
    for i in charging:
        room = (size - stored) / _BATTERY_EFFICIENCY
        taken = min(_BATTERY_POWER_KW, room).quantize(WATT_HOUR)
        energy[i] += taken
        stored += taken * _BATTERY_EFFICIENCY
    giving = [i for i in reversed(_by_price(hours)) if i > max(charging)]
    for i in giving[:_CYCLING_HOURS]:
        given = min(_BATTERY_POWER_KW, stored).quantize(WATT_HOUR)
        energy[i] -= given
        stored = max(stored - given, Decimal(0))
    return energy


def _ev(device: Device, hours: Sequence[PricedHour], zone: ZoneInfo) -> list[Decimal]:
    """Charge what was driven, at home, in the cheapest hours until full."""
    day = hours[0].start_utc.astimezone(zone).date()
    spread = _MOST_TRIP_KWH - _LEAST_TRIP_KWH
    wanted = _LEAST_TRIP_KWH + spread * _share(device, f"trip {day}")
    wanted = wanted.quantize(WATT_HOUR)
    energy = [Decimal(0)] * len(hours)
    for i in _by_price(hours):
        if _LEAVES_AT <= hours[i].start_utc.astimezone(zone).hour < _RETURNS_AT:
            continue
        energy[i] = min(_CHARGER_KW, wanted)
        wanted -= energy[i]
    return energy


def _heat_pump(
    device: Device, hours: Sequence[PricedHour], zone: ZoneInfo
) -> list[Decimal]:
    """Heat by the hour of day; ahead of the dearest hours, heat more before."""
    day = hours[0].start_utc.astimezone(zone).date()
    cold = Decimal("0.7") + Decimal("0.6") * _share(device, f"cold {day}")
    energy = [
        (_HEAT_KWH_BY_HOUR[hour.start_utc.astimezone(zone).hour] * cold).quantize(
            WATT_HOUR
        )
        for hour in hours
    ]
    for i in sorted(_by_price(hours)[-_AVOIDED_HOURS:]):
        before = [
            j
            for j in range(max(i - _PREHEAT_HOURS, 0), i)
            if hours[j].price < hours[i].price
        ]
        if before:
            moved = (energy[i] * _AVOIDED_SHARE).quantize(WATT_HOUR)
            energy[i] -= moved
            cheapest = min(before, key=lambda j: (hours[j].price, j))
            energy[cheapest] += moved * _PREHEAT_LOSS
    return energy


_MODELS: dict[
    str, Callable[[Device, Sequence[PricedHour], ZoneInfo], list[Decimal]]
] = {"battery": _battery, "ev": _ev, "heat_pump": _heat_pump}


def _by_price(hours: Sequence[PricedHour]) -> list[int]:
    """Give the positions from the cheapest hour to the dearest, earlier first."""
    return sorted(range(len(hours)), key=lambda i: (hours[i].price, i))


def _share(device: Device, subject: str) -> Decimal:
    """Give the number from 0 to 1 that belongs to a device and a subject."""
    digest = hashlib.sha256(f"{device.ven_id} {subject}".encode()).digest()
    return Decimal(int.from_bytes(digest[:2], "big")) / Decimal(2**16)
