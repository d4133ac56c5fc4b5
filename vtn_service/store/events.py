"""The event book: events, their revisions, deliveries and what VENs answered."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    insert,
    select,
    update,
)

from vtn_service.contract import Event, EventReceipt, EventStatus
from vtn_service.store.schema import EVENT, EVENT_REVISION, OPT, OPT_SCHEDULE


@dataclass(frozen=True)
class StoredEvent:
    """An event's current revision as a VEN is to be told."""

    event_id: str
    modification_number: int
    event: Event
    start_utc: str
    end_utc: str
    created_at: str
    modified_at: str
    is_delivered: bool
    is_to_be_told: bool


@dataclass(frozen=True)
class EventOpt:
    """A VEN's answer to one revision of an event."""

    event_id: str
    modification_number: int
    opt_type: str
    response_code: str


@dataclass(frozen=True)
class OptSchedule:
    """An opt schedule of a VEN, with the message it came in."""

    opt_id: str
    opt_type: str
    opt_reason: str
    body: bytes


def put_event(
    connection: Connection,
    *,
    ven_id: str,
    event_id: str,
    event: Event,
    span: tuple[str, str],
    now: str,
) -> EventReceipt:
    """Store an event; a body unlike the current one is a new revision."""
    body = json.dumps(event.to_json(), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(body.encode()).hexdigest()
    key = {"ven_id": ven_id, "event_id": event_id}
    current = connection.execute(
        _current(EVENT.c.modification_number, EVENT_REVISION.c.body_sha256).where(
            EVENT.c.ven_id == ven_id, EVENT.c.event_id == event_id
        )
    ).one_or_none()
    if current and current.body_sha256 == digest:
        return EventReceipt(event_id, current.modification_number, False, digest)  # noqa: FBT003
    number = current.modification_number + 1 if current else 0
    state = {"modification_number": number, "start_utc": span[0], "end_utc": span[1]}
    if current:
        connection.execute(update(EVENT).filter_by(**key).values(state))
    else:
        connection.execute(insert(EVENT).values(**key, **state, created_at=now))
    connection.execute(
        insert(EVENT_REVISION).values(
            **key,
            modification_number=number,
            body=body,
            body_sha256=digest,
            is_cancelled=event.is_cancelled,
            needs_answer=event.needs_answer,
            modified_at=now,
        )
    )
    return EventReceipt(event_id, number, True, digest)  # noqa: FBT003


def live_events(connection: Connection, ven_id: str, now: str) -> list[StoredEvent]:
    """Give a VEN's events that are not over, the soonest first.

    A cancelled one is among them until the VEN has acknowledged that.
    """
    rows = connection.execute(
        _current(
            EVENT.c.event_id,
            EVENT.c.modification_number,
            EVENT_REVISION.c.body,
            EVENT.c.start_utc,
            EVENT.c.end_utc,
            EVENT.c.created_at,
            EVENT_REVISION.c.modified_at,
            EVENT_REVISION.c.delivered_at,
            _is_to_be_told().label("is_to_be_told"),
        )
        .where(EVENT.c.ven_id == ven_id, EVENT.c.end_utc > now)
        .order_by(EVENT.c.start_utc, EVENT.c.event_id)
    )
    events = [_stored_event(row) for row in rows]
    return [e for e in events if e.is_to_be_told or not e.event.is_cancelled]


def has_news(connection: Connection, ven_id: str, now: str) -> bool:
    """Tell whether a live event's current revision awaits the VEN's answer."""
    found = connection.execute(
        _current(EVENT.c.event_id)
        .where(EVENT.c.ven_id == ven_id, EVENT.c.end_utc > now, _is_to_be_told())
        .limit(1)
    )
    return found.first() is not None


def note_delivered(
    connection: Connection, ven_id: str, events: Sequence[StoredEvent], now: str
) -> None:
    """Keep when revisions were first handed to the VEN."""
    for event in events:
        connection.execute(
            update(EVENT_REVISION)
            .where(
                EVENT_REVISION.c.ven_id == ven_id,
                EVENT_REVISION.c.event_id == event.event_id,
                EVENT_REVISION.c.modification_number == event.modification_number,
                EVENT_REVISION.c.delivered_at == "",
            )
            .values(delivered_at=now)
        )


def add_opts(
    connection: Connection, ven_id: str, opts: Sequence[EventOpt], now: str
) -> list[str]:
    """Keep answers to events; give the ids of those that do not exist.

    A revision that was never made does not exist either.
    """
    unknown = []
    for opt in opts:
        current = connection.execute(
            select(EVENT.c.modification_number).where(
                EVENT.c.ven_id == ven_id, EVENT.c.event_id == opt.event_id
            )
        ).scalar_one_or_none()
        if current is None or not 0 <= opt.modification_number <= current:
            unknown.append(opt.event_id)
            continue
        connection.execute(
            insert(OPT).values(
                ven_id=ven_id,
                event_id=opt.event_id,
                modification_number=opt.modification_number,
                opt_type=opt.opt_type,
                response_code=opt.response_code,
                received_at=now,
            )
        )
    return unknown


def add_opt_schedule(
    connection: Connection, ven_id: str, opt: OptSchedule, now: str
) -> None:
    """Keep an opt schedule as received."""
    connection.execute(
        insert(OPT_SCHEDULE).values(
            ven_id=ven_id,
            opt_id=opt.opt_id,
            opt_type=opt.opt_type,
            opt_reason=opt.opt_reason,
            body=zlib.compress(opt.body),
            received_at=now,
        )
    )


def cancel_opt_schedule(
    connection: Connection, ven_id: str, opt_id: str, now: str
) -> bool:
    """Mark an opt schedule cancelled; False if the VEN never sent it."""
    mine = (OPT_SCHEDULE.c.ven_id == ven_id, OPT_SCHEDULE.c.opt_id == opt_id)
    connection.execute(
        update(OPT_SCHEDULE)
        .where(*mine, OPT_SCHEDULE.c.cancelled_at == "")
        .values(cancelled_at=now)
    )
    found = connection.execute(select(OPT_SCHEDULE.c.opt_seq).where(*mine).limit(1))
    return found.first() is not None


def list_event_status(
    connection: Connection, start_utc: str, end_utc: str
) -> list[EventStatus]:
    """Give every event that overlaps `[start_utc, end_utc)`, by VEN and start."""
    latest = (
        select(OPT.c.ven_id, OPT.c.event_id, func.max(OPT.c.opt_seq).label("opt_seq"))
        .group_by(OPT.c.ven_id, OPT.c.event_id)
        .subquery()
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
            func.coalesce(OPT.c.opt_type, "").label("opt"),
            func.coalesce(OPT.c.received_at, "").label("opt_at"),
            func.coalesce(OPT.c.modification_number, -1).label(
                "opt_modification_number"
            ),
        )
        .outerjoin(
            latest,
            and_(
                latest.c.ven_id == EVENT.c.ven_id,
                latest.c.event_id == EVENT.c.event_id,
            ),
        )
        .outerjoin(OPT, OPT.c.opt_seq == latest.c.opt_seq)
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


def _is_to_be_told() -> ColumnElement[bool]:
    """Tell whether the current revision was not told yet, or awaits its answer."""
    return is_unanswered() | (EVENT_REVISION.c.delivered_at == "")


def _stored_event(row: Row[tuple[object, ...]]) -> StoredEvent:
    return StoredEvent(
        event_id=row.event_id,
        modification_number=row.modification_number,
        event=Event.from_json(json.loads(row.body)),
        start_utc=row.start_utc,
        end_utc=row.end_utc,
        created_at=row.created_at,
        modified_at=row.modified_at,
        is_delivered=row.delivered_at != "",
        is_to_be_told=bool(row.is_to_be_told),
    )
