"""The registry: the one door to the partners' database and the landing folder.

Any number of processes have one open at once. A submission that was acknowledged is
in both, the bytes first.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from ter_pipelines.registry.accounts import AccountBook
from ter_pipelines.registry.changes import Changes
from ter_pipelines.registry.database import migrate, open_engine, reading
from ter_pipelines.registry.devices import DeviceBook
from ter_pipelines.registry.kept_answers import Once
from ter_pipelines.registry.landing import read_landed, write_landed
from ter_pipelines.registry.meter_models import ModelBook
from ter_pipelines.registry.modbus_book import ModbusBook
from ter_pipelines.registry.passwords import PasswordCheck
from ter_pipelines.registry.people import PeopleBook
from ter_pipelines.registry.sites import SiteBook
from ter_pipelines.registry.submissions import (
    USAGE_FILES,
    Kind,
    NewSubmission,
    Submission,
    count_withdrawn,
    insert_submission,
    select_newest_id,
    select_newest_ids,
    select_submission,
    select_submissions,
    withdraw_submission,
)
from ter_pipelines.registry.tables import submission as table


def utc_now() -> datetime:
    """Give the present instant."""
    return datetime.now(UTC)


class Registry:
    """People, submissions, meters over Modbus and accounts.

    Every method raises `RemoteError` if the database or the disk does not answer.

    Args:
        address: SQLAlchemy URL of the database.
        landing_root: Folder of submissions as received.
        now: The clock, for when something was made.
        passwords: Remembers passwords that were right a moment ago; one of its own if
            none is given.
    """

    def __init__(
        self,
        address: str,
        landing_root: Path,
        *,
        now: Callable[[], datetime] = utc_now,
        passwords: PasswordCheck | None = None,
    ) -> None:
        """Open it; call `migrate` before first use.

        Raises:
            SettingsError: If the address is not one.
        """
        self._engine = open_engine(address)
        self._landing_root = landing_root
        self._changes = Changes(self._engine, now)
        self._passwords = passwords or PasswordCheck()

    def migrate(self) -> None:
        """Bring the database to the tables of today; twice changes nothing."""
        migrate(self._engine)

    def acting(self, name: str, once: Once | None = None) -> "Registry":
        """Give this registry for somebody to change, in their name.

        Args:
            name: Who changes; it stands in the log of changes.
            once: The request, where it said that it may be carried out once only.
        """
        theirs = copy(self)
        theirs._changes = replace(self._changes, made_by=name, once=once)  # noqa: SLF001
        return theirs

    @property
    def changes(self) -> Changes:
        """Give the log of changes, and the way to make one."""
        return self._changes

    @property
    def people(self) -> PeopleBook:
        """Give users and their tokens."""
        return PeopleBook(self._changes, self._passwords)

    @property
    def modbus(self) -> ModbusBook:
        """Give the meters over Modbus and what they said."""
        return ModbusBook(self._changes)

    @property
    def sites(self) -> SiteBook:
        """Give members' places and the meters there."""
        return SiteBook(self._changes)

    @property
    def meter_models(self) -> ModelBook:
        """Give the models of meters that are described by hand."""
        return ModelBook(self._changes)

    @property
    def devices(self) -> DeviceBook:
        """Give what partners say of devices."""
        return DeviceBook(self._changes)

    @property
    def accounts(self) -> AccountBook:
        """Give the retail accounts and their usage."""
        return AccountBook(self._changes)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def land(self, new: NewSubmission) -> Submission:
        """Keep a submission: its bytes, then its row, both lasting on return.

        Returns:
            The kept one. If the newest of the same kind and operating day has the same
            bytes, that one, unchanged.
        """
        write_landed(self._landing_root, new.path, new.body)
        with self._changes.making() as change:
            kept, is_new = insert_submission(change.connection, new)
            if is_new:
                told = {"sha256": kept.sha256, "day": kept.operating_day}
                subject = f"{kept.kind} submission {kept.id}"
                change.note("submission.kept", subject, told)
        return kept

    def withdraw(self, submission_id: int) -> Submission | None:
        """Take a submission back: it no longer counts, and is kept.

        Returns:
            The withdrawn one; None if none of that id stands.
        """
        with self._changes.making() as change:
            gone = withdraw_submission(change.connection, submission_id, change.made_at)
            if gone is not None:
                subject = f"{gone.kind} submission {gone.id}"
                told = {"sha256": gone.sha256, "day": gone.operating_day}
                change.note("submission.withdrawn", subject, told)
        return gone

    def withdrawn(self, kind: Kind) -> dict[date | None, int]:
        """Count what was withdrawn of a kind, by operating day where it has one."""
        with reading(self._engine) as connection:
            return count_withdrawn(connection, kind)

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
        return self.submissions_of_day("prices", operating_day)

    def submissions_of_day(self, kind: Kind, operating_day: date) -> list[Submission]:
        """Give the submissions of a kind about a day, in id order."""
        with reading(self._engine) as connection:
            return select_submissions(
                connection,
                table.c.kind == kind,
                table.c.operating_day == operating_day,
            )

    def price_submissions_published_on(self, day: date) -> list[Submission]:
        """Give the standing price submissions that say they were published on a day."""
        with reading(self._engine) as connection:
            return select_submissions(
                connection,
                table.c.kind == "prices",
                table.c.publication_day == day,
                table.c.withdrawn_at.is_(None),
            )

    def newest_price_submission_ids(self) -> dict[date, int]:
        """Give the id that counts for every operating day that has prices."""
        return self.newest_ids_by_day("prices")

    def newest_ids_by_day(self, kind: Kind) -> dict[date, int]:
        """Give the newest submission's id for every operating day that has one."""
        with reading(self._engine) as connection:
            return select_newest_ids(connection, kind)

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
