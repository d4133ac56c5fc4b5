"""The prices of accounts, day by day: LMPs from files, rates and tags as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.account_inputs import Accounts
from ter_pipelines.accounts.account import SummaryUsage
from ter_pipelines.accounts.market import LoadZone, Market
from ter_pipelines.accounts.shadow_price import (
    PARTS,
    Components,
    ShadowHour,
    average,
    find_unrecovered,
    price_day,
)
from ter_pipelines.formats.price_sources import Wanted, price_readers
from ter_pipelines.pricing.schedule import HOUR_SECONDS, require_whole_day
from ter_pipelines.registry.registry import Registry
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_between, interval_starts_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.findings import Finding

_KWH_PER_MWH = 1000


@dataclass(frozen=True)
class Lmp:
    """A load zone's prices of a day, per MWh, and the file that had them."""

    submission_id: int
    per_mwh: Mapping[datetime, Decimal]


@dataclass
class Priced:
    """The priced hours of a day, and what is lacking or wrong."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    lacking: list[Finding] = field(default_factory=list)
    unrecovered: list[Finding] = field(default_factory=list)


def price_accounts(
    usage: pl.DataFrame, day: date, accounts: Accounts, registry: Registry
) -> Priced:
    """Price every account's hours of a day.

    Args:
        usage: Of `core/intervalized_usage`, one day.
        day: The day.
        accounts: As the registry has them.
        registry: Where the files of prices are.
    """
    made = Priced()
    lmps: dict[str, Lmp | None] = {}
    hours_of: dict[int, list[tuple[datetime, Decimal]]] = {}
    for row in usage.sort("account_id", "interval_start_utc").iter_rows(named=True):
        hour = row["interval_start_utc"], row["energy_kwh"]
        hours_of.setdefault(row["account_id"], []).append(hour)
    for i, hours in hours_of.items():
        zone, terms = accounts.load_zone(i), accounts.terms(i, day)
        if zone is None or terms is None:
            made.lacking.append(_lacks("no_rates", i, day))
            continue
        if zone.name not in lmps:
            lmps[zone.name] = _read_lmp(registry, accounts, zone, day, made)
        lmp = lmps[zone.name]
        if lmp is None:
            made.lacking.append(_lacks("no_lmp", i, day, load_zone=zone.name))
            continue
        priced = price_day(hours, lmp.per_mwh, terms)
        wrong = find_unrecovered(priced, terms, f"account {i} {day}")
        made.unrecovered += wrong
        made.lacking += [_lacks(flag, i, day) for flag in priced[0].flags]
        if not wrong:
            source = {
                "currency": accounts.market.currency,
                "price_submission_id": lmp.submission_id,
            }
            made.rows += [_row(i, hour) | source for hour in priced]
    return made


def lmp_of(
    body: bytes, load_zone: LoadZone, market: Market, zone: ZoneInfo
) -> tuple[date, dict[datetime, Decimal]]:
    """Read a load zone's day and its hourly prices per MWh from a file.

    Raises:
        InputError: If the file has no whole day of that zone, or is in another
            currency.
    """
    wanted = Wanted(
        location=load_zone.lmp_location,
        currency=market.currency,
        unit=f"{market.currency}/MWh",
    )
    hours = price_readers()[load_zone.lmp_source](body, wanted).hours
    day = require_whole_day(hours, zone, field="hours")
    found = dict.fromkeys(interval_starts_utc(day, zone), Decimal(0))
    for hour in hours:
        if hour.currency != market.currency:
            raise InputError(
                f"prices of {load_zone.name!r} on {day}: got {hour.currency}, expected "
                f"{market.currency}"
            )
        found[hour.interval_start_utc] += hour.price_per_kwh * _KWH_PER_MWH
    return day, found


def average_price(
    lake: Lake, account_id: int, summary: SummaryUsage, zone: ZoneInfo
) -> Components | None:
    """Average an account's prices over a period; None until every hour is priced."""
    days = days_between(*summary.period)
    expected = sum(len(interval_starts_utc(day, zone)) for day in days)
    priced = [
        (row["energy_kwh"], components_of(row))
        for row in lake.read(tables.SHADOW_PRICE, days).iter_rows(named=True)
        if row["account_id"] == account_id
    ]
    return average(priced) if len(priced) == expected else None


def components_of(row: Mapping[str, Any]) -> Components:
    """Give the price that a row of `core/shadow_price` holds."""
    return Components(**{name: row[name] for name in PARTS})


def _read_lmp(
    registry: Registry,
    accounts: Accounts,
    load_zone: LoadZone,
    day: date,
    made: Priced,
) -> Lmp | None:
    """Read a load zone's prices from the newest file that has them; None if none has.

    Files of one source may each be of other locations. One that was changed on disk
    since it was taken in, or that no load zone's prices can be read from, is told.
    """
    for submission in reversed(accounts.prices.get(day, ())):
        if submission.format != load_zone.lmp_source:
            continue
        try:
            body = registry.body(submission)
        except InputError as error:
            _tell(made, "file_changed", submission.id, day, str(error))
            continue
        try:
            found, hours = lmp_of(body, load_zone, accounts.market, accounts.zone)
        except InputError as error:
            if not _is_anothers(body, load_zone, accounts):
                _tell(made, "file_unreadable", submission.id, day, str(error))
            continue
        if found == day:
            return Lmp(submission.id, hours)
        _tell(made, "file_of_another_day", submission.id, day, f"it is of {found}")
    return None


def _is_anothers(body: bytes, load_zone: LoadZone, accounts: Accounts) -> bool:
    """Tell whether another load zone's prices can be read from a file."""
    for other in accounts.market.load_zones.values():
        if other == load_zone or other.lmp_source != load_zone.lmp_source:
            continue
        try:
            lmp_of(body, other, accounts.market, accounts.zone)
        except InputError:
            continue
        return True
    return False


def _tell(made: Priced, what: str, submission_id: int, day: date, why: str) -> None:
    """Tell of a file once a day, whoever else needs it."""
    facts = {"day": str(day), "why": why}
    found = Finding(f"price.{what}", f"submission {submission_id}", facts)
    if found not in made.lacking:
        made.lacking.append(found)


def _row(account_id: int, hour: ShadowHour) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "interval_start_utc": hour.start_utc,
        "duration_seconds": HOUR_SECONDS,
        "energy_kwh": hour.volume_kwh,
        **vars(hour.components),
        "flags": ",".join(hour.flags),
    }


def _lacks(what: str, account_id: int, day: date, **facts: str) -> Finding:
    return Finding(f"price.{what}", f"account {account_id}", {"day": str(day), **facts})
