"""What VENs made of dispatch events: told, answered, accepted or not."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ter_pipelines.vocab.clock import parse_instant
from ter_pipelines.vocab.findings import Finding
from vtn_service.contract import EventStatus

MOVING = ("seen_at",)
Rows = Sequence[Mapping[str, Any]]


def newest_events(handed_over: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the newest revision of each event that was handed over, by event."""
    ordered = sorted(handed_over, key=lambda row: int(row["modification_number"]))
    return {row["event_id"]: row for row in ordered}


def answers(
    events: Mapping[str, Mapping[str, Any]],
    statuses: Iterable[EventStatus],
    *,
    seen_at: datetime,
) -> list[dict[str, Any]]:
    """Tell how far events have come with their VENs.

    Args:
        events: The newest revision handed over, by event.
        statuses: What the VTN's book says.
        seen_at: When it was asked.
    """
    return [
        {
            "event_id": status.event_id,
            "modification_number": status.modification_number,
            "ven_id": status.ven_id,
            "device_id": events[status.event_id]["device_id"],
            "is_cancelled": status.is_cancelled,
            "delivered_at": _instant(status.delivered_at),
            "opt": status.opt or None,
            "opt_at": _instant(status.opt_at),
            "is_answered": _is_answered(status),
            "is_accepted": is_accepted(status),
            "seen_at": seen_at,
        }
        for status in statuses
        if status.event_id in events
    ]


def is_accepted(status: EventStatus) -> bool:
    """Tell whether a plan counts: the VEN opted in to this very revision of it."""
    is_in = status.opt == "optIn" and not status.is_cancelled
    return is_in and _is_answered(status)


def standing_of(status: EventStatus) -> str:
    """Give in a word how far an event has come with its VEN."""
    if status.is_cancelled:
        return "CANCELLED" if status.delivered_at else "CANCELLED, NOT TOLD"
    if not status.delivered_at:
        return "NOT TOLD"
    if not _is_answered(status):
        return "UNANSWERED"
    return "ACCEPTED" if is_accepted(status) else "OPTED OUT"


def find_unaccepted(rows: Rows, day: date) -> list[Finding]:
    """Find events that were not told, not answered, or opted out of."""
    found = ((row, _lacking(row)) for row in rows)
    return [
        Finding(
            code, f"{row['ven_id']}/{row['device_id']}", {"operating_day": f"{day}"}
        )
        for row, code in found
        if code
    ]


def _lacking(row: Mapping[str, Any]) -> str:
    if row["delivered_at"] is None:
        which = "cancel_not_delivered" if row["is_cancelled"] else "not_delivered"
        return f"dispatch.{which}"
    if row["is_cancelled"] or row["is_accepted"]:
        return ""
    return "dispatch.opted_out" if row["is_answered"] else "dispatch.unanswered"


def _is_answered(status: EventStatus) -> bool:
    return status.opt_modification_number == status.modification_number


def _instant(text: str) -> datetime | None:
    return parse_instant(text) if text else None
