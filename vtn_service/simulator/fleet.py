"""The fleet file: which devices there are, and the prices of their past days."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOUR = timedelta(hours=1)
KINDS = ("battery", "ev", "heat_pump")
SCALES = ("none", "k", "M")
TWICE = "sends_a_day_twice"
OUT_OF_ORDER = "sends_two_days_out_of_order"
GAP = "leaves_a_two_hour_gap"
UNLISTED = "not_in_the_meter_list"
QUIRKS = ("", TWICE, OUT_OF_ORDER, GAP, UNLISTED)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,127}")
_NAME_OF_ZONE = re.compile(r"[A-Za-z0-9_+\-/]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9._~\-]{1,256}")


@dataclass(frozen=True)
class Device:
    """One simulated device.

    Args:
        ven_id: Its OpenADR name; also the name of its log.
        token: Its secret part of the URL.
        device_id: Resource it reports for.
        kind: One of `KINDS`.
        unit: `Wh`; the schema of OpenADR 2.0b fixes it for energy.
        scale: SI scale of what it reports, one of `SCALES`.
        quirk: One of `QUIRKS`; empty for a well-behaved device.
    """

    ven_id: str
    token: str
    device_id: str
    kind: str
    unit: str
    scale: str
    quirk: str


@dataclass(frozen=True)
class PricedHour:
    """An hour and its price per kWh."""

    start_utc: datetime
    price: Decimal


@dataclass(frozen=True)
class Fleet:
    """Everything a simulation is told.

    Args:
        vtn_url: Where the VTN listens, without the token part.
        zone: Zone of the operating days.
        history: Past days whose usage is reported, in order, with their prices.
        devices: At least one.
    """

    vtn_url: str
    zone: ZoneInfo
    history: Mapping[date, tuple[PricedHour, ...]]
    devices: tuple[Device, ...]


def read_fleet(body: bytes) -> Fleet:
    """Read a fleet file.

    Raises:
        ValueError: Naming the field, what was got and what was expected.
    """
    try:
        given = json.loads(body)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"fleet file: is not JSON: {error}") from None
    fields = _fields(given, ("vtn_url", "zone", "history_prices", "devices"), "fleet")
    days = fields["history_prices"]
    devices = fields["devices"]
    if not isinstance(days, dict) or not isinstance(devices, list) or not devices:
        raise ValueError("fleet: expected an object history_prices and a list devices")
    history = {_day(day): _hours(days[day], day) for day in sorted(days)}
    return Fleet(
        vtn_url=_text(fields["vtn_url"], "vtn_url", _is_address).rstrip("/"),
        zone=_zone(fields["zone"]),
        history=history,
        devices=tuple(_device(entry, i) for i, entry in enumerate(devices)),
    )


def iso_utc(instant: datetime) -> str:
    """Write an instant as `2025-11-02T05:00:00Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _fields(given: object, names: tuple[str, ...], path: str) -> dict[str, object]:
    if not isinstance(given, dict) or set(given) != set(names):
        got = sorted(given) if isinstance(given, dict) else type(given).__name__
        raise ValueError(f"{path}: got {got}, expected the fields {', '.join(names)}")
    return given


def _text(value: object, path: str, is_right: Callable[[str], object]) -> str:
    if not isinstance(value, str) or not is_right(value):
        raise ValueError(f"{path}: got {str(value)[:60]!r}, which is not one")
    return value


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(_text(value, "zone", _NAME_OF_ZONE.fullmatch))
    except ZoneInfoNotFoundError:
        raise ValueError(f"zone: got {value!r}, expected an IANA zone") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"history_prices: {error}") from None


def _hours(given: object, day: str) -> tuple[PricedHour, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError(f"history_prices[{day}]: expected a list of hours")
    hours = []
    for i, entry in enumerate(given):
        try:
            start, price = entry
            hour = PricedHour(datetime.fromisoformat(start), Decimal(price))
        except (TypeError, ValueError, InvalidOperation):
            hour = None
        if hour is None or hour.start_utc.tzinfo is None or not hour.price.is_finite():
            raise ValueError(
                f"history_prices[{day}][{i}]: got {str(entry)[:60]}, expected "
                '["2025-11-01T04:00:00Z", "0.03512"]'
            )
        hours.append(hour)
    return tuple(hours)


def _device(given: object, position: int) -> Device:
    path = f"devices[{position}]"
    names = ("ven_id", "token", "device_id", "kind", "unit", "scale", "quirk")
    fields = _fields(given, names, path)
    return Device(
        ven_id=_text(fields["ven_id"], f"{path}.ven_id", _NAME.fullmatch),
        token=_text(fields["token"], f"{path}.token", _TOKEN.fullmatch),
        device_id=_text(fields["device_id"], f"{path}.device_id", _NAME.fullmatch),
        kind=_text(fields["kind"], f"{path}.kind", KINDS.__contains__),
        unit=_text(fields["unit"], f"{path}.unit", ("Wh",).__contains__),
        scale=_text(fields["scale"], f"{path}.scale", SCALES.__contains__),
        quirk=_text(fields["quirk"] or "", f"{path}.quirk", QUIRKS.__contains__),
    )
