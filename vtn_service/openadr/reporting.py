"""EiReport: what VENs can report, and reports, stored before they are answered."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from vtn_service.desk import Known
from vtn_service.house import House
from vtn_service.openadr.answers import take_answer
from vtn_service.openadr.asking import due_at
from vtn_service.openadr.intake import Intake, ReportCall
from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.offers import (
    choose_requests,
    find_too_many,
    read_offers,
    request_payloads,
)
from vtn_service.openadr.service import INVALID_DATA, Answer, Call, Service, refuse
from vtn_service.store import asks
from vtn_service.store.offers import Offer, ReportRequest, register_offers

_LOG = structlog.get_logger()


@serves("EiReport")
class Reporting(Service):
    """Report registration; the intake is a module of its own."""

    def __init__(self, house: House) -> None:
        """Take what the service works with."""
        super().__init__(house)
        self._intake = Intake(house)

    async def read(self, known: Known, body: bytes, received: datetime) -> Call:
        """Parse a message, and take the report in it apart on the way."""
        return await self._intake.read(known, body, received)

    @handles("oadrRegisterReport")
    async def register(self, call: Call) -> Answer:
        """Keep what the VEN offers and ask for the usage and status in it.

        A VEN that asks what we speak before it registers is asked inside the answer,
        every other one at its polls.
        """
        if fault := find_too_many(call.message):
            return refuse(call, INVALID_DATA, fault)
        offers = read_offers(call.message)
        requests = choose_requests(call.ven_id, offers)
        await self.house.desk.change(call.ven_id, _keep_offers, call, offers, requests)
        _LOG.info(
            "report_offers",
            ven_id=call.ven_id,
            points=len(offers),
            requests=len(requests),
        )
        inside = requests if call.caller.has_queried else []
        payload = request_payloads(inside, offers, call.now)
        return Answer("oadrRegisteredReport", {"report_requests": payload})

    @handles("oadrUpdateReport")
    async def update(self, call: ReportCall) -> Answer:
        """Store the report, whatever is in it, and only then say so."""
        return await self._intake.store(call)

    @handles("oadrCreatedReport")
    async def created(self, call: Call) -> Answer:
        """Keep the answer; nothing waits for it, since not every VEN sends it."""
        return await self._taken(call)

    @handles("oadrRegisteredReport")
    async def registered(self, call: Call) -> Answer:
        """Keep the answer."""
        return await self._taken(call)

    @handles("oadrCanceledReport")
    async def canceled(self, call: Call) -> Answer:
        """Keep the answer."""
        return await self._taken(call)

    async def _taken(self, call: Call) -> Answer:
        await take_answer(self.house, call.ven_id, call.message, call.now)
        return Answer("oadrResponse")


def _keep_offers(
    connection: Connection,
    call: Call,
    offers: Sequence[Offer],
    requests: Sequence[ReportRequest],
) -> None:
    is_inside = call.caller.has_queried
    messages = [
        asks.AskMessage(
            request.report_specifier_id,
            request.report_request_id,
            due_at(call.received, request, told_times=1) if is_inside else "",
        )
        for request in requests
    ]
    register_offers(connection, call.ven_id, offers, requests, call.now)
    asks.ask_for_offered(
        connection, call.ven_id, messages, call.now, is_inside=is_inside
    )
