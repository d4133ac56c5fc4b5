"""What VENs answered to events, and their own opt schedules."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Self

from sqlalchemy import Connection, bindparam, func, insert, select, update

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
    """An opt schedule of a VEN, with the message it came in, packed."""

    opt_id: str
    opt_type: str
    opt_reason: str
    body_sha256: str
    packed_body: bytes

    @classmethod
    def of(cls, opt_id: str, opt_type: str, opt_reason: str, body: bytes) -> Self:
        """Pack a message; that takes its time, so not within a transaction."""
        digest = hashlib.sha256(body).hexdigest()
        return cls(opt_id, opt_type, opt_reason, digest, zlib.compress(body))


def add_opts(
    connection: Connection, ven_id: str, opts: Sequence[EventOpt], now: str
) -> list[str]:
    """Keep answers to events; give the ids of those that do not exist.

    A revision that was never made does not exist either. An answer that only says the
    latest one to its revision again adds nothing. However many answers there are, it
    takes three statements.

    Args:
        connection: Within a transaction.
        ven_id: Whose answers.
        opts: The answers, one a revision.
        now: The instant of receipt.
    """
    key = {"ven": ven_id, "events": list({opt.event_id for opt in opts})}
    current = dict(connection.execute(_CURRENT, key).tuples().all())
    latest = {EventOpt(*row) for row in connection.execute(_LATEST, key)}
    unknown, new = [], []
    for opt in opts:
        if not 0 <= opt.modification_number <= current.get(opt.event_id, -1):
            unknown.append(opt.event_id)
        elif opt not in latest:
            new.append({**asdict(opt), "ven_id": ven_id, "received_at": now})
    if new:
        connection.execute(insert(OPT), new)
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
    same = select(OPT_SCHEDULE.c.opt_seq).filter_by(
        ven_id=ven_id, opt_id=schedule.opt_id, body_sha256=schedule.body_sha256
    )
    if connection.execute(same.limit(1)).first() is None:
        values = {**asdict(schedule), "ven_id": ven_id, "received_at": now}
        values["body"] = values.pop("packed_body")
        connection.execute(insert(OPT_SCHEDULE).values(values))
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
_CURRENT = select(EVENT.c.event_id, EVENT.c.modification_number).where(
    EVENT.c.ven_id == bindparam("ven"),
    EVENT.c.event_id.in_(bindparam("events", expanding=True)),
)
_LATEST = select(*(OPT.c[field.name] for field in fields(EventOpt))).where(
    OPT.c.opt_seq.in_(
        select(func.max(OPT.c.opt_seq))
        .where(
            OPT.c.ven_id == bindparam("ven"),
            OPT.c.event_id.in_(bindparam("events", expanding=True)),
        )
        .group_by(OPT.c.event_id, OPT.c.modification_number)
    )
)
