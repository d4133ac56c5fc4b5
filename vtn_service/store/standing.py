"""How each VEN of the roster stands: heard when, told what, silent since when."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, func, select

from vtn_service.contract import VenStatus
from vtn_service.store.events import is_unanswered
from vtn_service.store.schema import ASK, EVENT, EVENT_REVISION, OPT, REPORT, VEN

TOLD = "told"


def list_standing(
    connection: Connection, *, now: str, silent_seconds: int, ven_id: str = ""
) -> list[VenStatus]:
    """Give how VENs stand, by id; one or all.

    Args:
        connection: To read with.
        now: The current instant.
        silent_seconds: A VEN that was not heard for so long is silent.
        ven_id: Which; empty for all.
    """
    rows = connection.execute(_standing(now, ven_id))
    limit = datetime.fromisoformat(now) - timedelta(seconds=silent_seconds)
    return [_status(row, limit) for row in rows]


def _standing(now: str, ven_id: str) -> Select[tuple[object, ...]]:
    reports = _latest(REPORT.c.ven_id, func.max(REPORT.c.received_at), ven_id)
    opts = _latest(OPT.c.ven_id, func.max(OPT.c.received_at), ven_id)
    events = (
        select(EVENT.c.ven_id, func.count().label("found"))
        .join(
            EVENT_REVISION,
            (EVENT_REVISION.c.ven_id == EVENT.c.ven_id)
            & (EVENT_REVISION.c.event_id == EVENT.c.event_id)
            & (EVENT_REVISION.c.modification_number == EVENT.c.modification_number),
        )
        .where(
            EVENT.c.end_utc > now, EVENT_REVISION.c.delivered_at != "", is_unanswered()
        )
        .group_by(EVENT.c.ven_id)
        .subquery()
    )
    asks = (
        select(ASK.c.ven_id, func.count().label("found"))
        .where(ASK.c.state == TOLD)
        .group_by(ASK.c.ven_id)
        .subquery()
    )
    query = (
        select(
            VEN,
            reports.c.found.label("last_report_at"),
            opts.c.found.label("last_opt_at"),
            func.coalesce(events.c.found, 0).label("unanswered_events"),
            func.coalesce(asks.c.found, 0).label("unanswered_asks"),
        )
        .outerjoin(reports, reports.c.ven_id == VEN.c.ven_id)
        .outerjoin(opts, opts.c.ven_id == VEN.c.ven_id)
        .outerjoin(events, events.c.ven_id == VEN.c.ven_id)
        .outerjoin(asks, asks.c.ven_id == VEN.c.ven_id)
        .order_by(VEN.c.ven_id)
    )
    return query.where(VEN.c.ven_id == ven_id) if ven_id else query


def _latest(
    ven: ColumnElement[str], newest: ColumnElement[str], ven_id: str
) -> Subquery:
    query = select(ven, newest.label("found")).group_by(ven)
    return (query.where(ven == ven_id) if ven_id else query).subquery()


def _status(row: Row[tuple[object, ...]], limit: datetime) -> VenStatus:
    given: dict[str, Any] = dict(row._mapping)  # noqa: SLF001
    found: dict[str, Any] = {name: "" if v is None else v for name, v in given.items()}
    heard = max(
        found[name]
        for name in ("registered_at", "last_poll_at", "last_report_at", "last_opt_at")
    )
    is_silent = found["is_enabled"] and heard and _at(heard) < limit
    names = VenStatus.__dataclass_fields__
    return VenStatus(
        **{name: found[name] for name in names if name in found},
        has_token=found["token_sha256"] != "",
        silent_since=heard if is_silent else "",
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
