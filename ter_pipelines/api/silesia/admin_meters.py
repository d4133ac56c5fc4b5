"""Models of meters and measurements, which the operator describes by hand."""

from dataclasses import replace

from fastapi import APIRouter, Response, status

from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.api.silesia.answers import deleted, not_there, said_as_error, told
from ter_pipelines.api.silesia.documents import (
    CHANGED,
    INFO,
    MEASUREMENT,
    METER,
    TAKES_MEASUREMENT,
    TAKES_METER,
    answers,
    many,
    some_of,
    takes,
)
from ter_pipelines.api.silesia.given import REQUIRED, Given
from ter_pipelines.api.silesia.locations import OperatorDesk, is_operator
from ter_pipelines.api.silesia.meters import AllModels, Models
from ter_pipelines.registry.model_rows import MeasurementKind, MeterModel
from ter_pipelines.registry.registry import Registry
from ter_pipelines.vocab.ids import require_id

_TYPES = (1, 2)

router = APIRouter()


@router.get(
    "/admin/meters",
    dependencies=[is_operator],
    responses=answers(401, 403, 503, told={200: many(METER)}),
)
def list_meters(models: AllModels) -> Response:
    """List every model of meter."""
    return told([models.answer(model) for model in models.all])


@router.post(
    "/admin/meters",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 413, 415, told={201: METER}),
    openapi_extra=takes(TAKES_METER),
)
def add_meter(desk: OperatorDesk, models: AllModels, body: JsonBytes) -> Response:
    """Describe a model of meter; its registers come next."""
    model = _read_model(Given(body), None)
    with said_as_error():
        made = desk.registry.meter_models.add_model(model)
    return told(models.answer(made), status.HTTP_201_CREATED)


@router.get(
    "/admin/meters/{meter}",
    dependencies=[is_operator],
    responses=answers(401, 403, 404, 503, told={200: METER}),
)
def one_meter(models: AllModels, meter: str) -> Response:
    """Give a model of meter, by its number or its name."""
    return told(models.answer(find_model(models, meter)))


@router.put(
    "/admin/meters/{meter}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: METER}),
    openapi_extra=takes(TAKES_METER),
)
def replace_meter(
    desk: OperatorDesk, models: AllModels, meter: str, body: JsonBytes
) -> Response:
    """Replace what is said of a model of meter that is described by hand."""
    now = find_model(models, meter)
    return _change(desk.registry, models, replace(_read_model(Given(body)), id=now.id))


@router.patch(
    "/admin/meters/{meter}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: METER}),
    openapi_extra=takes(some_of(TAKES_METER)),
)
def change_meter(
    desk: OperatorDesk, models: AllModels, meter: str, body: JsonBytes
) -> Response:
    """Change what is said of a model of meter that is described by hand."""
    now = find_model(models, meter)
    wanted = replace(_read_model(Given(body), now), id=now.id)
    return _change(desk.registry, models, wanted)


@router.delete(
    "/admin/meters/{meter}",
    responses=answers(*CHANGED, 404, told={200: INFO}),
)
def remove_meter(desk: OperatorDesk, models: AllModels, meter: str) -> Response:
    """Delete a model of meter, with its registers, where no host is one."""
    model = find_model(models, meter)
    with said_as_error():
        desk.registry.meter_models.remove_model(model.id)
    return deleted("Meter", model.id)


@router.get(
    "/admin/measurements",
    dependencies=[is_operator],
    responses=answers(401, 403, 503, told={200: many(MEASUREMENT)}),
)
def list_measurements(models: AllModels) -> Response:
    """List what any model of meter measures, by name."""
    return told([_answer(name, kind) for name, kind in models.kinds.items()])


@router.post(
    "/admin/measurements",
    status_code=status.HTTP_201_CREATED,
    responses=answers(*CHANGED, 413, 415, told={201: MEASUREMENT}),
    openapi_extra=takes(TAKES_MEASUREMENT),
)
def add_measurement(desk: OperatorDesk, body: JsonBytes) -> Response:
    """Describe a measurement; a shipped one of that name is then described so too."""
    kind = _read_kind(Given(body))
    with said_as_error():
        desk.registry.meter_models.add_kind(kind)
    return told(_answer(kind.name, kind.type), status.HTTP_201_CREATED)


