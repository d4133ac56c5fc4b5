"""How a day's dispatch events are told, and those that are no more withdrawn.

Withdrawals come first, and an event that cannot be told keeps no other from being: what
went through is in the lake before the error is raised.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any

from ter_pipelines.dispatch.events import (
    dispatch_event,
    dispatch_event_id,
    withdrawn,
    withdrawn_unread,
)
from ter_pipelines.dispatch.live import LiveEvent, live_events
from ter_pipelines.dispatch.plan import newest_orders
from ter_pipelines.dispatch.rows import device_of
from ter_pipelines.registry.dispatch_orders import orders_of_day
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span, parse_instant
from ter_pipelines.vocab.errors import RemoteError
from ter_pipelines.vocab.programme import Programme

_Row = dict[str, Any]


@dataclass(frozen=True)
class Telling:
    """Tells a day's plans, and that those which are no more are withdrawn.

    Args:
        lake: With the plans, and what was told before.
        registry: With the orders, for events that the lake does not know of.
        vtn: Who tells them.
        programme: Whose.
        day: Whose.
    """

    lake: Lake
    registry: Registry
    vtn: Vtn
    programme: Programme
    day: date

    def tell(
        self, speaking: frozenset[str], now: datetime
    ) -> tuple[int, list[RemoteError]]:
        """Hand everything over; the same again changes nothing.

        Args:
            speaking: VENs that may be told.
            now: The present.

        Returns:
            How many events were new to the lake, and what the VTN did not take.
        """
        published = self.lake.versions(tables.DISPATCH_EVENT, self.day)
        told = self.lake.read(tables.DISPATCH_EVENT, [self.day])
        live = live_events(
            told.iter_rows(named=True),
            self.vtn.events(day_span(self.day, self.programme.zone)),
            (self.programme.programme_id, self.day),
        )
        rows: list[_Row] = []
        failed: list[RemoteError] = []
        for put in self._puts(live, speaking, now):
            try:
                rows.append({**put(), "handed_over_at": now})
            except RemoteError as error:
                failed.append(error)
        new = frame_of(tables.DISPATCH_EVENT, rows).join(
            told, on=["event_id", "modification_number"], how="anti"
        )
        if not new.is_empty():
            self.lake.publish(tables.DISPATCH_EVENT, self.day, new, after=published)
        return new.height, failed

    def _puts(
        self, live: Mapping[str, LiveEvent], speaking: frozenset[str], now: datetime
    ) -> Iterator[Callable[[], _Row]]:
        """Give what is to be told, withdrawals first."""
        plans = {
            event_id_of(rows[0], self.programme, self.day): rows
            for rows in plans_of(self.lake, self.day)
        }
        gone = [
            one for key, one in live.items() if key not in plans and one.ends_at > now
        ]
        for event in gone:
            yield partial(self._put, event.event_id, *self._withdrawal(event))
        for event_id, rows in plans.items():
            if rows[0]["ven_id"] in speaking:
                body = dispatch_event(rows, self.programme.market_context)
                yield partial(self._put, event_id, rows[0], body)

    def _withdrawal(self, event: LiveEvent) -> tuple[Mapping[str, Any], _Row]:
        """Give whom an event is of, and the body that cancels it."""
        if event.row is not None:
            return event.row, withdrawn(event.row["body"])
        if event.status is None:
            raise ValueError(f"event {event.event_id}: expected a row or a status")
        whose = self._ordered(event)
        begin = parse_instant(event.status.start_utc)
        context = self.programme.market_context
        return whose, withdrawn_unread(
            whose["device_id"], begin, event.ends_at, context
        )

    def _ordered(self, event: LiveEvent) -> _Row:
        """Find the battery and the order of an event that only the VTN knows of."""
        orders = newest_orders(orders_of_day(self.registry, self.day))
        programme_id = self.programme.programme_id
        for (ven_id, device_id), kept in orders.items():
            device = ven_id, device_id
            if dispatch_event_id(programme_id, device, self.day) == event.event_id:
                return {
                    "ven_id": ven_id,
                    "device_id": device_id,
                    "submission_id": kept.submission_id,
                }
        return {"ven_id": event.ven_id, "device_id": "", "submission_id": 0}

    def _put(self, event_id: str, row: Mapping[str, Any], body: _Row) -> _Row:
        receipt = self.vtn.put_event(row["ven_id"], event_id, body)
        return {
            "event_id": event_id,
            "modification_number": receipt.modification_number,
            "ven_id": row["ven_id"],
            "device_id": row["device_id"],
            "submission_id": row["submission_id"],
            "intervals": len(body["signals"][0]["intervals"]),
            "is_cancelled": body.get("is_cancelled", False),
            "body": json.dumps(body),
            "body_sha256": receipt.body_sha256,
        }


def event_id_of(row: Mapping[str, Any], programme: Programme, day: date) -> str:
    """Give the id of the event that tells a planned row."""
    return dispatch_event_id(programme.programme_id, device_of(row), day)


def plans_of(lake: Lake, day: date) -> Iterator[list[_Row]]:
    """Give the rows of each plan of a day."""
    rows = lake.read(tables.DISPATCH_PLAN, [day]).iter_rows(named=True)
    return (list(group) for _, group in groupby(rows, key=device_of))


def raise_together(failed: Sequence[RemoteError]) -> None:
    """Raise what the VTN did not take, if anything, as one error.

    Raises:
        RemoteError: With the first reason, and how many there are.
    """
    if failed:
        raise RemoteError(
            f"{len(failed)} dispatch events were not handed over, expected all of them "
            f"to be; the rest was. Run again; the first: {failed[0]}"
        ) from failed[0]
