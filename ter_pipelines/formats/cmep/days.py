"""A meter's local day as CMEP records: both directions and their registers.

Registers are derived, never kept: the opening stands at the day's start, the closing
is the opening plus the day's energy, so a repeat counts nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ter_pipelines.formats.cmep.records import (
    ADJUSTED,
    ESTIMATED,
    FLAGS,
    MISSING,
    RAW,
    VALID,
    CmepReading,
    CmepRecord,
)
from ter_pipelines.vocab.clock import HOUR, iso_utc
from ter_pipelines.vocab.errors import InputError

HOURLY = "00000100"
LEAST_PLACES = 3

_CONSTANT = Decimal(1)
_WORST_FIRST = (RAW, ESTIMATED, ADJUSTED, VALID)


@dataclass(frozen=True)
class MeteredHour:
    """What a meter measured in one hour.

    Args:
        end_utc: End of the hour.
        import_kwh: Energy taken, not negative; None where missing.
        export_kwh: Energy given, not negative; None where missing.
        flag: CMEP quality flag; `N` exactly where both are None.
    """

    end_utc: datetime
    import_kwh: Decimal | None
    export_kwh: Decimal | None
    flag: str


def day_records(
    meter_id: str,
    hours: Sequence[MeteredHour],
    opening_import_kwh: Decimal,
    opening_export_kwh: Decimal,
    purpose: str,
) -> list[CmepRecord]:
    """Make the KWH, GKWH, KWHREG and GKWHREG records of a local day.

    Values keep every digit; zeros behind the third place are left off, and a zero is
    `0`. The registers carry the worst flag of the day; a missing hour counts as
    estimated there, because the register then only knows the hours that were heard.

    Args:
        meter_id: Whose day it is.
        hours: Every hour of the day in order, missing ones too.
        opening_import_kwh: KWH register at the day's start.
        opening_export_kwh: GKWH register at the day's start.
        purpose: `OK`, or `RESEND` for what was sent before.

    Raises:
        InputError: If there are no hours, they do not follow each other, or an hour's
            flag and values contradict each other.
    """
    _check_hours(meter_id, hours)
    directions = (
        ("KWH", opening_import_kwh, [hour.import_kwh for hour in hours]),
        ("GKWH", opening_export_kwh, [hour.export_kwh for hour in hours]),
    )
    found = []
    for units, _, values in directions:
        readings = _hourly_readings(hours, values)
        found.append((units, HOURLY, readings))
    for units, opening, values in directions:
        readings = _register_readings(hours, opening, values)
        found.append((f"{units}REG", "", readings))
    return [
        CmepRecord(meter_id, purpose, units, _CONSTANT, interval, readings)
        for units, interval, readings in found
    ]


def trimmed(value: Decimal) -> Decimal:
    """Leave off needless zeros behind the third place; the value stays the same.

    >>> [str(trimmed(Decimal(v))) for v in ("1.250000", "0.123456", "2", "0.000000")]
    ['1.250', '0.123456', '2.000', '0']
    """
    if not value:
        return Decimal(0)
    whole, _, places = format(value, "f").partition(".")
    kept = places.rstrip("0").ljust(LEAST_PLACES, "0")
    return Decimal(f"{whole}.{kept}")


def _check_hours(meter_id: str, hours: Sequence[MeteredHour]) -> None:
    if not hours:
        raise InputError(f"{meter_id}: got no hours, expected those of a local day")
    for i, hour in enumerate(hours):
        expected = hours[0].end_utc + i * HOUR
        if hour.end_utc != expected:
            raise InputError(
                f"{meter_id}: got an hour ending {iso_utc(hour.end_utc)}, "
                f"expected {iso_utc(expected)}"
            )
        if hour.flag not in FLAGS:
            raise InputError(
                f"{meter_id}: hour ending {iso_utc(hour.end_utc)}: got flag "
                f"{hour.flag!r}, expected one of R, E, A, N or none"
            )
        missing = [value is None for value in (hour.import_kwh, hour.export_kwh)]
        if missing != [hour.flag == MISSING] * 2:
            raise InputError(
                f"{meter_id}: hour ending {iso_utc(hour.end_utc)}: got flag "
                f"{hour.flag!r} with {hour.import_kwh} and {hour.export_kwh} kWh, "
                "expected N exactly where both are missing"
            )


def _hourly_readings(
    hours: Sequence[MeteredHour], values: Sequence[Decimal | None]
) -> tuple[CmepReading, ...]:
    return tuple(
        CmepReading(hour.end_utc, hour.flag, None if value is None else trimmed(value))
        for hour, value in zip(hours, values, strict=True)
    )


def _register_readings(
    hours: Sequence[MeteredHour], opening: Decimal, values: Sequence[Decimal | None]
) -> tuple[CmepReading, ...]:
    flags = {ESTIMATED if hour.flag == MISSING else hour.flag for hour in hours}
    flag = next(flag for flag in _WORST_FIRST if flag in flags)
    closing = sum((value for value in values if value is not None), start=opening)
    return (
        CmepReading(hours[0].end_utc - HOUR, flag, trimmed(opening)),
        CmepReading(hours[-1].end_utc, flag, trimmed(closing)),
    )
