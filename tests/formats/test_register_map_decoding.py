"""Registers to values: scaled exactly, or with the reason why there is none."""

from decimal import Decimal
from typing import Any

import pytest
from sunspec2.device import Model

from ter_pipelines.formats.register_map import (
    Measured,
    doubt_if_dead,
    measure,
    shipped_maps,
)
from tests.formats.register_maps import map_of, map_with

ALIVE = """
title = "A meter"
function = 4
alive = ["voltage", "frequency"]
measurement = [
  { measurement = "voltage", unit = "V", address = 0, type = "uint16" },
  { measurement = "frequency", unit = "Hz", address = 1, type = "int16", lowest = "9" },
  { measurement = "power", unit = "W", address = 2, type = "uint16" },
]
"""


def measured(words: list[int], *, head: str = "", **fields: Any) -> Measured:  # noqa: ANN401
    """Read `power`, whose registers begin at 12, from these words."""
    device = map_with(head, **fields)
    return measure(
        device.entries["power"], {(4, 12 + i): word for i, word in enumerate(words)}
    )


def test_a_value_is_scaled_exactly() -> None:
    found = measured([2301], scale="0.1")

    assert (found.value, found.quality, found.explanation) == (
        Decimal("230.1"), "GOOD", "",
    )  # fmt: skip
    assert found.step == Decimal("0.1")


@pytest.mark.parametrize(
    ("factor", "value"),
    [(0, "8234"), (0xFFFE, "82.34"), (2, "823400"), (10, "8.234E13")],
)
def test_a_scale_factor_is_a_power_of_ten(factor: int, value: str) -> None:
    found = measured([8234, factor], scale_factor=13)

    assert (found.value, found.quality) == (Decimal(value), "GOOD")


@pytest.mark.parametrize(
    ("factor", "quality"),
    [(11, "OUT_OF_RANGE"), (0xFFF5, "OUT_OF_RANGE"), (0x8000, "NOT_IMPLEMENTED")],
)
def test_without_a_true_scale_factor_there_is_no_value(
    factor: int, quality: str
) -> None:
    found = measured([8234, factor], scale_factor=13)

    assert (found.value, found.quality) == (None, quality)
    assert "scale factor" in found.explanation


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("int16", [0x8000]),
        ("uint16", [0xFFFF]),
        ("int32", [0x8000, 0]),
        ("uint32", [0xFFFF, 0xFFFF]),
        ("acc32", [0, 0]),
    ],
)
def test_sunspec_says_what_is_not_implemented(type_: str, words: list[int]) -> None:
    found = measured(words, head="sunspec_model = 103", type=type_)

    assert (found.value, found.quality) == (None, "NOT_IMPLEMENTED")
    assert measured(words, type=type_).quality == "GOOD"


def test_a_map_may_say_itself_what_is_not_implemented() -> None:
    assert measured([999], not_implemented=[999]).quality == "NOT_IMPLEMENTED"
    assert measured([998], not_implemented=[999]).quality == "GOOD"


def test_nan_is_told() -> None:
    found = measured([0x7FC0, 0], type="float32")

    assert (found.value, found.quality) == (None, "NOT_A_NUMBER")
    assert found.explanation == "got 0x7FC00000, not a finite number"


def test_what_no_meter_measures_is_a_mistake_of_the_map() -> None:
    denormal = measured([0, 230], type="float32")
    huge = measured([0x7F00, 0], type="float32")

    assert {denormal.quality, huge.quality} == {"OUT_OF_RANGE"}
    assert "word order" in denormal.explanation


@pytest.mark.parametrize(
    ("word", "quality"),
    [(39, "IMPLAUSIBLE"), (40, "GOOD"), (70, "GOOD"), (71, "IMPLAUSIBLE")],
)
def test_a_value_beyond_its_limits_is_kept_and_doubted(word: int, quality: str) -> None:
    found = measured([word], lowest="40", highest="70")

    assert (found.value, found.quality) == (Decimal(word), quality)


def test_a_value_of_the_kind_that_becomes_energy_says_how() -> None:
    meaning = measured(
        [5], unit="kW", is_energy_from_power=True, direction="received",
        longest_gap_seconds=90,
    ).meaning  # fmt: skip

    assert (meaning.role, meaning.direction) == ("POWER", "received")
    assert (meaning.longest_gap_seconds, meaning.step) == (90, None)
    assert measured([5]).meaning.role == ""


def test_a_counter_rolls_over_where_its_registers_or_its_map_do() -> None:
    counter: dict[str, Any] = {
        "unit": "Wh",
        "is_cumulative": True,
        "direction": "delivered",
    }

    words = measured([0, 5, 1], type="acc32", scale_factor=14, **counter)
    stated = measured([0, 5], type="uint32", rolls_over_at="1000000", **counter)
    unknown = measured([0, 5], type="uint32", **counter)

    assert (words.value, words.step) == (Decimal(50), Decimal(10))
    assert words.rolls_over_at == 2**32 * 10
    assert stated.rolls_over_at == 1_000_000
    assert unknown.rolls_over_at is None


def test_the_step_of_a_float_grows_with_it() -> None:
    counter: dict[str, Any] = {
        "type": "float32", "unit": "kWh", "is_cumulative": True,
        "direction": "delivered", "step": "0.01",
    }  # fmt: skip

    assert measured([0x4640, 0xE6B6], **counter).step == Decimal("0.01")  # 12345.678
    assert measured([0x4880, 0x0000], **counter).step == Decimal("0.03125")  # 262144


@pytest.mark.parametrize(
    ("words", "qualities"),
    [
        ([0, 0, 0], ["IMPLAUSIBLE", "IMPLAUSIBLE", "IMPLAUSIBLE"]),
        ([0, 50, 0], ["GOOD", "GOOD", "GOOD"]),
        ([230, 0, 7], ["GOOD", "IMPLAUSIBLE", "GOOD"]),
    ],
)
def test_zeros_alone_are_the_answer_of_no_meter(
    words: list[int], qualities: list[str]
) -> None:
    device = map_of(ALIVE)
    registers = {(4, i): word for i, word in enumerate(words)}
    found = {n: measure(e, registers) for n, e in device.entries.items()}

    believed = doubt_if_dead(found, device)

    assert [m.quality for m in believed.values()] == qualities
    assert [m.value for m in believed.values()] == words


def test_values_are_those_of_pysunspec2() -> None:
    device = shipped_maps()["sunspec_103"]
    theirs = Model(103)
    told = {"A": 3567, "A_SF": -2, "W": 8234, "W_SF": 0, "WH": 1234567, "WH_SF": 1}
    for name, value in told.items():
        theirs.points[name].value = value
    raw = theirs.get_mb()
    words = {
        (3, i): int.from_bytes(raw[2 * i : 2 * i + 2], "big")
        for i in range(len(raw) // 2)
    }

    ours = {n: measure(e, words) for n, e in device.entries.items()}

    assert ours["current"].value == Decimal("35.67") == Decimal(str(theirs.A.cvalue))
    assert ours["power"].value == 8234 == theirs.W.cvalue
    assert ours["export_energy"].value == 12345670 == theirs.WH.cvalue
    assert ours["export_energy"].rolls_over_at == 2**32 * 10
    assert ours["voltage_l1"].quality == "NOT_IMPLEMENTED"
    assert theirs.PhVphA.cvalue is None
