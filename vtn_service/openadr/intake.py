"""The intake of oadrUpdateReport: stored, whatever is in it, and only then answered.

Reports are parsed and taken apart in one go: short ones by the loop, one each time it
comes round, long ones by a thread, so that polls are answered meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from vtn_service.desk import Known
from vtn_service.guard import LARGE_BYTES
from vtn_service.house import House
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.message import NAMESPACES
from vtn_service.openadr.service import Answer, Call, read_message
from vtn_service.openadr.touching import touched_spans
from vtn_service.openadr.values import read_values
from vtn_service.store import offers, reports, telling

_PATH_OF_REQUEST_ID = "oadr:oadrReport/ei:reportRequestID"
_LOG = structlog.get_logger()


@dataclass(frozen=True)
class ReportCall(Call):
    """An oadrUpdateReport, its report ready to be stored."""

    report: reports.NewReport


class Intake:
    """Takes reports apart and stores them."""

    def __init__(self, house: House) -> None:
        """Take what it works with."""
        self._house = house

    async def read(self, known: Known, body: bytes, received: datetime) -> Call:
        """Parse a message, and make the report in it ready to be stored."""
        meaning = await self._meaning_of(known)
        reader, ven_id = self._house.reader, known.caller.ven_id
        read = reader.read if len(body) > LARGE_BYTES else reader.read_short
        return await read(ven_id, _read, known, meaning, body, received)

    async def store(self, call: ReportCall) -> Answer:
        """Store the report, whatever is in it, and only then say so.

        The first report under a request of ours answers that request.
        """
        named = call.message.element.iterfind(_PATH_OF_REQUEST_ID, NAMESPACES)
        awaited = call.known.awaited or frozenset()
        if answered := awaited.intersection((e.text or "").strip() for e in named):
            seq, is_new = await self._house.desk.change(
                call.ven_id, _add_answer, call.report, answered
            )
        else:
            seq, is_new = await self._house.store.write(reports.add_report, call.report)
        self._house.seen.report_stored(is_new=is_new)
        _LOG.info(
            "report",
            ven_id=call.ven_id,
            seq=seq,
            is_new=is_new,
            values=call.report.value_count,
        )
        return Answer("oadrUpdatedReport")

    async def _meaning_of(self, known: Known) -> offers.Meaning:
        """Give what a VEN's reports mean; it is remembered with the VEN."""
        if known.meaning is not None and known.awaited is not None:
            return known.meaning
        meaning, awaited = await self._house.store.read(
            _what_reports_mean, known.caller.ven_id
        )
        known.meaning, known.awaited = meaning, awaited
        return meaning


def _what_reports_mean(
    connection: Connection, ven_id: str
) -> tuple[offers.Meaning, frozenset[str]]:
    """Give what a VEN's reports mean, and which requests still await one."""
    meaning = offers.meaning_of(connection, ven_id)
    return meaning, telling.awaited_requests(connection, ven_id)


def _read(
    known: Known, meaning: offers.Meaning, body: bytes, received: datetime
) -> Call:
    message = read_message(body)
    if message.kind != "oadrUpdateReport":
        return Call(known, message, body, received)
    content = read_values(message, meaning)
    touched = touched_spans(content.columns, received)
    report = reports.pack_report(
        known.caller.ven_id, iso_utc(received), body, content, touched
    )
    return ReportCall(known, message, body, received, report)


def _add_answer(
    connection: Connection, report: reports.NewReport, answered: frozenset[str]
) -> tuple[int, bool]:
    added = reports.add_report(connection, report)
    telling.note_reported(connection, report.ven_id, answered, report.received_at)
    return added
