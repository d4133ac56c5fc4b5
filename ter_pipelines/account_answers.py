"""Accounts as partners and the command line see them: kept, priced, hour by hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.account_prices import average_price, components_of
from ter_pipelines.accounts.account import SummaryUsage
from ter_pipelines.accounts.intervalization import AccountUsage
from ter_pipelines.accounts.market import Market
from ter_pipelines.accounts.shadow_price import HOUR_PLACES, PERIOD_PLACES
from ter_pipelines.accounts.states import state_of
from ter_pipelines.registry.account_rows import StoredAccount
from ter_pipelines.registry.accounts import AccountBook
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, iso_utc


@dataclass(frozen=True)
class AccountAnswers:
    """Tells of accounts.

    Args:
        book: The registry's accounts.
        lake: Where their hours and prices are.
        market: They are checked and priced by.
        zone: Of operating days.
    """

    book: AccountBook
    lake: Lake
    market: Market
    zone: ZoneInfo

    def told(self, stored: StoredAccount) -> dict[str, Any]:
        """Give an account: what is kept, its state, its newest period's price."""
        usage = AccountUsage(stored.account, tuple(self.book.hours(stored.id)))
        progress = self.book.progress().get(stored.id)
        fingerprint = usage.fingerprint(self.market)
        state = state_of(fingerprint, progress, has_usage=usage.has_usage)
        return {
            "id": stored.id,
            "version": stored.version,
            **stored.account.to_body(),
            "intervalization_status": state,
            "rt_lmp_price": self._newest_price(stored),
        }

    def shadow_prices(self, account_id: int, day: date) -> list[dict[str, Any]]:
        """Give an account's hours of a day, in order; prices are text, per MWh.

        Raises:
            InputError: If there is no such account.
        """
        self.book.read(account_id)
        starts = interval_starts_utc(day, self.zone)
        rows = self.lake.read(tables.SHADOW_PRICE, [day]).iter_rows(named=True)
        return [
            {
                "price_date": str(day),
                "hour": starts.index(row["interval_start_utc"]) + 1,
                "interval_start": iso_utc(row["interval_start_utc"]),
                **components_of(row).shown(HOUR_PLACES),
                "volume_kwh": row["energy_kwh"],
                "flags": row["flags"].split(",") if row["flags"] else [],
            }
            for row in rows
            if row["account_id"] == account_id
        ]

    def metered_hours(self, account_id: int, day: date) -> list[dict[str, Any]]:
        """Give the measured hours of a day, in order, as they were sent.

        Raises:
            InputError: If there is no such account.
        """
        self.book.read(account_id)
        return [
            {"id": kept.id, **vars(kept.hour), "recorded_on": str(day)}
            for kept in self.book.hours_of(account_id, day)
        ]

    def period_price(
        self, account_id: int, summary_id: int, summary: SummaryUsage
    ) -> dict[str, Any] | None:
        """Give a period's price, averaged by volume; None before all is priced."""
        price = average_price(self.lake, account_id, summary, self.zone)
        if price is None:
            return None
        return {
            "id": summary_id,
            "starts_on": str(summary.starts_on),
            "ends_on": str(summary.ends_on),
            **price.shown(PERIOD_PLACES),
        }

    def _newest_price(self, stored: StoredAccount) -> dict[str, Any] | None:
        ids = self.book.summary_ids(stored.id)
        usages: Sequence[SummaryUsage] = stored.account.summary_usages
        for summary in sorted(usages, key=lambda usage: usage.period, reverse=True):
            price = self.period_price(stored.id, ids[summary], summary)
            if price is not None:
                return price
        return None
