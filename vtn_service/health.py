"""Alive and ready: what a supervisor or a load balancer asks of a door, without a key.

Ready means that a write was on disk just now, which a full disk, a database that is
gone and a writer that hangs all prevent. The reason is a code: a stranger may ask.
"""

import asyncio
from http import HTTPStatus
from time import monotonic

import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from vtn_service.house import House
from vtn_service.openadr.instants import iso_utc
from vtn_service.store.health import beat

HEALTH_PATHS = frozenset({"/healthz", "/readyz"})
DEADLINE_SECONDS = 2.0
KEPT_SECONDS = 1.0
_LOG = structlog.get_logger()


def add_health(app: web.Application, house: House) -> None:
    """Answer `/healthz` and `/readyz` at a door."""
    readiness = Readiness(house)
    app.router.add_get("/healthz", _is_alive)
    app.router.add_get("/readyz", readiness.answer)


class Readiness:
    """Whether the store takes writes; it is asked seldom, however often we are."""

    def __init__(
        self,
        house: House,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        """Start without an answer.

        Args:
            house: Whose store it is about.
            deadline_seconds: How long a write may take.
            kept_seconds: How long an answer is given again without asking the store.
        """
        self._house = house
        self._deadline_seconds = deadline_seconds
        self._kept_seconds = kept_seconds
        self._writing: asyncio.Task[str] | None = None
        self._reason = ""
        self._kept_until = 0.0

    async def answer(self, _request: web.Request) -> web.Response:
        """Answer 200, or 503 with the reason."""
        if reason := await self._why_not():
            body = {"status": "not ready", "reason": f"store: {reason}"}
            return web.json_response(body, status=HTTPStatus.SERVICE_UNAVAILABLE)
        return web.json_response({"status": "ready"})

    async def _why_not(self) -> str:
        """Give why the store takes no writes; empty if it does.

        A write that hangs is waited for again, never joined by another.
        """
        if monotonic() < self._kept_until:
            return self._reason
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        writing = self._writing
        done, _ = await asyncio.wait({writing}, timeout=self._deadline_seconds)
        late = f"no answer within {self._deadline_seconds:g} s"
        self._reason = writing.result() if done else late
        self._kept_until = monotonic() + self._kept_seconds
        return self._reason

    async def _write(self) -> str:
        try:
            await self._house.store.write(beat, iso_utc(self._house.clock()))
        except (SQLAlchemyError, OSError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            _LOG.warning("not_ready", error=str(cause))
            return _code_of(cause)
        return ""


async def _is_alive(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def _code_of(error: BaseException | None) -> str:
    """Name an error as its database does, such as SQLITE_FULL or DiskFull."""
    return getattr(error, "sqlite_errorname", type(error).__name__)
