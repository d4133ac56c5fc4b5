"""EiReport: what VENs can report, and reports, stored before they are answered."""

import asyncio

import structlog

from vtn_service.openadr.library import handles, serves
from vtn_service.openadr.offers import choose_requests, read_offers, request_payloads
from vtn_service.openadr.service import Answer, Call, Service
from vtn_service.openadr.touching import touched_spans
from vtn_service.openadr.values import read_values
from vtn_service.store import reports

_LOG = structlog.get_logger()


@serves("EiReport")
class Reporting(Service):
    """Report registration and intake."""

    @handles("oadrRegisterReport")
    async def register(self, call: Call) -> Answer:
        """Keep what the VEN offers and ask for the usage and status in it."""
        offers = read_offers(call.message)
        requests = choose_requests(call.ven_id, offers)
        await self.house.desk.change(
            call.ven_id,
            reports.register_offers,
            call.ven_id,
            offers,
            requests,
            call.now,
        )
        _LOG.info(
            "report_offers",
            ven_id=call.ven_id,
            points=len(offers),
            requests=len(requests),
        )
        payload = request_payloads(requests, offers, call.now)
        return Answer("oadrRegisteredReport", {"report_requests": payload})

    @handles("oadrUpdateReport")
    async def update(self, call: Call) -> Answer:
        """Store the report, whatever is in it, and only then say so."""
        store = self.house.store
        meaning = await store.read(reports.meaning_of, call.ven_id)
        report = await asyncio.to_thread(_taken_apart, call, meaning)
        seq, is_new = await store.write(reports.add_report, report)
        _LOG.info(
            "report",
            ven_id=call.ven_id,
            seq=seq,
            is_new=is_new,
            values=report.value_count,
        )
        return Answer("oadrUpdatedReport")

    @handles("oadrCreatedReport")
    async def created(self, _call: Call) -> Answer:
        """Take note; nothing waits for it, since not every VEN sends it."""
        return Answer("oadrResponse")

    @handles("oadrRegisteredReport")
    async def registered(self, _call: Call) -> Answer:
        """Take note."""
        return Answer("oadrResponse")

    @handles("oadrCanceledReport")
    async def canceled(self, _call: Call) -> Answer:
        """Take note."""
        return Answer("oadrResponse")


def _taken_apart(call: Call, meaning: reports.Meaning) -> reports.NewReport:
    values = read_values(call.message, meaning)
    touched = touched_spans(values, call.received)
    return reports.pack_report(call.ven_id, call.now, call.body, values, touched)
