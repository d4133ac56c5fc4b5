"""What `ter dispatch` works on: enrolled batteries, orders, plans and their answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from ter_pipelines.cli.at_hand import registry_at_hand
from ter_pipelines.dispatch.answers import standing_of
from ter_pipelines.dispatch.battery import Battery, Device, read_batteries
from ter_pipelines.dispatch.events import dispatch_event_id
from ter_pipelines.dispatch.limits import RefusedOrderError
from ter_pipelines.dispatch.orders import CANCEL, Order, read_schedules
from ter_pipelines.dispatch.plan import (
    DayAtHand,
    KeptOrder,
    is_waiting,
    make_plan,
    newest_orders,
)
from ter_pipelines.dispatch.rows import device_of, plan_rows
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
from vtn_service.contract import EventStatus

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
        planned = [(order, self.planned(order)) for order in orders]
        return [
            {**self.keep(order, by), "intervals": len(rows)} for order, rows in planned
        ]

    def planned(self, order: Order) -> list[_Row]:
        """Give the rows an order makes now; none while its prices are still to come.

        Raises:
            InputError: If the day is over, or there can be no plan.
        """
        today = operating_day_of(self.now, self.programme.zone)
        first = max(today, self.programme.first_operating_day)
        if order.operating_day < first:
            raise InputError(
                f"{order.operating_day}: expected an operating day from {first} on"
            )
        battery = enrolled_batteries(self.registry).get(order.device)
        kept, day = KeptOrder(order, _NOT_KEPT, self.now, ""), self._day(order)
        try:
            plan = make_plan(kept, battery, day)
        except RefusedOrderError as error:
            if is_waiting(error.finding, day):
                return []
            raise
        rows = list(plan_rows(plan, self.programme.currency)) if plan else []
        for row in rows:
            del row["submission_id"]
        return rows

    def cancel(self, device: Device, day: date, by: str) -> _Row:
        """End whatever a battery is ordered to do on a day.

        Raises:
            InputError: If nothing was ordered.
        """
        before = newest_orders(orders_of_day(self.registry, day)).get(device)
        if before is None or before.order.action == CANCEL:
            raise InputError(
                f"{'/'.join(device)} on {day}: nothing is ordered, expected a schedule "
                "or a plan to cancel"
            )
        return self.keep(Order(CANCEL, *device, day), by)

    def keep(self, order: Order, by: str) -> _Row:
        """Keep an order as it is, in the present."""
        kept = land_order(self.registry, replace(order, ordered_at=self.now), by)
        return {"submission": kept.id, **_named(order)}

    def show(self, day: date, vtn: Vtn | None) -> Iterator[_Row]:
        """Tell what every battery of a day is ordered to do, and what became of it.

        Args:
            day: The day.
            vtn: Who is asked for answers; None leaves them out.
        """
        told = vtn.events(day_span(day, self.programme.zone)) if vtn else []
        statuses = {status.event_id: status for status in told}
        handed_over = set(self.lake.read(tables.DISPATCH_EVENT, [day])["event_id"])
        batteries = enrolled_batteries(self.registry)
        orders = newest_orders(orders_of_day(self.registry, day))
        for device, kept in sorted(orders.items()):
            event_id = dispatch_event_id(self.programme.programme_id, device, day)
            status = statuses.get(event_id)
            intervals = self._intervals(kept)
            state, why = self._standing(kept, batteries.get(device), bool(intervals))
            if state == "PLANNED" and event_id in handed_over:
                state = "HANDED OVER"
            if status and state in {"HANDED OVER", "CANCELLED"}:
                state = standing_of(status)
            yield {
                **_named(kept.order),
                "submission": kept.submission_id,
                "ordered_by": kept.ordered_by,
                "ordered_at": kept.received_at,
                "state": state,
                "why": why,
                **_answered(event_id, status),
                "intervals": intervals,
            }

    def _standing(
        self,
        kept: KeptOrder,
        battery: Battery | None,
        is_planned: bool,  # noqa: FBT001
    ) -> tuple[str, str]:
        if kept.order.action == CANCEL:
            return "CANCELLED", ""
        day = self._day(kept.order)
        try:
            make_plan(kept, battery, day)
        except RefusedOrderError as error:
            is_early = is_waiting(error.finding, day)
            return "WAITING" if is_early else "REFUSED", str(error)
        return "PLANNED" if is_planned else "WAITING", ""

    def _intervals(self, kept: KeptOrder) -> list[_Row]:
        """Give the plan of an order as it is stored."""
        rows = self.lake.read(tables.DISPATCH_PLAN, [kept.order.operating_day])
        return [
            row
            for row in rows.iter_rows(named=True)
            if device_of(row) == kept.order.device
            and row["submission_id"] == kept.submission_id
        ]

    def _day(self, order: Order) -> DayAtHand:
        return day_at_hand(self.lake, order.operating_day, self.programme, self.now)


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


def _named(order: Order) -> _Row:
    return {
        "ordered": order.action,
        "ven_id": order.ven_id,
        "device_id": order.device_id,
        "operating_day": order.operating_day,
    }


def _answered(event_id: str, status: EventStatus | None) -> _Row:
    names = ("modification_number", "delivered_at", "opt", "opt_at")
    return {
        "event_id": event_id,
        **{name: getattr(status, name) if status else None for name in names},
    }
