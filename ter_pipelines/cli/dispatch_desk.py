"""What `ter dispatch` works on: enrolled batteries, and orders for them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
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
from ter_pipelines.dispatch.rows import device_of, plan_rows, soc_at
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
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, operating_day_of
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.programme import Programme

_NOT_KEPT = 0
_Row = dict[str, Any]
_Before = tuple[KeptOrder, Sequence[_Row]]


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
        orders = self.stated(read_schedules(body, subject=subject))
        return [
            {**self.keep(order, by), "intervals": len(rows)}
            for order, rows in zip(orders, self.planned(orders), strict=True)
        ]

    def stated(self, orders: Sequence[Order]) -> list[Order]:
        """Give orders with the state of charge they begin with, so that it stays.

        Where an order does not say it, it is what is enrolled; on a day that has begun,
        what the plan that the battery has of it comes to by now.

        Raises:
            InputError: If the plan that there was of a day that has begun is gone, so
                that nothing tells how full the battery is.
        """
        batteries = enrolled_batteries(self.registry)
        days = {order.operating_day for order in orders}
        begun = {day: self._begun(day) for day in sorted(days)}
        return [
            order
            if order.start_soc is not None or order.device not in batteries
            else replace(
                order,
                start_soc=_expected_soc(
                    batteries[order.device],
                    begun[order.operating_day].get(order.device),
                    self.now,
                ),
            )
            for order in orders
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

    def _begun(self, day: date) -> dict[Device, _Before]:
        """Give what batteries were ordered of a day that has begun, and their plans."""
        if self.now < day_span(day, self.programme.zone).start_utc:
            return {}
        plans: dict[Device, list[_Row]] = {}
        for row in self.lake.read(tables.DISPATCH_PLAN, [day]).rows(named=True):
            plans.setdefault(device_of(row), []).append(row)
        ordered = newest_orders(orders_of_day(self.registry, day))
        return {
            device: (kept, plans.get(device, [])) for device, kept in ordered.items()
        }

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


def _expected_soc(battery: Battery, before: _Before | None, now: datetime) -> Decimal:
    """Give how full a battery is expected to be when an order takes effect.

    Args:
        battery: As enrolled.
        before: What it was ordered of a day that has begun, and the day's plan.
        now: The present.
    """
    if before is None:
        return battery.start_soc
    kept, rows = before
    if not rows or rows[0]["submission_id"] != kept.submission_id:
        raise InputError(
            f"{'/'.join(battery.device)} on {kept.order.operating_day}: the day has "
            "begun, and what was ordered before is cancelled, refused or not planned "
            "yet; expected how full the battery is (--start-soc, or start_soc in a "
            "schedule)"
        )
    begun = kept.order.start_soc
    return soc_at(rows, battery, battery.start_soc if begun is None else begun, now)


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
