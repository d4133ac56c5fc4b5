"""Models of meters described by hand, as rows, and the register maps they make."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from ter_pipelines.formats.register_map import RegisterMap, read_register_map
from ter_pipelines.formats.register_map.entries import Direction
from ter_pipelines.formats.register_map.numbers import WordOrder
from ter_pipelines.registry.site_tables import (
    measurement_kind,
    meter_model,
    meter_register,
)
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.units import plain

INT, LONG, FLOAT = 1, 2, 3
CURRENT, HISTORICAL = 1, 2
SINGLE_DIRECTIONAL, BI_DIRECTIONAL = 1, 2
_TYPES = {
    (INT, False): "uint16",
    (INT, True): "int16",
    (LONG, False): "uint32",
    (LONG, True): "int32",
    (FLOAT, False): "float32",
    (FLOAT, True): "float32",
}
_MOST_REGISTERS = 60  # what the meters that are read so give in one answer


@dataclass(frozen=True)
class MeterModel:
    """A model of meter.

    Args:
        id: Its number; 0 before it is stored.
        name: Its name, which is its register map's.
        is_own: Whether it is described by hand; otherwise a register map is a file.
        type: SINGLE_DIRECTIONAL or BI_DIRECTIONAL; None where a file says it.
    """

    id: int
    name: str
    is_own: bool
    type: int | None


@dataclass(frozen=True)
class MeasurementKind:
    """What can be measured: CURRENT is a value of now, HISTORICAL one that adds up."""

    id: int
    name: str
    type: int


@dataclass(frozen=True)
class MeterRegister:
    """Where a model of meter has a measurement.

    Args:
        id: Its number; 0 before it is stored.
        meter_id: The model.
        measurement: What is there.
        address: First register, from 0.
        unit: Of the value once scaled.
        type: INT of one register, LONG or FLOAT of two.
        function_code: 3 reads holding, 4 input registers.
        word_order: `big` if the first register is the highest.
        is_signed: Whether an INT or LONG can be negative.
        scale: What the number is multiplied by.
        direction: `delivered` or `received` for a counter of energy that intervals are
            made of; None for everything else.
    """

    id: int
    meter_id: int
    measurement: str
    address: int
    unit: str
    type: int
    function_code: int
    word_order: WordOrder = "big"
    is_signed: bool = False
    scale: Decimal = Decimal(1)
    direction: Direction | None = None


def select_models(
    connection: Connection, *conditions: ColumnElement[bool]
) -> list[MeterModel]:
    """Give models, by number."""
    rows = connection.execute(
        select(meter_model).where(*conditions).order_by(meter_model.c.id)
    )
    return [MeterModel(**row._mapping) for row in rows]  # noqa: SLF001


def select_kinds(
    connection: Connection, *conditions: ColumnElement[bool]
) -> list[MeasurementKind]:
    """Give measurements, by number."""
    rows = connection.execute(
        select(measurement_kind).where(*conditions).order_by(measurement_kind.c.id)
    )
    return [MeasurementKind(**row._mapping) for row in rows]  # noqa: SLF001


def select_registers(
    connection: Connection, *conditions: ColumnElement[bool]
) -> list[MeterRegister]:
    """Give registers, by number."""
    rows = connection.execute(
        select(meter_register).where(*conditions).order_by(meter_register.c.id)
    )
    return [_register(row) for row in rows]


def register_values(register: MeterRegister) -> dict[str, Any]:
    """Give what is stored of a register beside its number."""
    values = {**vars(register), "scale": plain(register.scale)}
    del values["id"]
    return values


def make_map(name: str, registers: Iterable[MeterRegister]) -> RegisterMap:
    """Make the register map of a model.

    Raises:
        FieldError: In a register map's words, if it cannot be read so.
    """
    given = {
        "title": f"{name}, described by hand",
        "most_registers": _MOST_REGISTERS,
        "measurement": [_entry(register) for register in registers],
    }
    return read_register_map(given, name=name)


def require_map(
    model: MeterModel, registers: Iterable[MeterRegister], changed: MeterRegister
) -> None:
    """Refuse a register that its model cannot have.

    Raises:
        FieldError: With a message for every field that is wrong.
    """
    try:
        make_map(model.name, registers)
    except FieldError as error:
        fields: dict[str, list[str]] = {}
        for path, messages in error.fields.items():
            name = path.removeprefix(f"measurement[{changed.measurement}].")
            fields.setdefault(name, []).extend(messages)
        raise FieldError("register", fields) from error


def _entry(register: MeterRegister) -> Mapping[str, Any]:
    entry: dict[str, Any] = {
        "measurement": register.measurement,
        "unit": register.unit,
        "address": register.address,
        "type": _TYPES[register.type, register.is_signed],
        "function": register.function_code,
        "word_order": register.word_order,
        "scale": plain(register.scale),
    }
    if register.direction is not None:
        entry |= {"is_cumulative": True, "direction": register.direction}
    return entry


def _register(row: Row[Any]) -> MeterRegister:
    values = dict(row._mapping)  # noqa: SLF001
    return MeterRegister(**{**values, "scale": Decimal(values["scale"])})
