"""Accounts in a small installation: made, priced, and looked at."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import dagster as dg

from ter_pipelines.account_inputs import read_accounts
from ter_pipelines.accounts.account import Account
from ter_pipelines.accounts.bodies import read_change, read_new_account
from ter_pipelines.accounts.market import Market
from ter_pipelines.accounts.states import state_of
from ter_pipelines.registry.submissions import ZONE_PRICES, NewSubmission
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, iso_utc
from tests.accounts.at_hand import body, market, summary, tag
from tests.assets.conftest import BEFORE, Installation

NOV_1, NOV_2, NOV_3, NOV_4 = (date(2025, 11, n) for n in (1, 2, 3, 4))
STRATA: dict[str, Any] = {
    "state": "NY", "utility": "CONED", "load_zone": "H", "voltage": "LV",
    "load_profile": "66 Strata 7", "rate_class": "SC 1",
    "capacity_tags_attributes": [tag("2025-1-1", "2025-12-31", "1000")],
    "transmission_tags_attributes": [tag("2025-1-1", "2025-12-31", "2000")],
    "summary_usages_attributes": summary("2025-11-1", "2025-11-3", "73"),
}  # fmt: skip


@dataclass
class Retail:
    """An installation with a market."""

    installation: Installation

    @property
    def market(self) -> Market:
        """Give the market."""
        return self.installation.market

    def make(self, **changes: Any) -> int:  # noqa: ANN401
        """Make an account that uses 1 kWh in each of the 73 hours of three days."""
        given = body(**{**STRATA, **changes})
        account = read_new_account(given, self.market)
        return self.installation.registry.accounts.create(account, "anna").id

    def change(self, account_id: int, **changes: Any) -> None:  # noqa: ANN401
        """Change an account."""
        book = self.installation.registry.accounts
        before = book.read(account_id)
        account: Account = read_change(
            {"account": changes}, before.account, self.market
        )
        book.change(before, account, "anna")

    def post_lmp(self, day: date, lmps: list[str], source: str = "ter-json") -> int:
        """Land a day's prices of zone H, per MWh."""
        starts = interval_starts_utc(day, self.installation.programme.zone)
        prices = [
            {"datetime": iso_utc(start), "price": price}
            for start, price in zip(starts, lmps, strict=True)
        ]
        schedule = {"date": str(day - timedelta(days=1)), "prices": prices}
        body = json.dumps({"schedule": schedule}).encode()
        return self.post_file(day, body, source)

    def post_file(self, day: date, body: bytes, source: str = "ter-json") -> int:
        """Land a file as a day's prices, whatever it holds."""
        landed = self.installation.registry.land(
            NewSubmission(
                kind=ZONE_PRICES,
                source="command",
                format=source,
                submitted_by="anna",
                body=body,
                received_at=BEFORE,
                operating_day=day,
            )
        )
        return landed.id

    def price(self, first: date, last: date) -> dg.ExecuteInProcessResult:
        """Run the job over days."""
        return self.installation.run("price_accounts", first, last)

    def state(self, account_id: int) -> str:
        """Give an account's state of intervalization."""
        registry, zone = self.installation.registry, self.installation.programme.zone
        accounts = read_accounts(registry, self.market, zone)
        return state_of(
            accounts.fingerprints[account_id],
            registry.accounts.progress().get(account_id),
            has_usage=accounts.usage[account_id].has_usage,
        )

    def energies(self, day: date) -> list[Decimal]:
        """Give what accounts used, hour by hour."""
        frame = self.installation.lake.read(tables.INTERVALIZED_USAGE, [day])
        return frame["energy_kwh"].to_list()

    def prices(self, day: date) -> list[dict[str, Any]]:
        """Give the rows of a day's shadow prices."""
        return self.installation.lake.read(tables.SHADOW_PRICE, [day]).rows(named=True)


def retail(installation: Installation) -> Retail:
    """Give an installation a market."""
    return Retail(replace(installation, market=market()))
