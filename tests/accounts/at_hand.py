"""A market and an account that the tests begin with."""

import copy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.accounts.account import Account
from ter_pipelines.accounts.bodies import read_new_account
from ter_pipelines.accounts.market import Market
from ter_pipelines.accounts.market_file import parse_market

EASTERN = ZoneInfo("America/New_York")
CLOCKS_GO_FORWARD, CLOCKS_GO_BACK = date(2025, 3, 9), date(2025, 11, 2)
WEIGHTS = (
    "0.6 0.5 0.5 0.5 0.6 0.8 1.1 1.3 1.2 1.1 1.0 1.0 "
    "1.0 1.0 1.1 1.2 1.5 1.9 2.0 1.8 1.5 1.2 0.9 0.7"
).split()
MARKET_TOML = f"""
currency = "USD"
states = ["PA", "NY"]

[[load_zone]]
name = "APS-PA"
lmp_source = "pjm"
lmp_location = "APS"

[[load_zone.rates]]
effective_from = 2018-01-01
ancillaries_per_mwh = "1.7129"
rps_per_mwh = "0.2610"
capacity_per_mw_day = "98.50"
transmission_per_mw_day = "51.43"
transmission_ancillaries_per_mw_day = "-4.63"

[[load_zone]]
name = "H"
lmp_source = "ter-json"

[[load_zone.rates]]
effective_from = 2018-01-01
ancillaries_per_mwh = "2"
rps_per_mwh = "1"
capacity_per_mw_day = "100"
transmission_per_mw_day = "50"
transmission_ancillaries_per_mw_day = "-5"

[[load_zone.rates]]
effective_from = 2025-11-03
ancillaries_per_mwh = "4"
rps_per_mwh = "1"
capacity_per_mw_day = "200"
transmission_per_mw_day = "50"
transmission_ancillaries_per_mw_day = "-5"

[[utility]]
name = "WPP"
load_zones = ["APS-PA"]
rate_classes = ["10", "20"]

[[utility.voltage]]
name = "Primary"
loss_uplift = "0.0552"

[[utility.load_profile]]
name = "GPC"

[[utility.load_profile.shape]]
weights = {WEIGHTS}

[utility.load_profile.day_factors]
2018-10-03 = "1.2"

[[utility]]
name = "CONED"
load_zones = ["H"]
rate_classes = ["SC 1"]

[[utility.voltage]]
name = "LV"
loss_uplift = "0.0600"

[[utility.load_profile]]
name = "66 Strata 7"

[[utility.load_profile.shape]]
weights = {["1"] * 24}
"""
BODY: dict[str, Any] = {
    "account_number": "abc123", "rep": "xyz", "location": "11 Beacon St.",
    "city": "Philadelphia", "state": "PA", "load_zone": "APS-PA", "utility": "WPP",
    "load_profile": "GPC", "voltage": "Primary", "rate_class": "10",
    "summary_usages_attributes": [
        {"starts_on": "2018-10-1", "ends_on": "2018-10-31", "volume_kwh": "925.24"}
    ],
    "capacity_tags_attributes": [
        {"start_date": "2018-6-1", "end_date": "2019-5-31", "value_kw": "60000"}
    ],
    "transmission_tags_attributes": [
        {"start_date": "2018-1-1", "end_date": "2018-12-31", "value_kw": "100000"}
    ],
}  # fmt: skip


def market(text: str = MARKET_TOML) -> Market:
    return parse_market(text, folder=Path(), subject="market.toml")


def body(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give the documented body of a new account; None takes a field out."""
    given = {**copy.deepcopy(BODY), **changes}
    return {"account": {name: v for name, v in given.items() if v is not None}}


def account(**changes: Any) -> Account:  # noqa: ANN401
    return read_new_account(body(**changes), market())


def summary(starts_on: str, ends_on: str, volume_kwh: str) -> list[dict[str, str]]:
    return [{"starts_on": starts_on, "ends_on": ends_on, "volume_kwh": volume_kwh}]


def tag(start: str, end: str, value_kw: str = "1") -> dict[str, str]:
    return {"start_date": start, "end_date": end, "value_kw": value_kw}


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]
