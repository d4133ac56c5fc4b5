"""What VENs are told of their asks, and what they answer."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    select,
    update,
)

from vtn_service.contract import Ask
from vtn_service.store import events, roster
from vtn_service.store.asks import (
    ANSWERED,
    MOST_TELLINGS,
    OF_REGISTRATION,
    OPEN,
    SUPERSEDED,
    TOLD,
    supersede,
)
from vtn_service.store.offers import ReportRequest, keep_request
from vtn_service.store.schema import ASK

OK = "200"
_OF_REPORTS = ("reports", "history")
_REQUEST_ID = re.compile(r"ask-([0-9]{1,18})")


@dataclass(frozen=True)
class NextAsk:
    """The message a VEN is told next, not before `due_at`; empty for at once."""

    ask_seq: int
    ask: Ask
    report_specifier_id: str
    report_request_id: str
    told_times: int
    due_at: str

    @property
    def request_id(self) -> str:
        """Give the requestID it is told with, the same each time."""
        return f"ask-{self.ask_seq}"


@dataclass(frozen=True)
class AskAnswer:
    """What a VEN answers.

    Args:
        kinds: Of the asks that such a message answers.
        code: Its response code.
        request_id: Its requestID; ours, unless the VEN goes its own way.
        report_request_ids: Of the reports it names as pending.
    """

    kinds: Sequence[str]
    code: str
    request_id: str
    report_request_ids: Collection[str] = ()


def next_ask(connection: Connection, ven_id: str) -> NextAsk | None:
    """Give the oldest message that is queued, else the told one that is due first.

    A told one is due when its answer is overdue, unless it was told often enough.
    """
    row = connection.execute(_NEXT, {"ven": ven_id}).one_or_none()
    if row is None:
        return None
    return NextAsk(
        ask_seq=row.ask_seq,
        ask=Ask.from_json(json.loads(row.body)),
        report_specifier_id=row.report_specifier_id,
        report_request_id=row.report_request_id,
        told_times=row.told_times,
        due_at=row.due_at,
    )


def note_told(
    connection: Connection,
    ven_id: str,
    ask: NextAsk,
    *,
    request: ReportRequest | None,
    due_at: str,
    now: str,
) -> bool:
    """Keep that a message is told, and the report it requests; False if too late.

    It is too late if the ask was withdrawn meanwhile, or told at another poll.
    """
    changed = connection.execute(
        update(ASK)
        .where(
            ASK.c.ask_seq == ask.ask_seq,
            ASK.c.state.in_(OPEN),
            ASK.c.told_times == ask.told_times,
        )
        .values(state=TOLD, told_at=now, told_times=ask.told_times + 1, due_at=due_at)
    )
    if changed.rowcount and request:
        keep_request(connection, ven_id, request, now)
    return changed.rowcount == 1


def drop_ask(connection: Connection, ask: NextAsk) -> None:
    """Supersede a message that cannot be told: its report is offered no more."""
    supersede(connection, ASK.c.ask_seq == ask.ask_seq)


def note_answered(
    connection: Connection, ven_id: str, answer: AskAnswer, now: str
) -> set[str]:
    """Keep that a VEN answered; give the kinds of the asks that it answered.

    They are those whose requestID or report request it names. An answer that names
    neither is one to what it was told last.
    """
    told = connection.execute(
        select(ASK.c.ask_seq, ASK.c.kind, ASK.c.report_request_id)
        .where(
            ASK.c.ven_id == ven_id,
            ASK.c.state == TOLD,
            ASK.c.kind.in_(answer.kinds),
        )
        .order_by(ASK.c.told_at, ASK.c.ask_seq)
    ).all()
    seq = seq_of(answer.request_id)
    named = answer.report_request_ids
    meant = [r for r in told if r.ask_seq == seq or r.report_request_id in named]
    if seq is None and not named:
        meant = list(told[-1:])
    _set_answered(
        connection, now, answer.code, ASK.c.ask_seq.in_([r.ask_seq for r in meant])
    )
    return {r.kind for r in meant}


def awaited_requests(connection: Connection, ven_id: str) -> frozenset[str]:
    """Give the report request ids a VEN was told and has not answered."""
    found = connection.execute(_AWAITED, {"ven": ven_id})
    return frozenset(found.scalars())


def note_reported(
    connection: Connection, ven_id: str, report_request_ids: Collection[str], now: str
) -> None:
    """Keep that reports came under these report request ids: the best of answers."""
    _set_answered(
        connection,
        now,
        OK,
        ASK.c.ven_id == ven_id,
        ASK.c.state == TOLD,
        ASK.c.kind.in_(_OF_REPORTS),
        ASK.c.report_request_id.in_(report_request_ids),
    )


def note_registration(
    connection: Connection, ven_id: str, now: str, *, left_at: str = ""
) -> None:
    """Register a VEN, again or for the first time; empty `now` unregisters it.

    What was asked because of its last registration is superseded. Registering is
    what it was told to, or would have been, by `reregister`; to leave, at `left_at`,
    is so by `cancel_registration`.
    """
    roster.set_registered(connection, ven_id, now)
    mine = (
        ASK.c.ven_id == ven_id,
        func.substr(ASK.c.ask_id, 1, len(OF_REGISTRATION)) == OF_REGISTRATION,
    )
    connection.execute(delete(ASK).where(*mine, ASK.c.state == SUPERSEDED))
    connection.execute(update(ASK).where(*mine).values(state=SUPERSEDED))
    if now:
        events.tell_again(connection, ven_id, now)
    _set_answered(
        connection,
        now or left_at,
        OK,
        ASK.c.ven_id == ven_id,
        ASK.c.kind == ("reregister" if now else "cancel_registration"),
        ASK.c.state.in_(OPEN),
    )


def seq_of(request_id: str) -> int | None:
    """Give which ask a requestID is of; None if it is not one of ours.

    >>> seq_of("ask-12"), seq_of("12")
    (12, None)
    """
    ours = _REQUEST_ID.fullmatch(request_id)
    return int(ours[1]) if ours else None


def _set_answered(
    connection: Connection, now: str, code: str, *which: ColumnElement[bool]
) -> None:
    connection.execute(
        update(ASK)
        .where(*which)
        .values(state=ANSWERED, answered_at=now, answer_code=code)
    )


# Built once: building a statement takes several times as long as running it.
_AWAITED = select(ASK.c.report_request_id).where(
    ASK.c.ven_id == bindparam("ven"),
    ASK.c.state == TOLD,
    ASK.c.kind.in_(_OF_REPORTS),
)
_NEXT = (
    select(ASK)
    .where(
        ASK.c.ven_id == bindparam("ven"),
        ASK.c.state.in_(OPEN),
        ASK.c.told_times < MOST_TELLINGS,
    )
    .order_by(ASK.c.state, ASK.c.due_at, ASK.c.ask_seq)  # "queued" before "told"
    .limit(1)
)
