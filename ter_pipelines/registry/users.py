"""Users: the people and systems that may sign in, and their roles."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from ter_pipelines.registry.passwords import SHORTEST_PASSWORD
from ter_pipelines.registry.tables import user_account, user_role
from ter_pipelines.vocab.errors import InputError

ROLES = frozenset({"prices", "meters", "operator"})

# HTTP Basic cannot carry a colon in a name.
_NAME = re.compile(
    r"[^\s:\x00-\x1f\x7f](?:[^:\x00-\x1f\x7f]{0,126}[^\s:\x00-\x1f\x7f])?"
)


@dataclass(frozen=True)
class User:
    """A user as stored.

    Args:
        name: What they sign in with.
        password_hash: Argon2; kept out of what is printed.
        is_enabled: Whether they may sign in.
        roles: What they may do.
    """

    name: str
    password_hash: str = field(repr=False)
    is_enabled: bool
    roles: frozenset[str]


def is_user_name(text: str) -> bool:
    """Tell whether the text can be a user's name."""
    return _NAME.fullmatch(text) is not None


def find_user(connection: Connection, name: str) -> User | None:
    """Give the user of that name."""
    rows = connection.execute(
        select(
            user_account.c.password_hash,
            user_account.c.is_enabled,
            user_role.c.role,
        )
        .outerjoin_from(user_account, user_role)
        .where(user_account.c.name == name)
    ).all()
    if not rows:
        return None
    return User(
        name=name,
        password_hash=rows[0].password_hash,
        is_enabled=rows[0].is_enabled,
        roles=frozenset(row.role for row in rows if row.role is not None),
    )


def require_new_user(name: str, password: str, roles: Iterable[str]) -> frozenset[str]:
    """Give the roles if a user may be made like this.

    Raises:
        InputError: If name, password or a role is not acceptable.
    """
    if not is_user_name(name):
        raise InputError(
            f"user {name[:40]!r}: expected a name of 1 to 128 characters without "
            "colons, control characters or spaces at the ends"
        )
    require_password(name, password)
    wanted = frozenset(roles)
    if not wanted or wanted - ROLES:
        raise InputError(
            f"user {name!r}: got roles {', '.join(sorted(wanted)) or 'none'}, expected "
            f"some of {', '.join(sorted(ROLES))}"
        )
    return wanted


def require_password(name: str, password: str) -> None:
    """Refuse a password that is too short.

    Raises:
        InputError: Saying how long it must be.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InputError(
            f"user {name!r}: got a password of {len(password)} characters, expected "
            f"at least {SHORTEST_PASSWORD}"
        )


def insert_user(connection: Connection, user: User, *, created_at: datetime) -> None:
    """Store a new user.

    Raises:
        InputError: If there is one of that name.
    """
    if find_user(connection, user.name) is not None:
        raise InputError(f"user {user.name!r}: exists already")
    user_id = connection.execute(
        insert(user_account)
        .values(
            name=user.name,
            password_hash=user.password_hash,
            is_enabled=user.is_enabled,
            created_at=created_at,
        )
        .returning(user_account.c.id)
    ).scalar_one()
    connection.execute(
        insert(user_role),
        [{"user_id": user_id, "role": role} for role in sorted(user.roles)],
    )


def change_user(connection: Connection, name: str, **values: str | bool) -> None:
    """Change columns of a user.

    Raises:
        InputError: If there is none of that name.
    """
    changed = connection.execute(
        update(user_account).where(user_account.c.name == name).values(**values)
    )
    if changed.rowcount != 1:
        raise InputError(f"user {name!r}: does not exist")
