"""EiReport: what VENs can report, and reports, stored before they are answered."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    find_too_many_in_all,
    find_unfit,
    read_offers,
    request_payloads,
)
from vtn_service.openadr.service import INVALID_DATA, Answer, Call, Service, refuse
from vtn_service.store import asks
from vtn_service.store.offers import (
    Offer,
    ReportRequest,
    offered_beside,
    register_offers,
)

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
        every other one at its polls. Inside there is one request a specifier, the rest
        follows at polls: stock clients mix the points of a message up.
        """
        if fault := find_unfit(call.message):
            return refuse(call, INVALID_DATA, fault)
        offered = await self.house.reader.read(call.ven_id, _read_offers, call)
        if fault := await self.house.desk.change(
            call.ven_id, _keep_offers, call, offered
        ):
            return refuse(call, INVALID_DATA, fault)
        _LOG.info(
            "report_offers",
            ven_id=call.ven_id,
            points=len(offered.offers),
            requests=len(offered.requests),
        )
        return Answer("oadrRegisteredReport", {"report_requests": offered.payload})

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


@dataclass(frozen=True)
class _Offered:
    """What a VEN offers, what we ask of it, and which of that inside the answer."""

    offers: Sequence[Offer]
    requests: Sequence[ReportRequest]
    inside: Sequence[ReportRequest]
    payload: Sequence[dict[str, object]]


def _read_offers(call: Call) -> _Offered:
    offers = read_offers(call.message)
    requests = choose_requests(call.ven_id, offers)
    first = {request.report_specifier_id: request for request in reversed(requests)}
    inside = list(reversed(first.values())) if call.caller.has_queried else []
    payload = request_payloads(inside, offers, call.now)
    return _Offered(offers, requests, inside, payload)


def _keep_offers(connection: Connection, call: Call, offered: _Offered) -> str:
    """Keep offers, and queue what we ask of them; say if they are too many."""
    beside = offered_beside(connection, call.ven_id, offered.offers)
    if fault := find_too_many_in_all(offered.offers, *beside):
        return fault
    messages = [
        asks.AskMessage(
            request.report_specifier_id,
            request.report_request_id,
            due_at(call.received, request, told_times=1)
            if request in offered.inside
            else "",
        )
        for request in offered.requests
    ]
    register_offers(connection, call.ven_id, offered.offers, offered.requests, call.now)
    is_inside = call.caller.has_queried
    asks.ask_for_offered(
        connection, call.ven_id, messages, call.now, is_inside=is_inside
    )
    return ""
