"""The control door: the pipeline enrols VENs, puts events and asks for reports.

The contract module says what passes; every call needs the key.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import TypeVar

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from vtn_service import guard
from vtn_service.contract import CONTROL_PREFIX, MAX_PAGE, Event, Message, VenEnrolment
from vtn_service.doors import Handler, refuse_in_json
from vtn_service.openadr.events import check_event
from vtn_service.openadr.instants import iso_utc, parse_instant
from vtn_service.openadr.service import House
from vtn_service.store import events, reports, roster

MAX_CONTROL_BYTES = 1024 * 1024
MAX_SEQ = 2**63 - 1
MAX_NAME = 128
MAX_DIGITS = 19
_LOG = structlog.get_logger()
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\-]{0,127}")
_SHA256 = re.compile(r"([0-9a-f]{64})?")
M = TypeVar("M", bound=Message)


def control_app(house: House, key: str) -> web.Application:
    """Build the door."""
    app = web.Application(middlewares=[refuse_in_json, _require_key(key)])
    control = _Control(house)
    router, prefix = app.router, CONTROL_PREFIX
    router.add_get("/healthz", control.health)
    router.add_get(f"{prefix}/vens", control.list_vens)
    router.add_put(f"{prefix}/vens/{{ven_id}}", control.put_ven)
    router.add_put(f"{prefix}/vens/{{ven_id}}/events/{{event_id}}", control.put_event)
    router.add_get(f"{prefix}/events", control.list_events)
    router.add_get(f"{prefix}/reports", control.list_reports)
    router.add_get(f"{prefix}/reports/{{seq}}/body", control.report_body)
    return app


def _require_key(key: str) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/healthz" and not guard.is_bearer_of(request, key):
            raise guard.Refusal(
                401, "Authorization: expected the control key", ends_connection=True
            )
        return await handler(request)

    return check


class _Control:
    """The handlers of the door."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def list_vens(self, _request: web.Request) -> web.Response:
        await self._house.flush_polls()
        vens = await self._house.store.read(roster.list_status)
        return web.json_response([ven.to_json() for ven in vens])

    async def put_ven(self, request: web.Request) -> web.Response:
        ven_id = _path_id(request, "ven_id")
        enrolment = await _read(request, VenEnrolment)
        _require(enrolment.ven_id == ven_id, "ven_id", enrolment.ven_id, ven_id)
        _require(
            _SHA256.fullmatch(enrolment.token_sha256) is not None,
            "token_sha256",
            f"{len(enrolment.token_sha256)} characters",
            "64 hexadecimal digits in lower case, or empty",
        )
        _require(
            len(enrolment.ven_name) <= MAX_NAME and enrolment.ven_name.isprintable(),
            "ven_name",
            enrolment.ven_name,
            f"at most {MAX_NAME} printable characters",
        )
        try:
            status = await self._house.store.write(roster.enrol, enrolment, self._now())
        except roster.TokenTakenError:
            raise guard.Refusal(
                409, "token_sha256: got another VEN's token, expected a new one"
            ) from None
        except roster.NotEnrolledError:
            raise guard.Refusal(
                404, f"ven_id: got {ven_id} without a token, expected one enrolled"
            ) from None
        _LOG.info("enrolled", ven_id=ven_id, is_enabled=enrolment.is_enabled)
        return web.json_response(status.to_json())

    async def put_event(self, request: web.Request) -> web.Response:
        ven_id, event_id = _path_id(request, "ven_id"), _path_id(request, "event_id")
        event = await _read(request, Event)
        try:
            span = check_event(event, ven_id=ven_id, event_id=event_id)
        except ValueError as error:
            raise guard.Refusal(400, str(error)) from error
        store = self._house.store
        if not await store.read(roster.is_enrolled, ven_id):
            raise guard.Refusal(404, f"ven_id: got {ven_id}, expected one enrolled")
        receipt = await store.write(
            events.put_event,
            ven_id=ven_id,
            event_id=event_id,
            event=event,
            span=span,
            now=self._now(),
        )
        _LOG.info(
            "event_put",
            ven_id=ven_id,
            event_id=event_id,
            modification_number=receipt.modification_number,
            is_changed=receipt.is_changed,
        )
        return web.json_response(receipt.to_json())

    async def list_events(self, request: web.Request) -> web.Response:
        first = _day(request.query, "first_day_utc")
        last = _day(request.query, "last_day_utc")
        _require(first <= last, "last_day_utc", str(last), f"{first} or later")
        end = last + timedelta(days=1) if last < date.max else last
        found = await self._house.store.read(
            events.list_event_status, f"{first}T00:00:00Z", f"{end}T00:00:00Z"
        )
        return web.json_response([status.to_json() for status in found])

    async def list_reports(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        after_seq = _whole(query, "after_seq", default=0, low=0, high=MAX_SEQ)
        limit = _whole(query, "limit", default=MAX_PAGE, low=1, high=MAX_PAGE)
        if "start_utc" not in query and "end_utc" not in query:
            heads = await self._house.store.read(reports.list_heads, after_seq, limit)
            return web.json_response([asdict(head) for head in heads])
        span = _instant(query, "start_utc"), _instant(query, "end_utc")
        _require(span[0] < span[1], "end_utc", span[1], f"later than {span[0]}")
        found = await self._house.store.read(
            reports.list_reports, span, after_seq, limit
        )
        return await _stream(request, found)

    async def report_body(self, request: web.Request) -> web.Response:
        seq = _whole(request.match_info, "seq", default=0, low=0, high=MAX_SEQ)
        body = await self._house.store.read(reports.body_of, seq)
        if body is None:
            raise guard.Refusal(404, f"seq: got {seq}, expected a stored report")
        return web.Response(body=body, content_type="application/xml")

    def _now(self) -> str:
        return iso_utc(self._house.clock())


async def _stream(
    request: web.Request, found: list[reports.StoredReport]
) -> web.StreamResponse:
    """Write reports one at a time: a page of long ones would not fit in memory."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b"[")
    for i, report in enumerate(found):
        await response.write((", " if i else "").encode())
        await response.write(report.to_json_text().encode())
    await response.write(b"]")
    await response.write_eof()
    return response


async def _read(request: web.Request, kind: type[M]) -> M:
    guard.require_content_type(request, "application/json")
    body = await guard.read_body(request, limit=MAX_CONTROL_BYTES, seconds=30)
    try:
        return kind.from_json(json.loads(body))
    except RecursionError:
        raise guard.Refusal(400, "body: got too deep a nesting") from None
    except ValueError as error:
        raise guard.Refusal(400, str(error)) from error


def _require(holds: bool, name: str, got: str, expected: str) -> None:  # noqa: FBT001
    if not holds:
        raise guard.Refusal(400, f"{name}: got {got[:60]!r}, expected {expected}")


def _path_id(request: web.Request, name: str) -> str:
    text = request.match_info[name]
    _require(
        _ID.fullmatch(text) is not None,
        name,
        text,
        "1 to 128 letters, digits, '.', '_', ':' or '-', not starting with a mark",
    )
    return text


def _whole(
    query: Mapping[str, str], name: str, *, default: int, low: int, high: int
) -> int:
    text = query.get(name, str(default))
    is_plain = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    _require(is_plain and low <= int(text) <= high, name, text, f"{low} to {high}")
    return int(text)


def _day(query: Mapping[str, str], name: str) -> date:
    text = query.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError:
        _require(False, name, text, "a day such as 2025-11-02")  # noqa: FBT003
        raise


def _instant(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "")
    instant: datetime | None = parse_instant(text)
    if instant is None:
        raise guard.Refusal(
            400, f"{name}: got {text[:60]!r}, expected such as 2025-11-02T05:00:00Z"
        )
    return iso_utc(instant)
