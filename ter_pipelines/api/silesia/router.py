"""Every route of the contract; its paths do not end in a slash."""

from fastapi import APIRouter

from ter_pipelines.api.silesia import (
    admin_meters,
    admin_registers,
    admin_users,
    assigned,
    auth,
    hosts,
    locations,
    meters,
    values,
)

router = APIRouter(tags=["SilesiaSolar"])
for part in (
    auth,
    locations,
    hosts,
    assigned,
    values,
    meters,
    admin_meters,
    admin_registers,
    admin_users,
):
    router.include_router(part.router)
