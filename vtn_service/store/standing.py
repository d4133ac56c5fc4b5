"""How each VEN of the roster stands: heard when, told what, silent since when."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, Select, Table, func, select

from vtn_service.contract import VenStatus
from vtn_service.store.asks import TOLD
from vtn_service.store.events import is_unanswered
from vtn_service.store.schema import ASK, EVENT, EVENT_REVISION, OPT, REPORT, VEN

_HEARD = ("registered_at", "last_poll_at", "last_report_at", "last_opt_at")
_FROM_ROW = VenStatus.__dataclass_fields__.keys() - {"has_token", "silent_since"}


def list_standing(
    connection: Connection, *, now: str, silent_seconds: int, ven_id: str = ""
) -> list[VenStatus]:
    """Give how VENs stand, by id; one or all.

    Args:
        connection: To read with.
        now: The current instant.
        silent_seconds: An enabled VEN that was heard, and then not for so long, is
            silent.
        ven_id: Which; empty for all.
    """
    limit = datetime.fromisoformat(now) - timedelta(seconds=silent_seconds)
    silent_from = f"{limit:%Y-%m-%dT%H:%M:%SZ}"
    rows = connection.execute(_standing(now, ven_id))
    return [_status(row, silent_from) for row in rows]


def _standing(now: str, ven_id: str) -> Select[Any]:
    """Look into an index for each VEN: what is long past costs nothing."""
    query = select(
        VEN,
        _newest(REPORT).label("last_report_at"),
        _newest(OPT).label("last_opt_at"),
        _unanswered_events(now).label("unanswered_events"),
        _unanswered_asks().label("unanswered_asks"),
    ).order_by(VEN.c.ven_id)
    return query.where(VEN.c.ven_id == ven_id) if ven_id else query


def _newest(table: Table) -> ScalarSelect[Any]:
    newest = select(func.max(table.c.received_at))
    return newest.where(table.c.ven_id == VEN.c.ven_id).scalar_subquery()


def _unanswered_events(now: str) -> ScalarSelect[Any]:
    """Count events that are not over, were told as they are now, and await an opt."""
    return (
        select(func.count())
        .select_from(EVENT)
        .join(
            EVENT_REVISION,
            (EVENT_REVISION.c.ven_id == EVENT.c.ven_id)
            & (EVENT_REVISION.c.event_id == EVENT.c.event_id)
            & (EVENT_REVISION.c.modification_number == EVENT.c.modification_number),
        )
        .where(
            EVENT.c.ven_id == VEN.c.ven_id,
            EVENT.c.end_utc > now,
            EVENT_REVISION.c.delivered_at != "",
            is_unanswered(),
        )
        .scalar_subquery()
    )


def _unanswered_asks() -> ScalarSelect[Any]:
    asks = select(func.count()).select_from(ASK)
    told = asks.where(ASK.c.ven_id == VEN.c.ven_id, ASK.c.state == TOLD)
    return told.scalar_subquery()


def _status(row: Row[Any], silent_from: str) -> VenStatus:
    given: dict[str, Any] = dict(row._mapping)  # noqa: SLF001
    found: dict[str, Any] = {n: "" if v is None else v for n, v in given.items()}
    heard = max(found[name] for name in _HEARD)
    is_silent = found["is_enabled"] and "" < heard <= silent_from
    return VenStatus(
        **{name: found[name] for name in _FROM_ROW},
        has_token=found["token_sha256"] != "",
        silent_since=heard if is_silent else "",
    )
