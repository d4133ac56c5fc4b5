"""The contract of the TER programme's partners: `/prices/`, `/meters/`, `/devices/`."""

from fastapi import APIRouter

from ter_pipelines.api.ter_devices import router as devices
from ter_pipelines.api.ter_meters import router as meters
from ter_pipelines.api.ter_prices import router as prices

router = APIRouter()
for part in (prices, meters, devices):
    router.include_router(part)
