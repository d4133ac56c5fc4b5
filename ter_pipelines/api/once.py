"""Idempotency-Key: a request that is sent twice is carried out once.

The dependency claims nothing yet: the key is taken in the transaction of the change.
What was answered is kept when the answer has been made, and given again.
"""

import hashlib
import logging

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ter_pipelines.api.context import Context
from ter_pipelines.api.refusals import AnsweredBeforeError, Refusal, answer_again
from ter_pipelines.registry.kept_answers import (
    Answer,
    KeptAnswer,
    Once,
    UnderWayError,
    find_answer,
    keep_answer,
)
from ter_pipelines.vocab.errors import RemoteError

HEADER = "idempotency-key"
_LONGEST_KEY = 255
_FAULT = 500
_log = logging.getLogger(__name__)


async def once_of(request: Request, here: Context, user_id: int) -> Once | None:
    """Give the request's key; None if it has none, so that it may be repeated.

    Raises:
        AnsweredBeforeError: If the very same request was answered before.
        UnderWayError: If it was begun before, and its answer is not known.
        Refusal: 400 if the key is no key; 422 if it was used for another request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not key.isprintable() or not 0 < len(key) <= _LONGEST_KEY:
        raise Refusal(
            400,
            {"detail": f"Idempotency-Key: expected 1 to {_LONGEST_KEY} characters."},
        )
    once = Once(user_id, key, await _digest(request))
    kept = await run_in_threadpool(find_answer, here.registry.changes.engine, once)
    if kept is not None:
        if kept.request_sha256 != once.request_sha256:
            raise Refusal(
                422, {"detail": "Idempotency-Key: was used for another request."}
            )
        if kept.status is not None:
            raise AnsweredBeforeError(kept)
        raise UnderWayError(
            f"Idempotency-Key {key[:40]!r}: the request was begun (change "
            f"{kept.change_id}) and its answer is not known; ask for what it made"
        )
    request.state.once = once
    return once


class KeptAnswers:
    """Keeps the answer of a request that has an Idempotency-Key."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; keep its answer before it is sent."""
        if scope["type"] != "http" or not _has_key(scope):
            await self._app(scope, receive, send)
            return
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, hold)
        known = await _keep(scope, answer)
        if known is not None:
            await answer_again(known)(scope, receive, send)
            return
        for message in answer:
            await send(message)


async def _keep(scope: Scope, messages: list[Message]) -> KeptAnswer | None:
    """Keep an answer; give what another attempt at the same request has, if any."""
    once = scope.get("state", {}).get("once")
    status = messages[0].get("status", _FAULT) if messages else _FAULT
    if once is None or status >= _FAULT:
        return None
    here: Context = scope["app"].state.context
    headers = Headers(raw=messages[0]["headers"])
    answer = Answer(
        status,
        headers.get("content-type", "application/json"),
        b"".join(message.get("body", b"") for message in messages),
        headers.get("content-location"),
    )
    try:
        known = await run_in_threadpool(
            keep_answer, here.registry.changes.engine, once, here.now(), answer
        )
    except RemoteError as error:
        # What was changed is changed: its answer is given, though it is not kept.
        _log.warning("answer to Idempotency-Key not kept: %s", error)
        return None
    is_same = known is not None and known.request_sha256 == once.request_sha256
    return known if is_same else None


async def _digest(request: Request) -> str:
    head = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(head.encode() + await request.body()).hexdigest()


def _has_key(scope: Scope) -> bool:
    return any(name == HEADER.encode() for name, _ in scope["headers"])
