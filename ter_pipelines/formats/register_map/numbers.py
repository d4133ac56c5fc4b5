"""Registers -> numbers, exactly: 16-bit words to Decimal.

A float becomes the shortest decimal that reads back as the same float, which is what
the meter's maker had in mind; nothing passes through binary arithmetic.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

Kind = Literal["signed", "unsigned", "float"]
WordOrder = Literal["big", "little"]

WORD_BITS = 16
_WORDS = range(1 << WORD_BITS)
_EXACT = Context(prec=400)
_SURE_DIGITS, _MOST_DIGITS = 6, 9  # of a float32


@dataclass(frozen=True)
class NumberType:
    """How a number lies in registers.

    Args:
        words: How many registers it takes.
        kind: How its bits are meant.
        absent: What SunSpec says for a number that is not implemented; None where that
            is NaN.
        is_accumulator: Whether it counts up and starts again from 0.
    """

    words: int
    kind: Kind
    absent: int | None = None
    is_accumulator: bool = False

    @property
    def counts(self) -> int:
        """Give how many different values there are."""
        return 1 << (self.words * WORD_BITS)


TYPES = {
    "int16": NumberType(1, "signed", 0x8000),
    "uint16": NumberType(1, "unsigned", 0xFFFF),
    "int32": NumberType(2, "signed", 0x8000_0000),
    "uint32": NumberType(2, "unsigned", 0xFFFF_FFFF),
    "int64": NumberType(4, "signed", 0x8000_0000_0000_0000),
    "uint64": NumberType(4, "unsigned", 0xFFFF_FFFF_FFFF_FFFF),
    "acc32": NumberType(2, "unsigned", 0, is_accumulator=True),
    "acc64": NumberType(4, "unsigned", 0, is_accumulator=True),
    "float32": NumberType(2, "float"),
    "float64": NumberType(4, "float"),
}
SCALE_FACTOR = NumberType(1, "signed", 0x8000)


def bits_of(words: Sequence[int], word_order: WordOrder = "big") -> int:
    """Give the bits of a number.

    Args:
        words: Its registers, in the order of their addresses.
        word_order: `big` if the first one is the highest.

    Raises:
        ValueError: If a word is not one of 16 bits.

    >>> hex(bits_of([0x4366, 0x4000]))
    '0x43664000'
    """
    bits = 0
    for word in words if word_order == "big" else reversed(words):
        if word not in _WORDS:
            raise ValueError(f"got register {word}, expected one of {WORD_BITS} bits")
        bits = bits << WORD_BITS | word
    return bits


def decimal_of(bits: int, number: NumberType) -> Decimal | None:
    """Give what bits mean; None for NaN and infinity.

    >>> decimal_of(0x43664000, TYPES["float32"])
    Decimal('230.25')
    >>> decimal_of(0xFFFE, TYPES["int16"])
    Decimal('-2')
    """
    if number.kind == "float":
        return _float32(bits) if number.words * WORD_BITS == 32 else _float64(bits)  # noqa: PLR2004
    is_negative = number.kind == "signed" and bits >= number.counts // 2
    return Decimal(bits - number.counts if is_negative else bits)


def step_of(bits: int, number: NumberType) -> Decimal:
    """Give the least step a number of this type can take at this value.

    >>> step_of(0x47800000, TYPES["float32"])  # 65536
    Decimal('0.0078125')
    """
    if number.kind != "float":
        return Decimal(1)
    fraction_bits, bias = (
        (23, 127) if number.words == TYPES["float32"].words else (52, 1023)
    )
    exponent = bits >> fraction_bits & (2 * bias + 1)
    return _power_of_two(max(exponent, 1) - bias - fraction_bits)


def _float32(bits: int) -> Decimal | None:
    sign, exponent, fraction = bits >> 31, bits >> 23 & 0xFF, bits & 0x7F_FFFF
    if exponent == 0xFF:  # noqa: PLR2004
        return None
    if not exponent and not fraction:
        return Decimal(0)
    mantissa = fraction | (0x80_0000 if exponent else 0)
    power = max(exponent, 1) - 150
    # Half way to each neighbour, in quarters; below a power of two it is nearer.
    is_power_of_two = exponent > 1 and not fraction
    unit = _power_of_two(power - 2)
    low = _EXACT.multiply(4 * mantissa - (1 if is_power_of_two else 2), unit)
    high = _EXACT.multiply(4 * mantissa + 2, unit)
    (value,) = struct.unpack(">f", (bits & 0x7FFF_FFFF).to_bytes(4, "big"))
    takes_ends = mantissa % 2 == 0
    for digits in range(_SURE_DIGITS if exponent else 1, _MOST_DIGITS + 1):
        shortest = Decimal(f"{value:.{digits}g}")
        is_inside = low < shortest < high or (takes_ends and shortest in {low, high})
        if is_inside:
            break
    plain = _EXACT.normalize(shortest)
    return -plain if sign else plain


def _float64(bits: int) -> Decimal | None:
    (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    if not math.isfinite(value):
        return None
    return _EXACT.normalize(Decimal(repr(value))) + 0


def _power_of_two(power: int) -> Decimal:
    found = _POWERS.get(power)
    if found is None:
        found = _POWERS[power] = _EXACT.power(Decimal(2), power)
    return found


_POWERS: dict[int, Decimal] = {}
