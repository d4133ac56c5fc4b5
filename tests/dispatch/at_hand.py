"""A battery of round numbers, and days of prices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.dispatch.battery import Battery
from ter_pipelines.dispatch.cheapest import PricedInterval
from ter_pipelines.dispatch.orders import Action, Order, Setpoint
from ter_pipelines.dispatch.plan import DayAtHand, KeptOrder
from ter_pipelines.vocab.clock import HOUR, day_span, interval_starts_utc
from ter_pipelines.vocab.units import plain

ZONE = ZoneInfo("America/New_York")
NOV_3 = date(2025, 11, 3)
MIDNIGHT = day_span(NOV_3, ZONE).start_utc
DAY_BEFORE = datetime(2025, 11, 2, 18, tzinfo=UTC)
BATTERY = Battery(
    ven_id="ven-1",
    device_id="battery-1",
    allows_control=True,
    capacity_kwh=Decimal(10),
    max_charge_kw=Decimal(5),
    max_discharge_kw=Decimal(5),
    charge_efficiency=Decimal("0.9"),
    discharge_efficiency=Decimal("0.9"),
    start_soc=Decimal("0.1"),
    min_soc=Decimal("0.1"),
    wear_price_per_kwh=Decimal("0.02"),
)
LOSSLESS = replace(
    BATTERY,
    charge_efficiency=Decimal(1),
    discharge_efficiency=Decimal(1),
    wear_price_per_kwh=Decimal(0),
)


def prices(*texts: str, day: date = NOV_3, first_hour: int = 0) -> list[PricedInterval]:
    """Give hourly prices from an hour of a day on."""
    starts = interval_starts_utc(day, ZONE)[first_hour:]
    return [
        PricedInterval(start, 3600, Decimal(text))
        for start, text in zip(starts, texts, strict=False)
    ]


def setpoint(hour: int, power_kw: str, *, seconds: int = 3600) -> Setpoint:
    """Give a setpoint that begins so many hours after midnight."""
    return Setpoint(MIDNIGHT + hour * HOUR, seconds, Decimal(power_kw))


def kept(
    action: Action,
    *setpoints: Setpoint,
    start_soc: str = "",
    submission_id: int = 1,
    received_at: datetime = DAY_BEFORE,
) -> KeptOrder:
    """Give an order as the registry has it."""
    soc = Decimal(start_soc) if start_soc else None
    order = Order(action, *BATTERY.device, NOV_3, soc, tuple(setpoints))
    return KeptOrder(order, submission_id, received_at, "anna")


def day_of(
    priced: Sequence[PricedInterval] = (),
    *,
    now: datetime = DAY_BEFORE + timedelta(minutes=1),
    standing: dict[int, Sequence[Setpoint]] | None = None,
) -> DayAtHand:
    """Give the day that orders are planned for."""
    return DayAtHand(day_span(NOV_3, ZONE), priced, now, standing or {})


def powers(setpoints: Sequence[Setpoint]) -> list[str]:
    """Give the powers, kW."""
    return [plain(point.power_kw) for point in setpoints]
