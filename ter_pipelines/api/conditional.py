"""Answers that a reader need not get twice: strong ETags, and 304 for what it has.

Source: RFC 9110, sections 8.8 and 13.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import Request, Response, status

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def conditional(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    changed_at: datetime | None,
    headers: Mapping[str, str],
) -> Response:
    """Answer with a body, or that the reader has it.

    Args:
        request: Whose conditions hold.
        body: The whole answer; its ETag is made from these bytes.
        media_type: Of the body.
        changed_at: When it last changed, if that is known.
        headers: Besides these.
    """
    told = {**headers, "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if changed_at is not None:
        changed_at = changed_at.astimezone(UTC).replace(microsecond=0)
        told["Last-Modified"] = format_datetime(changed_at, usegmt=True)
    if _has_it(request, told["ETag"], changed_at):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=told)
    return Response(body, media_type=media_type, headers=told)


def _has_it(request: Request, tag: str, changed_at: datetime | None) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or tag in _TAG.findall(tags)
    since = _instant(request.headers.get("if-modified-since", ""))
    return since is not None and changed_at is not None and changed_at <= since


def _instant(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
