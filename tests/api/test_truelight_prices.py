"""What accounts' hours and periods cost, over REST."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from tests.accounts.at_hand import MARKET_TOML, body, market
from tests.accounts.installed import NOV_1, NOV_2, NOV_3, Retail
from tests.api.api_at_work import ACE, Door, running_api
from tests.assets.conftest import Installation, VtnInMemory

ACCOUNTS = "/api/v1/accounts"
PARTS = (
    "lmp_price", "ancillaries_price", "rps_price", "capacity_price", "losses_price",
    "transmission_price", "transmission_ancillaries_price",
)  # fmt: skip


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    (tmp_path / "market.toml").write_text(MARKET_TOML)
    with running_api(tmp_path, market=str(tmp_path / "market.toml")) as door:
        yield door


@pytest.fixture
def retail(door: Door) -> Iterator[Retail]:
    """Give what the pipeline sees of the same home."""
    registry = Registry(f"sqlite:///{door.home}/registry.sqlite", door.home / "landing")
    yield Retail(
        Installation(
            Lake(door.home / "data"),
            registry,
            VtnInMemory(),
            read_settings({}).read_programme(),
            market=market(),
        )
    )
    registry.close()


def price_three_days(retail: Retail) -> None:
    for day, hours in ((NOV_1, 24), (NOV_2, 25), (NOV_3, 24)):
        retail.post_lmp(day, ["40.00"] * hours)
    assert retail.price(NOV_1, NOV_3).success


def exact(answer: requests.Response) -> Any:  # noqa: ANN401
    """Read JSON with every digit of its numbers."""
    return json.loads(answer.text, parse_float=Decimal)


def test_shadow_prices_add_up_on_a_day_of_25_hours(door: Door, retail: Retail) -> None:
    account_id = retail.make()
    price_three_days(retail)

    hours = exact(
        door.get(f"{ACCOUNTS}/{account_id}/shadow_prices?date=2025-11-2", ACE)
    )

    assert [hour["hour"] for hour in hours] == list(range(1, 26))
    assert hours[0]["interval_start"] == "2025-11-02T04:00:00Z"
    for hour in hours:
        parts = sum(Decimal(hour[part]) for part in PARTS)
        assert abs(parts - hour["total_price_per_mwh"]) <= Decimal("0.00000004")


def test_a_periods_price_is_given_by_its_summary(door: Door, retail: Retail) -> None:
    account_id = retail.make()
    price_three_days(retail)

    account = door.get(f"{ACCOUNTS}/{account_id}", ACE).json()
    price = account["rt_lmp_price"]
    same = door.get(f"/api/v1/rt_lmp_prices/{price['id']}", ACE)

    assert price["lmp_price"] == "40"
    assert (price["starts_on"], price["ends_on"]) == ("2025-11-01", "2025-11-03")
    assert same.json() == price


def test_without_a_date_it_is_the_markets_yesterday(door: Door, retail: Retail) -> None:
    account_id = retail.make()
    price_three_days(retail)
    door.clock.instant = datetime(2025, 11, 4, 4, 30, tzinfo=UTC)  # 23:30 on the 3rd

    hours = door.get(f"{ACCOUNTS}/{account_id}/shadow_prices", ACE).json()

    assert {hour["price_date"] for hour in hours} == {"2025-11-02"}


@pytest.mark.parametrize("day", ["2025-13-1", "yesterday", "", "2025-11-2T00"])
def test_a_date_that_is_none_is_422(door: Door, day: str) -> None:
    door.post(ACCOUNTS, body(), ACE)

    answer = door.get(f"{ACCOUNTS}/1/shadow_prices?date={day}", ACE)

    assert answer.status_code == 422
