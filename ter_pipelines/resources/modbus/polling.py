"""One poll of one host, as readings to be kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ter_pipelines.resources.modbus.link import Link, NoAnswerError
from ter_pipelines.resources.modbus.reading import Answered, Clock, Wanted, read_device
from ter_pipelines.resources.modbus.scan import Bases
from ter_pipelines.vocab.modbus import (
    GOOD,
    NO_ROLE,
    Meaning,
    MeterReading,
    ModbusHost,
)


@dataclass(frozen=True)
class Polled:
    """What a poll brought.

    Args:
        host: The meter.
        readings: To be kept; one without a measurement if it did not answer.
        failure: Why it did not answer; empty if it did.
    """

    host: ModbusHost
    readings: Sequence[MeterReading]
    failure: str = ""

    @property
    def good(self) -> int:
        """Count the good values."""
        return sum(reading.quality == GOOD for reading in self.readings)


async def poll_host(
    link: Link, host: ModbusHost, wanted: Wanted, clock: Clock, bases: Bases
) -> Polled:
    """Read what is wanted of a host; never raises for what the device does."""
    try:
        answered = await read_device(link, host.unit, wanted, clock, bases)
    except NoAnswerError as error:
        return Polled(host, [_failed(host, error, clock)], error.quality)
    readings = [_reading(host, answer) for answer in answered.values()]
    has_values = any(reading.value is not None for reading in readings)
    return Polled(host, readings, "" if has_values else readings[0].quality)


def _reading(host: ModbusHost, answer: Answered) -> MeterReading:
    measured = answer.measured
    meaning = measured.meaning
    if meaning.role != NO_ROLE and host.rated_kw is not None:
        meaning = replace(meaning, highest_kw=host.rated_kw)
    return MeterReading(
        host_id=host.host_id,
        measurement=measured.entry.measurement,
        read_at=answer.at,
        value=measured.value,
        unit=measured.entry.unit,
        quality=measured.quality,
        explanation=measured.explanation,
        meaning=meaning,
        interval_seconds=host.interval_seconds,
    )


def _failed(host: ModbusHost, error: NoAnswerError, clock: Clock) -> MeterReading:
    return MeterReading(
        host_id=host.host_id,
        measurement="",
        read_at=clock(),
        value=None,
        unit="",
        quality=error.quality,
        explanation=error.explanation,
        meaning=Meaning(),
        interval_seconds=host.interval_seconds,
    )
