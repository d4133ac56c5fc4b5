"""The event book: events, their revisions, and how far those have come."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from vtn_service.contract import Event, EventReceipt, EventStatus
from vtn_service.store.schema import EVENT, EVENT_REVISION, OPT

TOLD_UNANSWERED = 3


@dataclass(frozen=True)
class NewEvent:
    """An event as it is stored: its body as text, and the hash of that."""

    event: Event
    body: str
    sha256: str


@dataclass(frozen=True)
class LiveEvent:
    """What the current revision of an event is, but for its body.

    Args:
        event_id: As it was put, like the next five.
        modification_number: Of the revision.
        body_sha256: Under which its body is kept.
        start_utc: When it begins.
        end_utc: When it is over.
        created_at: When its first revision was put.
        modified_at: When this revision was put.
        delivered_at: When this revision was first handed over; empty until then.
        is_cancelled: Whether that is what it says.
        is_to_be_told: Whether a poll is answered with it.
        is_counted: Whether a telling of it is to be kept.
    """

    event_id: str
    modification_number: int
    body_sha256: str
    start_utc: str
    end_utc: str
    created_at: str
    modified_at: str
    delivered_at: str = ""
    is_cancelled: bool = False
    is_to_be_told: bool = True
    is_counted: bool = True


def pack_event(event: Event) -> NewEvent:
    """Give an event as it is stored; equal events have equal hashes."""
    body = json.dumps(event.to_json(), sort_keys=True, separators=(",", ":"))
    return NewEvent(event, body, hashlib.sha256(body.encode()).hexdigest())


def put_event(
    connection: Connection,
    *,
    ven_id: str,
    event_id: str,
    new: NewEvent,
    span: tuple[str, str],
    now: str,
) -> EventReceipt:
    """Store an event; a body unlike the current one is a new revision."""
    which = {"ven": ven_id, "event": event_id}
    current = connection.execute(_HEAD, which).one_or_none()
    if current and current.body_sha256 == new.sha256:
        return EventReceipt(event_id, current.modification_number, False, new.sha256)  # noqa: FBT003
    number = current.modification_number + 1 if current else 0
    key = {"ven_id": ven_id, "event_id": event_id, "modification_number": number}
    state = {"start_utc": span[0], "end_utc": span[1]}
    if current:
        connection.execute(_REVISE, {**which, **state, "modification_number": number})
    else:
        connection.execute(_ADD, {**key, **state, "created_at": now})
    connection.execute(
        _ADD_REVISION,
        {
            **key,
            "body": new.body,
            "body_sha256": new.sha256,
            "is_cancelled": new.event.is_cancelled,
            "needs_answer": new.event.needs_answer,
            "modified_at": now,
        },
    )
    return EventReceipt(event_id, number, True, new.sha256)  # noqa: FBT003


def live_events(connection: Connection, ven_id: str, now: str) -> list[LiveEvent]:
    """Give a VEN's events that are not over, the soonest first.

    A cancelled one is among them until the VEN has acknowledged that; one that needs
    no answer, until it is over.
    """
    rows = connection.execute(_LIVE, {"ven": ven_id, "now": now})
    return [LiveEvent(*row) for row in rows]


def read_bodies(
    connection: Connection, ven_id: str, live: Sequence[LiveEvent]
) -> dict[str, Event]:
    """Give what revisions say, by the hash of their body."""
    rows = connection.execute(
        select(EVENT_REVISION.c.body_sha256, EVENT_REVISION.c.body).where(
            EVENT_REVISION.c.ven_id == ven_id,
            EVENT_REVISION.c.event_id.in_({event.event_id for event in live}),
            EVENT_REVISION.c.body_sha256.in_({event.body_sha256 for event in live}),
        )
    )
    return {digest: Event.from_json(json.loads(body)) for digest, body in rows}


def note_delivered(
    connection: Connection, ven_id: str, events: Sequence[LiveEvent], now: str
) -> None:
    """Keep when revisions were first handed to the VEN, and how often they were."""
    same = {"ven": ven_id, "now": now}
    connection.execute(
        _DELIVERED,
        [
            {**same, "event": e.event_id, "number": e.modification_number}
            for e in events
        ],
    )


def tell_again(connection: Connection, ven_id: str, now: str) -> None:
    """Make a VEN's live events due once more: it may have forgotten all of them."""
    connection.execute(_TELL_AGAIN, {"ven": ven_id, "now": now})


