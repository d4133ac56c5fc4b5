"""Events as the contract has them, for the tests of what may be told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from vtn_service.contract import Event, EventInterval, EventSignal
from vtn_service.openadr.instants import iso_utc

START = datetime.fromisoformat("2025-11-02T05:00:00Z")
CONTEXT = "http://market.example/ter"


def interval_of(
    position: int = 0, *, value: str = "0.10", seconds: int = 3600
) -> EventInterval:
    """Give one of the intervals of a signal, all of the same length."""
    start = START + timedelta(seconds=position * seconds)
    return EventInterval(iso_utc(start), seconds, value)


def signal_of(
    intervals: Sequence[EventInterval] = (),
    *,
    value: str = "0.10",
    **changes: Any,  # noqa: ANN401
) -> EventSignal:
    """Give a price signal; of one hour, unless it says otherwise."""
    body: dict[str, Any] = {
        "signal_name": "ELECTRICITY_PRICE",
        "signal_type": "price",
        "item_name": "currencyPerKWh",
        "item_units": "USD",
        "intervals": [i.to_json() for i in intervals or [interval_of(value=value)]],
    }
    return EventSignal.from_json({**body, **changes})


def event_of(*signals: EventSignal, **changes: Any) -> Event:  # noqa: ANN401
    """Give an event of some signals."""
    said = [signal.to_json() for signal in signals]
    body = {"market_context": CONTEXT, "signals": said}
    return Event.from_json({**body, **changes})
