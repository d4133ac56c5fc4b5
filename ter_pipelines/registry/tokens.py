"""Tokens: what a program signs in with instead of a password.

A token is 32 random bytes, told once and kept as its SHA-256: nobody reads one from
the database, and one that is stolen can be revoked alone. (A slow hash guards words
that people think of; nobody guesses 256 bits.)
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from ter_pipelines.registry.door_tables import access_token as table
from ter_pipelines.registry.roles import SCOPES
from ter_pipelines.registry.tables import user_account
from ter_pipelines.vocab.errors import InputError

# Labels of the tokens that a sign-in makes; they end with the password they came of.
PAGES, LOGIN = "pages", "auth/login"
SIGN_INS = (PAGES, LOGIN)
_BYTES = 32
_TOKEN = re.compile(r"[0-9a-f]{64}")
_LONGEST_LABEL = 128
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Token:
    """A token as it is kept.

    Args:
        id: Its number.
        user: Whose.
        label: What it is for.
        scopes: What it may do at most; empty for all that the user may.
        created_at: When it was made.
        expires_at: From when on it no longer works; None for never.
        last_used_at: When it last worked, to the minute.
        revoked_at: When it was revoked.
    """

    id: int
    user: str
    label: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def works(self, now: datetime) -> bool:
        """Tell whether it is neither revoked nor expired."""
        is_over = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is None and not is_over

    def limits(self, scopes: frozenset[str]) -> frozenset[str]:
        """Give those of a user's scopes that the token carries."""
        return scopes & self.scopes if self.scopes else scopes


def new_secret() -> str:
    """Make a token nobody can guess: 64 hexadecimal digits."""
    return secrets.token_hex(_BYTES)


def is_token(text: str) -> bool:
    """Tell whether the text can be a token."""
    return _TOKEN.fullmatch(text) is not None


def require_token(label: str, scopes: Iterable[str]) -> frozenset[str]:
    """Give the scopes if a token may be made like this.

    Raises:
        InputError: If the label or a scope is not acceptable.
    """
    if not label.isprintable() or not 0 < len(label) <= _LONGEST_LABEL:
        raise InputError(
            f"token {label[:40]!r}: expected a label of 1 to {_LONGEST_LABEL} "
            "printable characters"
        )
    wanted = frozenset(scopes)
    if wanted - SCOPES:
        raise InputError(
            f"token {label!r}: got scopes {', '.join(sorted(wanted - SCOPES))}, "
            f"expected some of {', '.join(sorted(SCOPES))}"
        )
    return wanted


def insert_token(
    connection: Connection, user_id: int, secret: str, kept: Token
) -> Token:
    """Keep a new token's digest; gives it with its number."""
    token_id = connection.execute(
        insert(table)
        .values(
            user_id=user_id,
            sha256=_digest(secret),
            label=kept.label,
            scopes=" ".join(sorted(kept.scopes)),
            created_at=kept.created_at,
            expires_at=kept.expires_at,
        )
        .returning(table.c.id)
    ).scalar_one()
    return Token(**{**vars(kept), "id": token_id})


def find_token(connection: Connection, secret: str) -> Token | None:
    """Give the token of these digits, whether it still works or not."""
    if not is_token(secret):
        return None
    row = connection.execute(_tokens().where(table.c.sha256 == _digest(secret))).first()
    return None if row is None else _token(row)


def select_tokens(connection: Connection, user: str | None = None) -> list[Token]:
    """Give every token, or a user's, in order of their making."""
    query = _tokens().order_by(table.c.id)
    if user is not None:
        query = query.where(user_account.c.name == user)
    return [_token(row) for row in connection.execute(query)]


def select_unrevoked(
    connection: Connection, user: str, labels: Iterable[str]
) -> list[int]:
    """Give the numbers of a user's tokens of some labels that are not revoked."""
    query = _tokens().where(
        user_account.c.name == user,
        table.c.label.in_(list(labels)),
        table.c.revoked_at.is_(None),
    )
    return [row.id for row in connection.execute(query)]


def revoke(connection: Connection, token_id: int, at: datetime) -> bool:
    """Revoke a token; false if it was already, or there is none."""
    changed = connection.execute(
        update(table)
        .where(table.c.id == token_id, table.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    return changed.rowcount == 1


def is_use_news(token: Token, now: datetime) -> bool:
    """Tell whether its last use was noted too long ago."""
    return token.last_used_at is None or (
        now - token.last_used_at >= _USE_IS_NOTED_EVERY
    )


def note_use(connection: Connection, token_id: int, at: datetime) -> None:
    """Note when a token was last used."""
    connection.execute(
        update(table).where(table.c.id == token_id).values(last_used_at=at)
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _tokens() -> Select[Any]:
    columns = [c for c in table.c if c.name not in {"user_id", "sha256"}]
    return select(*columns, user_account.c.name.label("user")).join_from(
        table, user_account
    )


def _token(row: Row[Any]) -> Token:
    values = dict(row._mapping)  # noqa: SLF001
    scopes = frozenset(str(values.pop("scopes")).split())
    return Token(**values, scopes=scopes)
