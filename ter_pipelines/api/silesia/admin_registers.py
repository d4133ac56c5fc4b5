"""Registers: where a model of meter that is described by hand has a measurement."""

from decimal import Decimal
from typing import cast

from fastapi import APIRouter, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Here
from ter_pipelines.api.security import Desk
from ter_pipelines.api.silesia.admin_meters import read_name
from ter_pipelines.api.silesia.answers import (
    deleted,
    not_there,
    register_answer,
    said_as_error,
    told,
)
from ter_pipelines.api.silesia.documents import (
    CHANGED,
    INFO,
    REGISTER,
    TAKES_REGISTER,
    answers,
    many,
    some_of,
    takes,
)
from ter_pipelines.api.silesia.given import REQUIRED, Given
from ter_pipelines.api.silesia.locations import OperatorDesk, is_operator
from ter_pipelines.api.silesia.meters import AllModels, Models
from ter_pipelines.formats.register_map.entries import Direction
from ter_pipelines.formats.register_map.numbers import WordOrder
from ter_pipelines.registry.model_rows import FLOAT, INT, LONG, MeterRegister
from ter_pipelines.registry.registry import Registry

_ADDRESSES = range(1 << 16)
_LARGEST_SCALE = Decimal(10**12)
_FUNCTIONS = (3, 4)

router = APIRouter()


@router.get(
    "/admin/registers",
    dependencies=[is_operator],
    responses=answers(401, 403, 503, told={200: many(REGISTER)}),
)
def list_registers(here: Here) -> Response:
    """List the registers of every model that is described by hand."""
    found = here.registry.meter_models.registers()
    return told([register_answer(each) for each in found])


@router.post(
    "/admin/registers",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 413, 415, told={201: REGISTER}),
    openapi_extra=takes(TAKES_REGISTER),
)
def add_register(desk: OperatorDesk, models: AllModels, body: JsonBytes) -> Response:
    """Say where a model has a measurement; the collector reads it from then on."""
    return _put(desk, _read(Given(body), None, models), status.HTTP_201_CREATED)


@router.get(
    "/admin/registers/{register_id:number}",
    dependencies=[is_operator],
    responses=answers(401, 403, 404, 503, told={200: REGISTER}),
)
def one_register(here: Here, register_id: int) -> Response:
    """Give a register."""
    return told(register_answer(_find(here.registry, register_id)))


@router.put(
    "/admin/registers/{register_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: REGISTER}),
    openapi_extra=takes(TAKES_REGISTER),
)
def replace_register(
    desk: OperatorDesk, models: AllModels, register_id: int, body: JsonBytes
) -> Response:
    """Replace a register."""
    now = _find(desk.registry, register_id)
    return _put(desk, _read(Given(body), None, models, now.id))


@router.patch(
    "/admin/registers/{register_id:number}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: REGISTER}),
    openapi_extra=takes(some_of(TAKES_REGISTER)),
)
def change_register(
    desk: OperatorDesk, models: AllModels, register_id: int, body: JsonBytes
) -> Response:
    """Change a register."""
    now = _find(desk.registry, register_id)
    return _put(desk, _read(Given(body), now, models, now.id))


@router.delete(
    "/admin/registers/{register_id:number}",
    responses=answers(*CHANGED, 404, told={200: INFO}),
)
def remove_register(desk: OperatorDesk, register_id: int) -> Response:
    """Delete a register: the model no longer has that measurement."""
    register = _find(desk.registry, register_id)
    with said_as_error():
        desk.registry.meter_models.remove_register(register.id)
    return deleted("Register", register.id)


def _find(registry: Registry, register_id: int) -> MeterRegister:
    for register in registry.meter_models.registers():
        if register.id == register_id:
            return register
    raise not_there("Register", register_id)


def _put(desk: Desk, register: MeterRegister, code: int = 200) -> Response:
    with said_as_error():
        kept = desk.registry.meter_models.put_register(register)
    return told(register_answer(kept), code)


def _read(
    given: Given, now: MeterRegister | None, models: Models, register_id: int = 0
) -> MeterRegister:
    """Read a register; what is left out stays as it is now, where it is given."""
    known = {} if now is None else vars(now)
    order = given.word("word_order", ("big", "little"), known.get("word_order", "big"))
    directions = ("delivered", "received")
    direction = given.word("direction", directions, None)
    if now is not None and "direction" not in given:
        direction = now.direction or ""
    register = MeterRegister(
        id=register_id,
        meter_id=_read_meter(given, known.get("meter_id"), models),
        measurement=_read_measurement(given, known.get("measurement"), models),
        address=given.whole("address", _ADDRESSES, known.get("address", REQUIRED)),
        unit=given.text("unit", 32, known.get("unit", REQUIRED)),
        type=given.choice("type", (INT, LONG, FLOAT), known.get("type", REQUIRED)),
        function_code=given.choice(
            "function_code", _FUNCTIONS, known.get("function_code", REQUIRED)
        ),
        word_order=cast("WordOrder", order),
        is_signed=given.flag("is_signed", known.get("is_signed", False)),
        scale=given.decimal("scale", _LARGEST_SCALE, known.get("scale", Decimal(1))),
        direction=cast("Direction", direction) if direction else None,
    )
    given.done()
    return register


def _read_meter(given: Given, now: int | None, models: Models) -> int:
    text = given.text("meter", 128, REQUIRED if now is None else str(now))
    model = models.find(text)
    if model is None:
        if text:
            given.refuse("meter", f'Invalid pk "{text}" - object does not exist.')
        return 0
    if not model.is_own:
        wrong = f"{model.name} is read with a register map that is a file."
        given.refuse("meter", wrong)
    return model.id


def _read_measurement(given: Given, now: str | None, models: Models) -> str:
    name = read_name(given, "measurement", REQUIRED if now is None else now)
    if name and name not in models.kinds:
        given.refuse("measurement", f'Invalid pk "{name}" - object does not exist.')
    return name
