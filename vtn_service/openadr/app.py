"""The device door as an aiohttp application: one route for every service."""

from aiohttp import web

from vtn_service.contract import OPENADR_PREFIX
from vtn_service.doors import refuse_plainly
from vtn_service.house import House
from vtn_service.openadr.eventing import Eventing, Polling
from vtn_service.openadr.opting import Opting
from vtn_service.openadr.registration import RegisterParty
from vtn_service.openadr.reporting import Reporting

SERVICES = (RegisterParty, Reporting, Eventing, Polling, Opting)


def device_app(house: House) -> web.Application:
    """Build the door."""
    app = web.Application(middlewares=[refuse_plainly])
    for kind in SERVICES:
        service = kind(house)
        app.router.add_post(
            f"{OPENADR_PREFIX}/{service.__service_name__}", service.handler
        )
    return app
