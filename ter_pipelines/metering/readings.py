"""From reported values to interval usage: what each row says, or why it cannot be used.

Pure: rows in, rows out. Every row of a report ends as usage, as a repeat of usage, or
in quarantine with its reason and its data.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.metering.vee.series import MISSING
from ter_pipelines.metering.vee.states import state_of_openadr_quality
from ter_pipelines.vocab.clock import iso_utc, parse_instant
from ter_pipelines.vocab.ids import OTHER_SOURCES
from ter_pipelines.vocab.units import parse_decimal, to_kwh

Row = Mapping[str, Any]
MeterAt = Callable[[tuple[str, str], datetime], str | None]

OPENADR = "openadr"
DELIVERED, RECEIVED, NET = "delivered", "received", "net"
SECOND = timedelta(seconds=1)
METERED_TYPES = frozenset({"", "usage", "reading", "deltaUsage", "x-notApplicable"})
NOT_METERED = frozenset({"Projected", "Contract", "Peak", "Mean"})
USAGE_REPORTS = frozenset({"TELEMETRY_USAGE", "HISTORY_USAGE"})
LONGEST_INTERVAL = timedelta(days=1)
CLOCK_TOLERANCE = timedelta(minutes=5)
_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,3})D)?"
    r"(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,7})S)?)?"
)


class Unusable(Exception):  # noqa: N818
    """A reported value cannot be used.

    Args:
        reason: Code, stored and shown.
        explanation: What was got and what was expected.
    """

    def __init__(self, reason: str, explanation: str) -> None:
        """Keep both."""
        super().__init__(f"{reason}: {explanation}")
        self.reason = reason
        self.explanation = explanation


@dataclass(frozen=True)
class Reading:
    """One usable value of a source, placed in time and on a meter."""

    meter_id: str
    ven_id: str
    device_id: str
    direction: str
    interval_start_utc: datetime
    duration_seconds: int
    energy_kwh: Decimal
    quality: str
    source: str
    source_reference: str
    received_at: datetime
    marks: str = ""

    @property
    def end_utc(self) -> datetime:
        """Give the end of the half-open interval."""
        return self.interval_start_utc + timedelta(seconds=self.duration_seconds)


def is_usage(row: Row) -> bool:
    """Tell whether a reported value means energy; status values stay in `raw`."""
    return row["report_name"].removeprefix("METADATA_") in USAGE_REPORTS


def read_value(row: Row, meter_at: MeterAt) -> Reading:
    """Read one row of `raw/ven_report`.

    Raises:
        Unusable: With the reason, if it is not energy of a mapped device in a sound
            interval of the past.
    """
    _require_metered_energy(row)
    start = read_start(row)
    duration = read_duration(row["duration_text"])
    require_past(start + duration, row["received_at"])
    energy_kwh = _read_energy(row)
    device = (row["ven_id"], row["resource_id"])
    return Reading(
        find_meter(device, start, duration, meter_at),
        *device,
        direction=NET,
        interval_start_utc=start,
        duration_seconds=int(duration.total_seconds()),
        energy_kwh=energy_kwh,
        quality=state_of_openadr_quality(row["data_quality"]),
        source=OPENADR,
        source_reference=reference_of(row),
        received_at=row["received_at"],
    )


def _require_metered_energy(row: Row) -> None:
    if row["ven_id"] in OTHER_SOURCES:
        raise Unusable(
            "ven.reserved_name",
            f"VEN {row['ven_id']!r} has the name of another kind of source; enrol it "
            "under a name of its own",
        )
    if not row["resource_id"] or not row["unit"]:
        raise Unusable(
            "report.point_not_registered",
            f"rID {row['r_id']!r} has no registered resource and unit; the VEN must "
            "register its report again",
        )
    if row["report_type"] not in METERED_TYPES or row["reading_type"] in NOT_METERED:
        raise Unusable(
            "report.not_metered_usage",
            f"rID {row['r_id']!r} is registered as {row['report_type']!r}, "
            f"{row['reading_type']!r}; expected usage that was metered",
        )


def reference_of(row: Row) -> str:
    """Name a row of `raw/ven_report`."""
    return f"report {row['report_seq']} value {row['position']}"


def require_past(end_utc: datetime, received_at: datetime) -> None:
    """Refuse an interval that had not ended when it was received.

    Raises:
        Unusable: If it ends later than the tolerance allows.
    """
    if end_utc > received_at + CLOCK_TOLERANCE:
        raise Unusable(
            "usage.in_the_future",
            f"interval ends {iso_utc(end_utc)}, after it was received",
        )


def find_meter(
    device: tuple[str, str], start: datetime, duration: timedelta, meter_at: MeterAt
) -> str:
    """Give the meter that a device belongs to for a whole interval.

    Raises:
        Unusable: If it belongs to none, or to two.
    """
    meter_id = meter_at(device, start)
    if meter_id is None:
        raise Unusable(
            "device.not_mapped",
            f"no meter list maps {device[0]!r} device {device[1]!r} at "
            f"{iso_utc(start)}; add it to the meter list",
        )
    if meter_at(device, start + duration - SECOND) != meter_id:
        raise Unusable(
            "device.meter_changes",
            f"{iso_utc(start)} for {int(duration.total_seconds())} s lies partly on "
            f"meter {meter_id!r} and partly not; let the list change on the hour",
        )
    return meter_id


def read_start(row: Row) -> datetime:
    """Read an interval's start.

    Raises:
        Unusable: If it is not a whole second with an offset.
    """
    try:
        start = parse_instant(row["interval_start_text"])
    except ValueError as error:
        raise Unusable("report.bad_time", f"start: {error}") from error
    if start.microsecond:
        raise Unusable(
            "report.bad_time", f"start: got {iso_utc(start)}, expected a whole second"
        )
    return start


def read_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of days, hours, minutes and seconds.

    Raises:
        Unusable: If it is not one, not positive, or longer than a day.

    >>> read_duration("PT1H")
    datetime.timedelta(seconds=3600)
    """
    match = _DURATION.fullmatch(text)
    parts = {k: int(v) for k, v in (match.groupdict() if match else {}).items() if v}
    duration = timedelta(**parts)
    if not timedelta(0) < duration <= LONGEST_INTERVAL:
        raise Unusable(
            "report.bad_duration",
            f"got duration {text!r}, expected one from a second to a day",
        )
    return duration


def _read_energy(row: Row) -> Decimal:
    if state_of_openadr_quality(row["data_quality"]) == MISSING:
        raise Unusable("usage.no_new_value", f"data quality is {row['data_quality']!r}")
    try:
        value = parse_decimal(row["value_text"])
        return to_kwh(value, unit=row["unit"], scale=row["scale"] or "none")
    except ValueError as error:
        raise Unusable("report.bad_value", str(error)) from error
