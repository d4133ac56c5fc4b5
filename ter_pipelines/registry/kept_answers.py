"""Answers kept by Idempotency-Key, so that a request sent twice is carried out once.

The key is claimed in the transaction of the change itself. A process that dies between
change and answer leaves a claim without an answer: the request is then neither carried
out again nor answered as if nothing had happened.
(IETF draft-ietf-httpapi-idempotency-key-header: section 2.6.)
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    delete,
    insert,
    select,
    update,
)

from ter_pipelines.registry.database import reading, writing
from ter_pipelines.registry.door_tables import kept_answer as table
from ter_pipelines.vocab.errors import InputError

KEPT_FOR = timedelta(days=7)
# A refusal changed nothing: a long one is worked out again rather than kept.
LONGEST_REFUSAL_BYTES = 4096
_REFUSALS = 400


class UnderWayError(InputError):
    """The same request is being carried out, or was, and its answer is not known."""


@dataclass(frozen=True)
class Once:
    """A request that may be carried out once.

    Args:
        user_id: Whose.
        key: The user's own name for it.
        request_sha256: Of its method, path and body.
        attempt: Tells this try from every other.
    """

    user_id: int
    key: str
    request_sha256: str
    attempt: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True)
class KeptAnswer:
    """What is known of a request that was sent before.

    Args:
        request_sha256: Of its method, path and body.
        change_id: Entry of the change log, where it changed something.
        status: HTTP status of its answer; None where the answer was never given.
        media_type: Of the body.
        body: As it was sent.
        content_location: Where what was made is, if the answer said so.
    """

    request_sha256: str
    change_id: int | None
    status: int | None
    media_type: str | None
    body: bytes | None
    content_location: str | None = None


@dataclass(frozen=True)
class Answer:
    """An answer to keep.

    Args:
        status: HTTP status.
        media_type: Of the body.
        body: As it is sent.
        content_location: Where what was made is, if it says so.
    """

    status: int
    media_type: str
    body: bytes
    content_location: str | None = None


def find_answer(engine: Engine, once: Once) -> KeptAnswer | None:
    """Give what is known of a user's request of that key; None if it is new."""
    with reading(engine) as connection:
        return _find(connection, once)


def claim(connection: Connection, once: Once, at: datetime, *, change_id: int) -> None:
    """Note that the request is carried out, in the transaction of its first change.

    Raises:
        UnderWayError: If another one has the key.
    """
    query = select(table.c.attempt).where(_has_key(once))
    known = connection.execute(query).scalar()
    if known == once.attempt:
        return  # another change of the same request
    if known is not None:
        raise UnderWayError(
            f"Idempotency-Key {once.key[:40]!r}: the request is being carried out, or "
            "was; ask for what it made before sending it under another key"
        )
    connection.execute(delete(table).where(table.c.kept_at < at - KEPT_FOR))
    connection.execute(
        insert(table).values(**vars(once), kept_at=at, change_id=change_id)
    )


def keep_answer(
    engine: Engine, once: Once, at: datetime, answer: Answer
) -> KeptAnswer | None:
    """Keep the answer of a request, whether it changed anything or not.

    What another attempt was answered is never replaced.

    Args:
        engine: The registry's database.
        once: The request.
        at: When it was answered.
        answer: What is kept, whatever its length if something was changed.

    Returns:
        What is known of another attempt that has the key; None if there is none.
    """
    values = vars(answer)
    is_ours = _has_key(once) & (table.c.attempt == once.attempt)
    is_short = answer.status < _REFUSALS or len(answer.body) <= LONGEST_REFUSAL_BYTES
    with writing(engine) as connection:
        changed = connection.execute(update(table).where(is_ours).values(**values))
        if changed.rowcount:
            return None
        known = _find(connection, once)
        if known is None and is_short:
            connection.execute(insert(table).values(**vars(once), kept_at=at, **values))
        return known


def _has_key(once: Once) -> ColumnElement[bool]:
    return (table.c.user_id == once.user_id) & (table.c.key == once.key)


def _find(connection: Connection, once: Once) -> KeptAnswer | None:
    columns = [table.c[name] for name in KeptAnswer.__dataclass_fields__]
    row = connection.execute(select(*columns).where(_has_key(once))).first()
    return None if row is None else KeptAnswer(*row)
