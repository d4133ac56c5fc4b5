"""The control door's window: metrics for Prometheus, and what was refused lately."""

import asyncio

import structlog
from aiohttp import web
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from vtn_service.house import House
from vtn_service.metrics import CONTENT_TYPE, Measured, exposition
from vtn_service.openadr.instants import iso_utc
from vtn_service.store.health import backlog
from vtn_service.store.standing import list_standing

LOOK_UP_SECONDS = 5.0
_LOG = structlog.get_logger()


class Window:
    """Handlers of what can be seen."""

    def __init__(self, house: House) -> None:
        """Take what they work with."""
        self._house = house

    async def metrics(self, _request: web.Request) -> web.Response:
        """Give what was counted, and what can be looked up now.

        Without the store it is what was counted: then of all times it is asked for.
        """
        parts: list[Collector] = [self._house.seen.metrics]
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                parts.append(await self._measured())
        except (SQLAlchemyError, TimeoutError):
            _LOG.exception("not_measured")
        text = await asyncio.to_thread(exposition, *parts)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def refusals(self, request: web.Request) -> web.Response:
        """Give the newest refusals, newest first; of one VEN if that is asked for."""
        ven_id = request.query.get("ven_id", "")
        refusals = self._house.seen.refusals
        found = [r.to_json() for r in refusals if ven_id in {"", r.ven_id}]
        return web.json_response(found)

    async def _measured(self) -> Measured:
        house, now = self._house, self._house.clock()
        vens = await house.store.read(
            list_standing,
            now=iso_utc(now),
            silent_seconds=house.settings.silent_seconds,
        )
        waiting = await house.store.read(backlog, house.seen.drained_seq)
        return Measured(now, vens, waiting, house.seen.count_connections())
