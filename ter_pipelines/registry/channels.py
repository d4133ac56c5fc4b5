"""What one meter said of one measurement: the newest, and a stretch of time of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Engine, Row, Select, func, select

from ter_pipelines.registry.database import reading
from ter_pipelines.registry.tables import meter_reading as table

T = TypeVar("T")
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class ChannelValue:
    """A value as it was read.

    Args:
        read_at: When the meter gave it.
        value: In `unit`.
        unit: Of the value.
        quality: GOOD, or why it is doubted.
    """

    read_at: datetime
    value: Decimal
    unit: str
    quality: str


class ChannelHistory:
    """One measurement of one meter.

    Args:
        engine: The registry's database.
        host_id: The meter.
        measurement: Its name in the register map.
    """

    def __init__(self, engine: Engine, host_id: str, measurement: str) -> None:
        """Nothing is read yet."""
        self._engine = engine
        self._where = (
            table.c.host_id == host_id,
            table.c.measurement == measurement,
            table.c.value.is_not(None),
        )

    def newest(self) -> ChannelValue | None:
        """Give the newest value; None if none was ever read.

        Raises:
            RemoteError: If the database does not answer.
        """
        query = _values().where(*self._where)
        newest = query.order_by(table.c.read_at.desc(), table.c.id.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(newest).first()
        return None if row is None else _value(row)

    def between(
        self,
        begin_utc: datetime,
        end_utc: datetime,
        fold: Callable[[Iterator[ChannelValue]], T],
        *,
        at_most: int | None = None,
    ) -> T:
        """Give what is made of the values of a time, in order of time.

        Args:
            begin_utc: Start of the time.
            end_utc: Its end, which is no more part of it.
            fold: Makes something of the values while they are read.
            at_most: How many are read.

        Raises:
            RemoteError: If the database does not answer.
        """
        query = (
            _values()
            .where(
                *self._where, table.c.read_at >= begin_utc, table.c.read_at < end_utc
            )
            .order_by(table.c.read_at, table.c.id)
            .limit(at_most)
        )
        with reading(self._engine) as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(query)
            return fold(map(_value, rows))


def _values() -> Select[Any]:
    return select(table.c.read_at, table.c.value, table.c.unit, table.c.quality)


def _value(row: Row[Any]) -> ChannelValue:
    return ChannelValue(row.read_at, Decimal(row.value), row.unit, row.quality)


def measurements_of(engine: Engine, host_id: str) -> list[str]:
    """Name what a meter ever measured, in order of name.

    It leaps from one name to the next over the index, and past the readings.

    Raises:
        RemoteError: If the database does not answer.
    """
    first = select(func.min(table.c.measurement).label("name")).where(
        table.c.host_id == host_id
    )
    known = first.cte("known", recursive=True)
    following = (
        select(func.min(table.c.measurement))
        .where(table.c.host_id == host_id, table.c.measurement > known.c.name)
        .scalar_subquery()
    )
    known = known.union_all(select(following).where(known.c.name.is_not(None)))
    with reading(engine) as connection:
        names = connection.execute(
            select(known.c.name).where(known.c.name.is_not(None))
        )
        return [row.name for row in names]
