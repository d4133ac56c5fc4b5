"""Registers to numbers: exact, in either word order, nothing where there is none."""

import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client import AsyncModbusTcpClient

from ter_pipelines.formats.register_map.numbers import (
    TYPES,
    bits_of,
    decimal_of,
    step_of,
)

FLOAT32 = TYPES["float32"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([0x4366, 0x4000], "230.25"),
        ([0x4640, 0xE6B6], "12345.678"),
        ([0x3DCC, 0xCCCD], "0.1"),
        ([0xC42D, 0xA000], "-694.5"),
        ([0x0000, 0x0000], "0"),
        ([0x8000, 0x0000], "0"),
        ([0x0000, 0x0001], "1E-45"),
        ([0x7F7F, 0xFFFF], "3.4028235E+38"),
        ([0x4B80, 0x0000], "16777216"),
    ],
)
def test_a_float_is_the_shortest_decimal_that_reads_back(
    words: list[int], expected: str
) -> None:
    assert decimal_of(bits_of(words), FLOAT32) == Decimal(expected)


def test_the_word_order_is_of_the_words_alone() -> None:
    high_first = decimal_of(bits_of([0x4366, 0x4000], "big"), FLOAT32)
    low_first = decimal_of(bits_of([0x4000, 0x4366], "little"), FLOAT32)
    mistaken = decimal_of(bits_of([0x4366, 0x4000], "little"), FLOAT32)

    assert high_first == low_first == Decimal("230.25")
    assert mistaken is not None
    assert round(mistaken, 4) == Decimal("2.0041")


@pytest.mark.parametrize("order", ["big", "little"])
def test_the_word_orders_are_those_of_pymodbus(order: str) -> None:
    words = [0x4366, 0x4000]

    theirs = AsyncModbusTcpClient.convert_from_registers(
        words,
        AsyncModbusTcpClient.DATATYPE.FLOAT32,
        word_order="big" if order == "big" else "little",
    )
    ours = decimal_of(bits_of(words, "big" if order == "big" else "little"), FLOAT32)

    assert ours is not None
    assert float(ours) == pytest.approx(theirs, rel=1e-7)


@pytest.mark.parametrize(
    ("type_", "bits", "expected"),
    [
        ("int16", 0x7FFF, 32767),
        ("int16", 0x8000, -32768),
        ("uint16", 0x8000, 32768),
        ("int32", 0xFFFF_FFFF, -1),
        ("uint32", 0xFFFF_FFFF, 4294967295),
        ("acc32", 0xFFFF_FFFE, 4294967294),
        ("int64", 0xFFFF_FFFF_FFFF_FFFE, -2),
        ("uint64", 0xFFFF_FFFF_FFFF_FFFF, 18446744073709551615),
    ],
)
def test_integers_are_signed_or_not(type_: str, bits: int, expected: int) -> None:
    assert decimal_of(bits, TYPES[type_]) == expected


@pytest.mark.parametrize(
    ("type_", "bits"),
    [
        ("float32", 0x7FC0_0000),
        ("float32", 0x7F80_0000),
        ("float32", 0xFF80_0000),
        ("float64", 0x7FF8_0000_0000_0000),
        ("float64", 0x7FF0_0000_0000_0000),
    ],
)
def test_nan_and_infinity_are_no_numbers(type_: str, bits: int) -> None:
    assert decimal_of(bits, TYPES[type_]) is None


@pytest.mark.parametrize(
    ("type_", "bits", "step"),
    [
        ("float32", 0x3F80_0000, "0.00000011920928955078125"),  # 1
        ("float32", 0x4B80_0000, "2"),  # 16777216
        (
            "float64",
            0x3FF0_0000_0000_0000,
            "2.220446049250313080847263336181640625E-16",
        ),
        ("uint32", 12345, "1"),
    ],
)
def test_the_step_is_the_way_to_the_next_number(
    type_: str, bits: int, step: str
) -> None:
    assert step_of(bits, TYPES[type_]) == Decimal(step)


def test_a_word_of_more_than_16_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="got register 65536"):
        bits_of([65536])


@given(st.integers(0, 0xFFFF_FFFF))
def test_every_float32_reads_back_from_at_most_nine_digits(bits: int) -> None:
    value = decimal_of(bits, FLOAT32)

    if value is None:
        assert bits >> 23 & 0xFF == 0xFF
        return
    packed = struct.pack(">f", -0.0 if bits == 0x8000_0000 else value)
    assert int.from_bytes(packed, "big") == bits
    assert len(value.as_tuple().digits) <= 9


@given(st.floats(width=32, min_value=2.0**-60, max_value=2.0**60))
def test_no_shorter_decimal_reads_back_as_the_same_float32(number: float) -> None:
    bits = int.from_bytes(struct.pack(">f", number), "big")

    value = decimal_of(bits, FLOAT32)

    assert value is not None
    digits = len(value.as_tuple().digits)
    if digits > 1:
        shorter = float(f"{number:.{digits - 1}g}")
        assert struct.pack(">f", shorter) != struct.pack(">f", number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float64_reads_back(number: float) -> None:
    bits = int.from_bytes(struct.pack(">d", number), "big")

    assert decimal_of(bits, TYPES["float64"]) == Decimal(repr(number))
