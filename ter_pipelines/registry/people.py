"""The registry's book of people and programs: who they are and what they may do.

A user who is disabled, a changed password and a revoked token count at once: nothing
of them is remembered between two requests but that a password was right. With the
password, or with the user, the sign-ins end that were made before.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from ter_pipelines.registry import tokens as rows
from ter_pipelines.registry.changes import Change, Changes
from ter_pipelines.registry.database import reading, writing
from ter_pipelines.registry.passwords import (
    UNCOUNTED,
    PasswordCheck,
    Tries,
    hash_password,
)
from ter_pipelines.registry.roles import scopes_of
from ter_pipelines.registry.tokens import Token
from ter_pipelines.registry.users import (
    User,
    change_user,
    find_user,
    insert_user,
    is_user_name,
    replace_meters,
    require_email,
    require_meters,
    require_new_user,
    require_password,
    require_user,
    select_users,
)
from ter_pipelines.vocab.errors import InputError, RemoteError


@dataclass(frozen=True)
class SignedIn:
    """Somebody who was let in.

    Args:
        user_id: Their number.
        name: Their name.
        email: Their address, where they gave one.
        roles: What they are.
        scopes: What they may do, this time.
        meter_ids: Whose statements they may see as a member.
        token_id: What they came in with; None for a password.
    """

    user_id: int
    name: str
    email: str | None
    roles: frozenset[str]
    scopes: frozenset[str]
    meter_ids: frozenset[str]
    token_id: int | None = None


class PeopleBook:
    """Users and tokens; every method raises `RemoteError` without the database.

    Args:
        changes: In whose name things are changed.
        passwords: Remembers passwords that were right a moment ago.
    """

    def __init__(self, changes: Changes, passwords: PasswordCheck) -> None:
        """Take the database."""
        self._changes = changes
        self._passwords = passwords

    def add(
        self,
        name: str,
        password: str,
        roles: Iterable[str],
        *,
        email: str | None = None,
        meter_ids: Iterable[str] = (),
    ) -> User:
        """Make a user who may sign in.

        Raises:
            InputError: If there is one of that name, the password is too short, or
                a role or a meter is not one.
            FieldError: If the address is not one, or somebody else's.
        """
        wanted = require_new_user(name, password, roles)
        meters = require_meters(name, wanted, meter_ids)
        require_email(email)
        password_hash = hash_password(password)
        with self._changes.making() as change:
            user = insert_user(
                change.connection,
                User(
                    id=0,
                    name=name,
                    password_hash=password_hash,
                    is_enabled=True,
                    roles=wanted,
                    email=email,
                    meter_ids=meters,
                ),
                created_at=change.made_at,
            )
            told = {"email": email, "roles": sorted(wanted), "meters": sorted(meters)}
            change.note("user.added", f"user {name}", told)
        return user

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password; the old one and its sign-ins stop at once.

        Raises:
            InputError: If there is no such user, or the password is too short.
        """
        require_password(name, password)
        password_hash = hash_password(password)
        with self._changes.making() as change:
            change_user(change.connection, name, password_hash=password_hash)
            change.note("user.password_changed", f"user {name}")
            _revoke_labelled(change, name, rows.SIGN_INS)

    def set_enabled(self, name: str, *, is_enabled: bool) -> None:
        """Let a user sign in, or no longer, at once; earlier sign-ins are then over.

        Raises:
            InputError: If there is no such user.
        """
        with self._changes.making() as change:
            change_user(change.connection, name, is_enabled=is_enabled)
            action = "user.enabled" if is_enabled else "user.disabled"
            change.note(action, f"user {name}")
            if not is_enabled:
                _revoke_labelled(change, name, rows.SIGN_INS)

    def set_meters(self, name: str, meter_ids: Iterable[str]) -> None:
        """Say whose statements a member sees, in place of what was said before.

        Raises:
            InputError: If there is no such user, or they are no member.
        """
        with self._changes.making() as change:
            user = require_user(change.connection, name)
            meters = require_meters(name, user.roles, meter_ids)
            replace_meters(change.connection, user.id, meters)
            told = {"before": sorted(user.meter_ids), "now": sorted(meters)}
            change.note("user.meters_changed", f"user {name}", told)

    def all(self) -> list[User]:
        """Give every user, by name."""
        with reading(self._changes.engine) as connection:
            return select_users(connection)

    def find(self, name: str) -> User | None:
        """Give the user of a name; None if there is none."""
        with reading(self._changes.engine) as connection:
            return find_user(connection, name) if is_user_name(name) else None

    def authenticate(
        self, name: str, password: str, tries: Tries = UNCOUNTED
    ) -> SignedIn | None:
        """Give the user who may sign in with this password.

        A name that is unknown takes as long as a wrong password does.

        Args:
            name: Who signs in.
            password: What was given.
            tries: Counts wrong ones, and refuses to go on after too many.

        Returns:
            None if the name is unknown, the password wrong or the user disabled.
        """
        user = self.find(name)
        stored_hash = None if user is None else user.password_hash
        is_right = self._passwords.is_right(name, password, stored_hash, tries)
        if user is None or not is_right or not user.is_enabled:
            return None
        return _signed_in(user, token=None)

    def identify(self, secret: str) -> SignedIn | None:
        """Give the user whose token this is.

        Returns:
            None if it is unknown, expired or revoked, or the user disabled.
        """
        now = self._changes.now()
        with reading(self._changes.engine) as connection:
            token = rows.find_token(connection, secret)
            if token is None or not token.works(now):
                return None
            user = find_user(connection, token.user)
        if user is None or not user.is_enabled:
            return None
        if rows.is_use_news(token, now):
            # Whoever reads neither waits for a writer nor fails for want of a disk.
            with (
                suppress(RemoteError),
                writing(self._changes.engine, waits=False) as connection,
            ):
                rows.note_use(connection, token.id, now)
        return _signed_in(user, token)

    def new_token(
        self,
        name: str,
        *,
        label: str,
        scopes: Iterable[str] = (),
        lasts: timedelta | None = None,
    ) -> tuple[str, Token]:
        """Make a token for a user.

        Args:
            name: Whose.
            label: What it is for.
            scopes: What it may do at most; none for all that the user may.
            lasts: For how long it works; None for good.

        Returns:
            The token itself, which is told this once only, and what is kept of it.

        Raises:
            InputError: If there is no such user, or they may not do so much.
        """
        wanted = rows.require_token(label, scopes)
        secret = rows.new_secret()
        with self._changes.making() as change:
            user = require_user(change.connection, name)
            beyond = wanted - scopes_of(user.roles)
            if beyond:
                raise InputError(
                    f"token {label!r}: got scopes {', '.join(sorted(beyond))}, which "
                    f"user {name!r} does not have"
                )
            now = change.made_at
            expires_at = None if lasts is None else now + lasts
            plan = Token(0, name, label, wanted, now, expires_at, None, None)
            token = rows.insert_token(change.connection, user.id, secret, plan)
            told = {"label": label, "scopes": sorted(wanted), "expires_at": expires_at}
            change.note("token.made", f"token {token.id} of user {name}", told)
        return secret, token

    def tokens(self, name: str | None = None) -> list[Token]:
        """Give every token, or a user's, in order of their making."""
        with reading(self._changes.engine) as connection:
            return rows.select_tokens(connection, name)

    def revoke(self, token_id: int) -> None:
        """Revoke a token; one that was revoked already stays so.

        Raises:
            InputError: If there is none of that number.
        """
        with self._changes.making() as change:
            known = {x.id: x for x in rows.select_tokens(change.connection)}
            if token_id not in known:
                raise InputError(f"token {token_id}: does not exist")
            if rows.revoke(change.connection, token_id, change.made_at):
                user = known[token_id].user
                change.note("token.revoked", f"token {token_id} of user {user}")

    def revoke_labelled(self, name: str, *labels: str, but: int | None = None) -> None:
        """Revoke a user's tokens of some labels; not one of them, where it is named."""
        with self._changes.making() as change:
            _revoke_labelled(change, name, labels, but=but)


def _revoke_labelled(
    change: Change, name: str, labels: Iterable[str], *, but: int | None = None
) -> None:
    for token_id in rows.select_unrevoked(change.connection, name, labels):
        if token_id != but:
            rows.revoke(change.connection, token_id, change.made_at)
            change.note("token.revoked", f"token {token_id} of user {name}")


def _signed_in(user: User, token: Token | None) -> SignedIn:
    scopes = scopes_of(user.roles)
    return SignedIn(
        user_id=user.id,
        name=user.name,
        email=user.email,
        roles=user.roles,
        scopes=scopes if token is None else token.limits(scopes),
        meter_ids=user.meter_ids,
        token_id=None if token is None else token.id,
    )
