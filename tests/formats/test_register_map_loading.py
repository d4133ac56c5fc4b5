"""Register maps: every wrong field is named, and those of the package are right."""

from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.formats.register_map import (
    load_register_map,
    plan_reads,
    shipped_maps,
)
from ter_pipelines.vocab.errors import FieldError
from tests.formats.register_maps import ENERGY, HEAD, POWER, map_of, map_with

SHIPPED = [
    "sdm120", "sdm230", "sdm630",
    "sunspec_101", "sunspec_102", "sunspec_103",
    "sunspec_111", "sunspec_112", "sunspec_113",
    "sunspec_201", "sunspec_202", "sunspec_203", "sunspec_204",
]  # fmt: skip


def test_a_map_gives_its_measurements() -> None:
    device = map_of(HEAD + POWER + ENERGY)

    power, energy = device.entries.values()
    assert (device.name, device.title, device.most_registers) == (
        "mine",
        "A meter",
        125,
    )
    assert (power.address, power.function, power.word_order) == (12, 4, "big")
    assert (power.scale, power.has_role) == (Decimal(1), False)
    assert (energy.is_cumulative, energy.direction) == (True, "delivered")


def test_function_and_word_order_of_a_measurement_come_before_those_of_the_map() -> (
    None
):
    own = 'function = 3\nword_order = "little"\n'

    device = map_of(HEAD + POWER + own + ENERGY)

    power, energy = device.entries.values()
    assert (power.function, power.word_order) == (3, "little")
    assert (energy.function, energy.word_order) == (4, "big")


def test_every_wrong_field_is_named_at_once() -> None:
    text = (
        'titel = "x"\nfunction = 6\n'
        + POWER.replace("float32", "float16")
        + ('[[measurement]]\nmeasurement = "volts"\naddress = 70000\n')
    )

    with pytest.raises(FieldError) as caught:
        map_of(text)

    assert caught.value.fields.keys() == {
        "titel", "title", "function", "measurement[power].type",
        "measurement[power].function", "measurement[volts].address",
        "measurement[volts].unit", "measurement[volts].type",
        "measurement[volts].function",
    }  # fmt: skip
    assert "got 6, expected a function code from 3 to 4" in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"is_cumulative": True, "direction": "delivered"}, "unit"),
        ({"unit": "kWh", "is_cumulative": True}, "direction"),
        ({"unit": "kWh", "is_cumulative": True, "direction": "net"}, "direction"),
        ({"direction": "net"}, "direction"),
        ({"rolls_over_at": "100"}, "rolls_over_at"),
        ({"step": "0.1"}, "step"),
        ({"highest_kw": "9"}, "highest_kw"),
        ({"longest_gap_seconds": 60}, "longest_gap_seconds"),
        ({"is_energy_from_power": True, "direction": "net"}, "longest_gap_seconds"),
        ({"lowest": "5", "highest": "5"}, "highest"),
        ({"lowest": 5}, "lowest"),
        ({"scale": "0"}, "scale"),
        ({"scale": "nan"}, "scale"),
        ({"address": -1}, "address"),
        ({"address": 65535, "type": "uint32"}, "address"),
        ({"address": True}, "address"),
        ({"scale_factor": "W_SF"}, "scale_factor"),
        ({"not_implemented": [65536]}, "not_implemented"),
        ({"not_implemented": ["0x8000"]}, "not_implemented"),
        ({"measurement": "two words"}, "measurement"),
        ({"bytes": 4}, "bytes"),
    ],
)
def test_a_measurement_that_contradicts_itself_is_refused(
    fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(FieldError) as caught:
        map_with(**fields)

    assert [name.rpartition(".")[2] for name in caught.value.fields] == [named]


def test_the_last_register_may_be_used() -> None:
    assert map_with(address=65534, type="uint32").entries["power"].address == 65534


def test_power_that_becomes_energy_must_be_polled() -> None:
    role: dict[str, Any] = {
        "is_energy_from_power": True,
        "direction": "net",
        "longest_gap_seconds": 60,
    }

    assert map_with(**role).entries["power"].has_role
    with pytest.raises(FieldError, match="is_polled: got false"):
        map_with(is_polled=False, **role)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "is not TOML"),
        ('title = "x"', "expected \\[\\[measurement\\]\\] tables"),
        ('title = "x"\nmeasurement = 4', "expected \\[\\[measurement\\]\\] tables"),
        ('title = "x"\nmeasurement = [4]', "expected a table"),
        (HEAD + POWER + POWER, "'power' stands here twice"),
        (HEAD + 'alive = ["volts"]' + POWER, "'volts', which is no measurement"),
        (HEAD + "most_registers = 1" + POWER, "got 1, float32 needs more"),
        (HEAD + "most_registers = 126" + POWER, "from 1 to 125"),
        (HEAD + ENERGY + ENERGY.replace("import", "other"), "are all delivered"),
    ],
)
def test_a_map_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(FieldError, match=message):
        map_of(text)


def test_net_energy_beside_a_direction_would_count_twice() -> None:
    net = POWER + (
        'is_energy_from_power = true\ndirection = "net"\nlongest_gap_seconds = 60\n'
    )

    with pytest.raises(FieldError, match="count twice"):
        map_of(HEAD + net + ENERGY)


def test_bytes_that_are_no_text_or_too_many_are_refused() -> None:
    with pytest.raises(FieldError, match="is not TOML"):
        load_register_map(b"\xff\xfe", name="mine")
    with pytest.raises(FieldError, match="expected at most 1048576"):
        load_register_map(b"#" * (1 << 20) + b"#", name="mine")
    with pytest.raises(FieldError, match="is not TOML"):
        load_register_map(b"a=" + b"[" * 100_000, name="mine")


def test_a_map_is_named_by_an_identifier() -> None:
    with pytest.raises(FieldError, match="a map's name"):
        map_of(HEAD + POWER, name="../mine")


def test_the_shipped_maps_are_these() -> None:
    assert list(shipped_maps()) == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_map_has_energy_and_few_reads(name: str) -> None:
    device = shipped_maps()[name]

    reads = plan_reads(device.polled, device)

    assert any(entry.is_cumulative for entry in device.polled)
    assert len(reads) <= 2
    assert all(read.count <= device.most_registers for read in reads)


@pytest.mark.parametrize("name", ["sdm120", "sdm230", "sdm630"])
def test_an_eastron_meter_is_never_asked_for_more_than_60_registers(name: str) -> None:
    device = shipped_maps()[name]

    assert device.most_registers == 60
    assert all(e.function == 4 and e.type == "float32" for e in device.entries.values())
    assert device.entries["import_energy"].address == 72
    assert device.entries["export_energy"].address == 74
    assert not device.entries["total_energy"].has_role
