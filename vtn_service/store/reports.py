"""The report inbox: what VENs reported, as received and taken apart."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, or_, select, text

from vtn_service.contract import ReportColumns, ReportPoint, TouchedSpan
from vtn_service.store.schema import REPORT

_SMALL_AND_FAST = 1  # of zlib's levels; XML shrinks to a twentieth even so


@dataclass(frozen=True)
class Content:
    """What a message reports: its points, each once, and its values in columns."""

    points: list[ReportPoint] = field(default_factory=list)
    columns: ReportColumns = field(default_factory=ReportColumns)


@dataclass(frozen=True)
class StoredReport:
    """A report of the inbox; `packed_content` is the JSON object of its `Content`."""

    seq: int
    ven_id: str
    received_at: str
    body_sha256: str
    packed_content: bytes

    def to_json_text(self) -> str:
        """Write the contract's `Report` without taking the content apart."""
        known = {
            "seq": self.seq,
            "ven_id": self.ven_id,
            "received_at": self.received_at,
            "body_sha256": self.body_sha256,
        }
        content = zlib.decompress(self.packed_content).decode()
        return f"{json.dumps(known)[:-1]}, {content[1:]}"


@dataclass(frozen=True)
class StoredHead:
    """Which time a report of the inbox touches; `touched_json` as it is stored."""

    seq: int
    ven_id: str
    received_at: str
    touched_json: str

    def to_json_text(self) -> str:
        """Write the contract's `ReportHead` without taking its spans apart."""
        known = {
            "seq": self.seq,
            "ven_id": self.ven_id,
            "received_at": self.received_at,
        }
        return f'{json.dumps(known)[:-1]}, "touched": {self.touched_json}}}'


@dataclass(frozen=True)
class NewReport:
    """A report ready to be stored.

    `received_at` is an instant; `touched_json` is a JSON list of `TouchedSpan`, from
    the first start to the last end.
    """

    ven_id: str
    received_at: str
    body_sha256: str
    packed_body: bytes
    packed_content: bytes
    values_sha256: str
    value_count: int
    touched_json: str
    first_start_utc: str
    last_end_utc: str


def pack_report(
    ven_id: str,
    received_at: str,
    body: bytes,
    content: Content,
    touched: Sequence[TouchedSpan],
) -> NewReport:
    """Make a report ready, so that the writing thread only writes.

    Args:
        ven_id: Who sent it.
        received_at: When, as an instant.
        body: The message as received.
        content: What is in it.
        touched: The time its values touch, in order; at least one span.
    """
    points = [vars(point) for point in content.points]
    columns = json.dumps(vars(content.columns))
    told = f'{{"points": {json.dumps(points)}, "columns": {columns}}}'
    meant = json.dumps([{**point, "registered_at": ""} for point in points])
    return NewReport(
        ven_id=ven_id,
        received_at=received_at,
        body_sha256=hashlib.sha256(body).hexdigest(),
        packed_body=zlib.compress(body, _SMALL_AND_FAST),
        packed_content=zlib.compress(told.encode(), _SMALL_AND_FAST),
        values_sha256=hashlib.sha256(f"{meant}{columns}".encode()).hexdigest(),
        value_count=len(content.columns.point),
        touched_json=json.dumps([vars(span) for span in touched]),
        first_start_utc=touched[0].start_utc,
        last_end_utc=touched[-1].end_utc,
    )


def add_report(connection: Connection, report: NewReport) -> tuple[int, bool]:
    """Store a report; give its seq and whether it is new.

    The same bytes from the same VEN, with the same meaning, are one report however
    often and however late they come: a message sent again carries its old request id
    and time, one that takes back a correction does not. The same bytes with another
    meaning, after the VEN registered its points, are new.
    """
    row = {
        "ven_id": report.ven_id,
        "received_at": report.received_at,
        "body_sha256": report.body_sha256,
        "body": report.packed_body,
        "reported_values": report.packed_content,
        "values_sha256": report.values_sha256,
        "touched": report.touched_json,
        "first_start_utc": report.first_start_utc,
        "last_end_utc": report.last_end_utc,
    }
    added = connection.execute(_ADD_UNLESS_KNOWN, row).scalar_one_or_none()
    if added is not None:
        return added, True
    known = connection.execute(
        select(REPORT.c.seq).where(
            REPORT.c.ven_id == report.ven_id,
            REPORT.c.body_sha256 == report.body_sha256,
            REPORT.c.values_sha256 == report.values_sha256,
        )
    )
    return known.scalar_one(), False


def list_heads(connection: Connection, after_seq: int, limit: int) -> list[StoredHead]:
    """Give which time reports touch, in order of arrival."""
    rows = connection.execute(
        select(*_HEAD, REPORT.c.touched)
        .where(REPORT.c.seq > after_seq)
        .order_by(REPORT.c.seq)
        .limit(limit)
    )
    return [StoredHead(*row) for row in rows]


def list_reports(
    connection: Connection, span: tuple[str, str], after_seq: int, limit: int
) -> list[StoredReport]:
    """Give every report that touches `[span[0], span[1])`, in order of arrival.

    So are reports that touch only time on both sides of it, and reports received in
    it: their values may have no usable time.
    Instants are compared as text, without the Z, so that a fraction comes after its
    second.
    """
    begin, end = (instant.removesuffix("Z") for instant in span)
    rows = connection.execute(
        select(*_HEAD, REPORT.c.body_sha256, REPORT.c.reported_values)
        .where(
            REPORT.c.seq > after_seq,
            or_(
                and_(
                    REPORT.c.first_start_utc < span[1],
                    REPORT.c.last_end_utc > span[0],
                ),
                and_(REPORT.c.received_at >= begin, REPORT.c.received_at < end),
            ),
        )
        .order_by(REPORT.c.seq)
        .limit(limit)
    )
    return [StoredReport(*row) for row in rows]


def body_of(connection: Connection, seq: int) -> bytes | None:
    """Give a report as received."""
    packed = connection.execute(
        select(REPORT.c.body).where(REPORT.c.seq == seq)
    ).scalar_one_or_none()
    return None if packed is None else zlib.decompress(packed)


_HEAD = (REPORT.c.seq, REPORT.c.ven_id, REPORT.c.received_at)
# As text, since SQLAlchemy would compile its own "on conflict" anew for every report.
_ADD_UNLESS_KNOWN = text("""
    INSERT INTO report (
        ven_id, received_at, body_sha256, body, reported_values, values_sha256,
        touched, first_start_utc, last_end_utc
    ) VALUES (
        :ven_id, :received_at, :body_sha256, :body, :reported_values, :values_sha256,
        :touched, :first_start_utc, :last_end_utc
    )
    ON CONFLICT DO NOTHING RETURNING seq
""")
