"""An installation with a battery, and the means to order something of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import dagster as dg

from ter_pipelines.dispatch.battery import Device
from ter_pipelines.dispatch.orders import Action, Order, Setpoint
from ter_pipelines.registry.dispatch_orders import land_batteries, land_order
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import (
    DAY,
    HOUR,
    day_span,
    interval_starts_utc,
    operating_day_of,
)
from ter_pipelines.vocab.table import Table
from tests.assets.conftest import Installation
from vtn_service.contract import VenStatus

DEVICE = ("ven-1", "battery-1")
CHEAP, DEAR = "0.10", "0.40"


@dataclass
class Dispatching:
    """Orders for a battery, tomorrow."""

    installation: Installation

    @property
    def day(self) -> date:
        """Give tomorrow."""
        now = datetime.now(UTC)
        return operating_day_of(now, self.installation.programme.zone) + DAY

    def enrol(
        self,
        device: Device = DEVICE,
        *,
        allows_control: bool = True,
        max_charge_kw: str = "5",
        start_soc: str = "0.1",
    ) -> None:
        """Enrol a battery."""
        lines = (
            "[[battery]]",
            f'ven_id = "{device[0]}"',
            f'device_id = "{device[1]}"',
            f"allows_control = {str(allows_control).lower()}",
            'capacity_kwh = "10"',
            f'max_charge_kw = "{max_charge_kw}"',
            'max_discharge_kw = "5"',
            'charge_efficiency = "0.9"',
            'discharge_efficiency = "0.9"',
            f'start_soc = "{start_soc}"',
            'min_soc = "0.1"',
        )
        body = "\n".join(lines).encode()
        land_batteries(self.installation.registry, body, "anna", datetime.now(UTC))

    def put_on_roster(self, *ven_ids: str, is_enabled: bool = True) -> None:
        """Put VENs on the roster, the battery's if none is named."""
        roster = self.installation.vtn.roster
        roster[:] = [
            VenStatus(ven_id, "", is_enabled=is_enabled)
            for ven_id in ven_ids or DEVICE[:1]
        ]

    def order(self, action: Action, *powers_kw: str) -> int:
        """Order something of the battery."""
        return self.order_of(DEVICE, action, *powers_kw)

    def order_of(self, device: Device, action: Action, *powers_kw: str) -> int:
        """Order something; a schedule begins at the day's first hour."""
        begin = day_span(self.day, self.installation.programme.zone).start_utc
        points = tuple(
            Setpoint(begin + i * HOUR, 3600, Decimal(power))
            for i, power in enumerate(powers_kw)
        )
        order = Order(action, *device, self.day, None, points, datetime.now(UTC))
        return land_order(self.installation.registry, order, "anna").id

    def publish_prices(self, first: str = CHEAP, rest: str = DEAR) -> None:
        """Publish tomorrow's prices: of the first two hours, and of the others."""
        zone = self.installation.programme.zone
        hours = len(interval_starts_utc(self.day, zone))
        self.installation.post_prices(self.day, [first] * 2 + [rest] * (hours - 2))
        self.installation.run(
            "publish_prices",
            self.day,
            self.day,
            only=[tables.PRICE_COMPONENT, tables.PRICE_CURVE],
        )

    def dispatch(self) -> dg.ExecuteInProcessResult:
        """Plan and tell."""
        return self.installation.run("dispatch_batteries", self.day, self.day)

    def look(self) -> dg.ExecuteInProcessResult:
        """Look at what the VEN made of it."""
        return self.installation.run(
            "look_at_vens", self.day, self.day, only=[tables.DISPATCH_ANSWER]
        )

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Give what a table has of the day."""
        return self.installation.lake.read(table, [self.day]).rows(named=True)

    def powers(self) -> list[str]:
        """Give the planned powers, kW."""
        return [f"{row['power_kw']:f}" for row in self.rows(tables.DISPATCH_PLAN)]

    def told(self) -> list[dict[str, Any]]:
        """Give every body that the VTN was given, in order."""
        return [
            body
            for revisions in self.installation.vtn.book.values()
            for body in revisions
        ]


def findings(result: dg.ExecuteInProcessResult, check: str) -> str:
    """Give what a check found."""
    (found,) = (
        e for e in result.get_asset_check_evaluations() if e.check_name == check
    )
    return str(found.metadata["what"].value)
