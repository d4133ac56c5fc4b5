"""What the store says of itself: that it takes writes, how large it is, what waits."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, text, update

from vtn_service.store.asks import QUEUED
from vtn_service.store.schema import ASK, PULSE, REPORT

_PULSE_ID = 1
_BYTES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}


@dataclass(frozen=True)
class Backlog:
    """What waits in the store.

    Args:
        reports: That the pipeline has not drained.
        oldest_report_at: When the first of them was received; empty if none waits.
        queued_asks: That were not told yet.
        store_bytes: Size of the database, for SQLite without its write-ahead log.
    """

    reports: int
    oldest_report_at: str
    queued_asks: int
    store_bytes: int


def beat(connection: Connection, now: str) -> None:
    """Write one row, which is there only to show that writing works."""
    values = {"written_at": now}
    changed = connection.execute(update(PULSE).filter_by(pulse_id=_PULSE_ID), values)
    if changed.rowcount == 0:
        connection.execute(insert(PULSE).values(pulse_id=_PULSE_ID, **values))


def backlog(connection: Connection, drained_seq: int) -> Backlog:
    """Tell what waits, where every report up to `drained_seq` was drained."""
    waiting = REPORT.c.seq > drained_seq
    first = select(REPORT.c.received_at).where(waiting).order_by(REPORT.c.seq).limit(1)
    queued = select(func.count()).select_from(ASK).where(ASK.c.state == QUEUED)
    return Backlog(
        reports=connection.execute(
            select(func.count()).select_from(REPORT).where(waiting)
        ).scalar_one(),
        oldest_report_at=connection.execute(first).scalar() or "",
        queued_asks=connection.execute(queued).scalar_one(),
        store_bytes=connection.execute(
            text(_BYTES[connection.dialect.name])
        ).scalar_one(),
    )
