"""The registry: the one door to the partners' database and the landing folder.

Any number of processes have one open at once. A submission that was acknowledged is
in both, the bytes first.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from ter_pipelines.registry.accounts import AccountBook
from ter_pipelines.registry.database import migrate, open_engine, reading, writing
from ter_pipelines.registry.landing import read_landed, write_landed
from ter_pipelines.registry.modbus_book import ModbusBook
from ter_pipelines.registry.passwords import PasswordCheck, hash_password
from ter_pipelines.registry.submissions import (
    USAGE_FILES,
    Kind,
    NewSubmission,
    Submission,
    insert_submission,
    select_newest_id,
    select_newest_ids,
    select_submission,
    select_submissions,
)
from ter_pipelines.registry.tables import submission as table
from ter_pipelines.registry.users import (
    User,
    change_user,
    find_user,
    insert_user,
    is_user_name,
    require_new_user,
    require_password,
)


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


class Registry:
    """Users and submissions.

    Every method raises `RemoteError` if the database or the disk does not answer.

    Args:
        address: SQLAlchemy URL of the database.
        landing_root: Folder of submissions as received.
        now: The clock, for when a user was made.
    """

    def __init__(
        self,
        address: str,
        landing_root: Path,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Open it; call `migrate` before first use.

        Raises:
            SettingsError: If the address is not one.
        """
        self._engine = open_engine(address)
        self._landing_root = landing_root
        self._now = now
        self._passwords: PasswordCheck | None = None

    def migrate(self) -> None:
        """Bring the database to the tables of today; twice changes nothing."""
        migrate(self._engine)

    @property
    def modbus(self) -> ModbusBook:
        """Give the meters over Modbus and what they said."""
        return ModbusBook(self._engine, self._now)

    @property
    def accounts(self) -> AccountBook:
        """Give the retail accounts and their usage."""
        return AccountBook(self._engine, self._now)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def add_user(self, name: str, password: str, roles: Iterable[str]) -> None:
        """Make a user who may sign in.

        Raises:
            InputError: If there is one of that name, the password is too short, or
                a role is unknown.
        """
        wanted = require_new_user(name, password, roles)
        user = User(
            name=name,
            password_hash=hash_password(password),
            is_enabled=True,
            roles=wanted,
        )
        with writing(self._engine) as connection:
            insert_user(connection, user, created_at=self._now())

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password; the old one stops at once.

        Raises:
            InputError: If there is no such user, or the password is too short.
        """
        require_password(name, password)
        password_hash = hash_password(password)
        with writing(self._engine) as connection:
            change_user(connection, name, password_hash=password_hash)

    def set_enabled(self, name: str, *, is_enabled: bool) -> None:
        """Let a user sign in, or no longer, at once.

        Raises:
            InputError: If there is no such user.
        """
        with writing(self._engine) as connection:
            change_user(connection, name, is_enabled=is_enabled)

    def authenticate(self, name: str, password: str) -> frozenset[str] | None:
        """Give the roles of a user who may sign in with this password.

        A name that is unknown takes as long as a wrong password does.

        Returns:
            None if the name is unknown, the password wrong or the user disabled.
        """
        user = None
        if is_user_name(name):
            with reading(self._engine) as connection:
                user = find_user(connection, name)
        if self._passwords is None:
            self._passwords = PasswordCheck()
        is_right = self._passwords.is_right(
            name, password, None if user is None else user.password_hash
        )
        return user.roles if user is not None and is_right and user.is_enabled else None

    def land(self, new: NewSubmission) -> Submission:
        """Keep a submission: its bytes, then its row, both lasting on return.

        Returns:
            The kept one. If the newest of the same kind and operating day has the same
            bytes, that one, unchanged.
        """
        write_landed(self._landing_root, new.path, new.body)
        with writing(self._engine) as connection:
            return insert_submission(connection, new)

    def submissions(self, kind: Kind, *, after_id: int = 0) -> list[Submission]:
        """Give the submissions of a kind after an id, in id order."""
        with reading(self._engine) as connection:
            return select_submissions(
                connection, table.c.kind == kind, table.c.id > after_id
            )

    def usage_files(self, *, after_id: int = 0) -> list[Submission]:
        """Give the usage files after an id, whatever their kind, in id order."""
        with reading(self._engine) as connection:
            return select_submissions(
                connection, table.c.kind.in_(USAGE_FILES), table.c.id > after_id
            )

    def submission(self, submission_id: int) -> Submission | None:
        """Give one submission, or None if there is none of that id."""
        with reading(self._engine) as connection:
            return select_submission(connection, submission_id)

    def price_submissions_of(self, operating_day: date) -> list[Submission]:
        """Give every price submission for a day, in id order: the last one counts."""
        with reading(self._engine) as connection:
            return select_submissions(
                connection,
                table.c.kind == "prices",
                table.c.operating_day == operating_day,
            )

    def price_submissions_published_on(self, day: date) -> list[Submission]:
        """Give the price submissions that say they were published on a day."""
        with reading(self._engine) as connection:
            return select_submissions(
                connection, table.c.kind == "prices", table.c.publication_day == day
            )

    def newest_price_submission_ids(self) -> dict[date, int]:
        """Give the id that counts for every operating day that has prices."""
        with reading(self._engine) as connection:
            return select_newest_ids(connection, "prices")

    def newest_submission_id(self, kind: Kind) -> int:
        """Give the newest submission's id, 0 if there is none."""
        with reading(self._engine) as connection:
            return select_newest_id(connection, kind)

    def body(self, submission: Submission) -> bytes:
        """Give the bytes of a submission, as they were received.

        Raises:
            InputError: Naming the file, if it is missing or was changed.
        """
        return read_landed(
            self._landing_root, submission.path, sha256=submission.sha256
        )
