"""Reading devices others wrote, and broken ones: a value, or why there is none."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal

from ter_pipelines.formats.register_map import RegisterMap, shipped_maps
from ter_pipelines.resources.modbus.reading import Answered, Wanted, read_device
from tests.formats.register_maps import ENERGY, HEAD, POWER, map_of
from tests.resources.modbus_at_work import (
    SDM630_FLOATS,
    broken_meter,
    over_link,
    pymodbus_meter,
    pymodbustcp_meter,
    reply,
    ticking,
    words_of,
)

SDM630 = shipped_maps()["sdm630"]
FEW = map_of(HEAD + "most_gap = 100" + POWER + ENERGY)


async def read_all(
    port: int, device: RegisterMap, unit: int = 1
) -> Mapping[str, Answered]:
    wanted = Wanted(device, list(device.entries.values()))
    return await over_link(
        port, lambda link: read_device(link, unit, wanted, ticking())
    )


def qualities(answered: Mapping[str, Answered]) -> dict[str, str]:
    return {name: answer.measured.quality for name, answer in answered.items()}


def value_of(answered: Mapping[str, Answered], name: str) -> Decimal | None:
    return answered[name].measured.value


def test_pymodbus_simulator_is_read_as_it_was_told() -> None:
    async def story() -> Mapping[str, Answered]:
        async with pymodbus_meter({0: words_of(SDM630_FLOATS)}) as port:
            return await read_all(port, SDM630)

    answered = asyncio.run(story())

    assert value_of(answered, "voltage_l1") == Decimal("230.25")
    assert value_of(answered, "power") == Decimal("-694.5")
    assert value_of(answered, "import_energy") == Decimal("12345.678")
    assert value_of(answered, "export_energy") == Decimal("987.65")
    assert set(qualities(answered).values()) == {"GOOD"}
    assert answered["voltage_l1"].at < answered["import_energy"].at


def test_pymodbustcp_is_read_as_it_was_told() -> None:
    with pymodbustcp_meter(words_of(SDM630_FLOATS)) as port:
        answered = asyncio.run(read_all(port, SDM630))

    assert value_of(answered, "voltage_l2") == Decimal("229.5")
    assert value_of(answered, "import_energy") == Decimal("12345.678")
    assert set(qualities(answered).values()) == {"GOOD"}


def test_a_device_that_makes_zeros_up_is_not_believed() -> None:
    with pymodbustcp_meter([]) as port:
        answered = asyncio.run(read_all(port, SDM630))

    assert set(qualities(answered).values()) == {"IMPLAUSIBLE"}
    assert value_of(answered, "import_energy") == 0


def test_another_unit_is_an_exception_of_the_device() -> None:
    async def story() -> Mapping[str, Answered]:
        async with pymodbus_meter({0: words_of(SDM630_FLOATS)}, unit=1) as port:
            return await read_all(port, SDM630, unit=7)

    answered = asyncio.run(story())

    assert set(qualities(answered).values()) == {"EXCEPTION"}
    why = answered["power"].measured.explanation
    assert "unit 7, function 4" in why
    assert "got exception 4, it failed" in why


def test_one_register_that_is_not_there_takes_no_other_with_it() -> None:
    floats = words_of({12: 1500.0}, 20)

    async def story() -> Mapping[str, Answered]:
        async with pymodbus_meter({0: floats}) as port:
            return await read_all(port, FEW)

    answered = asyncio.run(story())

    assert qualities(answered) == {"power": "GOOD", "import_energy": "EXCEPTION"}
    assert value_of(answered, "power") == 1500
    assert "it has no such registers" in answered["import_energy"].measured.explanation


def test_what_came_before_a_silence_is_kept() -> None:
    def only_power(r: bytes) -> list[bytes]:
        return [reply(r, [0x44BB, 0x8000])] if r[8:10] == b"\0\x0c" else []

    async def story() -> Mapping[str, Answered]:
        async with broken_meter(only_power) as port:
            return await read_all(port, map_of(HEAD + POWER + ENERGY))

    answered = asyncio.run(story())

    assert qualities(answered) == {"power": "GOOD", "import_energy": "TIMEOUT"}
    assert value_of(answered, "power") == 1500
