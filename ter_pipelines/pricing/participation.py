"""How VENs take part in a day: told its prices, answered, heard. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ter_pipelines.vocab.clock import parse_instant
from ter_pipelines.vocab.findings import Finding
from vtn_service.contract import EventStatus, VenStatus

MOVING = ("last_poll_at", "last_report_at", "seen_at")
Rows = Sequence[Mapping[str, Any]]


def participation(
    vens: Iterable[VenStatus],
    events: Mapping[str, EventStatus],
    *,
    begins: datetime,
    seen_at: datetime,
) -> list[dict[str, Any]]:
    """Tell how each VEN takes part in a day.

    Args:
        vens: The roster.
        events: The day's price event by VEN, for those that have one.
        begins: When the day begins.
        seen_at: When the VTN was asked.
    """
    return [
        {
            "ven_id": ven.ven_id,
            "is_enabled": ven.is_enabled,
            **_of_event(events.get(ven.ven_id)),
            "last_poll_at": _instant(ven.last_poll_at),
            "last_report_at": (heard := _instant(ven.last_report_at)),
            "has_reported": heard is not None and heard >= begins,
            "silent_since": _instant(ven.silent_since),
            "certificate_expires_at": _instant(ven.certificate_expires_at),
            "seen_at": seen_at,
        }
        for ven in vens
    ]


def find_lost(
    handed_over: Rows, events: Iterable[EventStatus], day: date
) -> list[Finding]:
    """Find events that were handed over and are not in the VTN's book, or older there.

    Args:
        handed_over: With `ven_id`, `event_id` and `modification_number`.
        events: What the VTN's book has of the day.
        day: Whose.
    """
    known = {event.event_id: event.modification_number for event in events}
    newest: dict[str, Mapping[str, Any]] = {}
    for row in sorted(handed_over, key=lambda row: row["modification_number"]):
        newest[row["event_id"]] = row
    return [
        Finding(
            "event.lost",
            row["ven_id"],
            {
                "operating_day": str(day),
                "handed_over": row["modification_number"],
                "in_the_book": str(known.get(event_id, "none")),
            },
        )
        for event_id, row in newest.items()
        if known.get(event_id, -1) < row["modification_number"]
    ]


def find_silent(vens: Iterable[VenStatus]) -> list[Finding]:
    """Find enabled VENs that are silent, or were never heard."""
    return [
        Finding("ven.silent", ven.ven_id, {"since": ven.silent_since})
        if ven.silent_since
        else Finding("ven.never_heard", ven.ven_id)
        for ven in vens
        if ven.is_enabled and (ven.silent_since or is_never_heard(ven))
    ]


def is_never_heard(ven: VenStatus) -> bool:
    """Tell whether a VEN never registered, polled, reported nor answered."""
    heard = ven.registered_at, ven.last_poll_at, ven.last_report_at, ven.last_opt_at
    return not any(heard)


def find_unanswered(rows: Rows, day: date) -> list[Finding]:
    """Find enabled VENs that were not told a day's event, or gave it no optIn."""
    found = ((row, _answer_lacking(row)) for row in rows)
    return [
        Finding(code, row["ven_id"], {"operating_day": str(day)})
        for row, code in found
        if code
    ]


def _answer_lacking(row: Mapping[str, Any]) -> str:
    if not row["is_enabled"] or row["event_id"] is None:
        return ""
    if row["delivered_at"] is None:
        return "event.not_delivered"
    if not row["is_answered"]:
        return "event.unanswered"
    return "event.opted_out" if row["opt"] == "optOut" else ""


def _of_event(event: EventStatus | None) -> dict[str, Any]:
    if event is None:
        nothing = ("event_id", "modification_number", "delivered_at", "opt", "opt_at")
        return {**dict.fromkeys(nothing), "is_answered": False}
    return {
        "event_id": event.event_id,
        "modification_number": event.modification_number,
        "delivered_at": _instant(event.delivered_at),
        "opt": event.opt or None,
        "opt_at": _instant(event.opt_at),
        "is_answered": event.opt_modification_number == event.modification_number,
    }


def _instant(text: str) -> datetime | None:
    return parse_instant(text) if text else None