def list_event_status(
    connection: Connection, start_utc: str, end_utc: str
) -> list[EventStatus]:
    """Give every event that overlaps `[start_utc, end_utc)`, by VEN and start.

    Of the answers to it the latest to its newest answered revision counts: a late one
    to an older revision says nothing of what is told now.
    """
    latest = (
        select(OPT.c.opt_seq)
        .where(OPT.c.ven_id == EVENT.c.ven_id, OPT.c.event_id == EVENT.c.event_id)
        .order_by(OPT.c.modification_number.desc(), OPT.c.opt_seq.desc())
        .limit(1)
        .correlate(EVENT)
        .scalar_subquery()
    )
    rows = connection.execute(
        _current(
            EVENT.c.event_id,
            EVENT.c.ven_id,
            EVENT.c.modification_number,
            EVENT.c.start_utc,
            EVENT.c.end_utc,
            EVENT_REVISION.c.delivered_at,
            EVENT_REVISION.c.is_cancelled,
            EVENT_REVISION.c.needs_answer,
            func.coalesce(OPT.c.opt_type, "").label("opt"),
            func.coalesce(OPT.c.received_at, "").label("opt_at"),
            func.coalesce(OPT.c.modification_number, -1).label(
                "opt_modification_number"
            ),
        )
        .outerjoin(OPT, OPT.c.opt_seq == latest)
        .where(EVENT.c.start_utc < end_utc, EVENT.c.end_utc > start_utc)
        .order_by(EVENT.c.ven_id, EVENT.c.start_utc, EVENT.c.event_id)
    )
    return [EventStatus(**row._mapping) for row in rows]  # noqa: SLF001


def _current(*columns: object) -> Select[tuple[object, ...]]:
    return select(*columns).select_from(  # type: ignore[call-overload, no-any-return]
        EVENT.join(
            EVENT_REVISION,
            and_(
                EVENT_REVISION.c.ven_id == EVENT.c.ven_id,
                EVENT_REVISION.c.event_id == EVENT.c.event_id,
                EVENT_REVISION.c.modification_number == EVENT.c.modification_number,
            ),
        )
    )


def is_unanswered() -> ColumnElement[bool]:
    """Tell whether an event's current revision needs an answer and has none."""
    return EVENT_REVISION.c.needs_answer & ~exists().where(
        OPT.c.ven_id == EVENT.c.ven_id,
        OPT.c.event_id == EVENT.c.event_id,
        OPT.c.modification_number == EVENT.c.modification_number,
    )


def _is_counted() -> ColumnElement[bool]:
    """Tell whether the current revision was not told as often as it is at least.

    One that needs an answer is told until that comes, so that one telling is enough
    to keep. Whether one that needs none arrived, nobody says: one answer to a poll may
    get lost, so it is told several times.
    """
    least = case((EVENT_REVISION.c.needs_answer, 1), else_=TOLD_UNANSWERED)
    return EVENT_REVISION.c.told_times < least


# Built once: building a statement takes several times as long as running it.
_IS_NAMED = (
    EVENT.c.ven_id == bindparam("ven"),
    EVENT.c.event_id == bindparam("event"),
)
_HEAD = _current(EVENT.c.modification_number, EVENT_REVISION.c.body_sha256).where(
    *_IS_NAMED
)
_ADD = insert(EVENT)
_REVISE = update(EVENT).where(*_IS_NAMED)
_ADD_REVISION = insert(EVENT_REVISION)
_LIVE = (
    _current(
        EVENT.c.event_id,
        EVENT.c.modification_number,
        EVENT_REVISION.c.body_sha256,
        EVENT.c.start_utc,
        EVENT.c.end_utc,
        EVENT.c.created_at,
        EVENT_REVISION.c.modified_at,
        EVENT_REVISION.c.delivered_at,
        EVENT_REVISION.c.is_cancelled,
        or_(is_unanswered(), _is_counted()).label("is_to_be_told"),
        _is_counted().label("is_counted"),
    )
    .where(
        EVENT.c.ven_id == bindparam("ven"),
        EVENT.c.end_utc > bindparam("now"),
        or_(
            ~EVENT_REVISION.c.is_cancelled,
            ~EVENT_REVISION.c.needs_answer,
            is_unanswered(),
            _is_counted(),
        ),
    )
    .order_by(EVENT.c.start_utc, EVENT.c.event_id)
)
_DELIVERED = (
    update(EVENT_REVISION)
    .where(
        EVENT_REVISION.c.ven_id == bindparam("ven"),
        EVENT_REVISION.c.event_id == bindparam("event"),
        EVENT_REVISION.c.modification_number == bindparam("number"),
    )
    .values(
        delivered_at=case(
            (EVENT_REVISION.c.delivered_at == "", bindparam("now")),
            else_=EVENT_REVISION.c.delivered_at,
        ),
        told_times=EVENT_REVISION.c.told_times + 1,
    )
)
_TELL_AGAIN = (
    update(EVENT_REVISION)
    .where(
        EVENT_REVISION.c.ven_id == bindparam("ven"),
        EVENT_REVISION.c.told_times > 0,
        ~EVENT_REVISION.c.is_cancelled,
        EVENT_REVISION.c.event_id.in_(
            select(EVENT.c.event_id).where(
                EVENT.c.ven_id == bindparam("ven"), EVENT.c.end_utc > bindparam("now")
            )
        ),
    )
    .values(told_times=0)
)
