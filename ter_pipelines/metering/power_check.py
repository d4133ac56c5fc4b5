"""Power held against the energy of the same device and hour; it is never energy.

Power is averaged over the hour by the time each value stands for: its own interval, or,
where it is of an instant, until the next value. The average times an hour should be
what the device reported as its net energy. A device that only tells what it gave, as
an inverter, gives whatever the sign of its power.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import zip_longest

from ter_pipelines.metering.readings import RECEIVED, Row
from ter_pipelines.metering.vee.series import RAW
from ter_pipelines.vocab.clock import HOUR, iso_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.points import POWER, TelemetrySettings
from ter_pipelines.vocab.units import ENERGY_PLACES, plain

_MOMENT = timedelta(microseconds=1)
_HOUR_MOMENTS = HOUR // _MOMENT
_Device = tuple[str, str]
_DeviceHour = tuple[str, str, datetime]


@dataclass(frozen=True)
class _Step:
    """Power that stands for a stretch of time."""

    start_utc: datetime
    end_utc: datetime
    power_kw: Decimal


@dataclass
class PowerCheck:
    """What comparing power with energy gave.

    Args:
        compared: Hours of devices that were compared.
        ambiguous: Hours in which a device has power of several points, of which
            nobody knows which one is the whole; they are not compared.
        findings: Hours in which they differ by more than is allowed.
    """

    compared: int = 0
    ambiguous: int = 0
    findings: list[Finding] = field(default_factory=list)


def compare_power(
    telemetry: Iterable[Row], usage: Iterable[Row], settings: TelemetrySettings
) -> PowerCheck:
    """Hold a day's power against its energy.

    Args:
        telemetry: Rows of `core/telemetry`.
        usage: Rows of `core/interval_usage`.
        settings: Coverage that is needed, and differences that are allowed.
    """
    result = PowerCheck()
    usage = list(usage)
    power = _power_by_hour(telemetry, usage, settings)
    for device_hour, energy_kwh in sorted(_energy_by_hour(usage).items()):
        averages = power.get(device_hour, [])
        if len(averages) > 1:
            result.ambiguous += 1
        for power_kwh in averages if len(averages) == 1 else ():
            result.compared += 1
            share = settings.tolerance_share * abs(energy_kwh)
            allowed = max(share, settings.tolerance_kwh)
            if abs(power_kwh - energy_kwh) > allowed:
                finding = _finding(device_hour, power_kwh, energy_kwh, allowed)
                result.findings.append(finding)
    return result


def power_by_hour(
    telemetry: Iterable[Row], usage: Iterable[Row], settings: TelemetrySettings
) -> dict[datetime, Decimal]:
    """Add up the power of all devices whose power of an hour is known, kW."""
    totals: dict[datetime, Decimal] = defaultdict(Decimal)
    averaged = _power_by_hour(telemetry, usage, settings)
    for (_, _, hour), averages in averaged.items():
        if len(averages) == 1:
            totals[hour] += averages[0]
    return dict(totals)


def _finding(
    device_hour: _DeviceHour, power_kwh: Decimal, energy_kwh: Decimal, allowed: Decimal
) -> Finding:
    ven_id, device_id, hour = device_hour
    return Finding(
        "telemetry.power_disagrees",
        f"{ven_id} {device_id}",
        {
            "hour": iso_utc(hour),
            "power_kwh": plain(power_kwh),
            "energy_kwh": plain(energy_kwh),
            "allowed_kwh": plain(allowed),
        },
    )


def _power_by_hour(
    telemetry: Iterable[Row], usage: Iterable[Row], settings: TelemetrySettings
) -> Mapping[_DeviceHour, list[Decimal]]:
    """Average each point's power over every hour of which enough is known."""
    series: dict[tuple[_Device, str], list[Row]] = defaultdict(list)
    for row in telemetry:
        if row["point"] == POWER and row["quality"] == RAW:
            device = (row["ven_id"], row["device_id"])
            series[device, row["point_reference"]].append(row)
    only_give = _devices_that_only_give(usage)
    found: dict[_DeviceHour, list[Decimal]] = defaultdict(list)
    for (device, _), rows in sorted(series.items()):
        for hour, average in _averages(_steps(rows, settings), settings):
            signed = -abs(average) if device in only_give else average
            found[*device, hour].append(signed)
    return found


def _devices_that_only_give(usage: Iterable[Row]) -> set[_Device]:
    told = {(row["ven_id"], row["device_id"], row["direction"]) for row in usage}
    giving = {(ven, device) for ven, device, way in told if way == RECEIVED}
    return giving - {(ven, device) for ven, device, way in told if way != RECEIVED}


def _steps(rows: list[Row], settings: TelemetrySettings) -> Iterator[_Step]:
    """Give what each value stands for; none reaches beyond the start of the next.

    Of two values of one instant the one received last counts.
    """
    newest_last = sorted(rows, key=lambda row: row["received_at"])
    at = {row["measured_at"]: row for row in newest_last}
    starts = sorted(at)
    for start, following in zip_longest(starts, starts[1:]):
        lasts = at[start]["duration_seconds"] or settings.hold_seconds
        end = start + timedelta(seconds=lasts)
        yield _Step(start, min(end, following or end), at[start]["value"])


def _averages(
    steps: Iterable[_Step], settings: TelemetrySettings
) -> Iterator[tuple[datetime, Decimal]]:
    covered: dict[datetime, int] = defaultdict(int)
    summed: dict[datetime, Decimal] = defaultdict(Decimal)
    for step in steps:
        start = step.start_utc
        while start < step.end_utc:
            hour = _hour_of(start)
            stop = min(step.end_utc, hour + HOUR)
            moments = (stop - start) // _MOMENT
            covered[hour] += moments
            summed[hour] += step.power_kw * moments
            start = stop
    for hour, moments in covered.items():
        if moments >= settings.least_coverage * _HOUR_MOMENTS:
            average = summed[hour] / moments
            yield hour, round(average, ENERGY_PLACES)


def _energy_by_hour(usage: Iterable[Row]) -> Mapping[_DeviceHour, Decimal]:
    """Give the net energy of devices in hours of which every second was reported."""
    seconds: dict[_Device, dict[tuple[str, datetime], int]] = {}
    energy: dict[_DeviceHour, Decimal] = defaultdict(Decimal)
    for row in usage:
        device = (row["ven_id"], row["device_id"])
        start = row["interval_start_utc"]
        lasts = row["duration_seconds"]
        hour, direction = _hour_of(start), row["direction"]
        known = seconds.setdefault(device, defaultdict(int))
        if start + timedelta(seconds=lasts) <= hour + HOUR:
            known[direction, hour] += lasts
            sign = -1 if direction == RECEIVED else 1
            energy[*device, hour] += sign * row["energy_kwh"]
    return {
        (ven_id, device_id, hour): energy_kwh
        for (ven_id, device_id, hour), energy_kwh in energy.items()
        if _is_whole(seconds[ven_id, device_id], hour)
    }


def _is_whole(known: Mapping[tuple[str, datetime], int], hour: datetime) -> bool:
    """Tell whether every direction a device has was reported for a whole hour."""
    directions = {direction for direction, _ in known}
    return all(known.get((d, hour), 0) == HOUR.seconds for d in directions)


def _hour_of(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)
