"""Whether an order may be carried out: the owner's consent, the battery's limits."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ter_pipelines.dispatch.battery import Battery
from ter_pipelines.dispatch.orders import MOST_INTERVALS, Order, Setpoint
from ter_pipelines.vocab.clock import Span, iso_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.units import ENERGY_PLACES, plain

_SECONDS_AN_HOUR = 3600


class RefusedOrderError(InputError):
    """An order cannot be carried out.

    Args:
        finding: Why.
    """

    def __init__(self, finding: Finding) -> None:
        """Keep the reason; the message says it."""
        self.finding = finding
        super().__init__(str(finding))


def refused(order: Order, code: str, facts: Mapping[str, str]) -> RefusedOrderError:
    """Make the error about an order."""
    day = {"operating_day": str(order.operating_day)}
    return RefusedOrderError(
        Finding(f"dispatch.{code}", "/".join(order.device), {**day, **facts})
    )


def require_consent(order: Order, battery: Battery | None) -> Battery:
    """Give the battery, if its owner lets us tell it what to do.

    Raises:
        RefusedOrderError: If it is not enrolled, or its enrolment does not allow it.
    """
    if battery is None:
        expected = "a battery that `ter dispatch enrol` has put here"
        raise refused(order, "not_enrolled", {"expected": expected})
    if not battery.allows_control:
        expected = "allows_control = true in its enrolment"
        raise refused(order, "not_allowed", {"expected": expected})
    return battery


def start_soc_of(order: Order, battery: Battery) -> Decimal:
    """Give the state of charge that an order begins with.

    Raises:
        RefusedOrderError: If that is beyond the battery's limits.
    """
    soc = battery.start_soc if order.start_soc is None else order.start_soc
    if not battery.min_soc <= soc <= battery.max_soc:
        expected = f"{battery.min_soc} to {battery.max_soc}"
        raise refused(order, "start", {"got": plain(soc), "expected": expected})
    return soc


def require_time(
    order: Order, setpoints: Sequence[Setpoint], span: Span, received_at: datetime
) -> None:
    """Refuse what lies outside its day, or began before it was ordered.

    Args:
        order: Whose.
        setpoints: In order of time; one or more.
        span: Of the day.
        received_at: When the order came.

    Raises:
        RefusedOrderError: If so, or if there are too many intervals for an event.
    """
    begin, end = setpoints[0].start_utc, setpoints[-1].end_utc
    if begin < span.start_utc or end > span.end_utc:
        raise refused(order, "outside_day", {
            "got": f"{iso_utc(begin)} to {iso_utc(end)}",
            "expected": f"{iso_utc(span.start_utc)} to {iso_utc(span.end_utc)}",
        })  # fmt: skip
    if begin < received_at:
        raise refused(order, "in_the_past", {
            "got": iso_utc(begin), "expected": f"{iso_utc(received_at)} or later",
        })  # fmt: skip
    if len(setpoints) > MOST_INTERVALS:
        got = {"got": str(len(setpoints)), "expected": f"{MOST_INTERVALS} at most"}
        raise refused(order, "too_many_intervals", got)


def stored_levels(
    order: Order, battery: Battery, setpoints: Sequence[Setpoint]
) -> list[Fraction]:
    """Give what a battery stores at the end of each interval, kWh, exactly.

    Raises:
        RefusedOrderError: If a power is more than it can, or the battery would become
            emptier or fuller than it may.
    """
    stored = battery.stored_at(start_soc_of(order, battery))
    levels = []
    for point in setpoints:
        _require_power(order, battery, point)
        hours = Fraction(point.duration_seconds, _SECONDS_AN_HOUR)
        stored = battery.stored_after(stored, point.power_kw, hours)
        if not battery.lowest_kwh <= stored <= battery.highest_kwh:
            lowest, highest = _shown(battery.lowest_kwh), _shown(battery.highest_kwh)
            raise refused(order, "level", {
                "at": iso_utc(point.end_utc),
                "got": f"{_shown(stored)} kWh",
                "expected": f"{lowest} to {highest} kWh",
            })  # fmt: skip
        levels.append(stored)
    return levels


def without_gaps(setpoints: Sequence[Setpoint]) -> Iterator[Setpoint]:
    """Give the setpoints, and rest between them where nothing was ordered."""
    end = setpoints[0].start_utc
    for point in setpoints:
        if point.start_utc > end:
            seconds = int((point.start_utc - end).total_seconds())
            yield Setpoint(end, seconds, Decimal(0))
        yield point
        end = point.end_utc


def _require_power(order: Order, battery: Battery, point: Setpoint) -> None:
    lowest, highest = -battery.max_discharge_kw, battery.max_charge_kw
    if not lowest <= point.power_kw <= highest:
        raise refused(order, "power", {
            "at": iso_utc(point.start_utc),
            "got": f"{plain(point.power_kw)} kW",
            "expected": f"{plain(lowest)} to {plain(highest)} kW",
        })  # fmt: skip


def _shown(energy_kwh: Fraction) -> str:
    return plain(Decimal(round(energy_kwh * 10**ENERGY_PLACES)).scaleb(-ENERGY_PLACES))
