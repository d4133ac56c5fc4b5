"""A member's meter from its description to its newest value, read as it really is."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.registry.model_rows import (
    FLOAT,
    INT,
    LONG,
    MeterModel,
    MeterRegister,
)
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.site_rows import Location, SiteHost
from ter_pipelines.resources.modbus.collector import Collector
from ter_pipelines.resources.modbus.polling import Polled
from ter_pipelines.resources.modbus.schedule import Pace
from ter_pipelines.resources.register_maps import RegisterMaps
from ter_pipelines.vocab.modbus import ModbusHost
from tests.resources.modbus_at_work import pymodbus_meter

WORDS = [0x4366, 0x4000, 0xFFFE, 0x86A0, 0x0001]  # 230.25; -2; 100000, low word first


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry(f"sqlite:///{tmp_path}/registry.sqlite", tmp_path / "landing")
    registry.migrate()
    registry.people.add("johndoe", "strong-password", ["member"])
    yield registry
    registry.close()


def describe(registry: Registry) -> None:
    """Describe a model of three holding registers by hand."""
    book = registry.meter_models
    model = book.add_model(MeterModel(0, "sdm330", is_own=True, type=1))
    voltage = MeterRegister(0, model.id, "voltage", 0, "V", FLOAT, 3)
    book.put_register(voltage)
    power = replace(voltage, measurement="power", address=2, unit="W", type=INT)
    book.put_register(replace(power, is_signed=True, scale=Decimal("0.1")))
    energy = replace(voltage, measurement="energy", address=3, unit="Wh", type=LONG)
    book.put_register(replace(energy, word_order="little", direction="delivered"))


def add_host(registry: Registry, port: int, map_name: str) -> SiteHost:
    """Put a meter at a place of the member's."""
    location = registry.sites.add_location(Location(0, 1, "S", "1", "C", "11-420"))
    meter = ModbusHost("", "127.0.0.1", port, 1, map_name, 900, 60)
    return registry.sites.add_host(SiteHost(0, 1, location.id, meter))


def poll(registry: Registry, map_name: str, asked: tuple[str, ...] = ()) -> Polled:
    """Poll a meter once, as the collector does."""
    told: list[Polled] = []

    async def story() -> None:
        async with pymodbus_meter({0: WORDS}) as port:
            host = add_host(registry, port, map_name)
            if asked:
                registry.sites.assign(host.id, asked)
            maps = RegisterMaps(None, registry.meter_models)
            pace = Pace(timeout_seconds=2)
            await Collector(registry.modbus, maps, pace).poll_once(told.append)

    asyncio.run(story())
    (polled,) = told
    return polled


def test_a_model_described_by_hand_is_read_high_word_first_from_holding_registers(
    registry: Registry,
) -> None:
    describe(registry)

    polled = poll(registry, "sdm330")

    assert (polled.failure, polled.good) == ("", 3)
    newest = [
        registry.modbus.channel("site-1", name).newest()
        for name in ("voltage", "power", "energy")
    ]
    values = [(each.value, each.unit) for each in newest if each is not None]
    assert values == [
        (Decimal("230.25"), "V"),
        (Decimal("-0.2"), "W"),
        (Decimal(100_000), "Wh"),
    ]
    (energy,) = (r for r in polled.readings if r.measurement == "energy")
    assert (energy.meaning.role, energy.meaning.direction) == ("REGISTER", "delivered")


def test_what_a_member_asks_for_is_read_beside_what_the_map_polls(
    registry: Registry,
) -> None:
    polled = poll(registry, "sdm120", ("phase_angle",))

    read = {reading.measurement for reading in polled.readings}
    assert {"voltage", "import_energy", "phase_angle"} <= read
    assert "apparent_power" not in read


def test_a_file_comes_before_a_model_and_a_model_before_a_shipped_map(
    registry: Registry, tmp_path: Path
) -> None:
    describe(registry)
    later_shipped = MeterModel(0, "sdm120", is_own=True, type=1)
    model = registry.meter_models.add_model(later_shipped)
    power = MeterRegister(0, model.id, "power", 0, "W", INT, 3)
    registry.meter_models.put_register(power)
    head = 'title = "Mine"\nfunction = 3\n[[measurement]]\n'
    body = 'measurement = "mine"\nunit = "W"\naddress = 0\ntype = "int16"\n'
    (tmp_path / "sdm330.toml").write_text(head + body)

    maps = RegisterMaps(tmp_path, registry.meter_models)

    assert list(maps.find("sdm330").entries) == ["mine"]
    assert list(maps.find("sdm120").entries) == ["power"]
    assert "sdm630" in maps.names()
