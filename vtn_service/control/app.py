"""The control door: the pipeline enrols VENs, puts events and asks for reports.

The contract says what passes; every call needs the key.
"""

from aiohttp import web
from aiohttp.typedefs import Middleware

from vtn_service import guard
from vtn_service.contract import CONTROL_PREFIX
from vtn_service.control.events import Events
from vtn_service.control.reports import Reports
from vtn_service.control.roster import Roster
from vtn_service.doors import Handler, refuse_in_json
from vtn_service.house import House

KEYLESS = {"/healthz"}


def control_app(house: House, key: str) -> web.Application:
    """Build the door."""
    app = web.Application(middlewares=[refuse_in_json, _require_key(key)])
    router, prefix = app.router, CONTROL_PREFIX
    roster, events, reports = Roster(house), Events(house), Reports(house)
    router.add_get("/healthz", _health)
    router.add_get(f"{prefix}/vens", roster.list_vens)
    router.add_put(f"{prefix}/vens/{{ven_id}}", roster.put_ven)
    router.add_put(f"{prefix}/vens/{{ven_id}}/events/{{event_id}}", events.put_event)
    router.add_get(f"{prefix}/events", events.list_events)
    router.add_get(f"{prefix}/reports", reports.list_reports)
    router.add_get(f"{prefix}/reports/{{seq}}/body", reports.report_body)
    return app


def _require_key(key: str) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in KEYLESS and not guard.is_bearer_of(request, key):
            raise guard.Refusal(
                401, "Authorization: expected the control key", ends_connection=True
            )
        return await handler(request)

    return check


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})
