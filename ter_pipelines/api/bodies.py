"""What a request's body may be before anybody reads it: JSON by name, and not large."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request, status
from starlette.requests import ClientDisconnect

MAX_BODY_BYTES = 1024 * 1024


async def read_json_bytes(request: Request) -> bytes:
    """Give the body, byte for byte; answer 413 or 415 if it is not acceptable."""
    _require_json(request)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise _too_large()
    except ClientDisconnect as error:
        raise HTTPException(
            status.HTTP_400_BAD_REQUEST, "The request ended before its body did."
        ) from error
    return bytes(body)


def _require_json(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type.lower() != "application/json":
        raise HTTPException(
            status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
            f"Got media type {media_type[:80]!r}, expected 'application/json'.",
        )
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise HTTPException(
            status.HTTP_415_UNSUPPORTED_MEDIA_TYPE,
            f"Got content encoding {encoding[:80]!r}, expected none.",
        )


def _too_large() -> HTTPException:
    return HTTPException(
        status.HTTP_413_CONTENT_TOO_LARGE,
        f"The body is larger than {MAX_BODY_BYTES} bytes.",
    )


JsonBytes = Annotated[bytes, Depends(read_json_bytes)]
