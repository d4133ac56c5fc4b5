"""What meters said over Modbus: kept as it came, given by time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from ter_pipelines.registry.tables import meter_reading as table
from ter_pipelines.vocab.errors import InputError, RemoteError
from ter_pipelines.vocab.modbus import GOOD, Meaning, MeterReading
from ter_pipelines.vocab.units import plain

BESIDE = 2
_LONGEST_EXPLANATION = 512
_LONGEST_NUMBER = 64
_PLACES = Decimal("1E-9")  # which is all that `raw/meter_reading` keeps
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)
Channel = tuple[str, str]  # host, measurement


@dataclass(frozen=True)
class StoredReading:
    """A reading and its place in the order of arrival."""

    id: int
    reading: MeterReading


@contextmanager
def refusing(subject: str) -> Iterator[None]:
    """Tell a reading that will never be taken from a database that is not there.

    Raises:
        InputError: If the database does not take what it was given.
        RemoteError: If it does not answer as it should.
    """
    try:
        yield
    except (DataError, IntegrityError, ValueError, ArithmeticError) as error:
        raise InputError(f"{subject}: {_first_line(error)}") from error
    except DBAPIError as error:
        raise RemoteError(f"registry: {_first_line(error)}") from error
    except StatementError as error:  # it was not even sent
        raise InputError(f"{subject}: {_first_line(error)}") from error


def insert_readings(connection: Connection, readings: Sequence[MeterReading]) -> None:
    """Store readings in order."""
    if readings:
        connection.execute(insert(table), [_values(reading) for reading in readings])


def select_readings(
    connection: Connection, begin_utc: datetime, end_utc: datetime
) -> Iterator[StoredReading]:
    """Give what was read from an instant until before another, in order of arrival."""
    rows = connection.execute(
        select(table)
        .where(
            table.c.hour_utc >= hour_of(begin_utc),
            table.c.hour_utc < end_utc,
            table.c.read_at >= begin_utc,
            table.c.read_at < end_utc,
        )
        .order_by(table.c.id)
    )
    return (_stored(row) for row in rows)


def select_beside(
    connection: Connection,
    channels: Iterable[Channel],
    begin_utc: datetime,
    end_utc: datetime,
) -> list[StoredReading]:
    """Give each channel's last good readings before a time and its first ones after.

    Two on either side: one of them may be out of line, which only the other shows.
    """
    found = []
    for host_id, measurement in channels:
        own = (table.c.host_id == host_id, table.c.measurement == measurement)
        before = table.c.read_at < begin_utc
        found += _nearest(connection, (*own, before), table.c.read_at.desc())
        after = table.c.read_at >= end_utc
        found += _nearest(connection, (*own, after), table.c.read_at)
    return sorted(found, key=lambda stored: stored.id)


def select_touched_hours(connection: Connection, after_id: int) -> dict[datetime, int]:
    """Give the hours that have readings after an id, each with its newest id."""
    rows = connection.execute(
        select(table.c.hour_utc, func.max(table.c.id))
        .where(table.c.id > after_id)
        .group_by(table.c.hour_utc)
    )
    return {row[0]: row[1] for row in rows}


def select_newest_reading_id(connection: Connection) -> int:
    """Give the newest reading's id, 0 if there is none."""
    return connection.execute(select(func.max(table.c.id))).scalar() or 0


def hour_of(instant: datetime) -> datetime:
    """Give the hour of UTC an instant lies in."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _nearest(
    connection: Connection,
    conditions: tuple[ColumnElement[bool], ...],
    order: ColumnElement[Any],
) -> list[StoredReading]:
    rows = connection.execute(
        select(table)
        .where(*conditions, table.c.role.is_not(None), table.c.quality == GOOD)
        .order_by(order)
        .limit(BESIDE)
    )
    return [_stored(row) for row in rows]


def _values(reading: MeterReading) -> dict[str, Any]:
    meaning = reading.meaning
    return {
        "host_id": reading.host_id,
        "measurement": reading.measurement,
        "read_at": reading.read_at,
        "hour_utc": hour_of(reading.read_at),
        "value": _text(reading.value),
        "unit": reading.unit,
        "quality": reading.quality,
        "explanation": reading.explanation[:_LONGEST_EXPLANATION],
        "interval_seconds": reading.interval_seconds,
        "role": meaning.role or None,
        "direction": meaning.direction or None,
        "step": _text(meaning.step),
        "rolls_over_at": _text(meaning.rolls_over_at),
        "highest_kw": _text(meaning.highest_kw),
        "longest_gap_seconds": meaning.longest_gap_seconds,
    }


def _stored(row: Row[Any]) -> StoredReading:
    meaning = Meaning(
        role=row.role or "",
        direction=row.direction or "",
        step=_number(row.step),
        rolls_over_at=_number(row.rolls_over_at),
        highest_kw=_number(row.highest_kw),
        longest_gap_seconds=row.longest_gap_seconds,
    )
    reading = MeterReading(
        host_id=row.host_id,
        measurement=row.measurement,
        read_at=row.read_at,
        value=_number(row.value),
        unit=row.unit,
        quality=row.quality,
        explanation=row.explanation,
        meaning=meaning,
        interval_seconds=row.interval_seconds,
    )
    return StoredReading(row.id, reading)


def _text(number: Decimal | None) -> str | None:
    """Write a number down; one of very many digits to a thousand-millionth."""
    if number is None:
        return None
    text = plain(number)
    is_long = len(text) > _LONGEST_NUMBER
    return plain(_ROUNDING.quantize(number, _PLACES)) if is_long else text


def _first_line(error: Exception) -> str:
    """Say what is wrong without the statement and all its values."""
    cause = error.orig if isinstance(error, StatementError) else error
    return str(cause).partition("\n")[0]


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
