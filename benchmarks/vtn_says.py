"""What `benchmarks.vtn` sends, as whole HTTP requests, and what every answer must hold.

Polls and event requests are the same bytes each time, as a VEN's are; every report has
a request id, a day and values of its own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.vtn_service import messages
from tests.vtn_service.at_work import KEY, sha256, token_of
from vtn_service.contract import CONTROL_PREFIX
from vtn_service.openadr.instants import iso_utc

R_ID = "usage-1"
SPECIFIER = "usage"
HOURS = 24
QUARTERS = 96
FIRST_DAY = datetime(2025, 1, 1, 5, tzinfo=UTC)
DAYS = 365
PRICES = [f"0.{1001 + 138 * hour}" for hour in range(HOURS)]
_OK = b"responseCode>200<"


@dataclass(frozen=True)
class Ven:
    """A VEN of a VTN, and what that VTN calls the reports it asked for."""

    ven_id: str
    path: str
    report_request_id: str = "0"


@dataclass(frozen=True)
class Request:
    """Bytes to send; the answer must be a 200 that holds all the parts."""

    data: bytes
    parts: tuple[bytes, ...]


# What a VEN says as the n-th request of a run.
Recipe = Callable[[Ven, int], Request]


def enrol(ven: Ven, _number: int) -> Request:
    """Write the call of the control door that puts the VEN on the roster."""
    entry = {"ven_id": ven.ven_id, "token_sha256": sha256(token_of(ven.ven_id))}
    return _put(f"/vens/{ven.ven_id}", entry, b'"is_enabled": true')


def put_event(ven: Ven, _number: int) -> Request:
    """Write the call of the control door that puts the VEN's price event."""
    signal = {
        "signal_name": "ELECTRICITY_PRICE",
        "signal_type": "price",
        "item_name": "currencyPerKWh",
        "item_units": "USD",
        "intervals": [
            {"start_utc": iso_utc(start), "duration_seconds": 3600, "value": price}
            for start, price in zip(event_hours(), PRICES, strict=True)
        ],
    }
    event = {"market_context": "http://market.example/ter", "signals": [signal]}
    path = f"/vens/{ven.ven_id}/events/prices-{ven.ven_id}"
    return _put(path, event, b'"is_changed": true')


def event_hours() -> list[datetime]:
    """Give the hours of a price event: a day that begins in 24 to 48 hours."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today + timedelta(days=2, hours=hour) for hour in range(HOURS)]


def query(ven: Ven, _number: int) -> Request:
    """Ask what the VTN speaks, as openleadr's client does before it registers."""
    body = messages.query_registration()
    return _post(ven, "EiRegisterParty", body, b"oadrCreatedPartyRegistration ")


def register(ven: Ven, _number: int) -> Request:
    """Register the VEN."""
    body = messages.create_registration(name=ven.ven_id)
    return _post(ven, "EiRegisterParty", body, b"oadrCreatedPartyRegistration ")


def offer(ven: Ven, _number: int) -> Request:
    """Offer the VEN's report; the answer asks for it under an id."""
    point = messages.Point(R_ID, f"device-of-{ven.ven_id}")
    report = messages.report_offer(SPECIFIER, [point])
    body = messages.register_report(ven.ven_id, report)
    return _post(ven, "EiReport", body, b"reportRequestID>")


def poll_nothing(ven: Ven, _number: int) -> Request:
    """Poll where nothing is to be told."""
    return _post(ven, "OadrPoll", messages.poll(ven.ven_id), b"oadrResponse ")


def poll_event(ven: Ven, _number: int) -> Request:
    """Poll where a price event is to be told."""
    return _post(ven, "OadrPoll", messages.poll(ven.ven_id), *_EVENT)


def request_event(ven: Ven, _number: int) -> Request:
    """Ask for the events."""
    return _post(ven, "EiEvent", messages.request_event(ven.ven_id), *_EVENT)


def report_hours(ven: Ven, number: int) -> Request:
    """Report a day of hourly values."""
    return _report(ven, number, HOURS)


def report_quarters(ven: Ven, number: int) -> Request:
    """Report a day of 15-minute values."""
    return _report(ven, number, QUARTERS)


_EVENT = (
    b"oadrDistributeEvent ",
    f">{PRICES[0]}<".encode(),
    f">{PRICES[-1]}<".encode(),
)


def _report(ven: Ven, number: int, count: int) -> Request:
    texts = [b"%d" % number]
    for i, start in enumerate(_starts(number % DAYS, count)):
        watt_hours = (number * 7919 + i * 104_729) % 9_999
        texts += (start, b"%d.%03d" % divmod(watt_hours, 1000))
    texts += (ven.report_request_id.encode(), ven.ven_id.encode())
    body = _blank_report(count) % tuple(texts)
    return _post(ven, "EiReport", body, b"oadrUpdatedReport ")


@cache
def _starts(day: int, count: int) -> list[bytes]:
    first, length = FIRST_DAY + timedelta(days=day), timedelta(days=1) / count
    return [iso_utc(first + i * length).encode() for i in range(count)]


@cache
def _blank_report(count: int) -> bytes:
    """Write a report with places for request id, values, report request and VEN."""
    length = f"PT{24 * 60 // count}M"
    value = messages.value(R_ID, "%s")
    intervals = [messages.interval(value, start="%s", duration=length)] * count
    report = messages.report(intervals, specifier=SPECIFIER, request_id="%s")
    return messages.update_report("%s", report, request_id="%s")


def _post(ven: Ven, service: str, body: bytes, *parts: bytes) -> Request:
    head = f"POST {ven.path}/{service} HTTP/1.1\r\nContent-Type: application/xml"
    return Request(_http(head, body), (_OK, *parts))


def _put(path: str, entry: object, part: bytes) -> Request:
    head = (
        f"PUT {CONTROL_PREFIX}{path} HTTP/1.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {KEY}"
    )
    return Request(_http(head, json.dumps(entry).encode()), (part,))


def _http(head: str, body: bytes) -> bytes:
    ended = f"{head}\r\nHost: vtn.example\r\nContent-Length: {len(body)}\r\n\r\n"
    return ended.encode() + body
