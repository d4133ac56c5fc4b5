"""What an operator orders of a battery for a day: a schedule, the cheapest plan, none.

An order is strict JSON in the registry, never changed; the newest of a battery and day
is the one that counts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, cast, get_args

from ter_pipelines.dispatch.battery import (
    MAX_POWER_KW,
    POWER_PLACES,
    Device,
    read_soc,
)
from ter_pipelines.vocab.clock import iso_utc, parse_instant
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.ids import require_device_id, require_id
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json, read_number, shown
from ter_pipelines.vocab.units import plain

Action = Literal["schedule", "cheapest", "cancel"]
SCHEDULE: Final = "schedule"
CHEAPEST: Final = "cheapest"
CANCEL: Final = "cancel"
MOST_INTERVALS = 1440
_LONGEST_SECONDS = 25 * 3600
_LINE = ("start_utc", "duration_seconds", "power_kw")
_NEEDED = ("ven_id", "device_id", "operating_day")
_KEPT = ("ordered_at",)
_Errors = dict[str, list[str]]


@dataclass(frozen=True)
class Setpoint:
    """What a battery is to do for a while: charge with a power, or give one (below 0).

    Args:
        start_utc: When it begins.
        duration_seconds: For how long.
        power_kw: At its connection, to 1 W.
    """

    start_utc: datetime
    duration_seconds: int
    power_kw: Decimal

    @property
    def end_utc(self) -> datetime:
        """Give the first instant after it."""
        return self.start_utc + timedelta(seconds=self.duration_seconds)


@dataclass(frozen=True)
class Order:
    """An order for a battery and a day.

    Args:
        action: `schedule`, `cheapest` or `cancel`.
        ven_id: OpenADR virtual end node.
        device_id: The battery behind it.
        operating_day: Local day.
        start_soc: State of charge it begins with; None for what is enrolled.
        setpoints: Of a schedule: in order of time, without overlap.
        ordered_at: When, so that no order is taken for a repetition of the one before;
            None in an operator's file.
    """

    action: Action
    ven_id: str
    device_id: str
    operating_day: date
    start_soc: Decimal | None = None
    setpoints: tuple[Setpoint, ...] = ()
    ordered_at: datetime | None = None

    @property
    def device(self) -> Device:
        """Give VEN and device."""
        return self.ven_id, self.device_id

    def to_json(self) -> bytes:
        """Write it as it is kept; equal orders are equal bytes."""
        lines = [
            {
                "start_utc": iso_utc(point.start_utc),
                "duration_seconds": point.duration_seconds,
                "power_kw": plain(point.power_kw),
            }
            for point in self.setpoints
        ]
        told = {
            "action": self.action,
            "ven_id": self.ven_id,
            "device_id": self.device_id,
            "operating_day": str(self.operating_day),
            **({} if self.start_soc is None else {"start_soc": plain(self.start_soc)}),
            **({"intervals": lines} if lines else {}),
            **({"ordered_at": iso_utc(self.ordered_at)} if self.ordered_at else {}),
        }
        return json.dumps(told).encode()


def read_order(body: bytes, *, subject: str) -> Order:
    """Read an order as it was kept.

    Raises:
        FormatError: If it is no JSON.
        FieldError: With a message for every field that is missing, unknown or wrong.
    """
    document = parse_json(body)
    given = document if isinstance(document, dict) else {}
    action = given.get("action")
    if action not in get_args(Action):
        wanted = ", ".join(get_args(Action))
        raise FieldError(
            subject, {"action": [f"got {shown(action)}, expected one of {wanted}"]}
        )
    rest = {name: value for name, value in given.items() if name != "action"}
    order, errors = _order(rest, cast("Action", action), _KEPT)
    if order is None:
        raise FieldError(subject, errors)
    return order


def read_schedules(body: bytes, *, subject: str) -> tuple[Order, ...]:
    """Read an operator's file: `{"schedules": [{"ven_id", "device_id", ...}]}`.

    A schedule has `ven_id`, `device_id`, `operating_day`, if need be `start_soc`, and
    `intervals` of `start_utc`, `duration_seconds` and `power_kw`, charging above 0.

    Raises:
        FormatError: If it is no JSON.
        FieldError: With a message for every field that is missing, unknown or wrong,
            and for a battery and day that are there twice.
    """
    document = parse_json(body)
    listed = document.get("schedules") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed or set(document) != {"schedules"}:  # type: ignore[call-overload]
        expected = 'expected {"schedules": [...]} with one or more, and nothing else'
        raise FieldError(subject, {"schedules": [expected]})
    orders: list[Order] = []
    errors: _Errors = {}
    for i, item in enumerate(listed):
        path = f"schedules[{i}]"
        order, wrong = _order(item, SCHEDULE, ())
        errors |= {f"{path}.{name}": texts for name, texts in wrong.items()}
        if order is None:
            continue
        if any((o.device, o.operating_day) == (order.device, order.operating_day)
               for o in orders):  # fmt: skip
            errors[path] = ["is the second of this battery and day, expected one"]
        orders.append(order)
    if errors:
        raise FieldError(subject, errors)
    return tuple(orders)


def _order(
    given: object, action: Action, more: tuple[str, ...]
) -> tuple[Order | None, _Errors]:
    if not isinstance(given, dict):
        return None, {"": [f"got {shown(given)}, expected an object"]}
    needed = (*_NEEDED, *(("intervals",) if action == SCHEDULE else ()))
    errors: _Errors = {name: ["is missing"] for name in needed if name not in given}
    known = {*needed, *more, *(() if action == CANCEL else ("start_soc",))}
    errors |= {name: ["is not a field of an order"] for name in given.keys() - known}
    values: dict[str, Any] = {}
    for name in known & given.keys() - {"intervals"}:
        try:
            values[name] = _FIELDS[name](given[name])
        except ValueError as error:
            errors[name] = [str(error)]
    setpoints, wrong = _setpoints(given.get("intervals", []), action)
    errors |= wrong
    if errors:
        return None, errors
    return Order(action, setpoints=setpoints, **values), {}


def _setpoints(listed: object, action: Action) -> tuple[tuple[Setpoint, ...], _Errors]:
    if not isinstance(listed, list) or len(listed) > MOST_INTERVALS:
        expected = f"expected a list of 1 to {MOST_INTERVALS} intervals"
        return (), {"intervals": [f"got {shown(listed)}, {expected}"]}
    if action == SCHEDULE and not listed:
        return (), {"intervals": ["got none, expected one interval or more"]}
    found: list[Setpoint] = []
    errors: _Errors = {}
    for i, line in enumerate(listed):
        try:
            point = _setpoint(line)
        except ValueError as error:
            errors[f"intervals[{i}]"] = [str(error)]
            continue
        if found and point.start_utc < found[-1].end_utc:
            begin = iso_utc(point.start_utc)
            errors[f"intervals[{i}]"] = [
                f"got a beginning at {begin}, expected none before the one before it "
                f"ends, {iso_utc(found[-1].end_utc)}"
            ]
        found.append(point)
    return tuple(found), errors


def _setpoint(line: object) -> Setpoint:
    if not isinstance(line, dict) or set(line) != set(_LINE):
        raise ValueError(f"got {shown(line)}, expected {', '.join(_LINE)}")
    start_utc = parse_instant(_text(line["start_utc"]))
    seconds = read_number(line["duration_seconds"])
    if start_utc.microsecond or seconds % 1 or not 0 < seconds <= _LONGEST_SECONDS:
        raise ValueError(
            f"got {iso_utc(start_utc)} for {plain(seconds)} s, expected whole seconds, "
            f"1 to {_LONGEST_SECONDS}"
        )
    power_kw = read_number(line["power_kw"])
    if power_kw != round(power_kw, POWER_PLACES) or abs(power_kw) > MAX_POWER_KW:
        raise ValueError(
            f"got {plain(power_kw)} kW, expected at most {POWER_PLACES} decimal places "
            f"and {MAX_POWER_KW} kW"
        )
    return Setpoint(start_utc, int(seconds), power_kw)


def _text(value: object) -> str:
    if not isinstance(value, str) or isinstance(value, JsonNumber):
        raise ValueError(f"got {shown(value)}, expected text")  # noqa: TRY004
    return value


_FIELDS: Mapping[str, Any] = {
    "ven_id": lambda value: require_id(_text(value), name="ven_id"),
    "device_id": lambda value: require_device_id(_text(value), name="device_id"),
    "operating_day": lambda value: date.fromisoformat(_text(value)),
    "start_soc": read_soc,
    "ordered_at": lambda value: parse_instant(_text(value)),
}
