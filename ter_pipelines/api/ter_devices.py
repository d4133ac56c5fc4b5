"""The contract of the metering partner: `/devices/`, what is said of each device.

What a device reports itself comes through the VTN; nothing is billed from here.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Here
from ter_pipelines.api.documents import answers
from ter_pipelines.api.security import Desk, changing, needs
from ter_pipelines.api.ter_documents import (
    GIVES_DEVICE,
    GIVES_DEVICES,
    TAKES_DEVICE,
    TAKES_DEVICE_CHANGES,
)
from ter_pipelines.api.ter_submissions import as_json, no_such
from ter_pipelines.metering.device_body import read_device, write_device
from ter_pipelines.registry.devices import StoredDevice

DeviceNumber = Annotated[int, Path(description="`id` of the device.")]
Writing = Annotated[Desk, Depends(changing("devices:write"))]
_READ = Depends(needs("devices:read"))
_WRONG = answers(400, 401, 403, 409, 413, 415, 422, 429, 503)
_NAME = "Device"

router = APIRouter(prefix="/devices", tags=["TER partners"])


@router.get(
    "/",
    dependencies=[_READ],
    responses={200: GIVES_DEVICES, **answers(401, 403, 429, 503)},
)
def list_devices(here: Here) -> Response:
    """List the devices."""
    return as_json([_device(stored) for stored in here.registry.devices.all()])


@router.post(
    "/",
    status_code=status.HTTP_201_CREATED,
    responses={201: GIVES_DEVICE, **_WRONG},
    openapi_extra=TAKES_DEVICE,
)
def post_device(desk: Writing, body: JsonBytes) -> Response:
    """Add a device."""
    stored = desk.registry.devices.add(read_device(body))
    return as_json(_device(stored), status.HTTP_201_CREATED)


@router.get(
    "/{number:number}/",
    dependencies=[_READ],
    responses={200: GIVES_DEVICE, **answers(401, 403, 404, 422, 429, 503)},
)
def one_device(here: Here, number: DeviceNumber) -> Response:
    """Give one device."""
    return _found(here.registry.devices.find(number))


@router.put(
    "/{number:number}/",
    responses={200: GIVES_DEVICE, **_WRONG, **answers(404)},
    openapi_extra=TAKES_DEVICE,
)
def put_device(desk: Writing, number: DeviceNumber, body: JsonBytes) -> Response:
    """Change a device; what is not named of its state stays."""
    return _found(
        desk.registry.devices.change(
            number, lambda known: read_device(body, known=known)
        )
    )


@router.patch(
    "/{number:number}/",
    responses={200: GIVES_DEVICE, **_WRONG, **answers(404)},
    openapi_extra=TAKES_DEVICE_CHANGES,
)
def patch_device(desk: Writing, number: DeviceNumber, body: JsonBytes) -> Response:
    """Change what is named of a device."""
    return _found(
        desk.registry.devices.change(
            number, lambda known: read_device(body, known=known, is_whole=False)
        )
    )


@router.delete(
    "/{number:number}/",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=answers(400, 401, 403, 404, 409, 413, 422, 429, 503),
)
def delete_device(desk: Writing, number: DeviceNumber) -> Response:
    """Forget a device."""
    if desk.registry.devices.remove(number) is None:
        raise no_such(_NAME)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _found(stored: StoredDevice | None) -> Response:
    if stored is None:
        raise no_such(_NAME)
    return as_json(_device(stored))


def _device(stored: StoredDevice) -> dict[str, object]:
    return {"id": stored.id, **write_device(stored.device)}
