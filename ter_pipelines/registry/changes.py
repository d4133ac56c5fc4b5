"""The log of changes: who changed what and when, each entry sealed to the one before.

An entry is written in the transaction of the change it tells of: there is neither
without the other. Its SHA-256 is over its own columns and the entry before, so that a
row that was altered, left out or put in shows. An end that was cut off shows only
against a number and digest noted elsewhere; `ter audit verify` prints them.

What devices measure is no change in this sense, nor what is counted from it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from ter_pipelines.registry.database import reading, writing
from ter_pipelines.registry.door_tables import change_log as table
from ter_pipelines.registry.kept_answers import Once, claim
from ter_pipelines.vocab.errors import InputError

BEFORE_THE_FIRST = "0" * 64
_LONGEST = {"made_by": 128, "action": 64, "subject": 256}
_AT_ONCE = 1000


@dataclass(frozen=True)
class Entry:
    """One change.

    Args:
        id: Counts from 1 without gaps.
        made_at: When, UTC.
        made_by: The user, or the program.
        action: What was done, such as `token.revoked`.
        subject: To what, such as `token 7 of user prais`.
        detail: JSON object of what else is worth knowing; never a secret.
        previous_sha256: Digest of the entry before; zeros before the first.
        sha256: Digest of this one, hex.
    """

    id: int
    made_at: datetime
    made_by: str
    action: str
    subject: str
    detail: str
    previous_sha256: str
    sha256: str

    def seal(self) -> str:
        """Compute the digest that this entry must have."""
        made_at = self.made_at.astimezone(UTC).isoformat(timespec="microseconds")
        told = [self.id, made_at, self.made_by, self.action, self.subject]
        text = json.dumps(
            [*told, self.detail, self.previous_sha256],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Change:
    """A change that is being made.

    Args:
        connection: What to change it with; alone in writing.
        made_at: When.
        made_by: By whom.
        once: The request, where it said that it may be carried out once only.
    """

    connection: Connection
    made_at: datetime
    made_by: str
    once: Once | None

    def note(
        self, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Log it; what is not noted must have changed nothing.

        Raises:
            InputError: If this very request was carried out before.
        """
        last = self.connection.execute(
            select(table.c.id, table.c.sha256).order_by(table.c.id.desc()).limit(1)
        ).first()
        number, previous = (0, BEFORE_THE_FIRST) if last is None else last
        unsealed = Entry(
            id=number + 1,
            made_at=self.made_at,
            made_by=self.made_by[: _LONGEST["made_by"]],
            action=action[: _LONGEST["action"]],
            subject=subject[: _LONGEST["subject"]],
            detail=json.dumps(dict(detail or {}), default=str, ensure_ascii=False),
            previous_sha256=previous,
            sha256="",
        )
        sealed = {**vars(unsealed), "sha256": unsealed.seal()}
        self.connection.execute(insert(table).values(**sealed))
        if self.once is not None:
            claim(self.connection, self.once, self.made_at, change_id=unsealed.id)


@dataclass(frozen=True)
class Changes:
    """Makes changes for somebody.

    Args:
        engine: The registry's database.
        now: The clock.
        made_by: In whose name.
        once: The request, where it said that it may be carried out once only.
    """

    engine: Engine
    now: Callable[[], datetime]
    made_by: str = "ter"
    once: Once | None = None

    @contextmanager
    def making(self) -> Iterator[Change]:
        """Give a change to make; it is kept, with its entry, when the block ends.

        Raises:
            RemoteError: If the database does not answer.
        """
        with writing(self.engine) as connection:
            yield Change(connection, self.now(), self.made_by, self.once)


@dataclass(frozen=True)
class Verified:
    """What was found of the log.

    Args:
        entries: How many follow each other soundly from the first on.
        head: Digest of the last of them.
        fault: What is wrong with the next; None if all is sound.
    """

    entries: int
    head: str
    fault: str | None


def verify_log(engine: Engine, *, known_head: str | None = None) -> Verified:
    """Read the log from its first entry and check every seal.

    Args:
        engine: The registry's database.
        known_head: A digest noted earlier, that must still be in the log.
    """
    count, head, has_known = 0, BEFORE_THE_FIRST, known_head in {None, BEFORE_THE_FIRST}
    for entry in _all(engine):
        fault = _fault(entry, count + 1, head)
        if fault is not None:
            return Verified(count, head, fault)
        count, head = entry.id, entry.sha256
        has_known = has_known or head == known_head
    if not has_known:
        return Verified(count, head, f"no entry has the digest {known_head} any more")
    return Verified(count, head, None)


def read_log(
    engine: Engine,
    *,
    before_id: int | None = None,
    at_most: int = 100,
    subject: str | None = None,
) -> list[Entry]:
    """Give entries, newest first.

    Args:
        engine: The registry's database.
        before_id: Only those before this one.
        at_most: How many.
        subject: Only those about this.

    Raises:
        InputError: If the number is not positive.
    """
    if at_most < 1:
        raise InputError(
            f"change log: got at most {at_most} entries, expected 1 or more"
        )
    query = select(table).order_by(table.c.id.desc()).limit(at_most)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    with reading(engine) as connection:
        return [_entry(row) for row in connection.execute(query)]


def _all(engine: Engine) -> Iterator[Entry]:
    after = -1
    with reading(engine) as connection:
        while True:
            rows = connection.execute(
                select(table)
                .where(table.c.id > after)
                .order_by(table.c.id)
                .limit(_AT_ONCE)
            ).all()
            if not rows:
                return
            yield from map(_entry, rows)
            after = rows[-1].id


def _fault(entry: Entry, expected_id: int, previous: str) -> str | None:
    if entry.id != expected_id:
        return f"entry {expected_id} is missing; the next is {entry.id}"
    if entry.previous_sha256 != previous:
        return f"entry {entry.id} does not follow the one before it"
    if entry.seal() != entry.sha256:
        return f"entry {entry.id} is not as it was written"
    return None


def _entry(row: Row[Any]) -> Entry:
    return Entry(**row._mapping)  # noqa: SLF001
