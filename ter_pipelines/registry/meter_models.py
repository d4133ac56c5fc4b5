"""The registry's book of meter models: described by hand, beside the shipped maps."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, Table, delete, insert, select, update

from ter_pipelines.formats.register_map import RegisterMap
from ter_pipelines.registry.changes import Change, Changes
from ter_pipelines.registry.database import reading
from ter_pipelines.registry.model_rows import (
    MeasurementKind,
    MeterModel,
    MeterRegister,
    make_map,
    register_values,
    require_map,
    select_kinds,
    select_models,
    select_registers,
)
from ter_pipelines.registry.site_tables import (
    measurement_kind,
    meter_model,
    meter_register,
    site_assignment,
)
from ter_pipelines.registry.tables import modbus_host
from ter_pipelines.vocab.errors import FieldError, InputError

_MODEL_EXISTS = "meter with this name already exists."
_KIND_EXISTS = "measurement with this name already exists."
_REGISTER_EXISTS = "The fields meter, measurement must make a unique set."


class ModelBook:
    """Models of meters; every method raises `RemoteError` without the database.

    Args:
        changes: The registry's database, and in whose name it is changed.
    """

    def __init__(self, changes: Changes) -> None:
        """Take the database."""
        self._changes = changes

    def map_names(self) -> list[str]:
        """Name the models that have registers."""
        with reading(self._changes.engine) as connection:
            rows = connection.execute(
                select(meter_model.c.name)
                .where(meter_model.c.id.in_(select(meter_register.c.meter_id)))
                .order_by(meter_model.c.name)
            )
            return [row.name for row in rows]

    def register_map(self, name: str) -> RegisterMap | None:
        """Give the register map of a model.

        Returns:
            None if there is no such model, or it has no registers.
        """
        with reading(self._changes.engine) as connection:
            models = select_models(connection, meter_model.c.name == name)
            registers = select_registers(
                connection,
                meter_register.c.meter_id.in_([model.id for model in models]),
            )
        return make_map(name, registers) if registers else None

    def models(self, map_names: Iterable[str] = ()) -> list[MeterModel]:
        """Give every model, by number.

        Args:
            map_names: Of register maps that are files; what is new gets a number.
        """
        with reading(self._changes.engine) as connection:
            known = select_models(connection)
        new = sorted(set(map_names) - {model.name for model in known})
        if not new:
            return known
        with self._changes.making() as change:
            names = {model.name for model in select_models(change.connection)}
            for name in [each for each in new if each not in names]:
                values = {"name": name, "is_own": False}
                change.connection.execute(insert(meter_model).values(**values))
                change.note("meter_model.numbered", f"meter model {name}")
            return select_models(change.connection)

    def add_model(self, model: MeterModel) -> MeterModel:
        """Store a new model; gives it with its number.

        Raises:
            FieldError: If there is one of that name.
        """
        with self._changes.making() as change:
            _require_free_name(change.connection, meter_model, model, _MODEL_EXISTS)
            made = replace(model, id=_insert(change, meter_model, _values(model)))
            change.note("meter_model.added", f"meter model {model.name}")
        return made

    def change_model(self, model: MeterModel) -> None:
        """Store a model as it is now.

        Raises:
            FieldError: If there is another of that name.
            InputError: If it is not described here, or is polled under its old name.
        """
        with self._changes.making() as change:
            before = _require_own(change.connection, model.id)
            if before.name != model.name:
                _require_unpolled(change.connection, before)
            _require_free_name(change.connection, meter_model, model, _MODEL_EXISTS)
            _update(change, meter_model, model.id, _values(model))
            told = {"type": model.type, "before": before.name}
            change.note("meter_model.changed", f"meter model {model.name}", told)

    def remove_model(self, model_id: int) -> None:
        """Forget a model and its registers.

        Raises:
            InputError: If it is not described here, or meters are polled with it.
        """
        with self._changes.making() as change:
            model = _require_own(change.connection, model_id)
            _require_unpolled(change.connection, model)
            change.connection.execute(
                delete(meter_register).where(meter_register.c.meter_id == model_id)
            )
            _delete(change, meter_model, model_id)
            change.note("meter_model.removed", f"meter model {model.name}")

    def kinds(self) -> list[MeasurementKind]:
        """Give every measurement that is described here, by number."""
        with reading(self._changes.engine) as connection:
            return select_kinds(connection)

    def add_kind(self, kind: MeasurementKind) -> MeasurementKind:
        """Store a new measurement; gives it with its number.

        Raises:
            FieldError: If there is one of that name.
        """
        with self._changes.making() as change:
            _require_free_name(change.connection, measurement_kind, kind, _KIND_EXISTS)
            made = replace(kind, id=_insert(change, measurement_kind, _values(kind)))
            change.note("measurement.added", f"measurement {kind.name}")
        return made

    def change_kind(self, kind: MeasurementKind) -> None:
        """Store a measurement as it is now.

        Raises:
            FieldError: If there is another of that name.
            InputError: If there is none of that number, or its old name is in use.
        """
        with self._changes.making() as change:
            before = _require_kind(change.connection, kind.id)
            if before.name != kind.name:
                _require_unused(change.connection, before.name)
            _require_free_name(change.connection, measurement_kind, kind, _KIND_EXISTS)
            _update(change, measurement_kind, kind.id, _values(kind))
            told = {"type": kind.type, "before": before.name}
            change.note("measurement.changed", f"measurement {kind.name}", told)

    def remove_kind(self, kind_id: int) -> None:
        """Forget a measurement.

        Raises:
            InputError: If there is none of that number, or it is in use.
        """
        with self._changes.making() as change:
            kind = _require_kind(change.connection, kind_id)
            _require_unused(change.connection, kind.name)
            _delete(change, measurement_kind, kind_id)
            change.note("measurement.removed", f"measurement {kind.name}")

    def registers(self) -> list[MeterRegister]:
        """Give every register that is described here, by number."""
        with reading(self._changes.engine) as connection:
            return select_registers(connection)

    def put_register(self, register: MeterRegister) -> MeterRegister:
        """Store a register, a new one where its number is 0; gives it with its number.

        Raises:
            FieldError: If its model cannot have it.
            InputError: If its model is not described here.
        """
        with self._changes.making() as change:
            model = _require_own(change.connection, register.meter_id)
            others = [
                other
                for other in select_registers(
                    change.connection, meter_register.c.meter_id == model.id
                )
                if other.id != register.id
            ]
            if register.measurement in {other.measurement for other in others}:
                fields = {"non_field_errors": [_REGISTER_EXISTS]}
                raise FieldError("register", fields)
            require_map(model, [*others, register], register)
            values = register_values(register)
            if register.id:
                _update(change, meter_register, register.id, values)
            else:
                number = _insert(change, meter_register, values)
                register = replace(register, id=number)
            subject = f"register {register.id} of meter model {model.name}"
            change.note("register.put", subject, values)
        return register

    def remove_register(self, register_id: int) -> None:
        """Forget a register.

        Raises:
            InputError: If there is none of that number.
        """
        with self._changes.making() as change:
            _delete(change, meter_register, register_id)
            change.note("register.removed", f"register {register_id}")


def _values(stored: MeterModel | MeasurementKind) -> dict[str, object]:
    return {name: value for name, value in vars(stored).items() if name != "id"}


def _insert(change: Change, table: Table, values: dict[str, object]) -> int:
    query = insert(table).values(**values).returning(table.c.id)
    return int(change.connection.execute(query).scalar_one())


def _update(
    change: Change, table: Table, number: int, values: dict[str, object]
) -> None:
    query = update(table).where(table.c.id == number).values(**values)
    if change.connection.execute(query).rowcount != 1:
        raise InputError(f"{table.name} {number}: does not exist")


def _delete(change: Change, table: Table, number: int) -> None:
    gone = change.connection.execute(delete(table).where(table.c.id == number))
    if gone.rowcount != 1:
        raise InputError(f"{table.name} {number}: does not exist")


def _require_free_name(
    connection: Connection,
    table: Table,
    stored: MeterModel | MeasurementKind,
    message: str,
) -> None:
    others = select(table.c.id).where(
        table.c.name == stored.name, table.c.id != stored.id
    )
    if connection.execute(others).first() is not None:
        raise FieldError(table.name, {"name": [message]})


def _require_own(connection: Connection, model_id: int) -> MeterModel:
    found = select_models(connection, meter_model.c.id == model_id)
    if not found:
        raise InputError(f"Meter with id {model_id} does not exist")
    if not found[0].is_own:
        raise InputError(
            f"Meter {found[0].name!r} is read with a register map that is a file; it "
            "cannot be changed here"
        )
    return found[0]


def _require_unpolled(connection: Connection, model: MeterModel) -> None:
    hosts = select(modbus_host.c.host_id).where(modbus_host.c.map == model.name)
    if names := connection.execute(hosts).scalars().all():
        raise InputError(
            f"Meter {model.name!r} is that of hosts {', '.join(sorted(names)[:5])}; "
            "delete or change them first"
        )


def _require_kind(connection: Connection, kind_id: int) -> MeasurementKind:
    found = select_kinds(connection, measurement_kind.c.id == kind_id)
    if not found:
        raise InputError(f"measurement {kind_id}: does not exist")
    return found[0]


def _require_unused(connection: Connection, name: str) -> None:
    for table in (meter_register, site_assignment):
        query = select(table.c.id).where(table.c.measurement == name)
        if connection.execute(query).first() is not None:
            raise InputError(
                f"Measurement {name!r} is used by registers or hosts; delete or "
                "change them first"
            )
