"""What `ter dispatch show` tells of a day: orders, plans, events and their answers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ter_pipelines.dispatch.answers import newest_events, standing_of
from ter_pipelines.dispatch.battery import Battery, Device
from ter_pipelines.dispatch.events import dispatch_event, dispatch_event_id
from ter_pipelines.dispatch.limits import RefusedOrderError
from ter_pipelines.dispatch.orders import CANCEL
from ter_pipelines.dispatch.plan import (
    DayAtHand,
    KeptOrder,
    is_waiting,
    make_plan,
    newest_orders,
)
from ter_pipelines.dispatch.rows import device_of
from ter_pipelines.dispatch_inputs import day_at_hand
from ter_pipelines.registry.dispatch_orders import enrolled_batteries, orders_of_day
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import EventStatus

_Row = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A day's orders, and what became of them.

    Args:
        programme: Whose.
        day: Which.
        at_hand: What its plans are made from.
        orders: That count, by battery.
        batteries: As enrolled.
        plans: Rows of the plans, by battery.
        events: The newest revision handed over, by event.
        statuses: What the VTN says, by event.
    """

    programme: Programme
    day: date
    at_hand: DayAtHand
    orders: Mapping[Device, KeptOrder]
    batteries: Mapping[Device, Battery]
    plans: Mapping[Device, Sequence[_Row]]
    events: Mapping[str, Mapping[str, Any]]
    statuses: Mapping[str, EventStatus]

    def rows(self) -> Iterator[_Row]:
        """Tell of every battery that has an order."""
        for device, kept in sorted(self.orders.items()):
            event_id = dispatch_event_id(self.programme.programme_id, device, self.day)
            plan = self._plan(kept)
            state, why = self._state(kept, plan, event_id)
            yield {
                **named(kept),
                "state": state,
                "why": why,
                **_answered(event_id, self.statuses.get(event_id)),
                "intervals": plan,
            }

    def _plan(self, kept: KeptOrder) -> list[_Row]:
        own = self.plans.get(kept.order.device, [])
        return [row for row in own if row["submission_id"] == kept.submission_id]

    def _state(
        self, kept: KeptOrder, plan: Sequence[_Row], event_id: str
    ) -> tuple[str, str]:
        event, status = self.events.get(event_id), self.statuses.get(event_id)
        if kept.order.action == CANCEL:
            if event and not event["is_cancelled"]:
                return "WAITING", ""
            return standing_of(status) if event and status else "CANCELLED", ""
        try:
            make_plan(kept, self.batteries.get(kept.order.device), self.at_hand)
        except RefusedOrderError as error:
            is_early = is_waiting(error.finding, self.at_hand)
            return "WAITING" if is_early else "REFUSED", str(error)
        if not plan:
            return "WAITING", ""
        if event is None or json.loads(event["body"]) != self._body(plan):
            return "PLANNED", ""
        return standing_of(status) if status else "HANDED OVER", ""

    def _body(self, plan: Sequence[_Row]) -> dict[str, Any]:
        return dispatch_event(plan, self.programme.market_context)


def shown_day(
    stores: tuple[Lake, Registry],
    programme: Programme,
    day: date,
    now: datetime,
    vtn: Vtn | None,
) -> Shown:
    """Gather what there is of a day.

    Args:
        stores: The lake with plans, and the registry with orders.
        programme: Whose.
        day: Which.
        now: The present.
        vtn: Who is asked for answers; None leaves them out.
    """
    lake, registry = stores
    told = vtn.events(day_span(day, programme.zone)) if vtn else []
    plans: dict[Device, list[_Row]] = {}
    for row in lake.read(tables.DISPATCH_PLAN, [day]).iter_rows(named=True):
        plans.setdefault(device_of(row), []).append(row)
    handed_over = lake.read(tables.DISPATCH_EVENT, [day]).iter_rows(named=True)
    return Shown(
        programme,
        day,
        day_at_hand(lake, day, programme, now),
        newest_orders(orders_of_day(registry, day)),
        enrolled_batteries(registry),
        plans,
        newest_events(handed_over),
        {status.event_id: status for status in told},
    )


def named(kept: KeptOrder) -> _Row:
    """Give an order as it is printed."""
    return {
        "ordered": kept.order.action,
        "ven_id": kept.order.ven_id,
        "device_id": kept.order.device_id,
        "operating_day": kept.order.operating_day,
        "submission": kept.submission_id,
        "ordered_by": kept.ordered_by,
        "ordered_at": kept.received_at,
    }


def _answered(event_id: str, status: EventStatus | None) -> _Row:
    names = ("modification_number", "delivered_at", "opt", "opt_at")
    return {
        "event_id": event_id,
        **{name: getattr(status, name) if status else None for name in names},
    }
