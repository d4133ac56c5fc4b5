"""From an oadrRegisterReport to the points it offers and what we ask for of them."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from lxml import etree
from lxml.etree import _Element

from vtn_service.contract import Ask
from vtn_service.openadr.instants import HOUR, iso_duration, parse_duration
from vtn_service.openadr.library import verbatim
from vtn_service.openadr.message import NAMESPACES, Message, text_of
from vtn_service.store.offers import Offer, ReportRequest

USAGE = "TELEMETRY_USAGE"
STATUS = "TELEMETRY_STATUS"
HISTORY = "HISTORY_USAGE"
MOST_REPORTS = 200
MOST_POINTS = 2000
REPORTS = Ask("reports")
REPORTS_OF = {
    "reports": {USAGE, STATUS},
    "cancel_reports": {USAGE, STATUS},
    "history": {HISTORY},
}
_METADATA = "METADATA_"
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


def find_too_many(message: Message) -> str:
    """Say which is more than one message may offer, reports or points; else empty."""
    offered = "oadr:oadrReport"
    for path, most in (
        (offered, MOST_REPORTS),
        (f"{offered}/oadr:oadrReportDescription", MOST_POINTS),
    ):
        found = len(message.element.findall(path, NAMESPACES))
        if found > most:
            name = path.rpartition(":")[2]
            return f"{name}: got {found}, expected at most {most} in one message"
    return ""


def read_offers(message: Message) -> list[Offer]:
    """Give the offered points, each once; the last description of a point counts."""
    offers = {
        (offer.report_specifier_id, offer.r_id): offer
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
    Values come back every hour, or as often as there is one; a history at once.
    """
    requests = []
    for specifier, points in _by_specifier(offers):
        name = report_name(points[0])
        is_meant = ask.report_specifier_id in {"", specifier}
        if not is_meant or name not in REPORTS_OF[ask.kind]:
            continue
        granularity = _granularity(points, wants_hour=name != STATUS)
        back = timedelta(0) if name == HISTORY else max(granularity, HOUR)
        requests.append(
            ReportRequest(
                report_specifier_id=specifier,
                report_request_id=_request_id(ven_id, specifier, ask),
                granularity=iso_duration(granularity),
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
    points = dict(_by_specifier(offers))
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
                    for point in points[request.report_specifier_id]
                ],
            },
        }
        for request in requests
    ]


def report_name(offer: Offer) -> str:
    """Give the name of the report a point is in, such as `TELEMETRY_USAGE`."""
    return offer.report_name.removeprefix(_METADATA)


def _interval(ask: Ask, now: str) -> dict[str, object]:
    if ask.kind != "history":
        return {"dtstart": now, "duration": "PT0S"}
    start, end = map(datetime.fromisoformat, (ask.start_utc, ask.end_utc))
    return {"dtstart": ask.start_utc, "duration": iso_duration(end - start)}


def _by_specifier(offers: Sequence[Offer]) -> Iterable[tuple[str, list[Offer]]]:
    def specifier(offer: Offer) -> str:
        return offer.report_specifier_id

    for key, points in groupby(sorted(offers, key=specifier), key=specifier):
        yield key, list(points)


def _granularity(points: Sequence[Offer], *, wants_hour: bool) -> timedelta:
    lowest = max((_period(p.min_period) for p in points), default=timedelta(0))
    highest = min(_period(p.max_period) or timedelta.max for p in points)
    if lowest > timedelta(0) and not (wants_hour and lowest <= HOUR <= highest):
        return lowest
    return min(HOUR, highest)


def _period(text: str) -> timedelta:
    return max(parse_duration(text) or timedelta(0), timedelta(0))


def _request_id(ven_id: str, specifier: str, ask: Ask) -> str:
    """Give the id, the same for the same report, and the same time of a history."""
    parts, prefix = [ven_id, specifier], "request"
    if ask.kind == "history":
        parts, prefix = [*parts, ask.start_utc, ask.end_utc], "history"
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return f"{prefix}-{digest[:24]}"


def _offers_of(report: _Element) -> Iterable[Offer]:
    specifier = text_of(report, "ei:reportSpecifierID").strip()
    name = text_of(report, "ei:reportName").strip()
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
