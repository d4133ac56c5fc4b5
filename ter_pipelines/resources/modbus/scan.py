"""SunSpec devices: the chain of their models, and where a map's model begins."""

from collections.abc import Iterable, MutableMapping

from ter_pipelines.formats.register_map import Read, RegisterMap
from ter_pipelines.formats.register_map.entries import HOLDING
from ter_pipelines.formats.register_map.sunspec import (
    BASES,
    COMMON,
    COMMON_TEXTS,
    HEADER,
    MARKER,
    MOST_MODELS,
    Model,
    model_at,
    text_of,
)
from ter_pipelines.resources.modbus.link import Link, NoAnswerError, RefusedError
from ter_pipelines.vocab.modbus import OTHER_MODEL

Bases = MutableMapping[tuple[int, int], int]  # (unit, model) -> where it begins


async def find_models(link: Link, unit: int) -> list[Model]:
    """Give the chain of SunSpec models of a device; none if it has no such chain.

    Raises:
        NoAnswerError: If the device does not answer.
        ValueError: If the chain leads nowhere.
    """
    for base in BASES:
        try:
            marker = await link.read(unit, Read(HOLDING, base, len(MARKER)))
        except RefusedError:
            continue
        if tuple(marker) == MARKER:
            return await _walk(link, unit, base + len(MARKER))
    return []


async def read_nameplate(link: Link, unit: int, common: Model) -> dict[str, str]:
    """Give manufacturer, model and serial number from a device's common model.

    Raises:
        NoAnswerError: If the device does not answer.
        RefusedError: If it refuses.
    """
    found = {}
    for name, (offset, count) in COMMON_TEXTS.items():
        read = Read(HOLDING, common.address + offset, count)
        found[name] = text_of(tuple(await link.read(unit, read)))
    return found


def nameplate_of(models: Iterable[Model]) -> Model | None:
    """Give the common model of a chain, where it is long enough to have the texts."""
    last = max(offset + count for offset, count in COMMON_TEXTS.values())
    long = (m for m in models if m.number == COMMON and HEADER + m.length >= last)
    return next(long, None)


async def offset_of(link: Link, unit: int, device: RegisterMap, bases: Bases) -> int:
    """Give where a map's addresses begin; looks for its model where not yet known.

    Raises:
        NoAnswerError: If the device does not answer, or lacks the model.
    """
    if device.sunspec_model is None:
        return 0
    key = (unit, device.sunspec_model)
    if key not in bases:
        try:
            models = await find_models(link, unit)
        except (ValueError, RefusedError) as error:
            raise NoAnswerError(OTHER_MODEL, str(error)) from error
        begins = [m.address for m in models if m.number == device.sunspec_model]
        if not begins:
            got = ", ".join(str(m.number) for m in models) or "no SunSpec models"
            why = f"got {got}, expected model {device.sunspec_model}"
            raise NoAnswerError(OTHER_MODEL, why)
        bases[key] = begins[0]
    return bases[key]


async def _walk(link: Link, unit: int, address: int) -> list[Model]:
    models: list[Model] = []
    while len(models) < MOST_MODELS:
        number, length = await link.read(unit, Read(HOLDING, address, HEADER))
        model = model_at(address, (number, length))
        if model is None:
            return models
        models.append(model)
        address = model.next_address
    raise ValueError(f"SunSpec chain: got {MOST_MODELS} models and no end")
