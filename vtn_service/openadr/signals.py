"""Signals of an event: which there are, in which units, and how one is written.

Source: OpenADR 2.0b profile specification, the table of event signals (name, type,
units, allowed values), and the item bases of its schema.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from vtn_service.contract import EventInterval, EventSignal
from vtn_service.openadr.instants import iso_utc, parse_instant
from vtn_service.openadr.library import CURRENCIES, SCALES

MAX_INTERVALS = 1440
MAX_INTERVAL_SECONDS = 366 * 86400

_NONE = ("",)
_PER_KWH = ("currencyPerKWh",)
_PER_KW = ("currencyPerKW",)
_POWER = ("powerReal", "powerApparent", "powerReactive")
_ENERGY = ("energyReal", "energyApparent", "energyReactive")
ITEM_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "SIMPLE": {"level": _NONE},
    "simple": {"level": _NONE},
    "ELECTRICITY_PRICE": {
        "price": _PER_KWH,
        "priceRelative": _PER_KWH,
        "priceMultiplier": _NONE,
    },
    "ENERGY_PRICE": {
        "price": _PER_KWH,
        "priceRelative": _PER_KWH,
        "priceMultiplier": _NONE,
    },
    "DEMAND_CHARGE": {
        "price": _PER_KW,
        "priceRelative": _PER_KW,
        "priceMultiplier": _NONE,
    },
    "BID_PRICE": {"price": ("currency",)},
    "BID_LOAD": {"setpoint": _POWER},
    "BID_ENERGY": {"setpoint": _ENERGY},
    "CHARGE_STATE": {"setpoint": _ENERGY, "delta": _ENERGY, "multiplier": _NONE},
    "LOAD_DISPATCH": {
        "setpoint": _POWER,
        "delta": _POWER,
        "multiplier": _NONE,
        "level": _NONE,
    },
    "LOAD_CONTROL": {
        "x-loadControlCapacity": _NONE,
        "x-loadControlLevelOffset": ("", "temperature"),
        "x-loadControlPercentOffset": _NONE,
        "x-loadControlSetpoint": ("", "temperature", "current", *_POWER),
    },
}
_UNITS: dict[str, Collection[str]] = {
    "": _NONE,
    "currency": CURRENCIES,
    "currencyPerKW": CURRENCIES,
    "currencyPerKWh": CURRENCIES,
    "powerReal": ("W", "J/s"),
    "powerApparent": ("VA",),
    "powerReactive": ("VAR",),
    "energyReal": ("Wh",),
    "energyApparent": ("VAh",),
    "energyReactive": ("VARh",),
    "current": ("A",),
    "temperature": ("celsius", "fahrenheit"),
}
_DESCRIPTIONS = {
    "powerReal": "RealPower",
    "powerApparent": "ApparentPower",
    "powerReactive": "ReactivePower",
    "energyReal": "RealEnergy",
    "energyApparent": "ApparentEnergy",
    "energyReactive": "ReactiveEnergy",
    "current": "Current",
}


@dataclass(frozen=True)
class _Form:
    """What a value looks like."""

    pattern: re.Pattern[str]
    meaning: str


_DECIMAL = _Form(re.compile(r"[+-]?[0-9]{1,38}(\.[0-9]{1,38})?"), "a decimal number")
_SIMPLE_LEVEL = _Form(re.compile("[0-3]"), "0, 1, 2 or 3")
_WHOLE = _Form(re.compile("[+-]?[0-9]{1,9}"), "a whole number")
_SHARE = _Form(re.compile(r"0(\.[0-9]{1,38})?|1(\.0{1,38})?"), "0 to 1")
_FORMS = {
    "level": _WHOLE,
    "x-loadControlLevelOffset": _WHOLE,
    "x-loadControlCapacity": _SHARE,
}


def check_signal(signal: EventSignal, path: str) -> tuple[str, str]:
    """Check that a signal can be told, and give its start and end.

    Args:
        signal: The signal.
        path: What to call it in an error, such as `signals[0]`.

    Raises:
        ValueError: Naming the field, what was got and what was expected.
    """
    name, kind, item = signal.signal_name, signal.signal_type, signal.item_name
    _expect(name, f"{path}.signal_name", ITEM_NAMES)
    _expect(kind, f"{path}.signal_type", ITEM_NAMES[name])
    _expect(item, f"{path}.item_name", ITEM_NAMES[name][kind])
    _expect(signal.item_units, f"{path}.item_units", _UNITS[item])
    _expect(signal.scale, f"{path}.scale", SCALES if item else ["none"])
    for field in ("hertz", "voltage"):
        _expect_form(getattr(signal, field), f"{path}.{field}", _DECIMAL)
    is_simple = name in {"SIMPLE", "simple"}
    form = _SIMPLE_LEVEL if is_simple else _FORMS.get(kind, _DECIMAL)
    for i, interval in enumerate(signal.intervals):
        _expect_form(interval.value, f"{path}.intervals[{i}].value", form)
    return _span_of(signal.intervals, f"{path}.intervals")


def signal_payload(signal: EventSignal, position: int) -> dict[str, object]:
    """Put a signal in the words of the template; its id is its name and position."""
    is_simple = signal.signal_name in {"SIMPLE", "simple"}
    return {
        "signal_name": signal.signal_name,
        "signal_type": signal.signal_type,
        "signal_id": f"{signal.signal_name}-{position}",
        "measurement": _measurement(signal) if signal.item_name else None,
        "intervals": [
            {
                "dtstart": interval.start_utc,
                "duration": timedelta(seconds=interval.duration_seconds),
                # The library wants these as numbers, all others are text.
                "signal_payload": int(interval.value) if is_simple else interval.value,
            }
            for interval in signal.intervals
        ],
    }


def _measurement(signal: EventSignal) -> dict[str, object]:
    name = signal.item_name
    attributes: dict[str, object] = {
        "hertz": signal.hertz,
        "voltage": signal.voltage,
        "ac": signal.is_ac,
    }
    return {
        "name": name,
        "description": _DESCRIPTIONS.get(name, name),
        "unit": signal.item_units,
        "scale": signal.scale,
        "power_attributes": attributes if name in _POWER else None,
    }


def _span_of(intervals: list[EventInterval], path: str) -> tuple[str, str]:
    """Give the span of the intervals, which must tile it in order."""
    if not 0 < len(intervals) <= MAX_INTERVALS:
        raise ValueError(f"{path}: got {len(intervals)}, expected 1 to {MAX_INTERVALS}")
    end = _start_of(intervals[0], f"{path}[0]")
    for i, interval in enumerate(intervals):
        name = f"{path}[{i}]"
        start = _start_of(interval, name)
        if start != end:
            raise ValueError(
                f"{name}.start_utc: got {interval.start_utc}, expected {iso_utc(end)}"
            )
        if not 0 < interval.duration_seconds <= MAX_INTERVAL_SECONDS:
            raise ValueError(
                f"{name}.duration_seconds: got {interval.duration_seconds}, "
                f"expected 1 to {MAX_INTERVAL_SECONDS}"
            )
        try:
            end = start + timedelta(seconds=interval.duration_seconds)
        except OverflowError:
            raise ValueError(f"{name}.start_utc: expected before year 10000") from None
    return intervals[0].start_utc, iso_utc(end)


def _start_of(interval: EventInterval, path: str) -> datetime:
    start = parse_instant(interval.start_utc)
    if start is None or iso_utc(start) != interval.start_utc:
        got = repr(interval.start_utc[:40])
        raise ValueError(
            f"{path}.start_utc: got {got}, expected such as 2025-11-02T05:00:00Z"
        )
    return start


def _expect(value: str, path: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        few = " or ".join(map(repr, list(allowed)[:12]))
        expected = "an ISO 4217 code" if allowed is CURRENCIES else few
        raise ValueError(f"{path}: got {value[:40]!r}, expected {expected}")


def _expect_form(value: str, path: str, form: _Form) -> None:
    if not form.pattern.fullmatch(value):
        raise ValueError(f"{path}: got {value[:40]!r}, expected {form.meaning}")
