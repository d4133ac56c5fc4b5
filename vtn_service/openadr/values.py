"""From an oadrUpdateReport to its points and its values, in columns.

Nothing is judged here: a value without a start, of an unknown point or of another
kind than a number is a value with empty fields.

A regular report, whose every interval has its own start, its own duration and one
number, is read column by column, each in one go. Any other report is read value by
value; the outcome is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from lxml import etree
from lxml.etree import _Element

from vtn_service.contract import ReportPoint
from vtn_service.openadr.message import NAMESPACES, Message, text_of
from vtn_service.openadr.timeline import Timeline, Times, first_number
from vtn_service.store.offers import Meaning, Offer
from vtn_service.store.reports import Content


def _tag(name: str) -> str:
    """Give the whole name of an element, from a prefix and its local name."""
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _column(path: str) -> Callable[[_Element], list[str]]:
    """Make a reader of the texts at a path in every interval, in one go."""
    texts = etree.XPath(
        f"ei:interval/{path}/text()", namespaces=NAMESPACES, smart_strings=False
    )
    return cast("Callable[[_Element], list[str]]", texts)


_UNKNOWN = Offer("", "", "", "", "", "", "", "", "", "", "", "")
_YES_OR_NO = {"1": "true", "0": "false"}
_START, _DURATION, _NUMBER = map(_tag, ("xcal:dtstart", "xcal:duration", "xcal:uid"))
_OF_TIME = {_START, _DURATION, _NUMBER}
_PAYLOAD = _tag("oadr:oadrReportPayload")
_R_ID = _tag("ei:rID")
_IN_PAYLOAD = {
    "value_text": "ei:payloadFloat/ei:value",
    "data_quality": "oadr:oadrDataQuality",
    "confidence": "ei:confidence",
    "accuracy": "ei:accuracy",
}
_OF_STATUS = {
    "online": _tag("oadr:oadrOnline"),
    "manual_override": _tag("oadr:oadrManualOverride"),
}
_UNLESS_UNSAID = ("data_quality", "confidence", "accuracy")

_TAGS = {name: _tag(path.split("/")[-1]) for name, path in _IN_PAYLOAD.items()}
_COLUMNS = {
    "start_text": _column("xcal:dtstart/xcal:date-time"),
    "duration_text": _column("xcal:duration/xcal:duration"),
    "r_id": _column("oadr:oadrReportPayload/ei:rID"),
    **{n: _column(f"oadr:oadrReportPayload/{p}") for n, p in _IN_PAYLOAD.items()},
}
_COUNT_OF_PARTS = etree.XPath(
    "count(ei:interval/*) - count(ei:interval/xcal:uid)", namespaces=NAMESPACES
)
_COUNT_IN_PAYLOADS = etree.XPath(
    "count(ei:interval/oadr:oadrReportPayload/*)", namespaces=NAMESPACES
)
_PARTS = 3
_IN_SHORT_PAYLOAD = 2


def read_values(message: Message, meaning: Meaning) -> Content:
    """Give every value of every report in the message, in order."""
    return _read(message, meaning, _in_columns_if_regular)


def read_value_by_value(message: Message, meaning: Meaning) -> Content:
    """Give the same, without looking whether a report is regular."""
    return _read(message, meaning, _by_value)


@dataclass
class _Report:
    """One report of the message: what stands above its intervals."""

    intervals: _Element
    specifier: str
    name: str
    request_id: str
    start: str
    duration: str
    granularity: str


@dataclass
class _Sheet:
    """What was read: points, each once, and values in columns."""

    meaning: Meaning
    content: Content = field(default_factory=Content)
    places: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def offer_of(self, report: _Report, r_id: str) -> Offer:
        offer = self.meaning.offer_of(
            report.specifier, r_id, name=report.name, request_id=report.request_id
        )
        return offer or _UNKNOWN

    def place_of(self, report: _Report, r_id: str) -> int:
        """Tell which of the points it is; a new one is added."""
        offer = self.offer_of(report, r_id)
        name = report.name or offer.report_name
        key = name, report.specifier, r_id
        if key not in self.places:
            self.places[key] = len(self.content.points)
            self.content.points.append(
                ReportPoint(
                    report_name=name,
                    report_specifier_id=report.specifier,
                    r_id=r_id,
                    resource_id=offer.resource_id,
                    reading_type=offer.reading_type,
                    report_type=offer.report_type,
                    registered_at=offer.registered_at,
                    unit=offer.unit,
                    scale=offer.scale,
                )
            )
        return self.places[key]


def _read(
    message: Message, meaning: Meaning, read: Callable[[_Report, _Sheet], None]
) -> Content:
    sheet = _Sheet(meaning)
    for element in message.element.iterfind("oadr:oadrReport", NAMESPACES):
        intervals = element.find("strm:intervals", NAMESPACES)
        if intervals is None:
            continue
        specifier = text_of(element, "ei:reportSpecifierID").strip()
        name = text_of(element, "ei:reportName").strip()
        request_id = text_of(element, "ei:reportRequestID").strip()
        report = _Report(
            intervals=intervals,
            specifier=specifier,
            name=name,
            request_id=request_id,
            start=text_of(element, "xcal:dtstart/xcal:date-time").strip(),
            duration=text_of(element, "xcal:duration/xcal:duration").strip(),
            granularity=meaning.granularity_of(
                specifier, name=name, request_id=request_id
            ),
        )
        read(report, sheet)
    return sheet.content


def _in_columns_if_regular(report: _Report, sheet: _Sheet) -> None:
    if not _in_columns(report, sheet):
        _by_value(report, sheet)


def _in_columns(report: _Report, sheet: _Sheet) -> bool:
    """Read a report if it is regular; tell whether it was.

    By the schema an interval has at most one start and duration, and at least one
    payload. So as many of each as there are intervals, and nothing else, is one in
    each. A payload has two parts at least: its point and its value. The parser leaves
    the text of an element in one piece.
    """
    count = len(report.intervals)
    blank = [""] * count
    is_short = _COUNT_IN_PAYLOADS(report.intervals) == _IN_SHORT_PAYLOAD * count
    unsaid = _UNLESS_UNSAID if is_short else ()
    found = {
        name: blank if name in unsaid else column(report.intervals)
        for name, column in _COLUMNS.items()
    }
    found.update({name: found[name] or blank for name in _UNLESS_UNSAID})
    is_regular = _COUNT_OF_PARTS(report.intervals) == _PARTS * count and all(
        len(texts) == count for texts in found.values()
    )
    if is_regular:
        r_ids = list(map(str.strip, found.pop("r_id")))
        places = {r_id: sheet.place_of(report, r_id) for r_id in dict.fromkeys(r_ids)}
        columns = sheet.content.columns
        columns.point.extend(map(places.__getitem__, r_ids))
        for name, texts in found.items():
            getattr(columns, name).extend(map(str.strip, texts))
        for name in _OF_STATUS:
            getattr(columns, name).extend(blank)
    return is_regular


def _by_value(report: _Report, sheet: _Sheet) -> None:
    columns = sheet.content.columns
    intervals = [_interval(report, element, sheet) for element in report.intervals]
    number = first_number([times for times, _ in intervals], report.duration)
    timeline = Timeline(report.start, number)
    for times, payloads in intervals:
        start = timeline.place(times)
        for texts in payloads:
            r_id = texts.get(_R_ID, "").strip()
            columns.point.append(sheet.place_of(report, r_id))
            columns.start_text.append(start)
            columns.duration_text.append(times.duration_text)
            for name, tag in _TAGS.items():
                getattr(columns, name).append(texts.get(tag, "").strip())
            for name, tag in _OF_STATUS.items():
                said = texts.get(tag, "").strip()
                getattr(columns, name).append(_YES_OR_NO.get(said, said))


def _interval(
    report: _Report, interval: _Element, sheet: _Sheet
) -> tuple[Times, list[dict[str, str]]]:
    """Give what an interval says of its time, and the texts of its payloads by tag."""
    told = {p.tag: (p[0].text or "").strip() for p in interval if p.tag in _OF_TIME}
    payloads = [_texts(part) for part in interval if part.tag not in _OF_TIME]
    duration = (
        told.get(_DURATION, "")
        or report.granularity
        or _only_period(report, payloads, sheet)
    )
    return Times(told.get(_START, ""), duration, told.get(_NUMBER, "")), payloads


def _texts(payload: _Element) -> dict[str, str]:
    """Give the texts in a payload by tag; none of one that is no value of a point."""
    if payload.tag != _PAYLOAD:
        return {}
    return {str(part.tag): part.text or "" for part in payload.iter()}


def _only_period(report: _Report, payloads: list[dict[str, str]], sheet: _Sheet) -> str:
    """Give the period of the first point that offered one and no other."""
    offers = (
        sheet.offer_of(report, texts.get(_R_ID, "").strip()) for texts in payloads
    )
    periods = (o.min_period for o in offers if o.min_period == o.max_period)
    return next(filter(None, periods), "")
