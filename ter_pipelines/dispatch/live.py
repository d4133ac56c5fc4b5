"""Events that stand: as the lake has them, and as the VTN's book says.

The two differ where a run ended between a telling and its row in the lake; what the VTN
alone knows of is withdrawn like the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ter_pipelines.dispatch.answers import newest_events
from ter_pipelines.dispatch.events import ends_at, is_dispatch_of
from ter_pipelines.vocab.clock import parse_instant
from vtn_service.contract import EventStatus

Row = Mapping[str, Any]


@dataclass(frozen=True)
class LiveEvent:
    """An event that is not withdrawn.

    Args:
        event_id: Its id.
        ven_id: Whose it is.
        ends_at: When it is over.
        row: Its newest revision in the lake; None if the lake knows of none.
        status: What the VTN says; None if its book has no such event that stands.
    """

    event_id: str
    ven_id: str
    ends_at: datetime
    row: Row | None
    status: EventStatus | None


def live_events(
    handed_over: Iterable[Row],
    statuses: Iterable[EventStatus],
    whose: tuple[str, date],
) -> dict[str, LiveEvent]:
    """Give the events of a day that stand, for the lake or for the VTN.

    Args:
        handed_over: Of `out/dispatch_event`.
        statuses: What the VTN's book says of the day.
        whose: The programme's id, and the day.
    """
    newest = newest_events(handed_over)
    found = {
        event_id: LiveEvent(
            event_id, row["ven_id"], ends_at(row["body"]), row, status=None
        )
        for event_id, row in newest.items()
        if not row["is_cancelled"]
    }
    for status in statuses:
        event_id = status.event_id
        if is_dispatch_of(event_id, *whose) and not status.is_cancelled:
            end, row = parse_instant(status.end_utc), newest.get(event_id)
            found[event_id] = LiveEvent(event_id, status.ven_id, end, row, status)
    return found
