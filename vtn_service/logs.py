"""The log: JSON lines on standard error, each with the request it belongs to.

A line has `time`, `level` and `event`; within a request also `request_id`, which its
answer carries as `X-Request-ID`, and `ven_id` once that is known. Nothing logs a URL:
it holds a token. A line that cannot be written, on a full disk, is lost, and no more.
"""

import io
import itertools
import logging
import secrets
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from aiohttp import web
from structlog.contextvars import bind_contextvars, clear_contextvars
from structlog.typing import Processor

from vtn_service.doors import Handler
from vtn_service.seen import Seen

REQUEST_ID = "X-Request-ID"
_NUMBER = web.RequestKey("number", str)
SILENCED = ("aiohttp", "openleadr")
REFUSED = 400
_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]
_WRITING: list[Processor] = [
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(),
]


class Unfailing(io.TextIOBase):
    """A stream whose writes are tried, and never raise."""

    def __init__(self, stream: TextIO) -> None:
        """Take where to write."""
        self._stream = stream

    def write(self, text: str, /) -> int:
        """Write a text if that can be done."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written if that can be done."""
        with suppress(OSError):
            self._stream.flush()


def set_up_logging() -> None:
    """Log our events and other libraries' warnings; silence those that quote URLs."""
    stream = cast("TextIO", Unfailing(sys.stderr))
    structlog.configure(
        processors=[*_COMMON, *_WRITING],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    others = logging.StreamHandler(stream)
    others.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_COMMON,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_WRITING,
            ],
        )
    )
    logging.basicConfig(handlers=[others], level=logging.WARNING)
    logging.captureWarnings(capture=True)
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def number_requests(app: web.Application, door: str, seen: Seen) -> None:
    """Give every request of a door an id, and count those that are refused."""
    start = secrets.token_hex(4)
    numbers = itertools.count(1)

    @web.middleware
    async def number(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = f"{start}-{next(numbers)}"
        request[_NUMBER] = request_id
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        return await handler(request)

    async def stamp(request: web.Request, response: web.StreamResponse) -> None:
        if _NUMBER in request:
            response.headers[REQUEST_ID] = request[_NUMBER]
        if response.status >= REFUSED:
            seen.turned_away(door, response.status)

    app.middlewares.insert(0, number)
    app.on_response_prepare.append(stamp)
