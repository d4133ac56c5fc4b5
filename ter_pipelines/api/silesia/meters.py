"""Models of meters, wherever they are described: `/meters` and what others need."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.api.security import needs
from ter_pipelines.api.silesia.answers import told
from ter_pipelines.api.silesia.documents import (
    MEASUREMENT,
    METER,
    answers,
    many,
)
from ter_pipelines.formats.register_map import Entry, RegisterMap
from ter_pipelines.registry.model_rows import (
    BI_DIRECTIONAL,
    CURRENT,
    HISTORICAL,
    SINGLE_DIRECTIONAL,
    MeterModel,
)
from ter_pipelines.resources.register_maps import RegisterMaps
from ter_pipelines.vocab.errors import InputError

router = APIRouter(
    dependencies=[Depends(needs("sites:own", scheme="bearer"))],
)


class Models:
    """Every model of meter there is: described by hand, in a file, or shipped.

    Args:
        here: The application's context.
    """

    def __init__(self, here: Context) -> None:
        """Read what there is."""
        book, folder = here.registry.meter_models, here.settings.own_register_maps
        self._maps = RegisterMaps(folder, book)
        self._files = RegisterMaps(folder)
        self.all: list[MeterModel] = book.models(self._files.names())
        self._kinds = {kind.name: kind.type for kind in book.kinds()}

    @property
    def ids(self) -> dict[str, int]:
        """Give every model's number, by name."""
        return {model.name: model.id for model in self.all}

    @property
    def kinds(self) -> Mapping[str, int]:
        """Give what any model measures and whether it adds up, by name."""
        found = dict(self._kinds)
        for name in self._files.names():
            for entry in self._entries(name):
                found.setdefault(entry.measurement, _kind(entry))
        return dict(sorted(found.items()))

    def find(self, text: str) -> MeterModel | None:
        """Give the model of a number or of a name."""
        by_id = (model for model in self.all if str(model.id) == text)
        by_name = (model for model in self.all if model.name == text)
        return next(by_id, None) or next(by_name, None)

    def measurements(self, name: str) -> dict[str, int]:
        """Give what a model measures and whether it adds up, in its own order."""
        return {
            entry.measurement: self._kinds.get(entry.measurement, _kind(entry))
            for entry in self._entries(name)
        }

    def answer(self, model: MeterModel) -> dict[str, object]:
        """Give `{"id", "name", "type"}`."""
        kind = model.type or _directions(self._entries(model.name))
        return {"id": model.id, "name": model.name, "type": kind}

    def _entries(self, name: str) -> list[Entry]:
        device = self._map(name)
        return [] if device is None else list(device.entries.values())

    def _map(self, name: str) -> RegisterMap | None:
        try:
            return self._maps.find(name)
        except (InputError, OSError):  # the collector tells what is wrong with it
            return None


def models_of(here: Here) -> Models:
    """Give every model of meter there is."""
    return Models(here)


AllModels = Annotated[Models, Depends(models_of)]


@router.get("/meters", responses=answers(401, 403, 503, told={200: many(METER)}))
def list_meters(models: AllModels) -> Response:
    """List every model of meter."""
    return told([models.answer(model) for model in models.all])


@router.get(
    "/meters/{meter}/measurements",
    responses=answers(401, 403, 404, 503, told={200: many(MEASUREMENT)}),
)
def list_measurements_of_meter(meter: str, models: AllModels) -> Response:
    """List what a model of meter measures; by its number or its name."""
    model = models.find(meter)
    if model is None:
        error = f"Cannot find measurements for meter with id {meter[:128]}"
        raise Refusal(status.HTTP_404_NOT_FOUND, {"error": error})
    return told(
        [
            {"measurement": name, "type": kind}
            for name, kind in models.measurements(model.name).items()
        ]
    )


def _kind(entry: Entry) -> int:
    """Tell whether a measurement adds up over time: Wh, varh and the like do."""
    return HISTORICAL if entry.unit.endswith("h") else CURRENT


def _directions(entries: list[Entry]) -> int:
    seen = {entry.direction for entry in entries}
    is_both = {"delivered", "received"} <= seen or "net" in seen
    return BI_DIRECTIONAL if is_both else SINGLE_DIRECTIONAL
