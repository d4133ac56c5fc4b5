"""Users: the people and systems that may sign in, and their roles."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from ter_pipelines.registry.door_tables import user_meter
from ter_pipelines.registry.passwords import SHORTEST_PASSWORD
from ter_pipelines.registry.roles import ROLES
from ter_pipelines.registry.tables import user_account, user_role
from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.ids import require_id

MEMBER = "member"
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@\x00-\x1f\x7f]{1,189}")
# HTTP Basic cannot carry a colon in a name.
_NAME = re.compile(
    r"[^\s:\x00-\x1f\x7f](?:[^:\x00-\x1f\x7f]{0,126}[^\s:\x00-\x1f\x7f])?"
)


@dataclass(frozen=True)
class User:
    """A user as stored.

    Args:
        id: Their number.
        name: What they sign in with.
        password_hash: Argon2; kept out of what is printed.
        is_enabled: Whether they may sign in.
        roles: What they may do.
        email: Their address, where they gave one.
        meter_ids: Whose statements they may see as a member.
    """

    id: int
    name: str
    password_hash: str = field(repr=False)
    is_enabled: bool
    roles: frozenset[str]
    email: str | None = None
    meter_ids: frozenset[str] = frozenset()


def is_user_name(text: str) -> bool:
    """Tell whether the text can be a user's name."""
    return _NAME.fullmatch(text) is not None


def find_user(connection: Connection, name: str) -> User | None:
    """Give the user of that name."""
    found = _select(connection, name)
    return found[0] if found else None


def require_user(connection: Connection, name: str) -> User:
    """Give the user of that name.

    Raises:
        InputError: If there is none.
    """
    user = find_user(connection, name) if is_user_name(name) else None
    if user is None:
        raise InputError(f"user {name[:40]!r}: does not exist")
    return user


def select_users(connection: Connection) -> list[User]:
    """Give every user, by name."""
    return _select(connection, None)


def find_user_of_email(connection: Connection, email: str) -> str | None:
    """Give the name of the user who gave this address."""
    return connection.execute(
        select(user_account.c.name).where(user_account.c.email == email)
    ).scalar()


def _select(connection: Connection, name: str | None) -> list[User]:
    query = select(user_account).order_by(user_account.c.name)
    if name is not None:
        query = query.where(user_account.c.name == name)
    users = connection.execute(query).all()
    ids = [row.id for row in users]
    roles = connection.execute(
        select(user_role.c.user_id, user_role.c.role).where(
            user_role.c.user_id.in_(ids)
        )
    ).all()
    meters = connection.execute(
        select(user_meter.c.user_id, user_meter.c.meter_id).where(
            user_meter.c.user_id.in_(ids)
        )
    ).all()
    return [
        User(
            id=row.id,
            name=row.name,
            password_hash=row.password_hash,
            is_enabled=row.is_enabled,
            email=row.email,
            roles=frozenset(x.role for x in roles if x.user_id == row.id),
            meter_ids=frozenset(x.meter_id for x in meters if x.user_id == row.id),
        )
        for row in users
    ]


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
    if not wanted or wanted - ROLES.keys():
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


def require_meters(
    name: str, roles: frozenset[str], meter_ids: Iterable[str]
) -> frozenset[str]:
    """Give the meters if a user of these roles may see their statements.

    Raises:
        InputError: If the user is no member, or an identifier is not one.
    """
    meters = frozenset(meter_ids)
    if meters and MEMBER not in roles:
        raise InputError(
            f"user {name!r}: got {len(meters)} meters and the roles "
            f"{', '.join(sorted(roles))}, expected the role {MEMBER}: only a member "
            "has meters"
        )
    for meter_id in meters:
        try:
            require_id(meter_id, name="a meter's identifier")
        except ValueError as error:
            raise InputError(f"user {name!r}: {error}") from error
    return meters


def require_email(email: str | None) -> None:
    """Refuse what cannot be an address.

    Raises:
        FieldError: If it is not one.
    """
    if email is not None and not _EMAIL.fullmatch(email):
        raise FieldError("user", {"email": ["Enter a valid email address."]})


def replace_meters(
    connection: Connection, user_id: int, meter_ids: Iterable[str]
) -> None:
    """Store whose statements a member sees, in place of what was."""
    connection.execute(delete(user_meter).where(user_meter.c.user_id == user_id))
    rows = [{"user_id": user_id, "meter_id": each} for each in sorted(meter_ids)]
    if rows:
        connection.execute(insert(user_meter), rows)


def insert_user(connection: Connection, user: User, *, created_at: datetime) -> User:
    """Store a new user; gives them with their number.

    Raises:
        InputError: If there is one of that name.
        FieldError: If the address is somebody else's.
    """
    if find_user(connection, user.name) is not None:
        raise InputError(f"user {user.name!r}: exists already")
    if user.email is not None and find_user_of_email(connection, user.email):
        raise FieldError("user", {"email": ["is already taken"]})
    user_id = connection.execute(
        insert(user_account)
        .values(
            name=user.name,
            password_hash=user.password_hash,
            is_enabled=user.is_enabled,
            created_at=created_at,
            email=user.email,
        )
        .returning(user_account.c.id)
    ).scalar_one()
    connection.execute(
        insert(user_role),
        [{"user_id": user_id, "role": role} for role in sorted(user.roles)],
    )
    replace_meters(connection, user_id, user.meter_ids)
    return replace(user, id=user_id)


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
