"""Asks: what we want of VENs, for each a durable queue of messages in order.

A row is one message, told at one poll. An ask about several reports is as many rows
under one id: some VENs understand a message only if it is about one report.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    delete,
    insert,
    or_,
    select,
    update,
)

from vtn_service.contract import Ask, AskStatus
from vtn_service.store.schema import ASK

QUEUED, TOLD, ANSWERED = "queued", "told", "answered"
UNANSWERED, SUPERSEDED, CANCELLED = "unanswered", "superseded", "cancelled"
MOST_TELLINGS = 5
OF_REGISTRATION = "registration:"
OFFERS_ASK = f"{OF_REGISTRATION}offers"

OPEN = (QUEUED, TOLD)
_LEAST_FAR_FIRST = (QUEUED, TOLD, UNANSWERED, CANCELLED, SUPERSEDED, ANSWERED)


@dataclass(frozen=True)
class AskMessage:
    """One message of an ask, with the report it is about, if any.

    `due_at` is given where the VEN is told inside another message, at once: when it
    is told again unless it has answered.
    """

    report_specifier_id: str = ""
    report_request_id: str = ""
    due_at: str = ""


def put_ask(
    connection: Connection,
    *,
    ven_id: str,
    ask_id: str,
    ask: Ask,
    messages: Sequence[AskMessage],
    now: str,
) -> AskStatus:
    """Queue an ask; another one under its id supersedes it.

    The same again changes nothing, unless it was withdrawn. Of what was asked earlier
    under the id only the last is kept.
    """
    under_id = (ASK.c.ven_id == ven_id, ASK.c.ask_id == ask_id)
    body = _packed(ask)
    earlier = connection.execute(
        select(ASK.c.body, ASK.c.state).where(*under_id).order_by(ASK.c.ask_seq.desc())
    ).all()
    last = earlier[0].body if earlier else ""
    is_withdrawn = any(e.state == CANCELLED for e in earlier if e.body == last)
    if last != body or is_withdrawn:
        is_older = or_(ASK.c.body != last, ASK.c.body == body)
        connection.execute(delete(ASK).where(*under_id, is_older))
        supersede(connection, *under_id)
        _add(connection, ven_id, [(ask_id, ask, m) for m in messages], now)
    return list_asks(connection, now, ven_id=ven_id, ask_id=ask_id)[-1]


def ask_for_offered(
    connection: Connection,
    ven_id: str,
    messages: Sequence[AskMessage],
    now: str,
    *,
    is_inside: bool,
) -> None:
    """Ask a VEN for the reports it has just offered.

    If it is not asked inside the answer, it gets, once a registration, our own list of
    reports first.
    """
    mine = ASK.c.ven_id == ven_id
    wanted = {
        f"{OF_REGISTRATION}{message.report_request_id}": (
            Ask("reports", message.report_specifier_id),
            message,
        )
        for message in messages
    }
    known = select(ASK.c.ask_seq).where(
        mine, ASK.c.ask_id == OFFERS_ASK, ASK.c.state != SUPERSEDED
    )
    if not is_inside and connection.execute(known).first() is None:
        wanted = {OFFERS_ASK: (Ask("offers"), AskMessage()), **wanted}
    connection.execute(delete(ASK).where(mine, ASK.c.ask_id.in_(wanted)))
    _add(connection, ven_id, [(i, *about) for i, about in wanted.items()], now)


def withdraw_ask(
    connection: Connection, ven_id: str, ask_id: str, now: str
) -> AskStatus | None:
    """Cancel what is not answered of an ask; None if there is no such ask."""
    connection.execute(
        update(ASK)
        .where(ASK.c.ven_id == ven_id, ASK.c.ask_id == ask_id, ASK.c.state.in_(OPEN))
        .values(state=CANCELLED)
    )
    found = list_asks(connection, now, ven_id=ven_id, ask_id=ask_id)
    return found[-1] if found else None


def list_asks(
    connection: Connection, now: str, *, ven_id: str = "", ask_id: str = ""
) -> list[AskStatus]:
    """Give how far asks have come, by VEN in the order asked; empty for all."""
    query = select(ASK).order_by(ASK.c.ven_id, ASK.c.ask_seq)
    for column, wanted in ((ASK.c.ven_id, ven_id), (ASK.c.ask_id, ask_id)):
        query = query.where(column == wanted) if wanted else query
    found: dict[tuple[str, str, str], list[Row[tuple[object, ...]]]] = {}
    for row in connection.execute(query):
        found.setdefault((row.ven_id, row.ask_id, row.body), []).append(row)
    return [_status(rows, now) for rows in found.values()]


def _add(
    connection: Connection,
    ven_id: str,
    asked: Sequence[tuple[str, Ask, AskMessage]],
    now: str,
) -> None:
    """Queue messages of asks; they supersede open ones about the same requests."""
    about = {m.report_request_id for _, _, m in asked if m.report_request_id}
    supersede(connection, ASK.c.ven_id == ven_id, ASK.c.report_request_id.in_(about))
    rows = [
        {
            **asdict(message),
            "ven_id": ven_id,
            "ask_id": ask_id,
            "kind": ask.kind,
            "body": _packed(ask),
            "state": TOLD if message.due_at else QUEUED,
            "queued_at": now,
            "told_at": now if message.due_at else "",
            "told_times": int(message.due_at != ""),
        }
        for ask_id, ask, message in asked
    ]
    if rows:
        connection.execute(insert(ASK), rows)


def supersede(connection: Connection, *which: ColumnElement[bool]) -> None:
    """End what is not answered: it is told no more."""
    connection.execute(
        update(ASK).where(*which, ASK.c.state.in_(OPEN)).values(state=SUPERSEDED)
    )


def _packed(ask: Ask) -> str:
    return json.dumps(ask.to_json(), sort_keys=True)


def _status(rows: Sequence[Row[tuple[object, ...]]], now: str) -> AskStatus:
    """Sum up the messages of an ask: it is as far as the one that is least far."""
    states = {_state(row, now) for row in rows}
    state = next(state for state in _LEAST_FAR_FIRST if state in states)
    is_answered = state == ANSWERED
    return AskStatus(
        ask_id=rows[0].ask_id,
        ven_id=rows[0].ven_id,
        kind=rows[0].kind,
        state=state,
        queued_at=rows[0].queued_at,
        told_at=max(row.told_at for row in rows),
        told_times=max(row.told_times for row in rows),
        answered_at=max(row.answered_at for row in rows) if is_answered else "",
        answer_code=max(row.answer_code for row in rows) if is_answered else "",
    )


def _state(row: Row[tuple[object, ...]], now: str) -> str:
    """Give a message's state: told in vain is a matter of time, and not stored."""
    is_vain = row.told_times >= MOST_TELLINGS and row.due_at <= now
    return UNANSWERED if row.state == TOLD and is_vain else str(row.state)
