"""What the hours and prices of accounts are made from, and what of it has changed.

The registry says it now, the lake says what it was made from: where the two differ, a
day is made again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from ter_pipelines.accounts.account import Account
from ter_pipelines.accounts.intervalization import AccountUsage
from ter_pipelines.accounts.market import LoadZone, Market
from ter_pipelines.accounts.periods import in_force
from ter_pipelines.accounts.shadow_price import DayTerms
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import ZONE_PRICES, Submission
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables

USAGE, TERMS = "accounts", "terms"


@dataclass(frozen=True)
class Accounts:
    """Every account as the registry has it now.

    Args:
        usage: By account.
        market: They are priced by.
        zone: Of operating days.
        prices: Files of load zones' prices by day, in the order they came.
    """

    usage: Mapping[int, AccountUsage]
    market: Market
    zone: ZoneInfo
    prices: Mapping[date, Sequence[Submission]]

    @cached_property
    def fingerprints(self) -> dict[int, str]:
        """Give what each account's hours rest on."""
        return {i: usage.fingerprint(self.market) for i, usage in self.usage.items()}

    @cached_property
    def by_day(self) -> dict[date, list[int]]:
        """Give the accounts that have usage on a day."""
        found: dict[date, list[int]] = {}
        for account_id, usage in self.usage.items():
            for day in usage.days:
                found.setdefault(day, []).append(account_id)
        return found

    def usage_inputs(self, day: date) -> dict[str, str]:
        """Give what a day's hours are to be made from."""
        rests_on = [(i, self.fingerprints[i]) for i in self.by_day.get(day, [])]
        return {USAGE: _sha256(rests_on)}

    def price_inputs(self, day: date, usage_sha256: str) -> dict[str, str]:
        """Give what a day's prices are to be made from.

        Args:
            day: The day.
            usage_sha256: Of its hours in the lake.
        """
        rests_on = [
            (i, self.terms(i, day), zone and (zone.lmp_source, zone.lmp_location))
            for i in self.by_day.get(day, [])
            for zone in [self.load_zone(i)]
        ]
        files = [submission.id for submission in self.prices.get(day, ())]
        terms = _sha256((self.market.currency, rests_on, files))
        return {tables.INTERVALIZED_USAGE.name: usage_sha256, TERMS: terms}

    def load_zone(self, account_id: int) -> LoadZone | None:
        """Give an account's load zone; None if the market has it no longer."""
        return self.market.load_zones.get(self.usage[account_id].account.load_zone)

    def terms(self, account_id: int, day: date) -> DayTerms | None:
        """Give what decides about an account's prices on a day; None if unknown."""
        return terms_of(self.usage[account_id].account, day, self.market)


def read_accounts(registry: Registry, market: Market, zone: ZoneInfo) -> Accounts:
    """Read every account from the registry."""
    prices: dict[date, list[Submission]] = {}
    for submission in registry.submissions(ZONE_PRICES):
        if submission.operating_day is not None:
            prices.setdefault(submission.operating_day, []).append(submission)
    return Accounts(registry.accounts.usage(), market, zone, prices)


def find_stale_days(
    lake: Lake, accounts: Accounts, first: date, last: date
) -> list[date]:
    """Find days whose hours or prices are not what they would be made of now."""
    written = {
        date.fromisoformat(d) for d in lake.partitions(tables.INTERVALIZED_USAGE)
    }
    days = sorted(d for d in accounts.by_day.keys() | written if first <= d <= last)
    return [day for day in days if not _is_fresh(lake, accounts, day)]


def terms_of(account: Account, day: date, market: Market) -> DayTerms | None:
    """Give an account's terms on a day; None where the market has no rates for it."""
    load_zone = market.load_zones.get(account.load_zone)
    utility = market.utilities.get(account.utility)
    rates = load_zone.rates_on(day) if load_zone else None
    uplift = utility.loss_uplifts.get(account.voltage) if utility else None
    if rates is None or uplift is None:
        return None
    capacity = in_force(account.capacity_tags, day)
    transmission = in_force(account.transmission_tags, day)
    return DayTerms(
        rates=rates,
        loss_uplift=uplift,
        capacity_kw=capacity.value_kw if capacity else None,
        transmission_kw=transmission.value_kw if transmission else None,
    )


def _is_fresh(lake: Lake, accounts: Accounts, day: date) -> bool:
    usage = lake.stored(tables.INTERVALIZED_USAGE, day)
    prices = lake.stored(tables.SHADOW_PRICE, day)
    return (
        usage is not None
        and usage.inputs == accounts.usage_inputs(day)
        and prices is not None
        and prices.inputs == accounts.price_inputs(day, usage.content_sha256)
    )


def _sha256(rests_on: object) -> str:
    return hashlib.sha256(repr(rests_on).encode()).hexdigest()
