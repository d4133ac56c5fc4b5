"""Price events from the XML itself: the library turns exact prices into floats."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from lxml import etree

_NAMESPACES = {
    "ei": "http://docs.oasis-open.org/ns/energyinterop/201110",
    "xcal": "urn:ietf:params:xml:ns:icalendar-2.0",
    "strm": "urn:ietf:params:xml:ns:icalendar-2.0:stream",
}
_PRICES = (
    "ei:eiEventSignals/ei:eiEventSignal"
    "[ei:signalName='ELECTRICITY_PRICE'][ei:signalType='price']"
)
_INTERVALS = f"{_PRICES}/strm:intervals/ei:interval"
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


@dataclass(frozen=True)
class PriceInterval:
    """One priced interval as told; `price` is the text on the wire."""

    start_utc: datetime
    duration: timedelta
    price: str


@dataclass(frozen=True)
class PriceEvent:
    """One revision of a price event."""

    event_id: str
    modification_number: int
    status: str
    intervals: tuple[PriceInterval, ...]


def read_price_events(message: str) -> list[PriceEvent]:
    """Give the price events of an oadrDistributeEvent message.

    Raises:
        ValueError: If an event lacks what an event must have.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(message.encode(), parser)
    found = root.iter(f"{{{_NAMESPACES['ei']}}}eiEvent")
    return [
        _event(event) for event in found if event.find(_PRICES, _NAMESPACES) is not None
    ]


def _event(event: etree._Element) -> PriceEvent:
    start = _instant(
        _text(event, "ei:eiActivePeriod/xcal:properties/xcal:dtstart/xcal:date-time")
    )
    intervals = []
    for interval in event.iterfind(_INTERVALS, _NAMESPACES):
        stated = interval.findtext("xcal:dtstart/xcal:date-time", None, _NAMESPACES)
        start = _instant(stated) if stated else start
        duration = _duration(_text(interval, "xcal:duration/xcal:duration"))
        price = _text(interval, "ei:signalPayload/ei:payloadFloat/ei:value")
        intervals.append(PriceInterval(start, duration, price))
        start += duration
    return PriceEvent(
        event_id=_text(event, "ei:eventDescriptor/ei:eventID"),
        modification_number=int(
            _text(event, "ei:eventDescriptor/ei:modificationNumber")
        ),
        status=_text(event, "ei:eventDescriptor/ei:eventStatus"),
        intervals=tuple(intervals),
    )


def _text(element: etree._Element, path: str) -> str:
    text = cast("str | None", element.findtext(path, None, _NAMESPACES))
    if not text:
        raise ValueError(f"price event: got no {path}")
    return text.strip()


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"price event: got {text}, which has no zone")
    return instant.astimezone(UTC)


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(f"price event: got duration {text[:20]!r}, expected e.g. PT1H")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
