"""What a register map is: which registers of a device hold which measurement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ter_pipelines.formats.register_map.numbers import TYPES, NumberType, WordOrder

Direction = Literal["delivered", "received", "net"]

HOLDING, INPUT = 3, 4  # Modbus function codes that read registers
LONGEST_READ = 125


@dataclass(frozen=True)
class Entry:
    """One measurement of a device.

    Args:
        measurement: Its name, such as `import_energy`.
        unit: Of the value once scaled, such as `kWh`.
        address: First register, from 0; in a SunSpec model from the model's own start.
        function: Modbus function code: 3 reads holding, 4 input registers.
        type: One of `TYPES`.
        word_order: `big` if the first register is the highest.
        scale: What the number is multiplied by.
        scale_factor: Register of the power of ten it is multiplied by; None if none.
        not_implemented: Numbers, as unsigned bits, that say there is no value.
        lowest: Least value that is plausible.
        highest: Greatest value that is plausible.
        is_polled: Whether the collector reads it; `ter modbus read` always does.
        is_cumulative: Whether it counts energy up, so that intervals are differences.
        direction: Of that energy, or of the power energy is made from.
        rolls_over_at: Value at which the counter starts again from 0; None if unknown.
        step: Least step of the counter; the type's own where that is larger.
        highest_kw: Most the device can take or give.
        is_energy_from_power: Whether intervals are made of it as power over time.
        longest_gap_seconds: Longest time between two values of such power.
    """

    measurement: str
    unit: str
    address: int
    type: str
    function: int = HOLDING
    word_order: WordOrder = "big"
    scale: Decimal = Decimal(1)
    scale_factor: int | None = None
    not_implemented: frozenset[int] = frozenset()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    is_polled: bool = True
    is_cumulative: bool = False
    direction: Direction | None = None
    rolls_over_at: Decimal | None = None
    step: Decimal | None = None
    highest_kw: Decimal | None = None
    is_energy_from_power: bool = False
    longest_gap_seconds: int | None = None

    @property
    def number(self) -> NumberType:
        """Give how its number lies in registers."""
        return TYPES[self.type]

    @property
    def has_role(self) -> bool:
        """Tell whether intervals are made of it."""
        return self.is_cumulative or self.is_energy_from_power


@dataclass(frozen=True)
class RegisterMap:
    """A kind of device.

    Args:
        name: Such as `sdm630`.
        title: For people.
        entries: Its measurements, by name.
        sunspec_model: Model of SunSpec the addresses are in; None for fixed addresses.
        most_registers: Most registers the device gives in one answer.
        most_gap: Most registers between two measurements that are read along with them.
        alive: Measurements of which one is plausible and not 0 in any true answer.
    """

    name: str
    title: str
    entries: Mapping[str, Entry]
    sunspec_model: int | None = None
    most_registers: int = LONGEST_READ
    most_gap: int = 0
    alive: frozenset[str] = field(default_factory=frozenset)

    @property
    def polled(self) -> list[Entry]:
        """Give what the collector reads."""
        return [entry for entry in self.entries.values() if entry.is_polled]
