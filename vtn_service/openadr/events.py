"""Events between the contract and OpenADR: what is accepted, and how it is told."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from vtn_service.contract import Event, EventSignal
from vtn_service.openadr.instants import iso_utc, parse_instant
from vtn_service.openadr.library import SIGNAL_NAMES, SIGNAL_TYPES, render
from vtn_service.openadr.message import MessageError, parse_message
from vtn_service.store.events import StoredEvent

MAX_INTERVALS = 1440
NEAR = timedelta(hours=1)
_ITEM_NAME = "currencyPerKWh"
_DECIMAL = re.compile(r"[+-]?[0-9]{1,38}(\.[0-9]{1,38})?")
_CONTEXT = re.compile(r"[!-~]{1,512}")


def check_event(event: Event, *, ven_id: str, event_id: str) -> tuple[str, str]:
    """Check that an event can be told, and give its start and end.

    Raises:
        ValueError: Naming the field, what was got and what was expected.
    """
    signal = event.signals[0]
    _expect(signal.signal_name, "signal_name", SIGNAL_NAMES)
    _expect(signal.signal_type, "signal_type", SIGNAL_TYPES)
    _expect(signal.item_name, "item_name", [_ITEM_NAME])
    if not _CONTEXT.fullmatch(event.market_context):
        got = repr(event.market_context[:60])
        raise ValueError(f"market_context: got {got}, expected a URI")
    span = _span_of(signal)
    stored = StoredEvent(event_id, 0, event, *span, *span, False, False)  # noqa: FBT003
    message = distribute_payload(
        [stored], ven_id=ven_id, vtn_id="VTN", now=_at(span[0])
    )
    try:
        parse_message(render("oadrDistributeEvent", message))
    except MessageError as error:
        raise ValueError(f"event {event_id}: {error}") from error
    return span


def distribute_payload(
    events: Sequence[StoredEvent], *, ven_id: str, vtn_id: str, now: datetime
) -> dict[str, object]:
    """Put events in the words of the oadrDistributeEvent template."""
    return {
        "request_id": uuid4().hex,
        "vtn_id": vtn_id,
        "events": [_event_payload(event, ven_id, now) for event in events],
    }


def status_of(event: StoredEvent, now: datetime) -> str:
    """Give the event's status by the clock; `near` is within the hour before it."""
    if event.event.is_cancelled:
        return "cancelled"
    start, end = _at(event.start_utc), _at(event.end_utc)
    if now >= end:
        return "completed"
    if now >= start:
        return "active"
    return "near" if now >= start - NEAR else "far"


def _event_payload(
    stored: StoredEvent, ven_id: str, now: datetime
) -> dict[str, object]:
    event = stored.event
    start, end = _at(stored.start_utc), _at(stored.end_utc)
    return {
        "event_descriptor": {
            "event_id": stored.event_id,
            "modification_number": stored.modification_number,
            "modification_date_time": stored.modified_at,
            "priority": 0,
            "market_context": event.market_context,
            "created_date_time": stored.created_at,
            "event_status": status_of(stored, now),
            "test_event": False,
        },
        "active_period": {"dtstart": start, "duration": end - start},
        "event_signals": [_signal_payload(signal) for signal in event.signals],
        "targets": [{"ven_id": ven_id}],
        "response_required": "always",
    }


def _signal_payload(event: EventSignal) -> dict[str, object]:
    return {
        "signal_name": event.signal_name,
        "signal_type": event.signal_type,
        "signal_id": event.signal_name,
        "measurement": {
            "name": event.item_name,
            "description": event.item_name,
            "unit": event.item_units,
            "scale": "none",
        },
        "intervals": [
            {
                "dtstart": _at(interval.start_utc),
                "duration": timedelta(seconds=interval.duration_seconds),
                "signal_payload": interval.value,
            }
            for interval in event.intervals
        ],
    }


def _span_of(event: EventSignal) -> tuple[str, str]:
    """Give the span of the intervals, which must tile it in order."""
    if not 0 < len(event.intervals) <= MAX_INTERVALS:
        raise ValueError(
            f"intervals: got {len(event.intervals)}, expected 1 to {MAX_INTERVALS}"
        )
    end: datetime | None = None
    for i, interval in enumerate(event.intervals):
        name = f"intervals[{i}]"
        start = parse_instant(interval.start_utc)
        if start is None or iso_utc(start) != interval.start_utc:
            got = repr(interval.start_utc[:40])
            raise ValueError(
                f"{name}.start_utc: got {got}, expected such as 2025-11-02T05:00:00Z"
            )
        if end is not None and start != end:
            raise ValueError(
                f"{name}.start_utc: got {interval.start_utc}, expected {iso_utc(end)}"
            )
        if not 0 < interval.duration_seconds <= 366 * 86400:
            raise ValueError(
                f"{name}.duration_seconds: got {interval.duration_seconds}, "
                "expected 1 to 31622400"
            )
        if not _DECIMAL.fullmatch(interval.value):
            got = repr(interval.value[:40])
            raise ValueError(f"{name}.value: got {got}, expected a decimal number")
        try:
            end = start + timedelta(seconds=interval.duration_seconds)
        except OverflowError:
            raise ValueError(f"{name}.start_utc: expected before year 10000") from None
    return event.intervals[0].start_utc, iso_utc(end) if end else ""


def _expect(value: str, name: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        got = repr(value[:40])
        raise ValueError(f"{name}: got {got}, expected {' or '.join(allowed)}")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
