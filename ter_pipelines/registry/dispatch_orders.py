"""Enrolled batteries and orders for them in the registry: the newest of each counts."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from ter_pipelines.dispatch.battery import Battery, Device, read_batteries
from ter_pipelines.dispatch.orders import Order, read_order
from ter_pipelines.dispatch.plan import KeptOrder
from ter_pipelines.registry.submissions import Kind, NewSubmission, Submission

BATTERY: Kind = "battery"
DISPATCH: Kind = "dispatch"
SOURCE = "ter-dispatch"
_BATTERY_FORMAT = "ter-battery-toml"
_ORDER_FORMAT = "ter-dispatch-json"


class Registered(Protocol):
    """Where submissions are; the registry is one."""

    def land(self, new: NewSubmission) -> Submission:
        """Keep a submission."""

    def submissions(self, kind: Kind, *, after_id: int = 0) -> list[Submission]:
        """Give the submissions of a kind, in id order."""

    def submissions_of_day(self, kind: Kind, operating_day: date) -> list[Submission]:
        """Give the submissions of a kind about a day, in id order."""

    def body(self, submission: Submission) -> bytes:
        """Give the bytes of a submission."""


def land_batteries(
    registry: Registered, body: bytes, by: str, now: datetime
) -> Submission:
    """Keep a file of batteries that was read without a fault, as it came."""
    return registry.land(
        NewSubmission(
            kind=BATTERY,
            source=SOURCE,
            format=_BATTERY_FORMAT,
            submitted_by=by,
            body=body,
            received_at=now,
        )
    )


def land_order(registry: Registered, order: Order, by: str) -> Submission:
    """Keep an order that says when it was given.

    Raises:
        ValueError: If it does not.
    """
    if order.ordered_at is None:
        raise ValueError(f"order of {order.device}: expected ordered_at")
    return registry.land(
        NewSubmission(
            kind=DISPATCH,
            source=SOURCE,
            format=_ORDER_FORMAT,
            submitted_by=by,
            body=order.to_json(),
            received_at=order.ordered_at,
            operating_day=order.operating_day,
        )
    )


def enrolled_batteries(registry: Registered) -> dict[Device, Battery]:
    """Give every battery as it was enrolled last.

    Raises:
        InputError: Naming the submission, if a file is missing or was changed.
    """
    found: dict[Device, Battery] = {}
    for kept in registry.submissions(BATTERY):
        subject = f"submission {kept.id}, {kept.path}"
        read = read_batteries(registry.body(kept), subject=subject)
        found.update({battery.device: battery for battery in read})
    return found


def orders_of_day(registry: Registered, day: date) -> list[KeptOrder]:
    """Give a day's orders as they came.

    Raises:
        InputError: Naming the submission, if a file is missing or was changed.
    """
    return list(_read(registry, registry.submissions_of_day(DISPATCH, day)))


def _read(registry: Registered, found: Iterable[Submission]) -> Iterable[KeptOrder]:
    for kept in found:
        subject = f"submission {kept.id}, {kept.path}"
        order = read_order(registry.body(kept), subject=subject)
        yield KeptOrder(order, kept.id, kept.received_at, kept.submitted_by)
