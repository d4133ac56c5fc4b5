"""Reading devices others wrote, and broken ones: a value, or why there is none."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TypeVar

import pytest
from sunspec2.device import Model as TheirModel

from ter_pipelines.formats.register_map import Read, RegisterMap, shipped_maps
from ter_pipelines.formats.register_map.sunspec import Model
from ter_pipelines.resources.modbus.link import (
    Link,
    NoAnswerError,
    RefusedError,
    keep_quiet,
)
from ter_pipelines.resources.modbus.reading import Answered, Wanted, read_device
from ter_pipelines.resources.modbus.scan import (
    find_models,
    nameplate_of,
    read_nameplate,
)
from tests.formats.register_maps import ENERGY, HEAD, POWER, map_of
from tests.resources.modbus_at_work import (
    NOON,
    SDM630_FLOATS,
    broken_meter,
    free_port,
    pymodbus_meter,
    pymodbustcp_meter,
    reply,
    words_of,
)

T = TypeVar("T")
SDM630 = shipped_maps()["sdm630"]
FEW = map_of(HEAD + "most_gap = 100" + POWER + ENERGY)


def ticking() -> Callable[[], datetime]:
    """Give a clock that goes on by a second at each look."""
    seconds = count()
    return lambda: NOON + timedelta(seconds=next(seconds))


async def over_link(
    port: int, ask: Callable[[Link], Awaitable[T]], *, timeout: float = 0.3
) -> T:
    keep_quiet(asyncio.get_running_loop())
    link = Link("127.0.0.1", port, timeout_seconds=timeout)
    try:
        return await ask(link)
    finally:
        link.close()


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


def test_nobody_there_is_unreachable_and_tried_once() -> None:
    port = free_port()

    async def ask(link: Link) -> list[str]:
        said = []
        for _ in range(2):
            with pytest.raises(NoAnswerError) as caught:
                await link.read(1, Read(4, 0, 2))
            said.append(caught.value.quality)
        return said

    assert asyncio.run(over_link(port, ask)) == ["UNREACHABLE", "UNREACHABLE"]


@pytest.mark.parametrize(
    ("pieces", "quality", "words"),
    [
        (lambda _: [], "TIMEOUT", "no answer in 0.3 s; is it the right unit?"),
        (lambda r: [reply(r, [1, 2])[:-1]], "BROKEN", "got 12 bytes that are no whole"),
        (lambda r: [reply(r, [1])], "BROKEN", "with 1 registers"),
        (lambda r: [reply(r, [1, 2, 3])], "BROKEN", "with 3 registers"),
        (lambda r: [reply(r, [1, 2], unit=9)], "TIMEOUT", "is it the right unit?"),
        (lambda r: [b"\xff" * 2 + reply(r, [1, 2])[2:]], "TIMEOUT", "no answer"),
        (lambda _: [b"HTTP/1.1 400 Bad Request\r\n\r\n"], "BROKEN", "no whole answer"),
        (lambda r: [r[:4] + b"\0\x03\x01\x04\xff"], "BROKEN", "the answer is none"),
        (lambda r: [r[:4] + b"\0\x03\x01\x2b\x00"], "BROKEN", "got function 43"),
        (lambda _: [b""], "BROKEN", "the connection ended"),
        (lambda r: [reply(r[:7] + b"\x03", [1, 2])], "BROKEN", "got function 3"),
    ],
    ids=[
        "silence", "truncated", "too few", "too many", "other unit",
        "late answer", "http", "count too large", "other function",
        "hangs up", "holding for input",
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told_for_what_it_is(
    pieces: Callable[[bytes], list[bytes]], quality: str, words: str
) -> None:
    async def ask(link: Link) -> NoAnswerError:
        with pytest.raises(NoAnswerError) as caught:
            await link.read(1, Read(4, 0, 2))
        return caught.value

    async def story() -> NoAnswerError:
        async with broken_meter(pieces) as port:
            return await over_link(port, ask)

    told = asyncio.run(story())

    assert (told.quality, words in told.explanation) == (quality, True), told


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (1, "does not know"),
        (2, "no such registers"),
        (11, "from the unit"),
        (99, "no meaning"),
    ],
)
def test_an_exception_is_told_with_its_meaning(code: int, meaning: str) -> None:
    async def ask(link: Link) -> RefusedError:
        with pytest.raises(RefusedError) as caught:
            await link.read(1, Read(4, 0, 2))
        return caught.value

    async def story() -> RefusedError:
        def refuse(r: bytes) -> list[bytes]:
            return [r[:4] + bytes([0, 3, r[6], r[7] | 0x80, code])]

        async with broken_meter(refuse) as port:
            return await over_link(port, ask)

    told = asyncio.run(story())

    assert told.code == code
    assert meaning in told.explanation


def test_an_answer_in_pieces_is_whole() -> None:
    async def story() -> list[int]:
        def in_pieces(r: bytes) -> list[bytes]:
            whole = reply(r, [7, 8])
            return [whole[:3], whole[3:9], whole[9:]]

        async with broken_meter(in_pieces) as port:
            return await over_link(port, lambda link: link.read(1, Read(3, 0, 2)))

    assert asyncio.run(story()) == [7, 8]


def test_after_a_broken_answer_the_next_one_is_right() -> None:
    requests = count()

    def first_half_then_whole(r: bytes) -> list[bytes]:
        whole = reply(r, [7, 8])
        return [whole[:-2]] if next(requests) == 0 else [whole]

    async def ask(link: Link) -> list[int]:
        with pytest.raises(NoAnswerError):
            await link.read(1, Read(4, 0, 2))
        return await link.read(1, Read(4, 0, 2))

    async def story() -> list[int]:
        async with broken_meter(first_half_then_whole) as port:
            return await over_link(port, ask)

    assert asyncio.run(story()) == [7, 8]


def test_what_came_before_a_silence_is_kept() -> None:
    def only_power(r: bytes) -> list[bytes]:
        return [reply(r, [0x44BB, 0x8000])] if r[8:10] == b"\0\x0c" else []

    async def story() -> Mapping[str, Answered]:
        async with broken_meter(only_power) as port:
            return await read_all(port, map_of(HEAD + POWER + ENERGY))

    answered = asyncio.run(story())

    assert qualities(answered) == {"power": "GOOD", "import_energy": "TIMEOUT"}
    assert value_of(answered, "power") == 1500


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
