"""What a request's body may be before anybody reads it: JSON by name, and not large."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request, status
from starlette.requests import ClientDisconnect

from ter_pipelines.api.limits import MAX_BODY_BYTES, too_large


async def read_json_bytes(request: Request) -> bytes:
    """Give the body, byte for byte; answer 413 or 415 if it is not acceptable."""
    _require_json(request)
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise too_large()
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
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


JsonBytes = Annotated[bytes, Depends(read_json_bytes)]
