"""Rows of `raw/usage_file_value` as usage or dial readings of mapped devices."""

from datetime import timedelta
from typing import Any

from ter_pipelines.metering.readings import (
    MeterAt,
    Reading,
    Row,
    Unusable,
    find_meter,
    require_past,
)

_MOST_SECONDS = 86_400
_NO_TIME = timedelta(seconds=1)


def is_file_usage(row: Row) -> bool:
    """Tell whether a row must be accounted for: it is energy, or was refused."""
    return bool(row["reason"] or row["direction"])


def read_file_value(row: Row, meter_at: MeterAt) -> Reading:
    """Read one row that is energy of an interval.

    Raises:
        Unusable: With the reason, if it is not energy of a mapped device in a sound
            interval of the past.
    """
    _require_usable(row)
    start, seconds = row["interval_start_utc"], row["duration_seconds"]
    if not 0 < seconds <= _MOST_SECONDS:
        raise Unusable(
            "usage.bad_duration",
            f"got {seconds} s, expected one second to a day",
        )
    duration = timedelta(seconds=seconds)
    require_past(start + duration, row["received_at"])
    device = (row["source"], row["device_id"])
    return Reading(
        find_meter(device, start, duration, meter_at),
        *device,
        direction=row["direction"],
        interval_start_utc=start,
        duration_seconds=seconds,
        energy_kwh=row["energy_kwh"],
        quality=row["state"],
        source=row["source"],
        source_reference=reference_of(row),
        received_at=row["received_at"],
        marks=row["marks"],
    )


def read_register(row: Row, meter_at: MeterAt) -> dict[str, Any]:
    """Read one row that is a dial reading, as a row of `core/register_reading`.

    Raises:
        Unusable: As `read_file_value`.
    """
    _require_usable(row)
    at = row["interval_start_utc"]
    require_past(at, row["received_at"])
    device = (row["source"], row["device_id"])
    return {
        "meter_id": find_meter(device, at, _NO_TIME, meter_at),
        "ven_id": device[0],
        "device_id": device[1],
        "direction": row["direction"],
        "read_at": at,
        "reading_kwh": row["energy_kwh"],
        "step_kwh": row["step_kwh"],
        "event": "",
        "source": row["source"],
        "source_reference": reference_of(row),
        "received_at": row["received_at"],
    }


def reference_of(row: Row) -> str:
    """Name a row of `raw/usage_file_value`."""
    return f"file {row['submission_id']}, {row['reference']}"


def _require_usable(row: Row) -> None:
    if row["reason"]:
        raise Unusable(row["reason"], row["explanation"])
