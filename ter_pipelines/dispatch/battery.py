"""What a battery can do, and whether its owner lets us tell it to.

Read from TOML. A battery that is not enrolled, or whose enrolment does not say
`allows_control = true`, is told nothing.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.field_tables import read_tables, under
from ter_pipelines.vocab.ids import require_device_id

POWER_PLACES = 3
SOC_PLACES = 4
MAX_POWER_KW = Decimal(10**6)
MAX_CAPACITY_KWH = Decimal(10**7)
Device = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Battery:
    """A battery behind a VEN.

    Power and energy are counted at its connection, charging above 0; what it stores is
    counted inside, so that charging loses on the way in and discharging on the way out.

    Args:
        ven_id: OpenADR virtual end node.
        device_id: Resource behind it.
        capacity_kwh: What it stores when it is full.
        max_charge_kw: Most it can be charged with.
        max_discharge_kw: Most it can give.
        charge_efficiency: Share of the charged energy that is stored.
        discharge_efficiency: Share of the stored energy that it gives.
        start_soc: State of charge that a day is expected to begin with, share of the
            capacity.
        min_soc: Never emptier than this.
        max_soc: Never fuller than this.
        end_soc: A cheapest plan ends no emptier than this; None for no emptier than it
            began.
        wear_price_per_kwh: What giving a kWh costs the battery, in the programme's
            currency.
        allows_control: Whether it may be told when to charge and to discharge.
    """

    ven_id: str
    device_id: str
    capacity_kwh: Decimal
    max_charge_kw: Decimal
    max_discharge_kw: Decimal
    charge_efficiency: Decimal
    discharge_efficiency: Decimal
    start_soc: Decimal
    min_soc: Decimal = Decimal(0)
    max_soc: Decimal = Decimal(1)
    end_soc: Decimal | None = None
    wear_price_per_kwh: Decimal = Decimal(0)
    allows_control: bool = False

    @property
    def device(self) -> Device:
        """Give VEN and device."""
        return self.ven_id, self.device_id

    @cached_property
    def lowest_kwh(self) -> Fraction:
        """Give the least it may store."""
        return self.stored_at(self.min_soc)

    @cached_property
    def highest_kwh(self) -> Fraction:
        """Give the most it may store."""
        return self.stored_at(self.max_soc)

    def stored_at(self, soc: Decimal) -> Fraction:
        """Give what it stores at a state of charge, kWh."""
        return Fraction(self.capacity_kwh) * Fraction(soc)

    def end_kwh(self, start_soc: Decimal) -> Fraction:
        """Give the least it is to store at a plan's end, kWh."""
        return self.stored_at(start_soc if self.end_soc is None else self.end_soc)

    def stored_after(
        self, stored_kwh: Fraction, power_kw: Decimal, hours: Fraction
    ) -> Fraction:
        """Give what it stores after charging (above 0) or discharging, exactly, kWh."""
        energy_kwh = Fraction(power_kw) * hours
        if energy_kwh >= 0:
            return stored_kwh + energy_kwh * Fraction(self.charge_efficiency)
        return stored_kwh + energy_kwh / Fraction(self.discharge_efficiency)


def read_batteries(body: bytes, *, subject: str) -> tuple[Battery, ...]:
    """Read the enrolment of batteries from TOML: a `[[battery]]` each.

    Args:
        body: Of the file.
        subject: How errors call it.

    Raises:
        FieldError: With a message for every field that is missing, unknown or wrong,
            and for a battery that is there twice.
    """
    try:
        given = tomllib.loads(body.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FieldError(subject, {"file": [f"is not TOML: {error}"]}) from error
    found, errors = read_tables(
        given.pop("battery", None), _READERS, whose="a battery", needed=_NEEDED
    )
    errors = under("battery", errors)
    errors |= {name: ["is not a field of this file"] for name in given}
    if not errors and not found:
        errors = {"battery": ["got none, expected one or more"]}
    batteries: list[Battery] = []
    for i, values in enumerate(found if not errors else []):
        battery = Battery(**values)
        errors |= under(f"battery[{i}]", _contradictions(battery))
        if battery.device in {other.device for other in batteries}:
            errors[f"battery[{i}]"] = ["is in the file already, expected it once"]
        batteries.append(battery)
    if errors:
        raise FieldError(subject, dict(sorted(errors.items())))
    return tuple(batteries)


def _contradictions(battery: Battery) -> fields.Errors:
    errors = fields.Errors()
    if battery.min_soc >= battery.max_soc:
        errors["max_soc"] = [f"got {battery.max_soc}, expected more than min_soc"]
    for name in ("start_soc", "end_soc"):
        soc = getattr(battery, name)
        if soc is not None and not battery.min_soc <= soc <= battery.max_soc:
            errors[name] = [
                f"got {soc}, expected min_soc {battery.min_soc} to max_soc "
                f"{battery.max_soc}"
            ]
    return errors


def _number(
    most: Decimal, places: int, *, least: Decimal
) -> Callable[[object], Decimal]:
    def read(value: object) -> Decimal:
        found = fields.number(value)
        if not least <= found <= most:
            raise ValueError(f"got {found}, expected {least} to {most}")
        if found != round(found, places):
            raise ValueError(f"got {found}, expected at most {places} decimal places")
        return found

    return read


def _device(value: object) -> str:
    return require_device_id(value, name="a device")


_STEP = Decimal(1).scaleb(-POWER_PLACES)
_power = _number(MAX_POWER_KW, POWER_PLACES, least=Decimal(0))
_efficiency = _number(Decimal(1), SOC_PLACES, least=Decimal("0.1"))
read_soc = _number(Decimal(1), SOC_PLACES, least=Decimal(0))
_READERS: Mapping[str, fields.Reader] = {
    "ven_id": fields.identifier,
    "device_id": _device,
    "allows_control": fields.of_kind(bool, "true or false"),
    "capacity_kwh": _number(MAX_CAPACITY_KWH, POWER_PLACES, least=_STEP),
    "max_charge_kw": _power,
    "max_discharge_kw": _power,
    "charge_efficiency": _efficiency,
    "discharge_efficiency": _efficiency,
    "start_soc": read_soc,
    "min_soc": read_soc,
    "max_soc": read_soc,
    "end_soc": read_soc,
    "wear_price_per_kwh": _number(Decimal(1000), 8, least=Decimal(0)),
}
_NEEDED = (
    "ven_id", "device_id", "capacity_kwh", "max_charge_kw", "max_discharge_kw",
    "charge_efficiency", "discharge_efficiency", "start_soc",
)  # fmt: skip
