"""How the API says no: one exception for a partner's own form, and the answers to ours.

Errors are `{"detail": "..."}`; a submission that is wrong in named fields is answered
field by field. A partner's contract that says it otherwise raises `Refusal`.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse, Response

from ter_pipelines.registry.kept_answers import KeptAnswer, UnderWayError
from ter_pipelines.vocab.errors import FieldError, InputError, RemoteError

RETRY_AFTER_SECONDS = 5
SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Refusal(Exception):  # noqa: N818
    """A refusal in the words of one partner's contract.

    Args:
        status: HTTP status.
        body: JSON of the answer.
        headers: Besides the usual ones.
    """

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what is to be answered."""
        super().__init__(status, body)
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})


class AnsweredBeforeError(Exception):
    """A request that was carried out before, under the same Idempotency-Key.

    Args:
        kept: Its answer.
    """

    def __init__(self, kept: KeptAnswer) -> None:
        """Keep the answer to give again."""
        super().__init__(kept.status)
        self.kept = kept


def answer_errors(app: FastAPI) -> None:
    """Make the application answer errors in these forms."""
    app.add_exception_handler(Refusal, _answer_refusal)
    app.add_exception_handler(AnsweredBeforeError, _answer_again)
    app.add_exception_handler(UnderWayError, _answer_under_way)
    app.add_exception_handler(FieldError, _answer_fields)
    app.add_exception_handler(InputError, _answer_input)
    app.add_exception_handler(RemoteError, _answer_remote)
    app.add_exception_handler(Exception, _answer_fault)


def _answer_refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101
    return JSONResponse(error.body, error.status, headers=error.headers)


def answer_again(kept: KeptAnswer) -> Response:
    """Give an answer that was kept; 409 if it is not known yet."""
    if kept.status is None:
        return JSONResponse(
            {"detail": "Idempotency-Key: the request is being carried out; ask again."},
            status.HTTP_409_CONFLICT,
        )
    headers = {"Idempotency-Replayed": "true"}
    if kept.content_location is not None:
        headers["Content-Location"] = kept.content_location
    return Response(kept.body, kept.status, headers, kept.media_type)


def _answer_again(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AnsweredBeforeError)  # noqa: S101
    return answer_again(error.kept)


def _answer_under_way(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status.HTTP_409_CONFLICT)


def _answer_fields(_request: Request, error: Exception) -> JSONResponse:
    fields = error.fields if isinstance(error, FieldError) else {}
    return JSONResponse(fields, status.HTTP_400_BAD_REQUEST)


def _answer_input(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status.HTTP_400_BAD_REQUEST)


def _answer_remote(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse(
        {"detail": "The registry does not answer; nothing was stored. Try again."},
        status.HTTP_503_SERVICE_UNAVAILABLE,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _answer_fault(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse(
        {"detail": "Something went wrong here; the operator's log says what."},
        status.HTTP_500_INTERNAL_SERVER_ERROR,
        headers=SAFE_HEADERS,
    )
