"""What every OpenADR service does with a request, from the token to the answer.

The services themselves are subclasses in the neighbouring modules.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import cast

import structlog
from aiohttp import web
from structlog.contextvars import bind_contextvars

from vtn_service import guard, identity
from vtn_service.bodies import Place
from vtn_service.desk import Known
from vtn_service.house import House
from vtn_service.openadr import signing
from vtn_service.openadr.answers import take_answer
from vtn_service.openadr.callers import let_in, note_refused, note_unread
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.library import LibraryService, verbatim
from vtn_service.openadr.message import MAX_TEXT, Message, MessageError, parse_message
from vtn_service.openadr.prepared import write
from vtn_service.openadr.trust import find_signature_fault
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
    """One message of ours; `inner` is XML that goes into it as its last part."""

    kind: str
    payload: dict[str, object] = field(default_factory=dict)
    code: int = OK
    text: str = "OK"
    inner: str = ""


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
    def is_signed(self) -> bool:
        """Tell whether it is signed, or must be."""
        return self.caller.must_sign or signing.is_signed(self.message)

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
        began = perf_counter()
        shown = identity.read_shown(request, self.house.settings, self.house.clock())
        try:
            known = await let_in(self.house, request, shown, self.__service_name__)
            bind_contextvars(ven_id=known.caller.ven_id)
            return await self._admitted(request, shown, known)
        finally:
            self.house.seen.took(self.__service_name__, perf_counter() - began)

    async def _admitted(
        self, request: web.Request, shown: identity.Shown, known: Known
    ) -> web.Response:
        """Answer a VEN in its turn; what it sends has its place until then."""
        ven_id = known.caller.ven_id
        place = self.house.bodies.place_for(ven_id)
        try:
            self._require_signer(known)
            if wait := self.house.limits.turn_of(ven_id):
                await asyncio.sleep(wait)
            body = await self._body_of(request, place)
            self.house.limits.charge(ven_id, len(body))
            return await self._answered(body, shown, known)
        except guard.Refusal as refusal:
            service = self.__service_name__
            note_unread(self.house, shown, ven_id, service, refusal)
            raise
        finally:
            place.leave()

    def _require_signer(self, known: Known) -> None:
        """Refuse a VEN that must sign where nothing signs the answers (503)."""
        if known.caller.must_sign and self.house.signer is None:
            text = "VTN: this VEN signs, and no certificate is set to sign answers with"
            raise guard.Refusal(503, text)

    async def _body_of(self, request: web.Request, place: Place) -> bytes:
        settings = self.house.settings
        guard.require_content_type(request, CONTENT_TYPE)
        return await guard.read_body(
            request,
            limit=settings.max_body_bytes,
            seconds=settings.body_seconds,
            make_room=place.make_room,
        )

    async def _answered(
        self, body: bytes, shown: identity.Shown, known: Known
    ) -> web.Response:
        received = self.house.clock()
        if at_once := self.answer_at_once(known, body, received):
            self.house.seen.poll_answered_at_once()
            return web.Response(body=at_once, content_type=CONTENT_TYPE)
        call = await self.read(known, body, received)
        message = call.message
        answer = await self._find_unsigned(call)
        is_mine = message.ven_id in {"", call.ven_id}
        if answer is None and message.kind == "oadrResponse" and is_mine:
            await take_answer(self.house, call.ven_id, message, call.now)
            self.house.seen.message_answered(
                self.__service_name__, message.kind, "", OK
            )
            return web.Response(content_type=CONTENT_TYPE)
        answer = answer or await self._answer(call)
        if answer.code != OK:
            note_refused(self.house, shown, call.ven_id, answer.code, answer.text)
            _LOG.warning(
                "refused", message=message.kind, code=answer.code, reason=answer.text
            )
        written = self._signed(call, self._render(call, answer))
        self.told(call, answer, written)
        self.house.seen.message_answered(
            self.__service_name__, message.kind, answer.kind, answer.code
        )
        return web.Response(body=written, content_type=CONTENT_TYPE)

    async def read(self, known: Known, body: bytes, received: datetime) -> Call:
        """Parse a message; a service may do more with it on the way."""
        if len(body) <= _INLINE_BYTES:
            message = read_message(body)
        else:
            ven_id = known.caller.ven_id
            message = await self.house.reader.read(ven_id, read_message, body)
        return Call(known, message, body, received)

    def told(self, call: Call, answer: Answer, written: bytes) -> None:
        """Take note of an answer that is about to be sent."""

    def answer_at_once(
        self, known: Known, body: bytes, received: datetime
    ) -> bytes | None:
        """Give the answer if it is known without reading the message."""
        del known, body, received
        return None

    async def _find_unsigned(self, call: Call) -> Answer | None:
        """Refuse a message that must be signed and is not, or was said before."""
        fault = await find_signature_fault(
            self.house, call.caller, call.message, call.received
        )
        return refuse(call, NOT_AUTHORIZED, f"Signature: {fault}") if fault else None

    def _signed(self, call: Call, written: bytes) -> bytes:
        """Sign what is said to VENs that sign."""
        if self.house.signer and call.is_signed:
            return self.house.signer.sign(written, call.received)
        return written

    async def _answer(self, call: Call) -> Answer:
        message = call.message
        if message.ven_id not in {"", call.ven_id}:
            return refuse(call, NOT_AUTHORIZED, "venID is not the caller's")
        if overlong := message.find_overlong():
            text = f"{overlong}: expected at most {MAX_TEXT} bytes of UTF-8"
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
        return write(answer.kind, {**known, **answer.payload}, answer.inner)


def read_message(body: bytes) -> Message:
    """Parse a body.

    Raises:
        Refusal: 400 if it is not a message of OpenADR 2.0b in plain UTF-8.
    """
    guard.require_plain_utf8_xml(body)
    try:
        return parse_message(body)
    except MessageError as error:
        raise guard.Refusal(400, f"Document: {error}") from error
