"""The device door as an aiohttp application: two routes for every service.

One has a token in it, the other is for VENs that show a client certificate alone.
"""

from aiohttp import web

from vtn_service.contract import OPENADR_PATH, OPENADR_PREFIX
from vtn_service.doors import refuse_plainly
from vtn_service.health import add_health
from vtn_service.house import House
from vtn_service.logs import number_requests
from vtn_service.openadr.eventing import Eventing
from vtn_service.openadr.opting import Opting
from vtn_service.openadr.polling import Polling
from vtn_service.openadr.registration import RegisterParty
from vtn_service.openadr.reporting import Reporting

SERVICES = (RegisterParty, Reporting, Eventing, Polling, Opting)


def device_app(house: House) -> web.Application:
    """Build the door."""
    app = web.Application(middlewares=[refuse_plainly])
    number_requests(app, "devices", house.seen)
    add_health(app, house)
    for kind in SERVICES:
        service = kind(house)
        for prefix in (OPENADR_PREFIX, OPENADR_PATH):
            app.router.add_post(f"{prefix}/{service.__service_name__}", service.handler)
    return app
