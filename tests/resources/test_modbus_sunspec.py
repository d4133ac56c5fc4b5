"""SunSpec devices: found by their chain, read with their scale factors."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

import pytest
from sunspec2.device import Model as TheirModel

from ter_pipelines.formats.register_map import RegisterMap, shipped_maps
from ter_pipelines.formats.register_map.sunspec import Model
from ter_pipelines.resources.modbus.link import (
    Link,
    NoAnswerError,
)
from ter_pipelines.resources.modbus.reading import Answered, Wanted, read_device
from ter_pipelines.resources.modbus.scan import (
    find_models,
    nameplate_of,
    read_nameplate,
)
from tests.resources.modbus_at_work import (
    over_link,
    pymodbus_meter,
    ticking,
)


async def read_all(
    port: int, device: RegisterMap, unit: int = 1
) -> Mapping[str, Answered]:
    wanted = Wanted(device, list(device.entries.values()))
    return await over_link(
        port, lambda link: read_device(link, unit, wanted, ticking())
    )


def value_of(answered: Mapping[str, Answered], name: str) -> Decimal | None:
    return answered[name].measured.value


def sunspec_words(**points: object) -> list[int]:
    """Give the chain of an inverter: marker, models 1 and 103, the end."""
    common, inverter = TheirModel(1), TheirModel(103)
    common.points["Mn"].value, common.points["Md"].value = "Example", "Inverter 7"
    common.points["SN"].value = "0042"
    for name, value in points.items():
        inverter.points[name].value = value
    raw = b"".join(bytes(model.get_mb()) for model in (common, inverter))
    words = [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]
    return [0x5375, 0x6E53, *words, 0xFFFF, 0]


INVERTER = {"A": 3567, "A_SF": -2, "W": 8234, "W_SF": 0, "WH": 1234567, "WH_SF": 0}


@pytest.mark.parametrize("base", [40000, 50000, 0])
def test_sunspec_models_are_found_wherever_the_chain_begins(base: int) -> None:
    async def ask(link: Link) -> tuple[list[Model], dict[str, str]]:
        models = await find_models(link, 1)
        common = nameplate_of(models)
        assert common is not None
        return models, await read_nameplate(link, 1, common)

    async def story() -> tuple[list[Model], dict[str, str]]:
        async with pymodbus_meter({base: sunspec_words(**INVERTER)}) as port:
            return await over_link(port, ask)

    models, plate = asyncio.run(story())

    assert models == [Model(1, base + 2, 66), Model(103, base + 70, 50)]
    assert plate == {"manufacturer": "Example", "model": "Inverter 7", "serial": "0042"}


def test_an_inverter_is_read_with_its_scale_factors() -> None:
    async def story() -> Mapping[str, Answered]:
        async with pymodbus_meter({40000: sunspec_words(**INVERTER)}) as port:
            return await read_all(port, shipped_maps()["sunspec_103"])

    answered = asyncio.run(story())

    assert value_of(answered, "current") == Decimal("35.67")
    assert value_of(answered, "power") == 8234
    assert value_of(answered, "export_energy") == 1234567
    assert answered["dc_power"].measured.quality == "NOT_IMPLEMENTED"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (sunspec_words(), "got 1, 103, expected model 203"),
        ([0x5375, 0x6E53, 0, 0], "got model 0 of 0 registers"),
        ([1, 2, 3], "got no SunSpec models, expected model 203"),
    ],
)
def test_a_device_without_the_model_is_told(words: list[int], told: str) -> None:
    async def story() -> None:
        async with pymodbus_meter({40000: words}) as port:
            await read_all(port, shipped_maps()["sunspec_203"])

    with pytest.raises(NoAnswerError, match=told) as caught:
        asyncio.run(story())

    assert caught.value.quality == "OTHER_MODEL"


def test_a_model_that_has_moved_is_looked_for_again() -> None:
    device = shipped_maps()["sunspec_103"]
    wanted = Wanted(device, [device.entries["power"]])
    bases = {(1, 103): 40002}  # where the common model is now

    async def ask(link: Link) -> Decimal | None:
        with pytest.raises(NoAnswerError, match="got model 1, expected 103"):
            await read_device(link, 1, wanted, ticking(), bases)
        answered = await read_device(link, 1, wanted, ticking(), bases)
        return answered["power"].measured.value

    async def story() -> Decimal | None:
        async with pymodbus_meter({40000: sunspec_words(**INVERTER)}) as port:
            return await over_link(port, ask)

    assert asyncio.run(story()) == 8234
    assert bases == {(1, 103): 40070}
