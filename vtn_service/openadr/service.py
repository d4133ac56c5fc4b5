"""What every OpenADR service does with a request, from the token to the answer.

The services themselves are subclasses in the neighbouring modules.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import structlog
from aiohttp import web

from vtn_service import guard, identity
from vtn_service.contract import Refused
from vtn_service.desk import Known
from vtn_service.house import House
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.library import LibraryService, render, verbatim
from vtn_service.openadr.message import MAX_TEXT, Message, MessageError, parse_message
from vtn_service.store import roster

CONTENT_TYPE = "application/xml"
OK = 200
NOT_ALLOWED = 451
INVALID_ID = 452
INVALID_DATA = 454
COMPLIANCE = 459
NOT_AUTHORIZED = 463

_INLINE_BYTES = 64 * 1024
_LOG = structlog.get_logger()


@dataclass(frozen=True)
class Answer:
    """One message of ours."""

    kind: str
    payload: dict[str, object] = field(default_factory=dict)
    code: int = OK
    text: str = "OK"


@dataclass(frozen=True)
class Call:
    """One message of a VEN, with who sent it and when it was received."""

    known: Known
    message: Message
    body: bytes
    received: datetime

    @property
    def caller(self) -> roster.Caller:
        """Give the caller's entry on the roster."""
        return self.known.caller

    @property
    def ven_id(self) -> str:
        """Give the caller's id, by what it showed."""
        return self.caller.ven_id

    @property
    def now(self) -> str:
        """Give the instant of receipt as text."""
        return iso_utc(self.received)


PROFILES: list[dict[str, object]] = [
    {"profile_name": "2.0b", "transports": [{"transport_name": "simpleHttp"}]}
]
ANSWER_KINDS = {
    "oadrQueryRegistration": "oadrCreatedPartyRegistration",
    "oadrCreatePartyRegistration": "oadrCreatedPartyRegistration",
    "oadrCancelPartyRegistration": "oadrCanceledPartyRegistration",
    "oadrRegisterReport": "oadrRegisteredReport",
    "oadrUpdateReport": "oadrUpdatedReport",
    "oadrRequestEvent": "oadrDistributeEvent",
    "oadrCreateOpt": "oadrCreatedOpt",
    "oadrCancelOpt": "oadrCanceledOpt",
}


def refuse(call: Call, code: int, text: str) -> Answer:
    """Say no in the protocol, with the answer that belongs to the message."""
    kind = ANSWER_KINDS.get(call.message.kind, "oadrResponse")
    payload: dict[str, object] = {
        "opt_id": call.message.text("ei:optID")[:MAX_TEXT],
        "registration_id": None,
        "request_id": "",
        "profiles": PROFILES,
        "events": [],
        "report_requests": [],
    }
    if kind == "oadrCreatedPartyRegistration":
        payload["ven_id"] = None
    return Answer(kind, payload, code, text)


class Service(LibraryService):
    """A service endpoint: guards, identifies, parses, hands on and answers."""

    def __init__(self, house: House) -> None:
        """Take what the service works with."""
        self.house = house
        super().__init__(house.settings.id)

    async def handler(self, request: web.Request) -> web.Response:
        """Answer one request.

        Raises:
            Refusal: If it is not let in.
        """
        shown = identity.read_shown(request, self.house.settings)
        limits = self.house.limits
        limits.require_address(shown.address)
        known: Known | None = None
        try:
            known = await identity.identify(self.house.desk, shown)
            limits.require_ven(known.caller.ven_id)
            return await self._answered(request, shown, known)
        except guard.Refusal as refusal:
            limits.note_refusal(shown.address)
            ven_id = known.caller.ven_id if known else ""
            self._note_refused(shown, ven_id, refusal.status, refusal.text)
            raise

    async def _answered(
        self, request: web.Request, shown: identity.Shown, known: Known
    ) -> web.Response:
        settings = self.house.settings
        guard.require_content_type(request, CONTENT_TYPE)
        body = await guard.read_body(
            request, limit=settings.max_body_bytes, seconds=settings.body_seconds
        )
        received = self.house.clock()
        if at_once := self.answer_at_once(known, body, received):
            return web.Response(body=at_once, content_type=CONTENT_TYPE)
        message = await _parse(body)
        call = Call(known, message, body, received)
        if message.kind == "oadrResponse":
            return web.Response(content_type=CONTENT_TYPE)
        answer = await self._answer(call)
        if answer.code != OK:
            self._note_refused(shown, call.ven_id, answer.code, answer.text)
            _LOG.warning(
                "refused",
                ven_id=call.ven_id,
                message=message.kind,
                code=answer.code,
                reason=answer.text,
            )
        written = self._render(call, answer)
        self.told(call, answer, written)
        return web.Response(body=written, content_type=CONTENT_TYPE)

    def told(self, call: Call, answer: Answer, written: bytes) -> None:
        """Take note of an answer that is about to be sent."""

    def _note_refused(
        self, shown: identity.Shown, ven_id: str, status: int, reason: str
    ) -> None:
        self.house.seen.refusals.appendleft(
            Refused(
                at=iso_utc(self.house.clock()),
                address=shown.address,
                ven_id=ven_id,
                status=status,
                reason=reason,
                certificate_sha256=shown.certificate_sha256,
            )
        )

    def answer_at_once(
        self, known: Known, body: bytes, received: datetime
    ) -> bytes | None:
        """Give the answer if it is known without reading the message."""
        del known, body, received
        return None

    async def _answer(self, call: Call) -> Answer:
        message = call.message
        if message.ven_id not in {"", call.ven_id}:
            return refuse(call, NOT_AUTHORIZED, "venID is not the caller's")
        if overlong := message.find_overlong():
            text = f"{overlong}: expected at most {MAX_TEXT} characters"
            return refuse(call, INVALID_DATA, text)
        handler = self.handlers.get(message.kind)
        if handler is None:
            text = f"{message.kind} is not for {self.__service_name__}"
            return refuse(call, COMPLIANCE, text)
        return await cast("Callable[[Call], Awaitable[Answer]]", handler)(call)

    def _render(self, call: Call, answer: Answer) -> bytes:
        response = {
            "response_code": answer.code,
            "response_description": answer.text,
            "request_id": verbatim(call.message.request_id[:MAX_TEXT]),
        }
        known = {
            "ven_id": call.ven_id,
            "vtn_id": self.house.settings.id,
            "response": response,
        }
        return render(answer.kind, {**known, **answer.payload})


async def _parse(body: bytes) -> Message:
    guard.require_plain_utf8_xml(body)
    try:
        if len(body) <= _INLINE_BYTES:
            return parse_message(body)
        return await asyncio.to_thread(parse_message, body)
    except MessageError as error:
        raise guard.Refusal(400, f"Document: {error}") from error
