"""Accounts as rows: every version of each, and what was said of their usage.

Nothing is deleted. A summary usage has one id for as long as it says the same; of a
measured hour the newest row counts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ter_pipelines.accounts.account import Account, SummaryUsage
from ter_pipelines.accounts.bodies import MeteredHour, read_stored_account
from ter_pipelines.accounts.states import Progress
from ter_pipelines.registry import tables
from ter_pipelines.vocab.units import plain

_LONGEST_EXPLANATION = 512
_account, _version = tables.account, tables.account_version
_summary, _hour = tables.account_summary_usage, tables.account_metered_hour
_progress = tables.account_progress
_EVERYTHING = (
    select(_version)
    .join(
        _account,
        (_account.c.id == _version.c.account_id)
        & (_account.c.version == _version.c.version),
    )
    .order_by(_version.c.account_id)
)


@dataclass(frozen=True)
class StoredAccount:
    """A version of an account, and who made it."""

    id: int
    version: int
    account: Account
    made_at: datetime
    made_by: str


@dataclass(frozen=True)
class StoredHour:
    """A measured hour and its id."""

    id: int
    hour: MeteredHour


def insert_account(connection: Connection, account: Account) -> int:
    """Store a new account without a version; give its id."""
    made = connection.execute(
        insert(_account)
        .values(
            utility=account.utility, account_number=account.account_number, version=0
        )
        .returning(_account.c.id)
    )
    return int(made.scalar_one())


def insert_version(connection: Connection, stored: StoredAccount) -> None:
    """Store a version and make it the account's."""
    connection.execute(
        insert(_version).values(
            account_id=stored.id,
            version=stored.version,
            body=json.dumps(stored.account.to_body(), default=plain, sort_keys=True),
            made_at=stored.made_at,
            made_by=stored.made_by,
        )
    )
    connection.execute(
        update(_account)
        .where(_account.c.id == stored.id)
        .values(
            version=stored.version,
            utility=stored.account.utility,
            account_number=stored.account.account_number,
        )
    )
    known = select_summary_ids(connection, stored.id)
    new = [usage for usage in stored.account.summary_usages if usage not in known]
    if new:
        values = [{"account_id": stored.id, **_text_volume(vars(u))} for u in new]
        connection.execute(insert(_summary), values)


def select_accounts(
    connection: Connection, ids: Sequence[int] | None = None
) -> list[StoredAccount]:
    """Give the newest version of each account, or of those of these ids, by id."""
    query = _EVERYTHING
    if ids is not None:
        query = query.where(_version.c.account_id.in_(ids))
    return [_stored(row) for row in connection.execute(query)]


def select_accounts_after(
    connection: Connection, after_id: int, at_most: int
) -> list[StoredAccount]:
    """Give the newest version of accounts after an id, by id."""
    query = _EVERYTHING.where(_account.c.id > after_id).limit(at_most)
    return [_stored(row) for row in connection.execute(query)]


def select_account_of(
    connection: Connection, utility: str, account_number: str
) -> StoredAccount | None:
    """Give a utility's account of a number; None if there is none."""
    row = connection.execute(
        _EVERYTHING.where(
            _account.c.utility == utility, _account.c.account_number == account_number
        )
    ).first()
    return None if row is None else _stored(row)


def select_versions(connection: Connection, account_id: int) -> list[StoredAccount]:
    """Give every version of an account, in order."""
    rows = connection.execute(
        select(_version)
        .where(_version.c.account_id == account_id)
        .order_by(_version.c.version)
    )
    return [_stored(row) for row in rows]


def select_summary_ids(
    connection: Connection, account_id: int
) -> dict[SummaryUsage, int]:
    """Give the id of every summary usage that an account ever had."""
    rows = connection.execute(
        select(_summary).where(_summary.c.account_id == account_id)
    )
    return {_summary_usage(row): row.id for row in rows}


def select_summary(
    connection: Connection, summary_id: int
) -> tuple[int, SummaryUsage] | None:
    """Give a summary usage and the id of its account; None if there is none."""
    row = connection.execute(
        select(_summary).where(_summary.c.id == summary_id)
    ).first()
    return None if row is None else (row.account_id, _summary_usage(row))


def select_hours(
    connection: Connection,
    account_id: int | None = None,
    days: tuple[date, date] | None = None,
) -> dict[int, list[StoredHour]]:
    """Give the newest row of every measured hour, by account and in order of time.

    Args:
        connection: To the registry.
        account_id: One account; all if unsaid.
        days: First and last day; all if unsaid.
    """
    newest = select(func.max(_hour.c.id)).group_by(
        _hour.c.account_id, _hour.c.recorded_on, _hour.c.hour
    )
    if account_id is not None:
        newest = newest.where(_hour.c.account_id == account_id)
    if days is not None:
        newest = newest.where(_hour.c.recorded_on.between(*days))
    rows = connection.execute(
        select(_hour)
        .where(_hour.c.id.in_(newest))
        .order_by(_hour.c.account_id, _hour.c.recorded_on, _hour.c.hour)
    )
    found: dict[int, list[StoredHour]] = {}
    for row in rows:
        hour = MeteredHour(row.recorded_on, row.hour, Decimal(row.volume_kwh))
        found.setdefault(row.account_id, []).append(StoredHour(row.id, hour))
    return found


def insert_hours(
    connection: Connection,
    account_id: int,
    hours: Iterable[MeteredHour],
    received_at: datetime,
    submitted_by: str,
) -> None:
    """Store measured hours in order."""
    values = [
        {
            "account_id": account_id,
            **_text_volume(vars(hour)),
            "received_at": received_at,
            "submitted_by": submitted_by,
        }
        for hour in hours
    ]
    if values:
        connection.execute(insert(_hour), values)


def select_progress(connection: Connection) -> dict[int, Progress]:
    """Give what intervalization last said, by account."""
    return {
        row.account_id: Progress(
            row.fingerprint, row.state, row.explanation, row.changed_at
        )
        for row in connection.execute(select(_progress))
    }


def replace_progress(connection: Connection, said: Mapping[int, Progress]) -> None:
    """Keep what intervalization says now, in place of what it said before."""
    if not said:
        return
    for account_id in said:
        connection.execute(
            delete(_progress).where(_progress.c.account_id == account_id)
        )
    values = [
        {
            "account_id": account_id,
            **vars(progress),
            "explanation": progress.explanation[:_LONGEST_EXPLANATION],
        }
        for account_id, progress in said.items()
    ]
    connection.execute(insert(_progress), values)


def select_newest_change(connection: Connection) -> tuple[int, int]:
    """Give numbers that rise with every version and every measured hour."""
    versions = connection.execute(select(func.count()).select_from(_version)).scalar()
    hours = connection.execute(select(func.max(_hour.c.id))).scalar()
    return versions or 0, hours or 0


def _stored(row: Row[Any]) -> StoredAccount:
    return StoredAccount(
        row.account_id,
        row.version,
        read_stored_account(json.loads(row.body)),
        row.made_at,
        row.made_by,
    )


def _summary_usage(row: Row[Any]) -> SummaryUsage:
    return SummaryUsage(row.starts_on, row.ends_on, Decimal(row.volume_kwh))


def _text_volume(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values, "volume_kwh": plain(values["volume_kwh"])}
