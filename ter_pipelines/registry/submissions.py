"""Submissions: what a partner sent, when, and where its bytes are.

Rows are only ever added. The newest of a day is the one that counts; the older ones
stay.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from ter_pipelines.registry.landing import sha256_of
from ter_pipelines.registry.tables import submission as table
from ter_pipelines.vocab.clock import Span
from ter_pipelines.vocab.errors import InputError

Kind = Literal[
    "prices", "meters", "green-button", "cmep", "vee-edit", "espi-notice",
    "zone-prices", "battery", "dispatch",
]  # fmt: skip
NOTICE: Kind = "espi-notice"
ZONE_PRICES: Kind = "zone-prices"
USAGE_FILES: tuple[Kind, ...] = ("green-button", "cmep")

_FORMAT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class NewSubmission:
    """What is to be kept.

    Args:
        kind: What it is about.
        source: The way it came, such as `post` or `iso-ne-da`.
        format: How it is written, such as `ter-schedule-json`; the last part is also
            the file's extension.
        submitted_by: User, or name of the process that fetched it.
        body: The bytes exactly as received.
        received_at: When they had arrived.
        operating_day: The local day it is about, where it is about one.
        publication_day: The day it says it was published, where it says so.
        begins_at: First instant of the usage in it, where it holds usage.
        ends_at: First instant after that.
        touched: The stretches of time its usage is in, in order.
        read_as: Digest of the settings by which its times were read; empty where they
            do not matter.
    """

    kind: Kind
    source: str
    format: str
    submitted_by: str
    body: bytes
    received_at: datetime
    operating_day: date | None = None
    publication_day: date | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    touched: tuple[Span, ...] | None = None
    read_as: str | None = None

    @property
    def sha256(self) -> str:
        """Give the SHA-256 of the body, hex."""
        return sha256_of(self.body)

    @property
    def path(self) -> str:
        """Give the place of the body in the landing folder.

        Raises:
            InputError: If the format's name cannot end a file's name.
        """
        if not _FORMAT.fullmatch(self.format):
            raise InputError(
                f"{self.kind} submission: got format {self.format!r}, expected small "
                "letters and digits joined by hyphens, such as ter-schedule-json"
            )
        return f"{self.kind}/{self.sha256}.{self.format.rpartition('-')[2]}"


@dataclass(frozen=True)
class Submission:
    """What was kept.

    Args:
        id: Rises with every submission and is never used again.
        kind: What it is about.
        source: The way it came.
        format: How it is written.
        submitted_by: User, or name of the process that fetched it.
        received_at: When it had arrived, UTC.
        sha256: SHA-256 of the bytes, hex.
        path: Where the bytes are, in the landing folder.
        operating_day: The local day it is about, where it is about one.
        publication_day: The day it says it was published, where it says so.
        begins_at: First instant of the usage in it, where it holds usage.
        ends_at: First instant after that.
        touched: The stretches of time its usage is in; None where nobody noted them.
        read_as: Digest of the settings by which its times were read; None likewise.
        withdrawn_at: When it was taken back; None where it stands.
    """

    id: int
    kind: str
    source: str
    format: str
    submitted_by: str
    received_at: datetime
    sha256: str
    path: str
    operating_day: date | None
    publication_day: date | None
    begins_at: datetime | None
    ends_at: datetime | None
    touched: tuple[Span, ...] | None = None
    read_as: str | None = None
    withdrawn_at: datetime | None = None


def insert_submission(
    connection: Connection, new: NewSubmission
) -> tuple[Submission, bool]:
    """Store a submission, unless it only repeats the newest of its kind and day.

    A file of usage repeats whichever came before it: sent again after a correction it
    corrects nothing. A notification repeats none: there may be more behind it. What
    was withdrawn is not repeated but submitted anew.

    Returns:
        The stored one, and whether it is new; where it repeats, the one that was
        there, unchanged.
    """
    before = _newest_like(connection, new)
    if before is not None and before.sha256 == new.sha256:
        return before, False
    made = connection.execute(
        insert(table)
        .values(
            kind=new.kind,
            source=new.source,
            format=new.format,
            submitted_by=new.submitted_by,
            received_at=new.received_at,
            sha256=new.sha256,
            path=new.path,
            operating_day=new.operating_day,
            publication_day=new.publication_day,
            begins_at=new.begins_at,
            ends_at=new.ends_at,
            touched=new.touched,
            read_as=new.read_as,
        )
        .returning(table)
    )
    return _submission(made.one()), True


def withdraw_submission(
    connection: Connection, submission_id: int, at: datetime
) -> Submission | None:
    """Take a submission back; it stays, with the mark.

    Returns:
        The marked one; None if none of that id stands.
    """
    if not 0 < submission_id <= _LARGEST_ID:
        return None
    row = connection.execute(
        update(table)
        .where(table.c.id == submission_id, table.c.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
        .returning(table)
    ).first()
    return None if row is None else _submission(row)


def count_withdrawn(connection: Connection, kind: Kind) -> dict[date | None, int]:
    """Count what was withdrawn of a kind, by operating day where it has one."""
    rows = connection.execute(
        select(table.c.operating_day, func.count())
        .where(table.c.kind == kind, table.c.withdrawn_at.is_not(None))
        .group_by(table.c.operating_day)
    )
    return {row[0]: row[1] for row in rows}


def select_submissions(
    connection: Connection, *conditions: ColumnElement[bool]
) -> list[Submission]:
    """Give the submissions that meet the conditions, in id order."""
    rows = connection.execute(select(table).where(*conditions).order_by(table.c.id))
    return [_submission(row) for row in rows]


def select_submission(connection: Connection, submission_id: int) -> Submission | None:
    """Give one submission, or None if there is none of that id."""
    if not 0 < submission_id <= _LARGEST_ID:
        return None
    found = select_submissions(connection, table.c.id == submission_id)
    return found[0] if found else None


def select_newest_ids(connection: Connection, kind: Kind) -> dict[date, int]:
    """Give the newest submission's id for every operating day, in day order."""
    rows = connection.execute(
        select(table.c.operating_day, func.max(table.c.id))
        .where(table.c.kind == kind, table.c.operating_day.is_not(None))
        .group_by(table.c.operating_day)
        .order_by(table.c.operating_day)
    )
    return {row[0]: row[1] for row in rows}


def select_newest_id(connection: Connection, kind: Kind) -> int:
    """Give the newest submission's id, 0 if there is none."""
    newest = select(func.max(table.c.id)).where(table.c.kind == kind)
    return connection.execute(newest).scalar() or 0


def _newest_like(connection: Connection, new: NewSubmission) -> Submission | None:
    if new.kind == NOTICE:
        return None
    if new.kind in USAGE_FILES:
        is_like = table.c.sha256 == new.sha256
    elif new.operating_day is None:
        is_like = table.c.operating_day.is_(None)
    else:
        is_like = table.c.operating_day == new.operating_day
    stands = table.c.withdrawn_at.is_(None)
    row = connection.execute(
        select(table)
        .where(table.c.kind == new.kind, is_like, stands)
        .order_by(table.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else _submission(row)


def _submission(row: Row[tuple[object, ...]]) -> Submission:
    return Submission(**row._mapping)  # noqa: SLF001
