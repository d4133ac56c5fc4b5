"""From the registers of one answer to values, each with a quality and a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Context, Decimal

from ter_pipelines.formats.register_map.entries import Entry, RegisterMap
from ter_pipelines.formats.register_map.numbers import (
    SCALE_FACTOR,
    bits_of,
    decimal_of,
    step_of,
)
from ter_pipelines.vocab.modbus import (
    GOOD,
    IMPLAUSIBLE,
    NOT_A_NUMBER,
    NOT_IMPLEMENTED,
    OUT_OF_RANGE,
    POWER,
    REGISTER,
    Meaning,
)
from ter_pipelines.vocab.units import plain

Words = Mapping[tuple[int, int], int]  # (function, address) -> register

SMALLEST, LARGEST = Decimal("1E-18"), Decimal("1E+18")
_SCALE_FACTORS = range(-10, 11)
_EXACT = Context(prec=60)


@dataclass(frozen=True)
class Measured:
    """What a device said of one measurement.

    Args:
        entry: The measurement.
        value: In the entry's unit; None where there is none.
        quality: GOOD, or why not.
        explanation: What was got and what was expected; empty if good.
        step: Least step at this value, in the entry's unit.
        rolls_over_at: Value at which a counter starts again from 0; None if unknown.
    """

    entry: Entry
    value: Decimal | None
    quality: str = GOOD
    explanation: str = ""
    step: Decimal | None = None
    rolls_over_at: Decimal | None = None

    @property
    def meaning(self) -> Meaning:
        """Give what becomes of it."""
        entry = self.entry
        if not entry.has_role:
            return Meaning()
        return Meaning(
            role=REGISTER if entry.is_cumulative else POWER,
            direction=entry.direction or "",
            step=self.step if entry.is_cumulative else None,
            rolls_over_at=self.rolls_over_at,
            highest_kw=entry.highest_kw,
            longest_gap_seconds=entry.longest_gap_seconds,
        )


def measure(entry: Entry, words: Words, *, offset: int = 0) -> Measured:
    """Read one measurement.

    Args:
        entry: Which.
        words: Registers that were read; those of the entry are among them.
        offset: Where a SunSpec model begins; 0 for fixed addresses.
    """
    start = entry.address + offset
    bits = bits_of(
        [words[entry.function, start + i] for i in range(entry.number.words)],
        entry.word_order,
    )
    if bits in entry.not_implemented:
        return _none(entry, NOT_IMPLEMENTED, f"got 0x{bits:X}, which says: no value")
    number = decimal_of(bits, entry.number)
    if number is None:
        return _none(entry, NOT_A_NUMBER, f"got 0x{bits:X}, not a finite number")
    power = 0
    if entry.scale_factor is not None:
        factor_bits = words[entry.function, entry.scale_factor + offset]
        power = int(decimal_of(factor_bits, SCALE_FACTOR) or 0)
        if factor_bits == SCALE_FACTOR.absent:
            return _none(entry, NOT_IMPLEMENTED, "its scale factor is not implemented")
        if power not in _SCALE_FACTORS:
            return _none(
                entry, OUT_OF_RANGE, f"got scale factor {power}, expected -10 to 10"
            )
    return _judged(_scaled(entry, number, bits, power))


def doubt_if_dead(
    found: Mapping[str, Measured], device: RegisterMap
) -> dict[str, Measured]:
    """Doubt every value of an answer in which nothing shows that the device lives.

    Some devices and gateways answer with zeros for a unit or a register they do not
    have. A map names what cannot be zero at a meter that answers, such as its voltages;
    if all of these are zero or implausible, nothing is believed.
    """
    seen = [found[name] for name in device.alive if name in found]
    if not seen or any(m.quality == GOOD and m.value for m in seen):
        return dict(found)
    names = ", ".join(sorted(m.entry.measurement for m in seen))
    why = f"{names}: zero or implausible; is it the right unit and map?"
    return {
        name: replace(m, quality=IMPLAUSIBLE, explanation=why)
        if m.quality == GOOD
        else m
        for name, m in found.items()
    }


def no_value(entry: Entry, quality: str, explanation: str) -> Measured:
    """Say that an entry was not answered."""
    return _none(entry, quality, explanation)


def _scaled(entry: Entry, number: Decimal, bits: int, power: int) -> Measured:
    weight = _EXACT.scaleb(entry.scale, power)
    step = _EXACT.multiply(step_of(bits, entry.number), weight)
    size = entry.rolls_over_at
    if size is None and entry.is_cumulative and entry.number.is_accumulator:
        size = _EXACT.multiply(Decimal(entry.number.counts), weight)
    return Measured(
        entry,
        _EXACT.multiply(number, weight),
        step=max(step, entry.step or step),
        rolls_over_at=size if size is not None and size < LARGEST else None,
    )


def _judged(measured: Measured) -> Measured:
    value, entry = measured.value, measured.entry
    if value is None:
        return measured
    if value and not SMALLEST <= abs(value) < LARGEST:
        why = f"got {value:.3E}; is the type or the word order another?"
        return _none(entry, OUT_OF_RANGE, why)
    is_low = entry.lowest is not None and value < entry.lowest
    is_high = entry.highest is not None and value > entry.highest
    if is_low or is_high:
        limits = " to ".join(
            "any" if limit is None else plain(limit)
            for limit in (entry.lowest, entry.highest)
        )
        why = f"got {plain(value)} {entry.unit}, expected {limits}"
        return replace(measured, quality=IMPLAUSIBLE, explanation=why)
    return measured


def _none(entry: Entry, quality: str, explanation: str) -> Measured:
    return Measured(entry, None, quality, explanation)
