"""An account: where it is served, its tags, its billed usage. Nothing is checked here.

`bodies` reads one from a partner's JSON; `rules` says what contradicts what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

ACTIVE, INACTIVE = "active", "inactive"
STATUSES = (ACTIVE, INACTIVE)
CAPACITY_TAGS, TRANSMISSION_TAGS = "capacity_tags", "transmission_tags"
SUMMARY_USAGES = "summary_usages"


@dataclass(frozen=True)
class Tag:
    """A share of a system's peak, in force from its first day to its last."""

    start_date: date
    end_date: date
    value_kw: Decimal

    @property
    def period(self) -> tuple[date, date]:
        """Give the first and the last day."""
        return self.start_date, self.end_date


@dataclass(frozen=True)
class SummaryUsage:
    """The energy of a billing period, from its first local day to its last."""

    starts_on: date
    ends_on: date
    volume_kwh: Decimal

    @property
    def period(self) -> tuple[date, date]:
        """Give the first and the last day."""
        return self.starts_on, self.ends_on


@dataclass(frozen=True, kw_only=True)
class Account:
    """A retail account.

    Args:
        account_number: Number at its utility.
        location: Address, lines 1 and 2.
        city: City.
        state: Two letters.
        load_zone: Zone of the wholesale market.
        utility: Utility that delivers.
        load_profile: One of the utility's.
        rate_class: One of the utility's.
        voltage: One of the utility's; decides about losses.
        rep: Who looks after it; None if nobody.
        flow_start: First day of supply, as told; decides nothing here.
        flow_end: Last day of supply, as told; decides nothing here.
        status: `active` or `inactive`.
        capacity_tags: Without overlap, in the order they were given.
        transmission_tags: Without overlap, in the order they were given.
        summary_usages: Without overlap, in the order they were given.
    """

    account_number: str
    location: str
    city: str
    state: str
    load_zone: str
    utility: str
    load_profile: str
    rate_class: str
    voltage: str
    rep: str | None = None
    flow_start: date | None = None
    flow_end: date | None = None
    status: str = ACTIVE
    capacity_tags: tuple[Tag, ...] = ()
    transmission_tags: tuple[Tag, ...] = ()
    summary_usages: tuple[SummaryUsage, ...] = ()

    def to_body(self) -> dict[str, Any]:
        """Give the account as partners see it; dates as text, numbers as Decimal."""
        return {name: _plain(value) for name, value in vars(self).items()}


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(vars(item)) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    return value
