"""Two kinds of VENs for a simulated week: the TER client, and the Fortress order.

Each keeps what it sent and was told is taken: `acknowledged`, hour by hour.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import requests
from openleadr import OpenADRClient, objects

from tests.vtn_service import messages
from tests.vtn_service.at_work import VtnAtWork, token_of
from tests.vtn_service.fortress import FortressVen
from vtn_service.openadr.instants import iso_utc

HOUR = timedelta(hours=1)
SPECIFIER = "telemetry_usage_v1"
Values = dict[datetime, Decimal]


class TerClient(OpenADRClient):  # type: ignore[misc]
    """The TER programme's example client: openleadr's, with two reports."""

    def __init__(self, ven_id: str, resource_id: str) -> None:
        """Offer energy by the hour and status by the half minute."""
        super().__init__(ven_name=ven_id, vtn_url="http://127.0.0.1")
        self._ven = ven_id
        self._day: Values = {}
        self.acknowledged: Values = {}
        self.heard: list[str] = []
        energy = objects.Measurement(
            name="energyReal",
            description="RealEnergy",
            unit="Wh",
            acceptable_units=["Wh"],
            scale="none",
        )
        self.specifier_id, self.r_id = self.add_report(
            callback=self._values,
            resource_id=resource_id,
            measurement=energy,
            report_specifier_id="RealEnergy",
            sampling_rate=HOUR,
            report_duration=HOUR,
            unit="Wh",
            scale="none",
        )
        self.add_report(
            callback=list,
            resource_id=resource_id,
            report_name="TELEMETRY_STATUS",
            report_specifier_id="Status",
            measurement=None,
            sampling_rate=timedelta(seconds=30),
        )
        self.add_handler("on_event", self._opt_in)
        self.add_handler("on_update_event", self._opt_in)
        self.add_hook("after_parse_xml", self._note)

    def finds(self, vtn: VtnAtWork) -> None:
        """Learn where the VTN is now."""
        self.vtn_url = vtn.url(token_of(self._ven), "").rstrip("/")

    async def report(self, day: Values) -> None:
        """Report a day, the way the client's own clock would."""
        self._day = day
        (request,) = (
            r for r in self.report_requests if r["report_specifier_id"] == "RealEnergy"
        )
        await self.update_report(request["report_request_id"])
        async with asyncio.timeout(20):
            while not day.keys() <= self.acknowledged.keys():
                await asyncio.sleep(0.01)

    async def say_status(self) -> None:
        """Say that the device is there, as the example client's own fork does."""
        status = messages.interval(messages.resource_status("status"), start="")
        report = messages.report(
            [status], specifier="Status", start="2025-11-05T00:00:00Z"
        )
        document = messages.update_report(self._ven, report).decode()
        kind, _ = await self._perform_request("EiReport", document)
        assert kind == "oadrUpdatedReport"

    def _values(self) -> list[tuple[datetime, Decimal]]:
        return list(self._day.items())

    def _note(self, kind: str, _payload: dict[str, Any]) -> None:
        if kind == "oadrUpdatedReport":
            self.acknowledged |= self._day

    async def _opt_in(self, event: dict[str, Any]) -> str:
        descriptor = event["event_descriptor"]
        number = descriptor["modification_number"]
        self.heard.append(f"{descriptor['event_id']} {number}")
        return "optIn"


class FortressClient(FortressVen):
    """A battery cloud's VEN: the conversation of its diagram, message by message."""

    def __init__(self, vtn: VtnAtWork, ven_id: str, resource_id: str) -> None:
        """Enrol it; nothing is said yet."""
        super().__init__(vtn, ven_id)
        self.resource_id = resource_id
        self.request_id = ""
        self.acknowledged: Values = {}
        self.heard: list[str] = []
        self.asked: list[str] = []

    def start(self) -> None:
        """Register, offer, hear what is asked, and take the events."""
        self.register()
        offered = self.offer(
            messages.report_offer(SPECIFIER, list(_points(self.resource_id)))
        )
        self.asked.append(f"{offered.kind} {len(offered.texts('reportRequestID'))}")
        asked = self.poll()
        self.asked.append(asked.kind)
        self.answer("oadrRegisteredReport", asked)
        told = self.take_request()
        self.asked.append(told.kind)
        (self.request_id,) = told.texts("reportRequestID")
        self.take_events()

    def take_events(self) -> None:
        """Ask for events and opt in to each."""
        answer = self.say("EiEvent", messages.request_event(self.ven_id))
        numbers = answer.texts("modificationNumber")
        events = list(zip(answer.texts("eventID"), numbers, strict=True))
        self.heard += [f"{event_id} {number}" for event_id, number in events]
        opts = [(event_id, int(number), "optIn") for event_id, number in events]
        if opts:
            self.say("EiEvent", messages.created_event(self.ven_id, opts))

    def document(self, start: datetime, energy_kwh: Decimal) -> bytes:
        """Write the report of one hour: three points in one interval."""
        values = (
            messages.value("ENERGY", f"{energy_kwh}")
            + messages.value("POWER", f"{energy_kwh}")
            + messages.value("MBMU_system_SOC", "812")
        )
        interval = messages.interval(values, start=iso_utc(start), duration="PT1H")
        report = messages.report(
            [interval], specifier=SPECIFIER, request_id=self.request_id
        )
        return messages.update_report(
            self.ven_id, report, request_id=f"at-{iso_utc(start)}"
        )

    def report(self, hours: Values, *, interrupt: Callable[[], None]) -> None:
        """Report hours one by one; say the very same again until it is taken.

        `interrupt` is called before the middle hour: the VTN may be gone after it.
        """
        for i, (start, energy_kwh) in enumerate(hours.items()):
            if i == len(hours) // 2:
                interrupt()
            document = self.document(start, energy_kwh)
            for _ in range(3):
                try:
                    answer = self.say("EiReport", document)
                except requests.ConnectionError:
                    self.vtn.start()
                    continue
                assert answer.code == "200"
                self.acknowledged[start] = energy_kwh
                break

    def again(self, hours: Sequence[datetime]) -> None:
        """Say hours again that were taken: their answer was lost on the way."""
        for start in hours:
            self.say("EiReport", self.document(start, self.acknowledged[start]))


def _points(resource_id: str) -> Iterator[messages.Point]:
    power = (
        "<power:powerReal><power:itemDescription>RealPower</power:itemDescription>"
        "<power:itemUnits>W</power:itemUnits><scale:siScaleCode>k</scale:siScaleCode>"
        "<power:powerAttributes><power:hertz>60</power:hertz>"
        "<power:voltage>240</power:voltage><power:ac>true</power:ac>"
        "</power:powerAttributes></power:powerReal>"
    )
    for r_id, item in (
        ("ENERGY", messages.ENERGY_KWH),
        ("POWER", power),
        ("MBMU_system_SOC", ""),
    ):
        yield messages.Point(r_id, resource_id, item, "PT1M", "PT1H")
