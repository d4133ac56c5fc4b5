"""The control door's events: what VENs are to be told, and how far that is."""

from datetime import date, timedelta

import structlog
from aiohttp import web

from vtn_service import guard
from vtn_service.contract import Event
from vtn_service.control.reading import day, path_id, read_body, require
from vtn_service.control.roster import require_enrolled
from vtn_service.house import House
from vtn_service.openadr.events import check_event
from vtn_service.openadr.instants import iso_utc
from vtn_service.store import events

_LOG = structlog.get_logger()


class Events:
    """Handlers of events."""

    def __init__(self, house: House) -> None:
        """Take what they work with."""
        self._house = house

    async def put_event(self, request: web.Request) -> web.Response:
        """Put an event, or a revision of it."""
        ven_id, event_id = path_id(request, "ven_id"), path_id(request, "event_id")
        new = events.pack_event(await read_body(request, Event))
        try:
            span = check_event(new)
        except ValueError as error:
            raise guard.Refusal(400, str(error)) from error
        await require_enrolled(self._house, ven_id)
        receipt = await self._house.desk.change_events(
            ven_id,
            events.put_event,
            ven_id=ven_id,
            event_id=event_id,
            new=new,
            span=span,
            now=iso_utc(self._house.clock()),
        )
        _LOG.info(
            "event_put",
            ven_id=ven_id,
            event_id=event_id,
            modification_number=receipt.modification_number,
            is_changed=receipt.is_changed,
        )
        return web.json_response(receipt.to_json())

    async def list_events(self, request: web.Request) -> web.Response:
        """Give how far the events of some days have come."""
        first = day(request.query, "first_day_utc")
        last = day(request.query, "last_day_utc")
        require(first <= last, "last_day_utc", str(last), f"{first} or later")
        end = last + timedelta(days=1) if last < date.max else last
        found = await self._house.store.read(
            events.list_event_status, f"{first}T00:00:00Z", f"{end}T00:00:00Z"
        )
        return web.json_response([status.to_json() for status in found])
