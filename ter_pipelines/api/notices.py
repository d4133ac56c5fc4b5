"""The listener of Share My Data: takes the data custodian's notifications, over TLS.

A notification is stored before it is answered, and nothing is fetched here. Whatever
is asked gets an answer: in plain words, with a true status.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ter_pipelines.formats.espi_custodian import MOST_BYTES, read_notice
from ter_pipelines.registry.registry import Registry, utc_now
from ter_pipelines.registry.submissions import NOTICE, NewSubmission
from ter_pipelines.vocab.custodian import HEALTH_PATH, TEST_PATH
from ter_pipelines.vocab.errors import FormatError, RemoteError

BODY_SECONDS = 30.0
MOST_HEARD_BYTES = 16 * MOST_BYTES
RETRY_AFTER_SECONDS = 60
UNHEARD = {404: "Nothing is here.", 405: "Not with this method."}
log = logging.getLogger(__name__)


def notice_app(
    registry: Registry,
    path: str,
    *,
    now: Callable[[], datetime] = utc_now,
    body_seconds: float = BODY_SECONDS,
) -> Starlette:
    """Make the listener's application.

    Args:
        registry: Where notifications are kept.
        path: Where they are posted.
        now: The clock.
        body_seconds: How long a body may take to arrive.
    """

    async def take(request: Request) -> PlainTextResponse:
        body = await _body_of(request, body_seconds)
        uris = read_notice(body)
        kept = await run_in_threadpool(registry.land, _notice(body, now()))
        log.info("notification %d kept: %d resources", kept.id, len(uris))
        return PlainTextResponse("Kept.\n")

    app = Starlette(
        routes=[
            Route(path, take, methods=["POST"]),
            Route(TEST_PATH, _answer_test, methods=["POST"]),
            Route(HEALTH_PATH, _is_healthy, methods=["GET"]),
        ],
        exception_handlers=_ANSWERS,
    )
    app.router.redirect_slashes = False
    return app


def _notice(body: bytes, received_at: datetime) -> NewSubmission:
    return NewSubmission(
        kind=NOTICE,
        source="share-my-data",
        format="espi-batch-list-xml",
        submitted_by="listener",
        body=body,
        received_at=received_at,
    )


async def _answer_test(request: Request) -> PlainTextResponse:
    """Answer the custodian's registration test; nothing is kept."""
    await _body_of(request, BODY_SECONDS)
    return PlainTextResponse("Heard.\n")


async def _is_healthy(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def _body_of(request: Request, seconds: float) -> bytes:
    body = bytearray()
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > MOST_HEARD_BYTES:
                    break
                if size <= MOST_BYTES:
                    body += chunk
    except ClientDisconnect as error:
        raise HTTPException(400, "The request ended before its body did.") from error
    except TimeoutError as error:
        raise HTTPException(408, f"Got no whole body in {seconds:g} s.") from error
    if size > MOST_BYTES:
        raise HTTPException(413, f"Got over {MOST_BYTES} bytes.")
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise HTTPException(
            415, f"Got content encoding {encoding[:40]!r}, expected none."
        )
    return bytes(body)


async def _answer_refusal(request: Request, error: Exception) -> PlainTextResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    reason = error.detail
    if error.status_code in UNHEARD:  # or the answer is lost with the connection
        reason = UNHEARD[error.status_code]
        with suppress(HTTPException):
            await _body_of(request, BODY_SECONDS)
    return _refused(error.status_code, reason, dict(error.headers or {}))


def _answer_format(_request: Request, error: Exception) -> PlainTextResponse:
    return _refused(400, str(error))


def _answer_remote(_request: Request, error: Exception) -> PlainTextResponse:
    log.error("notification not kept: %s", error)
    return _refused(
        503,
        "It could not be kept. Send it again.",
        {"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _answer_fault(_request: Request, _error: Exception) -> PlainTextResponse:
    return _refused(500, "Something went wrong here; the operator's log says what.")


def _refused(
    status: int, reason: str, headers: dict[str, str] | None = None
) -> PlainTextResponse:
    """Answer, and end the connection: more of the body may be on its way."""
    log.warning("answered %d: %s", status, reason)
    told = {"Connection": "close"} | (headers or {})
    return PlainTextResponse(f"{reason}\n", status, headers=told)


_ANSWERS: Mapping[Any, Any] = {
    HTTPException: _answer_refusal,
    FormatError: _answer_format,
    RemoteError: _answer_remote,
    Exception: _answer_fault,
}
