"""A simulated device's life: connect, report its past days, then listen for prices."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from vtn_service.simulator.client import VenClient
from vtn_service.simulator.deliveries import (
    HOUR_SECONDS,
    Delivery,
    deliveries_of,
    value_text,
)
from vtn_service.simulator.fleet import Device, Fleet, PricedHour, iso_utc
from vtn_service.simulator.journal import Journal
from vtn_service.simulator.models import plan_day
from vtn_service.simulator.price_events import PriceEvent

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0


class SimulatedDevice:
    """One device.

    Args:
        device: What it is.
        fleet: Where the VTN is, and the past days.
        journal: Where it writes down what happens.
        gate: How many devices of the process may speak at once.
    """

    def __init__(
        self, device: Device, fleet: Fleet, journal: Journal, gate: asyncio.Semaphore
    ) -> None:
        """Make the device; nothing is sent before `run`."""
        self._device = device
        self._fleet = fleet
        self._journal = journal
        self._gate = gate

    async def run(self) -> None:
        """Live until cancelled, then close the connection."""
        client = await self._connect()
        try:
            self._journal.write("registered", ven_id=self._device.ven_id)
            for delivery in deliveries_of(self._device, self._fleet):
                await self._send(client, delivery)
            self._journal.write("history_sent", days=len(self._fleet.history))
            await asyncio.Event().wait()
        finally:
            await client.close()

    async def _connect(self) -> VenClient:
        """Register the device and its report, again and again until it is taken."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            client = VenClient(self._device, self._fleet.vtn_url, self._hear)
            try:
                async with self._gate:
                    await client.run()
            except asyncio.CancelledError:
                await client.close()
                raise
            except Exception as error:  # noqa: BLE001 the library raises whatever comes
                self._journal.write("registration_failed", reason=repr(error))
            if client.is_ready:
                return client
            self._journal.write("not_registered", next_try_in_seconds=pause)
            await client.close()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _send(self, client: VenClient, delivery: Delivery) -> None:
        """Send a day until the VTN says that it has it."""
        attempt, pause, is_taken = 0, FIRST_PAUSE_SECONDS, False
        while not is_taken:
            attempt += 1
            async with self._gate:
                is_taken = await client.send_day(delivery)
            self._journal.write(
                "report_sent",
                operating_day=f"{delivery.operating_day}",
                unit=self._device.unit,
                scale=self._device.scale,
                intervals=[
                    [iso_utc(start), HOUR_SECONDS, text]
                    for start, text in delivery.intervals
                ],
                acknowledged=is_taken,
                attempt=attempt,
            )
            if not is_taken:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _hear(self, event: PriceEvent) -> None:
        """Write down the prices, and what the device will do with them."""
        self._journal.write(
            "price_event",
            event_id=event.event_id,
            modification_number=event.modification_number,
            status=event.status,
            intervals=[
                [iso_utc(i.start_utc), i.duration // timedelta(seconds=1), i.price]
                for i in event.intervals
            ],
            opt="optIn",
        )
        hours = [PricedHour(i.start_utc, Decimal(i.price)) for i in event.intervals]
        if event.status == "cancelled" or not hours:
            return
        plan = plan_day(self._device, hours, self._fleet.zone)
        self._journal.write(
            "plan",
            event_id=event.event_id,
            operating_day=f"{hours[0].start_utc.astimezone(self._fleet.zone).date()}",
            intervals=[
                [iso_utc(hour.start_utc), HOUR_SECONDS, value_text(kwh, scale="k")]
                for hour, kwh in zip(hours, plan, strict=True)
            ],
        )