@router.get(
    "/admin/measurements/{measurement}",
    dependencies=[is_operator],
    responses=answers(401, 403, 404, 503, told={200: MEASUREMENT}),
)
def one_measurement(models: AllModels, measurement: str) -> Response:
    """Give a measurement, by its name."""
    kind = models.kinds.get(measurement)
    if kind is None:
        raise _no_measurement(measurement)
    return told(_answer(measurement, kind))


@router.put(
    "/admin/measurements/{measurement}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: MEASUREMENT}),
    openapi_extra=takes(TAKES_MEASUREMENT),
)
def replace_measurement(
    desk: OperatorDesk, models: AllModels, measurement: str, body: JsonBytes
) -> Response:
    """Replace what is said of a measurement that is described by hand."""
    now = _own_kind(desk.registry, models, measurement)
    return _change_kind(desk.registry, replace(_read_kind(Given(body)), id=now.id))


@router.patch(
    "/admin/measurements/{measurement}",
    responses=answers(*CHANGED, 404, 413, 415, told={200: MEASUREMENT}),
    openapi_extra=takes(some_of(TAKES_MEASUREMENT)),
)
def change_measurement(
    desk: OperatorDesk, models: AllModels, measurement: str, body: JsonBytes
) -> Response:
    """Change what is said of a measurement that is described by hand."""
    now = _own_kind(desk.registry, models, measurement)
    return _change_kind(desk.registry, replace(_read_kind(Given(body), now), id=now.id))


@router.delete(
    "/admin/measurements/{measurement}",
    responses=answers(*CHANGED, 404, told={200: INFO}),
)
def remove_measurement(
    desk: OperatorDesk, models: AllModels, measurement: str
) -> Response:
    """Delete a measurement that nothing uses."""
    now = _own_kind(desk.registry, models, measurement)
    with said_as_error():
        desk.registry.meter_models.remove_kind(now.id)
    return told({"info": f"Measurement {now.name} has been deleted"})


def find_model(models: Models, text: str) -> MeterModel:
    """Give the model of a number or a name.

    Raises:
        Refusal: 404 if there is none.
    """
    model = models.find(text)
    if model is None:
        raise not_there("Meter", text[:128])
    return model


def read_name(given: Given, name: str, default: object = REQUIRED) -> str:
    """Read a name that may stand in a register map and in a path."""
    text = given.text(name, 128, default)
    try:
        return require_id(text, name="a name") if text else ""
    except ValueError as error:
        given.refuse(name, str(error))
        return ""


def _change(registry: Registry, models: Models, model: MeterModel) -> Response:
    with said_as_error():
        registry.meter_models.change_model(model)
    return told(models.answer(model))


def _change_kind(registry: Registry, kind: MeasurementKind) -> Response:
    with said_as_error():
        registry.meter_models.change_kind(kind)
    return told(_answer(kind.name, kind.type))


def _own_kind(registry: Registry, models: Models, name: str) -> MeasurementKind:
    """Give a measurement that is described by hand."""
    own = {kind.name: kind for kind in registry.meter_models.kinds()}
    if name in own:
        return own[name]
    if name in models.kinds:
        error = f"Measurement {name!r} stands in a register map; it cannot be changed"
        raise Refusal(status.HTTP_400_BAD_REQUEST, {"error": error})
    raise _no_measurement(name)


def _no_measurement(name: str) -> Refusal:
    return not_there("Measurement", name[:128])


def _read_model(given: Given, now: MeterModel | None = None) -> MeterModel:
    name = read_name(given, "name", now.name if now else REQUIRED)
    kind = given.choice("type", _TYPES, (now.type or 1) if now else REQUIRED)
    given.done()
    return MeterModel(0, name, is_own=True, type=kind)


def _read_kind(given: Given, now: MeasurementKind | None = None) -> MeasurementKind:
    """Read a measurement; `name` is how it was called in the code, not in the docs."""
    called = "name" if "name" in given and "measurement" not in given else "measurement"
    name = read_name(given, called, now.name if now else REQUIRED)
    kind = given.choice("type", _TYPES, now.type if now else REQUIRED)
    given.done()
    return MeasurementKind(0, name, kind)


def _answer(name: str, kind: int) -> dict[str, object]:
    return {"measurement": name, "type": kind}
