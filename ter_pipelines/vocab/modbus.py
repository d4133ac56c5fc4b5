"""Meters over Modbus: what a host is, and what it said.

The collector gives such readings, the registry keeps them, `raw/meter_reading` shows
them; none of the three knows another.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

SOURCE = "modbus"

Role = Literal["REGISTER", "POWER", ""]
REGISTER: Role = "REGISTER"
POWER: Role = "POWER"
NO_ROLE: Role = ""

GOOD = "GOOD"
NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
NOT_A_NUMBER = "NOT_A_NUMBER"
OUT_OF_RANGE = "OUT_OF_RANGE"
IMPLAUSIBLE = "IMPLAUSIBLE"
EXCEPTION = "EXCEPTION"
TIMEOUT = "TIMEOUT"
UNREACHABLE = "UNREACHABLE"
BROKEN = "BROKEN"
OTHER_MODEL = "OTHER_MODEL"
NOT_STORED = "NOT_STORED"

ENERGY_UNITS = {"Wh": Decimal("0.001"), "kWh": Decimal(1), "MWh": Decimal(1000)}
POWER_UNITS = {"W": Decimal("0.001"), "kW": Decimal(1), "MW": Decimal(1000)}
MAX_POWER_KW = Decimal(10**6)
SMALLEST_UNIT, LARGEST_UNIT = 0, 255


@dataclass(frozen=True)
class ModbusHost:
    """A meter that is polled.

    Args:
        host_id: Its name here; the device of its usage.
        address: IP address or name of the meter or of the gateway before it.
        port: TCP port.
        unit: Unit identifier behind the address.
        map_name: Register map it is read with.
        interval_seconds: Length of the intervals its energy is given in.
        poll_seconds: How often it is read.
        description: For people.
        is_enabled: Whether it is polled.
        rated_kw: Most that can flow through it; None if not stated.
        also_read: Measurements its owner asked for beside those the map polls.
    """

    host_id: str
    address: str
    port: int
    unit: int
    map_name: str
    interval_seconds: int
    poll_seconds: int
    description: str = ""
    is_enabled: bool = True
    rated_kw: Decimal | None = None
    also_read: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Meaning:
    """What becomes of a measurement, as the map said when it was read.

    Args:
        role: REGISTER where intervals are made of a counter's differences, POWER where
            they are made of power over time, empty where none are made.
        direction: delivered, received or net; empty without a role.
        step: Least step of the counter at this value, in the value's unit.
        rolls_over_at: Value at which the counter starts again from 0; None if unknown.
        highest_kw: Power above which a counter cannot have been the same.
        longest_gap_seconds: Longest time between two values of power that belong
            together.
    """

    role: Role = NO_ROLE
    direction: str = ""
    step: Decimal | None = None
    rolls_over_at: Decimal | None = None
    highest_kw: Decimal | None = None
    longest_gap_seconds: int | None = None


@dataclass(frozen=True)
class MeterReading:
    """One value of one poll, or why there is none.

    Args:
        host_id: The meter.
        measurement: Name in the register map; empty for a poll that failed whole.
        read_at: When the meter answered, or when it was given up.
        value: In `unit`; None where there is none.
        unit: Of the value.
        quality: GOOD, or why there is no value, or IMPLAUSIBLE.
        explanation: What was got and what was expected; empty if good.
        meaning: What becomes of it.
        interval_seconds: Of the host.
    """

    host_id: str
    measurement: str
    read_at: datetime
    value: Decimal | None
    unit: str
    quality: str
    explanation: str
    meaning: Meaning
    interval_seconds: int
