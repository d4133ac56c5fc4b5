"""A battery's plan over the wire, as a stock openleadr VEN hears and answers it.

The VTN keeps every answer, and only an opt-in to the newest plan counts.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openleadr import OpenADRClient

from ter_pipelines.dispatch.answers import is_accepted, standing_of
from ter_pipelines.dispatch.events import dispatch_event
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.vocab.clock import HOUR, Span
from tests.vtn_service.at_work import KEY, VtnAtWork, sha256, token_of
from vtn_service.contract import CONTROL_PREFIX, EventStatus

EVENT = "ter-20251103-dispatch-1"
SECONDS = 20


class Battery:
    """A stock VEN that answers as it is told to, and remembers what it heard."""

    def __init__(self, vtn: VtnAtWork, ven_id: str) -> None:
        """Register nothing yet."""
        self.opt = "optIn"
        self.heard: list[dict[str, Any]] = []
        url = vtn.url(token_of(ven_id), "").rstrip("/")
        self.client = OpenADRClient(ven_name=ven_id, vtn_url=url)
        self.client.add_handler("on_event", self._answer)
        self.client.add_handler("on_update_event", self._answer)

    async def _answer(self, event: dict[str, Any]) -> str:
        self.heard.append(event)
        return self.opt

    def signal(self, name: str) -> dict[str, Any]:
        """Give a signal of what it heard last."""
        signals = self.heard[-1]["event_signals"]
        return next(signal for signal in signals if signal["signal_name"] == name)


@pytest.fixture
def vtn(tmp_path: Path) -> Iterator[VtnAtWork]:
    at_work = VtnAtWork(tmp_path, VTN_POLL_SECONDS="1")
    at_work.enrol("ven-1", ven_name="ven-1", token_sha256=sha256(token_of("ven-1")))
    yield at_work
    at_work.end()


def door_of(vtn: VtnAtWork) -> Vtn:
    return Vtn(vtn.control.removesuffix(CONTROL_PREFIX), lambda: KEY)


def event_of(*powers_kw: str) -> dict[str, Any]:
    """Give the event of a plan of hours, the first of which has begun."""
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = [
        {
            "device_id": "battery-1",
            "interval_start_utc": begin + i * HOUR,
            "duration_seconds": 3600,
            "power_kw": Decimal(power),
            "stored_at_end_kwh": Decimal(i + 1),
        }
        for i, power in enumerate(powers_kw)
    ]
    return dispatch_event(rows, "http://example.com/ter")


def status_of(vtn: VtnAtWork) -> EventStatus:
    now = datetime.now(UTC)
    (status,) = door_of(vtn).events(Span(now - 2 * HOUR, now + 2 * HOUR))
    return status


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that the two processes come to."""
    async with asyncio.timeout(SECONDS):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.05)


def test_a_ven_hears_power_energy_target_and_priority(vtn: VtnAtWork) -> None:
    battery = Battery(vtn, "ven-1")
    door_of(vtn).put_event("ven-1", EVENT, event_of("4.5", "-3.125"))

    async def converse() -> None:
        try:
            await battery.client.run()
            await until(lambda: status_of(vtn).opt == "optIn")
        finally:
            await battery.client.stop()

    asyncio.run(converse())

    (event,) = battery.heard
    power, energy = battery.signal("LOAD_DISPATCH"), battery.signal("CHARGE_STATE")
    assert event["event_descriptor"]["priority"] == 1
    assert event["targets_by_type"]["resource_id"] == ["battery-1"]
    assert [i["signal_payload"] for i in power["intervals"]] == [4.5, -3.125]
    assert [i["signal_payload"] for i in energy["intervals"]] == [1, 2]
    assert [i["duration"] for i in power["intervals"]] == [timedelta(hours=1)] * 2
    assert (power["signal_type"], energy["signal_type"]) == ("setpoint", "setpoint")
    assert (power["measurement"]["unit"], power["measurement"]["scale"]) == ("W", "k")
    assert (energy["measurement"]["unit"], energy["measurement"]["scale"]) == (
        "Wh",
        "k",
    )
    assert is_accepted(status_of(vtn))


def test_a_plan_that_a_ven_opts_out_of_is_not_accepted(vtn: VtnAtWork) -> None:
    battery = Battery(vtn, "ven-1")
    battery.opt = "optOut"
    door = door_of(vtn)
    door.put_event("ven-1", EVENT, event_of("4.5"))

    async def converse() -> None:
        try:
            await battery.client.run()
            await until(lambda: status_of(vtn).opt == "optOut")
            assert standing_of(status_of(vtn)) == "OPTED OUT"
            battery.opt = "optIn"
            door.put_event("ven-1", EVENT, event_of("3"))
            assert standing_of(status_of(vtn)) == "NOT TOLD"
            await until(lambda: status_of(vtn).opt == "optIn")
        finally:
            await battery.client.stop()

    asyncio.run(converse())

    numbers = [e["event_descriptor"]["modification_number"] for e in battery.heard]
    assert numbers == [0, 1]
    assert standing_of(status_of(vtn)) == "ACCEPTED"


def test_a_ven_hears_that_a_plan_is_withdrawn_and_of_a_new_one(vtn: VtnAtWork) -> None:
    battery = Battery(vtn, "ven-1")
    door, event = door_of(vtn), event_of("4.5", "-3")
    door.put_event("ven-1", EVENT, event)
    again = door.put_event("ven-1", EVENT, event)

    async def converse() -> None:
        try:
            await battery.client.run()
            await until(lambda: is_accepted(status_of(vtn)))
            door.put_event("ven-1", EVENT, {**event, "is_cancelled": True})
            assert standing_of(status_of(vtn)) == "CANCELLED, NOT TOLD"
            await until(lambda: len(battery.heard) == 2)
            await until(lambda: status_of(vtn).opt_modification_number == 1)
            assert standing_of(status_of(vtn)) == "CANCELLED"
            door.put_event("ven-1", EVENT, event)
            await until(lambda: is_accepted(status_of(vtn)))
        finally:
            await battery.client.stop()

    asyncio.run(converse())

    heard = [e["event_descriptor"]["event_status"] for e in battery.heard]
    numbers = [e["event_descriptor"]["modification_number"] for e in battery.heard]
    assert (again.is_changed, again.modification_number) == (False, 0)
    assert heard == ["active", "cancelled", "active"]
    assert numbers == [0, 1, 2]
