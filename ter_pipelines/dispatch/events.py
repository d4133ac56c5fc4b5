"""From a plan to what a VEN is told: one event for a battery and day.

Two signals over the same time: the power to hold (`LOAD_DISPATCH`, setpoint, kW; below
0 is giving), and how much is to be stored when each interval ends (`CHARGE_STATE`,
setpoint, kWh), where a battery stops that comes there sooner.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.dispatch.battery import Device
from ter_pipelines.vocab.clock import iso_utc, parse_instant
from ter_pipelines.vocab.units import plain

Rows = Sequence[Mapping[str, Any]]
PRIORITY = 1  # over price events, which have none


def dispatch_event_id(programme_id: str, device: Device, operating_day: date) -> str:
    """Make the id of a battery's event for a day; the same every time.

    >>> dispatch_event_id("ter", ("ven-1", "battery-1"), date(2025, 11, 2))
    'ter-20251102-dispatch-87dc5b36228c'
    """
    digest = hashlib.sha256("\n".join(device).encode()).hexdigest()[:12]
    return f"{_of_day(programme_id, operating_day)}{digest}"


def is_dispatch_of(event_id: str, programme_id: str, operating_day: date) -> bool:
    """Tell whether an id is of a battery's event of a programme's day.

    >>> is_dispatch_of("ter-20251102-dispatch-87dc5b36228c", "ter", date(2025, 11, 2))
    True
    """
    return event_id.startswith(_of_day(programme_id, operating_day))


def dispatch_event(rows: Rows, market_context: str) -> dict[str, Any]:
    """Give the body of a plan's event in the words of the VTN's contract.

    Source: OpenADR 2.0b, LOAD_DISPATCH setpoint in powerReal, CHARGE_STATE setpoint in
    energyReal; priority 1 is the highest; the target is the resource.

    Args:
        rows: Of `core/dispatch_plan`, one battery's, in order of time.
        market_context: URI of the programme.
    """
    return {
        "market_context": market_context,
        "priority": PRIORITY,
        "resource_ids": [rows[0]["device_id"]],
        "signals": [
            _signal("LOAD_DISPATCH", "powerReal", "W", rows, "power_kw"),
            _signal("CHARGE_STATE", "energyReal", "Wh", rows, "stored_at_end_kwh"),
        ],
    }


def withdrawn(body: str) -> dict[str, Any]:
    """Give the event that cancels one, from its body as it was handed over."""
    event: dict[str, Any] = json.loads(body)
    return {**event, "is_cancelled": True}


def withdrawn_unread(
    device_id: str, begin_utc: datetime, end_utc: datetime, market_context: str
) -> dict[str, Any]:
    """Give an event that cancels one whose body nobody kept: rest, and cancelled.

    Args:
        device_id: The battery; empty if that is not known either.
        begin_utc: When the event begins.
        end_utc: When it ends.
        market_context: URI of the programme.
    """
    rest = {
        "interval_start_utc": begin_utc,
        "duration_seconds": int((end_utc - begin_utc).total_seconds()),
        "power_kw": Decimal(0),
    }
    return {
        "market_context": market_context,
        "priority": PRIORITY,
        "resource_ids": [device_id] if device_id else [],
        "signals": [_signal("LOAD_DISPATCH", "powerReal", "W", [rest], "power_kw")],
        "is_cancelled": True,
    }


def ends_at(body: str) -> datetime:
    """Tell when an event is over, from its body as it was handed over."""
    last = json.loads(body)["signals"][0]["intervals"][-1]
    length = timedelta(seconds=last["duration_seconds"])
    return parse_instant(last["start_utc"]) + length


def _of_day(programme_id: str, operating_day: date) -> str:
    return f"{programme_id}-{operating_day:%Y%m%d}-dispatch-"


def _signal(
    name: str, item_name: str, unit: str, rows: Rows, column: str
) -> dict[str, Any]:
    return {
        "signal_name": name,
        "signal_type": "setpoint",
        "item_name": item_name,
        "item_units": unit,
        "scale": "k",
        "intervals": [
            {
                "start_utc": iso_utc(row["interval_start_utc"]),
                "duration_seconds": row["duration_seconds"],
                "value": plain(row[column]),
            }
            for row in rows
        ],
    }
