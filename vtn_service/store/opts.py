"""What VENs answered to events, and their own opt schedules."""

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import Connection, bindparam, insert, select, update

from vtn_service.store.schema import EVENT, OPT, OPT_SCHEDULE


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


def add_opts(
    connection: Connection, ven_id: str, opts: Sequence[EventOpt], now: str
) -> list[str]:
    """Keep answers to events; give the ids of those that do not exist.

    A revision that was never made does not exist either. An answer that only says the
    latest one again adds nothing.
    """
    unknown = []
    for opt in opts:
        key = {"ven": ven_id, "event": opt.event_id}
        current = connection.execute(_CURRENT, key).scalar_one_or_none()
        if current is None or not 0 <= opt.modification_number <= current:
            unknown.append(opt.event_id)
            continue
        latest = connection.execute(_LATEST, key).one_or_none()
        if latest is None or opt != EventOpt(*latest):
            values = {**asdict(opt), "ven_id": ven_id, "received_at": now}
            connection.execute(_ADD, values)
    return unknown


def add_opt_schedule(
    connection: Connection,
    ven_id: str,
    schedule: OptSchedule,
    answer: EventOpt | None,
    now: str,
) -> bool:
    """Keep an opt schedule as received, once, and the answer to an event in it.

    Returns:
        Whether that is done; nothing is if the event does not exist.
    """
    if answer and add_opts(connection, ven_id, [answer], now):
        return False
    values = {
        "ven_id": ven_id,
        "opt_id": schedule.opt_id,
        "opt_type": schedule.opt_type,
        "opt_reason": schedule.opt_reason,
        "body": zlib.compress(schedule.body),
    }
    same = select(OPT_SCHEDULE.c.opt_seq).filter_by(**values).limit(1)
    if connection.execute(same).first() is None:
        connection.execute(insert(OPT_SCHEDULE).values(**values, received_at=now))
    return True


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


# Built once: building a statement takes several times as long as running it.
_CURRENT = select(EVENT.c.modification_number).where(
    EVENT.c.ven_id == bindparam("ven"), EVENT.c.event_id == bindparam("event")
)
_LATEST = (
    select(*(OPT.c[field.name] for field in fields(EventOpt)))
    .where(OPT.c.ven_id == bindparam("ven"), OPT.c.event_id == bindparam("event"))
    .order_by(OPT.c.opt_seq.desc())
    .limit(1)
)
_ADD = insert(OPT)
