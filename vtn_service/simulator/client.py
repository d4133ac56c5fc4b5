"""The OpenADR client of one device: openleadr's, with what it must not do turned off.

Off: sampling on the hour (a device here reports whole days of its own accord), the
queue that forgets a report the VTN did not take, and taking a number for an identifier.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from openleadr import OpenADRClient, objects

from vtn_service.simulator.deliveries import Delivery
from vtn_service.simulator.fleet import Device
from vtn_service.simulator.price_events import PriceEvent, read_price_events

HOUR = timedelta(hours=1)
_OK = 200


class VenClient(OpenADRClient):  # type: ignore[misc]
    """One device's connection."""

    def __init__(
        self, device: Device, vtn_url: str, on_prices: Callable[[PriceEvent], None]
    ) -> None:
        """Make the client; nothing is sent before `run`."""
        self._device = device
        self._on_prices = on_prices
        self._heard: dict[tuple[str, int], PriceEvent] = {}
        self._is_report_registered = False
        super().__init__(
            ven_name=device.ven_id,
            vtn_url=f"{vtn_url}/{device.token}/OpenADR2/Simple/2.0b",
            ven_id=device.ven_id,
        )
        self.specifier_id = f"usage-{device.device_id}"
        self.r_id = f"energy-{device.device_id}"
        self._offer_usage()
        self.add_handler("on_event", self._answer)
        self.add_handler("on_update_event", self._answer)
        self.add_hook("before_parse_xml", self._read_exact_prices)
        self.add_hook("after_parse_xml", self._note_registration)

    @property
    def ven_id(self) -> str:
        """Give the id as text; the library would make `0012` a number."""
        return self._device.ven_id

    @ven_id.setter
    def ven_id(self, value: object) -> None:
        """Keep the id as it was."""

    @property
    def is_ready(self) -> bool:
        """Tell whether the VTN took the registration and the report."""
        return bool(self.registration_id) and self._is_report_registered

    async def update_report(self, report_request_id: str) -> None:
        """Send nothing when the library's clock says so."""

    async def send_day(self, delivery: Delivery) -> bool:
        """Send a day as one oadrUpdateReport, and tell whether the VTN took it."""
        message = self._create_message(
            "oadrUpdateReport",
            ven_id=self.ven_id,
            request_id=f"{self.specifier_id}-{delivery.operating_day}",
            reports=[self._report(delivery)],
        )
        answer = await self._perform_request("EiReport", message)
        if answer is None:
            return False
        message_type, payload = answer
        if message_type != "oadrUpdatedReport":
            return False
        return bool(payload["response"]["response_code"] == _OK)

    async def close(self) -> None:
        """Stop polling and close the connection, however far it came."""
        if self.client_session:
            await self.stop()

    async def _report_queue_worker(self) -> None:
        """Leave the library's queue alone; `send_day` sends."""

    def _offer_usage(self) -> None:
        # The library's own measurement is one object shared by all clients.
        measurement = objects.Measurement(
            name="energyReal",
            description="RealEnergy",
            unit=self._device.unit,
            acceptable_units=[self._device.unit],
            scale=self._device.scale,
        )
        self.add_report(
            callback=_no_values,
            resource_id=self._device.device_id,
            measurement=measurement,
            report_specifier_id=self.specifier_id,
            r_id=self.r_id,
            report_duration=24 * HOUR,
            sampling_rate=HOUR,
            scale=self._device.scale,
            unit=self._device.unit,
        )

    def _report(self, delivery: Delivery) -> objects.Report:
        intervals = [
            objects.ReportInterval(
                dtstart=start,
                duration=HOUR,
                report_payload=objects.ReportPayload(r_id=self.r_id, value=text),
            )
            for start, text in delivery.intervals
        ]
        return objects.Report(
            report_specifier_id=self.specifier_id,
            report_name="TELEMETRY_USAGE",
            report_request_id=self._report_request_id(),
            created_date_time=datetime.now(UTC),
            dtstart=delivery.intervals[0][0],
            duration=len(intervals) * HOUR,
            intervals=intervals,
        )

    def _report_request_id(self) -> str:
        for request in self.report_requests:
            if request["report_specifier_id"] == self.specifier_id:
                return str(request["report_request_id"])
        return "0"

    def _read_exact_prices(self, content: str) -> None:
        if "oadrDistributeEvent" in content:
            for event in read_price_events(content):
                self._heard[event.event_id, event.modification_number] = event

    def _note_registration(self, message_type: str, payload: dict[str, object]) -> None:
        response = payload.get("response")
        if message_type == "oadrRegisteredReport" and isinstance(response, dict):
            self._is_report_registered = response.get("response_code") == _OK

    async def _answer(self, event: dict[str, dict[str, object]]) -> str:
        descriptor = event["event_descriptor"]
        number = int(str(descriptor["modification_number"]))
        prices = self._heard.pop((str(descriptor["event_id"]), number), None)
        if prices is None:
            return "optOut"  # it follows prices and nothing else
        self._on_prices(prices)
        return "optIn"


def _no_values() -> Sequence[tuple[datetime, float]]:
    return []
