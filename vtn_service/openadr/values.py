"""From an oadrUpdateReport to the values in it, each with its registered meaning.

Nothing is judged here: a value without a start, of an unknown point or of another
kind than a number is a value with empty fields.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree
from lxml.etree import _Element

from vtn_service.contract import ReportValue
from vtn_service.openadr.instants import parse_duration, parse_instant
from vtn_service.openadr.message import NAMESPACES, Message, text_of
from vtn_service.store.reports import Meaning, Offer

_METADATA = "METADATA_"
_UNKNOWN = Offer("", "", "", "", "", "", "", "", "", "", "", "")
_OF_TIME = {
    f"{{{NAMESPACES['xcal']}}}{name}" for name in ("dtstart", "duration", "uid")
}


def read_values(message: Message, meaning: Meaning) -> list[ReportValue]:
    """Give every value of every report in the message, in order."""
    reports = message.element.iterfind("oadr:oadrReport", NAMESPACES)
    return [value for report in reports for value in _values_of(report, meaning)]


def _values_of(report: _Element, meaning: Meaning) -> Iterator[ReportValue]:
    specifier = text_of(report, "ei:reportSpecifierID")
    name = text_of(report, "ei:reportName").strip()
    next_start = text_of(report, "xcal:dtstart/xcal:date-time").strip()
    for interval in report.iterfind("strm:intervals/ei:interval", NAMESPACES):
        start = text_of(interval, "xcal:dtstart/xcal:date-time").strip() or next_start
        sent = text_of(interval, "xcal:duration/xcal:duration").strip()
        duration = sent or meaning.granularities.get(specifier, "")
        for payload in interval:
            if payload.tag in _OF_TIME:
                continue
            r_id = text_of(payload, "ei:rID")
            offer = meaning.offers.get((specifier, r_id), _UNKNOWN)
            duration_text = duration or _only_period(offer)
            yield ReportValue(
                report_name=name or offer.report_name.removeprefix(_METADATA),
                report_specifier_id=specifier,
                r_id=r_id,
                resource_id=offer.resource_id,
                reading_type=offer.reading_type,
                report_type=offer.report_type,
                registered_at=offer.registered_at,
                start_text=start,
                duration_text=duration_text,
                value_text=_value_text(payload),
                unit=offer.unit,
                scale=offer.scale,
                data_quality=text_of(payload, "oadr:oadrDataQuality").strip(),
                confidence="",
                accuracy="",
                online="",
                manual_override="",
            )
            duration = duration_text
        next_start = _end_text(start, duration)


def _only_period(offer: Offer) -> str:
    return offer.min_period if offer.min_period == offer.max_period else ""


def _value_text(payload: _Element) -> str:
    if etree.QName(payload).localname != "oadrReportPayload":
        return ""
    return text_of(payload, "ei:payloadFloat/ei:value").strip()


def _end_text(start_text: str, duration_text: str) -> str:
    start, length = parse_instant(start_text), parse_duration(duration_text)
    end = _shifted(start, length) if start and length is not None else None
    if end is None:
        return ""
    return end.isoformat().replace("+00:00", "Z")


def _shifted(start: datetime, length: timedelta) -> datetime | None:
    try:
        return start + length
    except OverflowError:
        return None
