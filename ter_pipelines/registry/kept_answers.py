"""Answers kept by Idempotency-Key, so that a request sent twice is carried out once.

The key is claimed in the transaction of the change itself. A process that dies between
change and answer leaves a claim without an answer: the request is then neither carried
out again nor answered as if nothing had happened.
(IETF draft-ietf-httpapi-idempotency-key-header: section 2.6.)
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, insert, select, update

from ter_pipelines.registry.database import reading, writing
from ter_pipelines.registry.door_tables import kept_answer as table
from ter_pipelines.vocab.errors import InputError

KEPT_FOR = timedelta(days=7)


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
    """

    request_sha256: str
    change_id: int | None
    status: int | None
    media_type: str | None
    body: bytes | None


def find_answer(engine: Engine, once: Once) -> KeptAnswer | None:
    """Give what is known of a user's request of that key; None if it is new."""
    with reading(engine) as connection:
        row = connection.execute(
            select(
                table.c.request_sha256,
                table.c.change_id,
                table.c.status,
                table.c.media_type,
                table.c.body,
            ).where(table.c.user_id == once.user_id, table.c.key == once.key)
        ).first()
    return None if row is None else KeptAnswer(*row)


def claim(connection: Connection, once: Once, at: datetime, *, change_id: int) -> None:
    """Note that the request is carried out, in the transaction of its first change.

    Raises:
        UnderWayError: If another one has the key.
    """
    known = connection.execute(
        select(table.c.attempt).where(
            table.c.user_id == once.user_id, table.c.key == once.key
        )
    ).scalar()
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
    engine: Engine, once: Once, at: datetime, answer: tuple[int, str, bytes]
) -> None:
    """Keep the answer of a request, whether it changed anything or not.

    Args:
        engine: The registry's database.
        once: The request.
        at: When it was answered.
        answer: Status, media type and body.
    """
    status, media_type, body = answer
    values = {"status": status, "media_type": media_type, "body": body}
    is_it = (table.c.user_id == once.user_id) & (table.c.key == once.key)
    with writing(engine) as connection:
        changed = connection.execute(update(table).where(is_it).values(**values))
        if changed.rowcount == 0:
            connection.execute(insert(table).values(**vars(once), kept_at=at, **values))
