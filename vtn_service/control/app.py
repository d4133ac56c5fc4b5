"""The control door: the pipeline enrols VENs, puts events and asks for reports.

The contract says what passes; every call needs the key.
"""

from aiohttp import web

from vtn_service.contract import CONTROL_PREFIX
from vtn_service.control.asks import Asks
from vtn_service.control.events import Events
from vtn_service.control.key import Lock, locked
from vtn_service.control.reports import Reports
from vtn_service.control.roster import Roster
from vtn_service.control.seen import Window
from vtn_service.doors import refuse_in_json
from vtn_service.health import add_health
from vtn_service.house import House
from vtn_service.logs import number_requests


def control_app(house: House, key: str) -> web.Application:
    """Build the door."""
    lock = Lock(key, wrong_per_minute=house.settings.refusals_per_minute)
    app = web.Application(middlewares=[refuse_in_json, locked(lock)])
    router, prefix = app.router, CONTROL_PREFIX
    roster, events, reports = Roster(house), Events(house), Reports(house)
    asks = Asks(house)
    window = Window(house)
    number_requests(app, "control", house.seen)
    add_health(app, house)
    router.add_get("/metrics", window.metrics)
    router.add_get(f"{prefix}/refusals", window.refusals)
    router.add_get(f"{prefix}/vens", roster.list_vens)
    router.add_put(f"{prefix}/vens/{{ven_id}}", roster.put_ven)
    router.add_put(f"{prefix}/vens/{{ven_id}}/events/{{event_id}}", events.put_event)
    router.add_get(f"{prefix}/events", events.list_events)
    one_ask = f"{prefix}/vens/{{ven_id}}/asks/{{ask_id}}"
    router.add_put(one_ask, asks.put_ask)
    router.add_delete(one_ask, asks.withdraw_ask)
    router.add_get(f"{prefix}/asks", asks.list_asks)
    router.add_get(f"{prefix}/reports", reports.list_reports)
    router.add_get(f"{prefix}/reports/{{seq}}/body", reports.report_body)
    return app
