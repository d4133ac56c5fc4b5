"""What plans of batteries are made from, and what of it is not planned or told yet."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ter_pipelines.dispatch.cheapest import PricedInterval
from ter_pipelines.dispatch.orders import Setpoint
from ter_pipelines.dispatch.plan import DayAtHand
from ter_pipelines.registry.dispatch_orders import BATTERY, DISPATCH
from ter_pipelines.registry.registry import Registry
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, day_span
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import VenStatus


@dataclass(frozen=True)
class Newest:
    """The newest submissions.

    Args:
        order_ids: Of every day that has orders, the newest one's.
        battery_id: The newest enrolment's; 0 if there is none.
    """

    order_ids: Mapping[date, int]
    battery_id: int

    def inputs(self, lake: Lake, day: date) -> dict[str, str]:
        """Give what a day's plans are to be made from."""
        curve = lake.stored(tables.PRICE_CURVE, day)
        return {
            "order": str(self.order_ids.get(day, 0)),
            "battery": str(self.battery_id),
            tables.PRICE_CURVE.name: curve.content_sha256 if curve else "",
        }


def newest_of(registry: Registry) -> Newest:
    """Ask the registry; to be done before the orders are read."""
    return Newest(
        registry.newest_ids_by_day(DISPATCH), registry.newest_submission_id(BATTERY)
    )


def day_at_hand(
    lake: Lake, day: date, programme: Programme, now: datetime
) -> DayAtHand:
    """Read what a day's plans are made from."""
    curve = lake.read(tables.PRICE_CURVE, [day]).iter_rows(named=True)
    standing: dict[int, list[Setpoint]] = {}
    for row in lake.read(tables.DISPATCH_PLAN, [day]).iter_rows(named=True):
        standing.setdefault(row["submission_id"], []).append(
            Setpoint(
                row["interval_start_utc"], row["duration_seconds"], row["power_kw"]
            )
        )
    return DayAtHand(
        day_span(day, programme.zone),
        [
            PricedInterval(
                row["interval_start_utc"], row["duration_seconds"], row["price_per_kwh"]
            )
            for row in curve
        ],
        now,
        standing,
    )


def told_mark(lake: Lake, day: date, vens: Iterable[VenStatus]) -> str:
    """Give what a day's events are up to date with: its plans and who can be told."""
    plan = lake.stored(tables.DISPATCH_PLAN, day)
    planned = set(lake.read(tables.DISPATCH_PLAN, [day])["ven_id"])
    able = sorted(v.ven_id for v in vens if v.is_enabled and v.ven_id in planned)
    says = f"{plan.content_sha256 if plan else ''} {able}"
    return hashlib.sha256(says.encode()).hexdigest()


def find_undone(
    lake: Lake, newest: Newest, vens: Sequence[VenStatus], today: date
) -> list[date]:
    """Find today and tomorrow where orders are not planned, or plans not told."""
    return [
        day
        for day in (today, today + DAY)
        if day in newest.order_ids and not _is_done(lake, newest, day, vens)
    ]


def _is_done(lake: Lake, newest: Newest, day: date, vens: Sequence[VenStatus]) -> bool:
    plan = lake.stored(tables.DISPATCH_PLAN, day)
    if plan is None or plan.inputs != newest.inputs(lake, day):
        return False
    return lake.marked(tables.DISPATCH_EVENT, day) == told_mark(lake, day, vens)
