"""What every OpenADR service does with a request, from the token to the answer.

The services themselves are subclasses in the neighbouring modules.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import structlog
from aiohttp import web

from vtn_service import guard
from vtn_service.openadr.instants import iso_utc
from vtn_service.openadr.library import LibraryService, render, verbatim
from vtn_service.openadr.message import MAX_TEXT, Message, MessageError, parse_message
from vtn_service.settings import Settings
from vtn_service.store import roster
from vtn_service.store.store import Store

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
class House:
    """What the services work with.

    Args:
        settings: The VTN's settings.
        store: The event book and report inbox.
        clock: Gives the current instant.
        polled_at: When each VEN polled last, until that is stored.
    """

    settings: Settings
    store: Store
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    polled_at: dict[str, str] = field(default_factory=dict)

    async def flush_polls(self) -> None:
        """Store when VENs polled last; a crash may lose the last seconds of it."""
        if self.polled_at:
            polled_at = dict(self.polled_at)
            self.polled_at.clear()
            await self.store.write(roster.note_polls, polled_at)


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

    caller: roster.Caller
    message: Message
    body: bytes
    received: datetime

    @property
    def ven_id(self) -> str:
        """Give the caller's id, by its token."""
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
        caller = await self._identify(request)
        guard.require_content_type(request, CONTENT_TYPE)
        settings = self.house.settings
        body = await guard.read_body(
            request, limit=settings.max_body_bytes, seconds=settings.body_seconds
        )
        message = await _parse(body)
        call = Call(caller, message, body, self.house.clock())
        if message.kind == "oadrResponse":
            return web.Response(content_type=CONTENT_TYPE)
        answer = await self._answer(call)
        if answer.code != OK:
            _LOG.warning(
                "refused",
                ven_id=call.ven_id,
                message=message.kind,
                code=answer.code,
                reason=answer.text,
            )
        return web.Response(body=self._render(call, answer), content_type=CONTENT_TYPE)

    async def _identify(self, request: web.Request) -> roster.Caller:
        token_sha256 = guard.hash_token(request.match_info["token"])
        caller = await self.house.store.read(roster.find_by_token, token_sha256)
        if caller is None or not caller.is_enabled:
            raise guard.Refusal(403, "Not on the roster", ends_connection=True)
        return caller

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
