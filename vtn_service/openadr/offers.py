"""From an oadrRegisterReport to the points it offers and what we ask for of them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from lxml import etree
from lxml.etree import _Element

from vtn_service.contract import Ask
from vtn_service.openadr.instants import HOUR, iso_duration
from vtn_service.openadr.library import verbatim
from vtn_service.openadr.message import NAMESPACES, Message, text_of
from vtn_service.openadr.rates import points_by_rate
from vtn_service.store.offers import (
    HISTORY,
    METADATA,
    STATUS,
    USAGE,
    Offer,
    ReportRequest,
)

MOST_REPORTS = 200
MOST_POINTS = 2000
MOST_NAME_BYTES = 128
REPORTS = Ask("reports")
REPORTS_OF = {
    "reports": {USAGE, STATUS},
    "cancel_reports": {USAGE, STATUS},
    "history": {HISTORY},
}
_NOT_ITEM_BASE = {
    f"{{{NAMESPACES[prefix]}}}{name}"
    for prefix, name in (
        ("ei", "rID"),
        ("ei", "reportSubject"),
        ("ei", "reportDataSource"),
        ("ei", "reportType"),
        ("ei", "readingType"),
        ("emix", "marketContext"),
        ("oadr", "oadrSamplingRate"),
    )
}


@dataclass(frozen=True)
class _Part:
    """Points of one report that can be asked for in one request.

    `number` counts the parts of a report, mostly there is but one.
    """

    specifier: str
    name: str
    number: int
    granularity: timedelta
    points: Sequence[Offer]


def find_unfit(message: Message) -> str:
    """Say what one message may not offer, by its number or length; else empty."""
    offered = message.element.findall("oadr:oadrReport", NAMESPACES)
    described = sum(
        len(report.findall("oadr:oadrReportDescription", NAMESPACES))
        for report in offered
    )
    names = (text_of(report, "ei:reportName") for report in offered)
    longest = max((len(name.encode()) for name in names), default=0)
    too_long = (
        f"reportName: got {longest} bytes, expected at most {MOST_NAME_BYTES}"
        if longest > MOST_NAME_BYTES
        else ""
    )
    return _find_too_many(len(offered), described, "in one message") or too_long


def find_too_many_in_all(
    offers: Sequence[Offer], reports_beside: int, points_beside: int
) -> str:
    """Say of what a VEN would offer too many, beside what it offers already."""
    reports = {(offer.report_specifier_id, offer.report_name) for offer in offers}
    return _find_too_many(
        len(reports) + reports_beside,
        len(offers) + points_beside,
        "of one VEN, until it registers again",
    )


def read_offers(message: Message) -> list[Offer]:
    """Give the offered points, each once; the last description of a point counts."""
    offers = {
        (offer.report_specifier_id, offer.report_name, offer.r_id): offer
        for report in message.element.iterfind("oadr:oadrReport", NAMESPACES)
        for offer in _offers_of(report)
    }
    return list(offers.values())


def choose_requests(
    ven_id: str, offers: Sequence[Offer], ask: Ask = REPORTS
) -> list[ReportRequest]:
    """Give the report requests that an ask is about: those that fit what is offered.

    Usage is wanted by the hour. Where the hour is not within what the points offer,
    their minimum is asked for: a VEN that is asked for another rate never reports.
    Points of a report that have no rate in common are asked for by a request each.
    Values come back every hour, or as often as there is one; a history at once.
    """
    requests = []
    for part in _parts_meant(offers, ask):
        back = timedelta(0) if part.name == HISTORY else max(part.granularity, HOUR)
        requests.append(
            ReportRequest(
                report_specifier_id=part.specifier,
                report_name=part.name,
                report_request_id=_request_id(ven_id, part, ask),
                granularity=iso_duration(part.granularity),
                report_back_duration=iso_duration(back),
            )
        )
    return requests


def request_payloads(
    requests: Sequence[ReportRequest],
    offers: Sequence[Offer],
    now: str,
    ask: Ask = REPORTS,
) -> list[dict[str, object]]:
    """Put report requests in the words of the message templates.

    They are open-ended from `now` on, unless the ask is for a past time.
    """
    points = {
        (part.specifier, part.name, iso_duration(part.granularity)): part.points
        for part in _parts_meant(offers, ask)
    }
    return [
        {
            "report_request_id": request.report_request_id,
            "report_specifier": {
                "report_specifier_id": verbatim(request.report_specifier_id),
                "granularity": request.granularity,
                "report_back_duration": request.report_back_duration,
                "report_interval": _interval(ask, now),
                "specifier_payloads": [
                    {"r_id": verbatim(point.r_id), "reading_type": point.reading_type}
                    for point in points[
                        request.report_specifier_id,
                        request.report_name,
                        request.granularity,
                    ]
                ],
            },
        }
        for request in requests
    ]


def _interval(ask: Ask, now: str) -> dict[str, object]:
    if ask.kind != "history":
        return {"dtstart": now, "duration": "PT0S"}
    start, end = map(datetime.fromisoformat, (ask.start_utc, ask.end_utc))
    return {"dtstart": ask.start_utc, "duration": iso_duration(end - start)}


def _parts_meant(offers: Sequence[Offer], ask: Ask) -> Iterable[_Part]:
    """Give what an ask is about: whole reports, or parts of one rate each."""

    def report_of(offer: Offer) -> tuple[str, str]:
        return offer.report_specifier_id, offer.report_name

    meant = [
        offer
        for offer in offers
        if ask.report_specifier_id in {"", offer.report_specifier_id}
        and offer.report_name in REPORTS_OF[ask.kind]
    ]
    for report, points in groupby(sorted(meant, key=report_of), key=report_of):
        rates = points_by_rate(list(points), wants_hour=report[1] != STATUS)
        for number, (granularity, of_rate) in enumerate(rates.items()):
            yield _Part(*report, number, granularity, of_rate)


def _request_id(ven_id: str, part: _Part, ask: Ask) -> str:
    """Give the id, the same for the same report, and the same time of a history."""
    parts = [ven_id, part.specifier, part.name, str(part.number)]
    prefix = "request"
    if ask.kind == "history":
        parts, prefix = [*parts, ask.start_utc, ask.end_utc], "history"
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{prefix}-{digest[:24]}"


def _find_too_many(reports: int, points: int, where: str) -> str:
    for name, found, most in (
        ("oadrReport", reports, MOST_REPORTS),
        ("oadrReportDescription", points, MOST_POINTS),
    ):
        if found > most:
            return f"{name}: got {found}, expected at most {most} {where}"
    return ""


def _offers_of(report: _Element) -> Iterable[Offer]:
    specifier = text_of(report, "ei:reportSpecifierID").strip()
    name = text_of(report, "ei:reportName").strip().removeprefix(METADATA)
    for point in report.iterfind("oadr:oadrReportDescription", NAMESPACES):
        item = next((e for e in point if e.tag not in _NOT_ITEM_BASE), None)
        sampling = "oadr:oadrSamplingRate/oadr:"
        yield Offer(
            report_specifier_id=specifier,
            r_id=text_of(point, "ei:rID").strip(),
            report_name=name,
            resource_id=text_of(point, "ei:reportDataSource/ei:resourceID").strip()
            or text_of(point, "ei:reportSubject/ei:resourceID").strip(),
            item_name="" if item is None else str(etree.QName(item).localname),
            item_description=_item_text(item, "itemDescription"),
            unit=_item_text(item, "itemUnits"),
            scale=_item_text(item, "siScaleCode"),
            reading_type=text_of(point, "ei:readingType").strip(),
            report_type=text_of(point, "ei:reportType").strip(),
            min_period=text_of(point, f"{sampling}oadrMinPeriod").strip(),
            max_period=text_of(point, f"{sampling}oadrMaxPeriod").strip(),
        )


def _item_text(item: _Element | None, name: str) -> str:
    if item is None:
        return ""
    return (item.findtext(f"{{*}}{name}") or "").strip()
