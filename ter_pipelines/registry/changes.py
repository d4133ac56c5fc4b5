"""The log of changes: who changed what and when, each entry sealed to the one before.

An entry is written in the transaction of the change it tells of: there is neither
without the other. Its SHA-256 is over its own columns and the entry before, so that a
row that was altered, left out or put in shows. An end that was cut off shows only
against a number and digest noted elsewhere; `ter audit verify` prints them. A log that
was damaged is still read, as far as it can be.

What changes something without being a user has a colon in its name here, which a
user's cannot have.

What devices measure is no change in this sense, nor what is counted from it.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    LargeBinary,
    Row,
    Select,
    cast,
    insert,
    select,
)

from ter_pipelines.registry.database import reading, writing
from ter_pipelines.registry.door_tables import change_log as table
from ter_pipelines.registry.kept_answers import Once, claim
from ter_pipelines.vocab.errors import InputError

BEFORE_THE_FIRST = "0" * 64
PROGRAM = "program:ter"
_LONGEST = {"made_by": 128, "action": 64, "subject": 256}
_AT_ONCE = 1000


@dataclass(frozen=True)
class Entry:
    """One change.

    Args:
        id: Counts from 1 without gaps.
        made_at: When, UTC; None where that was damaged.
        made_by: The user, or the program.
        action: What was done, such as `token.revoked`.
        subject: To what, such as `token 7 of user prais`.
        detail: JSON object of what else is worth knowing; never a secret.
        previous_sha256: Digest of the entry before; zeros before the first.
        sha256: Digest of this one, hex.
    """

    id: int
    made_at: datetime | None
    made_by: str
    action: str
    subject: str
    detail: str
    previous_sha256: str
    sha256: str

    def seal(self) -> str:
        """Compute the digest that this entry must have."""
        told = [
            self.id,
            _written(self.made_at),
            self.made_by,
            self.action,
            self.subject,
        ]
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
    made_by: str = PROGRAM
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
    query = _entries(engine).order_by(table.c.id.desc()).limit(at_most)
    if before_id is not None:
        query = query.where(table.c.id < before_id)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    with reading(engine) as connection:
        return [_entry(row) for row in connection.execute(query)]


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is no longer as it was, as `[before, now]`, for the detail of an entry.

    >>> difference({"city": "Hanover", "zip": "1"}, {"city": "Lebanon", "zip": "1"})
    {'city': ['Hanover', 'Lebanon']}
    """
    return {
        name: [before.get(name), value]
        for name, value in now.items()
        if before.get(name) != value
    }


def _all(engine: Engine) -> Iterator[Entry]:
    query = _entries(engine).order_by(table.c.id).limit(_AT_ONCE)
    with reading(engine) as connection:
        rows = connection.execute(query).all()  # what is below 1 as well
        while rows:
            yield from map(_entry, rows)
            following = query.where(table.c.id > rows[-1].id)
            rows = connection.execute(following).all()


def _entries(engine: Engine) -> Select[Any]:
    """Select entries as they are stored: SQLite takes anything into any column."""
    if engine.dialect.name != "sqlite":
        return select(table)
    others = [column for column in table.c if column is not table.c.id]
    return select(
        table.c.id, *(cast(each, LargeBinary).label(each.name) for each in others)
    )


def _fault(entry: Entry, expected_id: int, previous: str) -> str | None:
    if entry.id < expected_id:
        return f"entry {entry.id} was put in; the first is 1"
    if entry.id != expected_id:
        return f"entry {expected_id} is missing; the next is {entry.id}"
    if entry.previous_sha256 != previous:
        return f"entry {entry.id} does not follow the one before it"
    if entry.seal() != entry.sha256:
        return f"entry {entry.id} is not as it was written"
    return None


def _entry(row: Row[Any]) -> Entry:
    values = {name: _text(value) for name, value in row._mapping.items()}  # noqa: SLF001
    return Entry(**{**values, "made_at": _instant(values["made_at"])})


def _text(value: object) -> Any:  # noqa: ANN401 - text, a number or an instant
    return value.decode(errors="backslashreplace") if type(value) is bytes else value


def _instant(value: datetime | str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _written(instant: datetime | None) -> str | None:
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
