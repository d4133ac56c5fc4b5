"""The registry's book of retail accounts: made, read, changed, and never forgotten.

An account that is changed gets another version; one that is de-activated is one whose
status was changed.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection

from ter_pipelines.accounts.account import INACTIVE, Account, SummaryUsage
from ter_pipelines.accounts.bodies import MeteredHour
from ter_pipelines.accounts.intervalization import AccountUsage
from ter_pipelines.accounts.states import Progress
from ter_pipelines.registry import account_rows as rows
from ter_pipelines.registry.account_rows import StoredAccount, StoredHour
from ter_pipelines.registry.changes import Changes
from ter_pipelines.registry.database import reading, writing
from ter_pipelines.vocab.errors import FieldError, InputError

_LARGEST_ID = 2**31 - 1


class AccountBook:
    """Accounts and usage; every method raises `RemoteError` without the database.

    Args:
        changes: The registry's database, and in whose name it is changed.
    """

    def __init__(self, changes: Changes) -> None:
        """Take the database."""
        self._changes = changes
        self._engine = changes.engine

    def create(self, account: Account, by: str) -> StoredAccount:
        """Keep a new account.

        Args:
            account: As `read_new_account` gives it.
            by: Who makes it.

        Raises:
            FieldError: If its utility has an account of that number.
        """
        with self._changes.making() as change:
            connection = change.connection
            _require_free_number(connection, account, own_id=None)
            account_id = rows.insert_account(connection, account)
            made = StoredAccount(account_id, 1, account, change.made_at, by)
            rows.insert_version(connection, made)
            told = {"utility": account.utility, "number": account.account_number}
            change.note("account.created", f"account {account_id}", told)
        return made

    def change(self, before: StoredAccount, account: Account, by: str) -> StoredAccount:
        """Keep a changed account as another version; the same again changes nothing.

        Args:
            before: The version that was changed.
            account: As `read_change` gives it.
            by: Who changes it.

        Raises:
            InputError: If somebody else changed it meanwhile.
            FieldError: If its utility has another account of that number.
        """
        with self._changes.making() as change:
            connection = change.connection
            kept = _require(connection, before.id)
            if kept.account == account:
                return kept
            if kept.version != before.version:
                raise InputError(
                    f"account {before.id}: got a change of version {before.version}, "
                    f"expected one of {kept.version}; read it again"
                )
            _require_free_number(connection, account, own_id=before.id)
            version = kept.version + 1
            made = StoredAccount(before.id, version, account, change.made_at, by)
            rows.insert_version(connection, made)
            told = {"version": version, "fields": _changed(kept.account, account)}
            change.note("account.changed", f"account {before.id}", told)
        return made

    def read(self, account_id: int) -> StoredAccount:
        """Give an account's newest version.

        Raises:
            InputError: If there is none of that id.
        """
        with reading(self._engine) as connection:
            return _require(connection, account_id)

    def page(self, *, after_id: int, at_most: int) -> list[StoredAccount]:
        """Give the newest version of accounts after an id, by id."""
        with reading(self._engine) as connection:
            return rows.select_accounts_after(connection, after_id, at_most)

    def has(self, account_id: int) -> bool:
        """Tell whether there is an account of that id."""
        if not 0 < account_id <= _LARGEST_ID:
            return False
        with reading(self._engine) as connection:
            return bool(rows.select_accounts(connection, [account_id]))

    def find(self, utility: str, account_number: str) -> StoredAccount | None:
        """Give a utility's account of a number; None if there is none."""
        with reading(self._engine) as connection:
            return rows.select_account_of(connection, utility, account_number)

    def versions(self, account_id: int) -> list[StoredAccount]:
        """Give every version of an account, in order."""
        with reading(self._engine) as connection:
            return rows.select_versions(connection, account_id)

    def all(self) -> list[StoredAccount]:
        """Give the newest version of every account, by id."""
        with reading(self._engine) as connection:
            return rows.select_accounts(connection)

    def summary_ids(self, account_id: int) -> dict[SummaryUsage, int]:
        """Give the id of every summary usage that an account ever had."""
        with reading(self._engine) as connection:
            return rows.select_summary_ids(connection, account_id)

    def summary(self, summary_id: int) -> tuple[int, SummaryUsage] | None:
        """Give a summary usage and the id of its account; None if there is none."""
        if not 0 < summary_id <= _LARGEST_ID:
            return None
        with reading(self._engine) as connection:
            return rows.select_summary(connection, summary_id)

    def add_hours(
        self, account_id: int, hours: Sequence[MeteredHour], by: str
    ) -> list[StoredHour]:
        """Keep measured hours, all or none; what is known already changes nothing.

        Args:
            account_id: Whose.
            hours: Each once.
            by: Who sent them.

        Returns:
            The hours in the order they were given, with their ids.

        Raises:
            InputError: If there is no such account, or it is inactive.
        """
        if not hours:
            return []
        days = [hour.recorded_on for hour in hours]
        span = min(days), max(days)
        with self._changes.making() as change:
            connection = change.connection
            if _require(connection, account_id).account.status == INACTIVE:
                raise InputError(
                    f"account {account_id}: is inactive, expected it to be active; "
                    "change its status first"
                )
            known = rows.select_hours(connection, account_id, span)
            same = {stored.hour for stored in known.get(account_id, [])}
            new = [hour for hour in hours if hour not in same]
            rows.insert_hours(connection, account_id, new, change.made_at, by)
            if new:
                told = {"hours": len(new), "from": span[0], "to": span[1]}
                change.note("account.usage_kept", f"account {account_id}", told)
            kept = rows.select_hours(connection, account_id, span)[account_id]
        by_hour = {stored.hour: stored for stored in kept}
        return [by_hour[hour] for hour in hours]

    def hours(self, account_id: int) -> list[MeteredHour]:
        """Give an account's measured hours, the newest of each, in order of time."""
        with reading(self._engine) as connection:
            found = rows.select_hours(connection, account_id)
        return [stored.hour for stored in found.get(account_id, [])]

    def hours_of(self, account_id: int, day: date) -> list[StoredHour]:
        """Give an account's measured hours of a day with their ids, in order."""
        with reading(self._engine) as connection:
            return rows.select_hours(connection, account_id, (day, day)).get(
                account_id, []
            )

    def usage(self) -> dict[int, AccountUsage]:
        """Give what every account's hours are made from, by id, as of one instant."""
        with reading(self._engine) as connection:
            accounts = rows.select_accounts(connection)
            hours = rows.select_hours(connection)
        return {
            stored.id: AccountUsage(
                stored.account, tuple(known.hour for known in hours.get(stored.id, []))
            )
            for stored in accounts
        }

    def progress(self) -> dict[int, Progress]:
        """Give what intervalization last said, by account."""
        with reading(self._engine) as connection:
            return rows.select_progress(connection)

    def note_progress(self, said: Mapping[int, Progress]) -> None:
        """Keep what intervalization says, in place of what it said before."""
        with writing(self._engine) as connection:
            rows.replace_progress(connection, said)

    def newest_change(self) -> tuple[int, int]:
        """Give numbers that rise with every version and every measured hour."""
        with reading(self._engine) as connection:
            return rows.select_newest_change(connection)


def _changed(before: Account, after: Account) -> list[str]:
    return sorted(k for k, v in vars(after).items() if vars(before)[k] != v)


def _require(connection: Connection, account_id: int) -> StoredAccount:
    found = []
    if 0 < account_id <= _LARGEST_ID:
        found = rows.select_accounts(connection, [account_id])
    if not found:
        raise InputError(f"account {account_id}: does not exist")
    return found[0]


def _require_free_number(
    connection: Connection, account: Account, *, own_id: int | None
) -> None:
    other = rows.select_account_of(connection, account.utility, account.account_number)
    if other is not None and other.id != own_id:
        raise FieldError("account", {"account_number": ["has already been taken"]})
