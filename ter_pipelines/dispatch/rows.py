"""Plans as rows of `core/dispatch_plan`, and the limits that such rows must keep."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from math import floor
from operator import itemgetter
from typing import Any

from ter_pipelines.dispatch.battery import SOC_PLACES, Battery, Device
from ter_pipelines.dispatch.plan import Plan
from ter_pipelines.vocab.clock import HOUR, Span, iso_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import ENERGY_PLACES

Row = Mapping[str, Any]
device_of = itemgetter("ven_id", "device_id")
_MOMENT = timedelta(microseconds=1)
_LEAST = Decimal(1).scaleb(-ENERGY_PLACES)


def plan_rows(plan: Plan, currency: str) -> Iterator[dict[str, Any]]:
    """Give the rows of a plan, in order of time.

    Args:
        plan: Of one battery.
        currency: Of the prices.
    """
    order = plan.kept.order
    for planned in plan.intervals:
        yield {
            "ven_id": order.ven_id,
            "device_id": order.device_id,
            "interval_start_utc": planned.setpoint.start_utc,
            "duration_seconds": planned.setpoint.duration_seconds,
            "power_kw": planned.setpoint.power_kw,
            "energy_kwh": planned.energy_kwh,
            "stored_at_end_kwh": planned.stored_at_end_kwh,
            "price_per_kwh": planned.price_per_kwh,
            "cost": planned.cost,
            "currency": "" if planned.price_per_kwh is None else currency,
            "ordered": order.action,
            "submission_id": plan.kept.submission_id,
        }


def soc_at(
    rows: Sequence[Row], battery: Battery, start_soc: Decimal, at: datetime
) -> Decimal:
    """Give how full a battery is at an instant of its plan, had it kept to it.

    Args:
        rows: Of the plan, in order of time.
        battery: With its limits.
        start_soc: State of charge that the plan begins with.
        at: The instant.

    Returns:
        Share of the capacity, rounded down to the places of one, within the limits.
    """
    stored = battery.stored_at(start_soc)
    for row in rows:
        begin = row["interval_start_utc"]
        if _end(row) <= at:
            stored = Fraction(row["stored_at_end_kwh"])
        elif begin < at:
            hours = Fraction((at - begin) // _MOMENT, HOUR // _MOMENT)
            stored = battery.stored_after(stored, row["power_kw"], hours)
    share = floor(stored / Fraction(battery.capacity_kwh) * 10**SOC_PLACES)
    soc = Decimal(share).scaleb(-SOC_PLACES)
    return min(max(soc, battery.min_soc), battery.max_soc)


def find_beyond_limits(
    rows: Sequence[Row], batteries: Mapping[Device, Battery], span: Span
) -> list[Finding]:
    """Find plans that no battery may be told, whatever they were made by.

    Args:
        rows: By battery, in order of time.
        batteries: As enrolled.
        span: Of the day.
    """
    found = []
    for device, group in groupby(rows, key=device_of):
        own = list(group)
        battery = batteries.get(device)
        why = _beyond(own, battery, span)
        if why:
            found.append(Finding("dispatch.beyond_limits", "/".join(device), why))
    return found


def _beyond(rows: Sequence[Row], battery: Battery | None, span: Span) -> dict[str, str]:
    if battery is None or not battery.allows_control:
        return {"why": "its enrolment does not allow control"}
    for row in rows:
        at = {"at": iso_utc(row["interval_start_utc"])}
        if not -battery.max_discharge_kw <= row["power_kw"] <= battery.max_charge_kw:
            return {**at, "why": f"power {row['power_kw']} kW"}
        # Rounded down to a milliwatt-hour, a level may lie below by less than that.
        is_above = row["stored_at_end_kwh"] + _LEAST >= battery.lowest_kwh
        if not is_above or row["stored_at_end_kwh"] > battery.highest_kwh:
            return {**at, "why": f"charge {row['stored_at_end_kwh']} kWh"}
    for row, following in pairwise(rows):
        if _end(row) != following["interval_start_utc"]:
            at = {"at": iso_utc(_end(row))}
            return {**at, "why": "a gap or an overlap"}
    if rows[0]["interval_start_utc"] < span.start_utc or _end(rows[-1]) > span.end_utc:
        return {"why": "it leaves its day"}
    return {}


def _end(row: Row) -> datetime:
    end: datetime = row["interval_start_utc"] + timedelta(
        seconds=row["duration_seconds"]
    )
    return end
