"""Accounts: their usage -> hours by load profile -> what each hour costs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg

from ter_pipelines.account_inputs import Accounts, read_accounts
from ter_pipelines.account_prices import price_accounts
from ter_pipelines.accounts.intervalization import (
    IntervalizedHour,
    find_imbalance,
    intervalize,
)
from ter_pipelines.accounts.market import Market
from ter_pipelines.accounts.states import (
    FAILED,
    INTERVALIZED,
    INTERVALIZING,
    Progress,
    state_of,
)
from ter_pipelines.assets.common import (
    blocking,
    described,
    report_partition,
    telling,
    total,
    utc_now,
    verdict,
    warning,
)
from ter_pipelines.partitions import days_of
from ter_pipelines.registry.accounts import AccountBook
from ter_pipelines.registry.registry import Registry
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

HOURS_ARE_THE_SUMMARY = blocking(
    "intervalized_kwh_equal_summary_kwh",
    tables.INTERVALIZED_USAGE,
    "The hours of every summary usage add up to it, and no account has an hour twice.",
)
EVERY_ACCOUNT_IS_INTERVALIZED = telling(
    "every_account_is_intervalized",
    tables.INTERVALIZED_USAGE,
    "Tells which accounts have usage that their load profile cannot share out.",
)
HOURS_PAY_THE_TAGS = blocking(
    "shadow_prices_recover_the_tags",
    tables.SHADOW_PRICE,
    "What an account's hours of a day pay for capacity and transmission is what its "
    "tags cost on that day.",
)
EVERY_ACCOUNT_IS_PRICED = telling(
    "every_account_is_priced",
    tables.SHADOW_PRICE,
    "Tells which accounts lack a price, a rate or a tag on a day.",
)


@dataclass
class _Hours:
    """The hours of accounts, and why some have none."""

    by_account: dict[int, list[IntervalizedHour]] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    unequal: list[Finding] = field(default_factory=list)


@dg.asset(
    **described(
        tables.INTERVALIZED_USAGE, group="accounts", kinds={"python", "parquet"}
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[HOURS_ARE_THE_SUMMARY, EVERY_ACCOUNT_IS_INTERVALIZED],
)
def intervalized_usage(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
    market: dg.ResourceParam[Market],
) -> dg.MaterializeResult:
    days = days_of(context)
    accounts = read_accounts(registry, market, programme.zone)
    ids = sorted({i for day in days for i in accounts.by_day.get(day, [])})
    _begin(registry.accounts, accounts, ids)
    made = _make_hours(accounts, ids)
    rows_of = _rows_by_day(made, accounts)
    rows = 0
    for day in days:
        frame = frame_of(tables.INTERVALIZED_USAGE, rows_of.get(day, []))
        inputs = accounts.usage_inputs(day)
        stored = lake.replace(tables.INTERVALIZED_USAGE, day, frame, inputs)
        facts = {
            "dagster/row_count": stored.rows,
            "energy_kwh": total(frame, "energy_kwh"),
            "accounts": frame["account_id"].n_unique(),
        }
        report_partition(context, tables.INTERVALIZED_USAGE, day, facts)
        rows += stored.rows
    _end(registry.accounts, accounts, made, lake, programme.first_operating_day)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": rows},
        check_results=[
            verdict(HOURS_ARE_THE_SUMMARY, made.unequal),
            warning(EVERY_ACCOUNT_IS_INTERVALIZED, _find_failed(made)),
        ],
    )


@dg.asset(
    **described(
        tables.SHADOW_PRICE,
        group="accounts",
        kinds={"python", "parquet"},
        upstream=[tables.INTERVALIZED_USAGE],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[HOURS_PAY_THE_TAGS, EVERY_ACCOUNT_IS_PRICED],
)
def shadow_price(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
    market: dg.ResourceParam[Market],
) -> dg.MaterializeResult:
    accounts = read_accounts(registry, market, programme.zone)
    lacking: list[Finding] = []
    unrecovered: list[Finding] = []
    rows = 0
    for day in days_of(context):
        usage_of_day = lake.stored(tables.INTERVALIZED_USAGE, day)
        content = usage_of_day.content_sha256 if usage_of_day else ""
        inputs = accounts.price_inputs(day, content)
        usage = lake.read(tables.INTERVALIZED_USAGE, [day])
        made = price_accounts(usage, day, accounts, registry)
        frame = frame_of(tables.SHADOW_PRICE, made.rows)
        stored = lake.replace(tables.SHADOW_PRICE, day, frame, inputs)
        facts = {
            "dagster/row_count": stored.rows,
            "accounts": frame["account_id"].n_unique(),
            "lacking": len(made.lacking),
        }
        report_partition(context, tables.SHADOW_PRICE, day, facts)
        lacking += made.lacking
        unrecovered += made.unrecovered
        rows += stored.rows
    return dg.MaterializeResult(
        metadata={"dagster/row_count": rows},
        check_results=[
            verdict(HOURS_PAY_THE_TAGS, unrecovered),
            warning(EVERY_ACCOUNT_IS_PRICED, lacking),
        ],
    )


def _begin(book: AccountBook, accounts: Accounts, ids: Iterable[int]) -> None:
    """Say of the accounts that are not done that their hours are being made."""
    known = book.progress()
    waiting = [
        i
        for i in ids
        if state_of(accounts.fingerprints[i], known.get(i), has_usage=True)
        != INTERVALIZED
    ]
    book.note_progress({i: _said(accounts, i, INTERVALIZING) for i in waiting})


def _make_hours(accounts: Accounts, ids: Iterable[int]) -> _Hours:
    made = _Hours()
    for i in ids:
        usage = accounts.usage[i]
        try:
            hours = intervalize(usage, accounts.market, accounts.zone)
        except InputError as error:
            made.errors[i] = str(error)
            continue
        found = find_imbalance(usage, hours, f"account {i}", accounts.zone)
        made.unequal += found
        if found:
            made.errors[i] = "; ".join(map(str, found))
        else:
            made.by_account[i] = hours
    return made


def _rows_by_day(made: _Hours, accounts: Accounts) -> dict[date, list[dict[str, Any]]]:
    rows: dict[date, list[dict[str, Any]]] = {}
    for i, hours in made.by_account.items():
        for hour in hours:
            row = {
                "account_id": i,
                "interval_start_utc": hour.start_utc,
                "duration_seconds": 3600,
                "energy_kwh": hour.energy_kwh,
                "method": hour.method,
                "usage_sha256": accounts.fingerprints[i],
            }
            rows.setdefault(hour.day, []).append(row)
    return rows


def _end(
    book: AccountBook, accounts: Accounts, made: _Hours, lake: Lake, first_day: date
) -> None:
    """Say of an account that it is done once every day of it is in the lake.

    Days before the programme are nobody's; a day to come is waited for.
    """
    said = {i: _said(accounts, i, FAILED, why) for i, why in made.errors.items()}
    wanted = {
        i: {day for day in accounts.usage[i].days if day >= first_day}
        for i in made.by_account
    }
    days = set().union(*wanted.values())
    stored: dict[tuple[int, str], set[date]] = {}
    if days:
        span = {"first_day": min(days), "last_day": max(days)}
        for i, sha256, day in lake.run("intervalized_day", span).iter_rows():
            stored.setdefault((i, sha256), set()).add(day)
    for i, needed in wanted.items():
        if needed <= stored.get((i, accounts.fingerprints[i]), set()):
            said[i] = _said(accounts, i, INTERVALIZED)
    book.note_progress(said)


def _said(accounts: Accounts, account_id: int, state: str, why: str = "") -> Progress:
    return Progress(accounts.fingerprints[account_id], state, why, utc_now())


def _find_failed(made: _Hours) -> list[Finding]:
    return [
        Finding("usage.not_intervalized", f"account {i}", {"why": why})
        for i, why in sorted(made.errors.items())
    ]
