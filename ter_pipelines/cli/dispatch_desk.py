"""What `ter dispatch` works on: enrolled batteries, and orders for them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from ter_pipelines.cli.at_hand import registry_at_hand
from ter_pipelines.cli.dispatch_show import named, shown_day
from ter_pipelines.dispatch.battery import Battery, Device, read_batteries
from ter_pipelines.dispatch.limits import RefusedOrderError
from ter_pipelines.dispatch.orders import CANCEL, Order, read_schedules
from ter_pipelines.dispatch.plan import (
    DayAtHand,
    KeptOrder,
    is_waiting,
    make_plan,
    newest_orders,
)
from ter_pipelines.dispatch.rows import plan_rows
from ter_pipelines.dispatch_inputs import day_at_hand
from ter_pipelines.registry.dispatch_orders import (
    enrolled_batteries,
    land_batteries,
    land_order,
    orders_of_day,
)
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import operating_day_of
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.programme import Programme

_NOT_KEPT = 0
_Row = dict[str, Any]


@dataclass(frozen=True)
class DispatchDesk:
    """Reads the lake, and keeps enrolments and orders in the registry.

    Args:
        lake: With prices and plans.
        registry: With batteries and orders.
        programme: With its zone and first day.
        now: The present.
    """

    lake: Lake
    registry: Registry
    programme: Programme
    now: datetime

    def enrol(self, body: bytes, *, subject: str, by: str) -> list[_Row]:
        """Keep a file of batteries.

        Raises:
            FieldError: If it is wrong, with a message per field.
        """
        batteries = read_batteries(body, subject=subject)
        kept = land_batteries(self.registry, body, by, self.now)
        return [{"submission": kept.id, **asdict(battery)} for battery in batteries]

    def batteries(self) -> list[Battery]:
        """Give every battery as it was enrolled last."""
        return list(enrolled_batteries(self.registry).values())

    def load(self, body: bytes, *, subject: str, by: str) -> list[_Row]:
        """Keep an operator's schedules, all or none.

        Raises:
            InputError: If the file is wrong, or a schedule cannot be carried out.
        """
        orders = read_schedules(body, subject=subject)
        return [
            {**self.keep(order, by), "intervals": len(rows)}
            for order, rows in zip(orders, self.planned(orders), strict=True)
        ]

    def planned(self, orders: Sequence[Order]) -> list[list[_Row]]:
        """Give the rows each order makes now; none while its prices are to come.

        Raises:
            InputError: If a day is over, or there can be no plan.
        """
        batteries = enrolled_batteries(self.registry)
        days = {order.operating_day for order in orders}
        at_hand = {day: self._day_at_hand(day) for day in sorted(days)}
        return [
            self._planned(
                order, batteries.get(order.device), at_hand[order.operating_day]
            )
            for order in orders
        ]

    def cancel(self, devices: Sequence[Device], day: date, by: str) -> list[_Row]:
        """End whatever batteries are ordered to do on a day, all of them or none.

        Raises:
            InputError: If nothing was ordered of one.
        """
        ordered = newest_orders(orders_of_day(self.registry, day))
        for device in devices:
            before = ordered.get(device)
            if before is None or before.order.action == CANCEL:
                raise InputError(
                    f"{'/'.join(device)} on {day}: nothing is ordered, expected a "
                    "schedule or a plan to cancel"
                )
        return [self.keep(Order(CANCEL, *device, day), by) for device in devices]

    def keep(self, order: Order, by: str) -> _Row:
        """Keep an order as it is, in the present."""
        kept = land_order(self.registry, replace(order, ordered_at=self.now), by)
        return named(KeptOrder(order, kept.id, kept.received_at, by))

    def show(self, day: date, vtn: Vtn | None) -> list[_Row]:
        """Tell what every battery of a day is ordered to do, and what became of it."""
        stores = self.lake, self.registry
        return list(shown_day(stores, self.programme, day, self.now, vtn).rows())

    def _planned(
        self, order: Order, battery: Battery | None, day: DayAtHand
    ) -> list[_Row]:
        try:
            plan = make_plan(KeptOrder(order, _NOT_KEPT, self.now, ""), battery, day)
        except RefusedOrderError as error:
            if is_waiting(error.finding, day):
                return []
            raise
        rows = list(plan_rows(plan, self.programme.currency)) if plan else []
        for row in rows:
            del row["submission_id"]
        return rows

    def _day_at_hand(self, day: date) -> DayAtHand:
        today = operating_day_of(self.now, self.programme.zone)
        first = max(today, self.programme.first_operating_day)
        if day < first:
            raise InputError(f"{day}: expected an operating day from {first} on")
        return day_at_hand(self.lake, day, self.programme, self.now)


@contextmanager
def open_dispatch() -> Iterator[DispatchDesk]:
    """Open the lake and the registry of this installation."""
    settings = read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    registry = registry_at_hand(settings)
    try:
        registry.migrate()
        lake, programme = Lake(settings.lake_root), settings.read_programme()
        yield DispatchDesk(lake, registry, programme, datetime.now(UTC))
    finally:
        registry.close()
