"""Events between the contract and OpenADR: what is accepted, and how it is told."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from vtn_service.contract import Event
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.library import render
from vtn_service.openadr.message import MAX_TEXT, MessageError, parse_message
from vtn_service.openadr.prepared import Outline, Outlines, gap, write
from vtn_service.openadr.signals import check_signal, signal_payload
from vtn_service.store.events import LiveEvent, NewEvent

MAX_SIGNALS = 20
MAX_RESOURCES = 100
MAX_PRIORITY = 2**32 - 1
NEAR = timedelta(hours=1)
# By the SHA-256 of the event's body: thousands of VENs are told the same prices.
OUTLINES = Outlines(most_characters=32 * 1024 * 1024)
_CONTEXT = re.compile(r"[!-~]{1,512}")
_AT = "2025-11-02T05:00:00Z"
_DIFFERING = (
    *("event_id", "modification_number", "modified_at", "created_at"),
    *("status", "ven_id"),
)
_BEGIN, _END = "<oadr:oadrEvent>", "</oadr:oadrEvent>"


def check_event(new: NewEvent) -> tuple[str, str]:
    """Check that an event can be told, and give its start and end.

    Raises:
        ValueError: Naming the field, what was got and what was expected.
    """
    span = _check_fields(new.event)
    if OUTLINES.find(new.sha256) is None:
        outline = outline_of(new.event, span)
        sample = LiveEvent("event", 0, new.sha256, *span, _AT, _AT)
        now = datetime.fromisoformat(_AT)
        told = outline.fill(texts_of(sample, ven_id="ven", now=now))
        try:
            parse_message(write("oadrDistributeEvent", distribution("vtn"), told))
        except MessageError as error:
            raise ValueError(f"event: {error}") from error
        OUTLINES.keep(new.sha256, outline)
    return span


def distribution(vtn_id: str) -> dict[str, object]:
    """Give what an oadrDistributeEvent says besides its events."""
    return {"request_id": uuid4().hex, "vtn_id": vtn_id, "events": []}


def texts_of(event: LiveEvent, *, ven_id: str, now: datetime) -> dict[str, object]:
    """Give what differs by VEN and by time where the body of an event is the same."""
    return {
        "event_id": event.event_id,
        "modification_number": event.modification_number,
        "modified_at": event.modified_at,
        "created_at": event.created_at,
        "status": status_of(event, now),
        "ven_id": ven_id,
    }


def outline_of(event: Event, span: tuple[str, str]) -> Outline:
    """Write an event with a gap for each of the texts that differ."""
    payload = event_payload(event, span, {name: gap(name) for name in _DIFFERING})
    message = render("oadrDistributeEvent", {"events": [payload]}).decode()
    return Outline(message[message.index(_BEGIN) : message.rindex(_END) + len(_END)])


def event_payload(
    event: Event, span: tuple[str, str], texts: Mapping[str, object]
) -> dict[str, object]:
    """Put an event in the words of the oadrDistributeEvent template."""
    start, end = map(datetime.fromisoformat, span)
    targets = [{"resource_id": resource_id} for resource_id in event.resource_ids]
    return {
        "event_descriptor": {
            "event_id": texts["event_id"],
            "modification_number": texts["modification_number"],
            "modification_date_time": texts["modified_at"],
            "priority": event.priority,
            "market_context": event.market_context,
            "created_date_time": texts["created_at"],
            "event_status": texts["status"],
            "test_event": False,
        },
        "active_period": {"dtstart": span[0], "duration": end - start},
        "event_signals": [
            signal_payload(signal, position)
            for position, signal in enumerate(event.signals, start=1)
        ],
        "targets": [*targets, {"ven_id": texts["ven_id"]}],
        "response_required": "always" if event.needs_answer else "never",
    }


def status_of(event: LiveEvent, now: datetime) -> str:
    """Give the event's status by the clock; `near` is within the hour before it."""
    if event.is_cancelled:
        return "cancelled"
    instant = iso_utc(now)
    if instant >= event.end_utc:
        return "completed"
    if instant >= event.start_utc:
        return "active"
    return "near" if iso_utc(now + NEAR) >= event.start_utc else "far"


def _check_fields(event: Event) -> tuple[str, str]:
    if not _CONTEXT.fullmatch(event.market_context):
        got = repr(event.market_context[:60])
        raise ValueError(f"market_context: got {got}, expected a URI")
    if not 0 <= event.priority <= MAX_PRIORITY:
        raise ValueError(
            f"priority: got {event.priority}, expected 0 to {MAX_PRIORITY}"
        )
    _check_resources(event.resource_ids)
    if not 0 < len(event.signals) <= MAX_SIGNALS:
        raise ValueError(
            f"signals: got {len(event.signals)}, expected 1 to {MAX_SIGNALS}"
        )
    spans = [check_signal(s, f"signals[{i}]") for i, s in enumerate(event.signals)]
    for i, span in enumerate(spans):
        if span != spans[0]:
            raise ValueError(
                f"signals[{i}].intervals: got {' to '.join(span)}, expected "
                f"{' to '.join(spans[0])} as in signals[0]"
            )
    return spans[0]


def _check_resources(resource_ids: list[str]) -> None:
    if len(resource_ids) > MAX_RESOURCES:
        raise ValueError(
            f"resource_ids: got {len(resource_ids)}, expected at most {MAX_RESOURCES}"
        )
    for i, text in enumerate(resource_ids):
        is_plain = text.isprintable() and text == text.strip()
        if not (is_plain and 0 < len(text) <= MAX_TEXT):
            raise ValueError(
                f"resource_ids[{i}]: got {text[:40]!r}, expected 1 to {MAX_TEXT} "
                "printable characters"
            )
        if text in resource_ids[:i]:
            raise ValueError(f"resource_ids[{i}]: got {text[:40]!r}, expected it once")
