"""What gets in: checks on a request before anything reads it as XML or JSON."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import StreamReader, web

TOO_LARGE = 413
TOO_OFTEN = 429
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_FORBIDDEN = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_PLAIN = {"Content-Encoding": "identity", "Transfer-Encoding": "chunked"}
_BOM = b"\xef\xbb\xbf"
LARGE_BYTES = 64 * 1024
_LONG_RUN = re.compile(rb"<[^<]{%d}" % LARGE_BYTES)
_TAG = re.compile(rb"""<(?:[^<>"']++|"[^<"]*+"|'[^<']*+')*+>""")
MakeRoom = Callable[[int], Awaitable[None]]


async def has_room(_size: int) -> None:
    """Have room for a body of any size."""


class Refusal(Exception):  # noqa: N818
    """A request is refused with an HTTP status; the text is for the caller."""

    def __init__(
        self,
        status: int,
        text: str,
        *,
        noted: str = "",
        headers: Mapping[str, str] | None = None,
        ends_connection: bool = False,
    ) -> None:
        """Keep the status, and whether the connection cannot be used further.

        `noted` is what we say among ourselves, where the caller is told less; `headers`
        go with the answer.
        """
        super().__init__(text)
        self.status = status
        self.text = text
        self.noted = noted or text
        self.headers = dict(headers or {})
        self.ends_connection = ends_connection


def hash_token(token: str) -> str:
    """Give the SHA-256 by which a token is known.

    >>> hash_token("example-token")[:16]
    '4d1566a1d7df42a8'
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_bearer_of(request: web.Request, key: str) -> bool:
    """Tell whether the request carries the key, in the same time either way."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, f"Bearer {key}".encode())


def require_content_type(request: web.Request, expected: str) -> None:
    """Refuse a body that does not say it is `expected`, and not packed (415)."""
    if request.content_type != expected or "Content-Type" not in request.headers:
        got = request.headers.get("Content-Type", "none")[:60]
        raise Refusal(
            415, f"Content-Type: got {got}, expected {expected}", ends_connection=True
        )
    for name, plain in _PLAIN.items():
        if (encoding := request.headers.get(name, plain).strip().lower()) != plain:
            raise Refusal(
                415,
                f"{name}: got {encoding[:60]}, expected {plain} or none",
                ends_connection=True,
            )


async def read_body(
    request: web.Request, *, limit: int, seconds: float, make_room: MakeRoom = has_room
) -> bytes:
    """Read the body, no further than the limit and no longer than the deadline.

    Args:
        request: Whose body it is.
        limit: In bytes.
        seconds: From now on, waiting for room included.
        make_room: Is awaited before more than `LARGE_BYTES` are read, with how many
            bytes there may be.

    Raises:
        Refusal: 413 if it is larger, declared or not; 408 if it takes longer.
    """
    declared = request.content_length
    if (declared or 0) > limit:
        raise _too_large(limit)
    content = request.content
    if content.is_eof():  # It came whole, as short ones do.
        body = content.read_nowait()
    else:
        expected = limit if declared is None else declared
        try:
            async with asyncio.timeout(seconds):
                body = await _read_slowly(content, limit, expected, make_room)
        except TimeoutError:
            raise Refusal(
                408, f"Body: expected whole within {seconds:g} s", ends_connection=True
            ) from None
    if len(body) > limit:
        raise _too_large(limit)
    return body


def require_plain_utf8_xml(document: bytes) -> None:
    """Refuse document types, entities and encodings other than UTF-8 (400).

    An internal entity alone can end the process or eat its memory, so this comes
    before any parser.
    """
    try:
        document.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, "Document: expected UTF-8") from None
    declared = _DECLARED_ENCODING.match(document.removeprefix(_BOM))
    if b"\0" in document or (declared and declared[1].lower() != b"utf-8"):
        raise Refusal(400, "Document: expected UTF-8")
    if _FORBIDDEN.search(document):
        raise Refusal(400, "Document: expected no document type and no entities")
    if len(document) > LARGE_BYTES:
        _require_short_tags(document)


def _require_short_tags(document: bytes) -> None:
    """Refuse a tag longer than `LARGE_BYTES` (400): its attributes would eat memory.

    Neither a tag nor a value in it can have another `<` inside, so only what is longer
    than that up to the next `<` is looked at: a tag and the text after it.
    """
    for run in _LONG_RUN.finditer(document):
        if not _TAG.match(document, run.start(), run.end()):
            raise Refusal(
                400, f"Document: expected tags of at most {LARGE_BYTES} bytes"
            )


async def _read_slowly(
    content: StreamReader, limit: int, expected: int, make_room: MakeRoom
) -> bytes:
    """Read what is still on its way, until it is more than the limit."""
    body, has_room = bytearray(), False
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > limit:
            break
        if not has_room and len(body) > LARGE_BYTES:
            await make_room(expected)
            has_room = True
    return bytes(body)


def _too_large(limit: int) -> Refusal:
    return Refusal(
        TOO_LARGE, f"Body: expected at most {limit} bytes", ends_connection=True
    )
