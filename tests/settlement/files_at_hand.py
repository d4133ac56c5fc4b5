"""Usage and prices as files have them: the worked day of 25 hours, and parts of it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.settlement.from_files import Case, Settled, period_of, settle_meter
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.metered import METERED, MeteredInterval
from ter_pipelines.vocab.rate import Rate
from tests.settlement.rates import MIDNIGHT, terms, worked_day

NEW_YORK = ZoneInfo("America/New_York")
MONTH = "2024-11"
PRICES = {
    used.interval_start_utc: used.price_per_kwh
    for used in worked_day()
    if used.price_per_kwh is not None
}
NET_KWH = [str(used.import_kwh - used.export_kwh) for used in worked_day()]


def rate(**changes: Any) -> Rate:  # noqa: ANN401
    """Give a rate of hourly prices and nothing else, with changes of its terms."""
    return Rate(
        rate_id="ter",
        title="TER",
        zone=NEW_YORK,
        currency="USD",
        versions=(terms(**changes),),
    )


def metered(
    hour: int,
    kwh: str | None,
    *,
    minute: int = 0,
    minutes: int = 60,
    **changes: Any,  # noqa: ANN401
) -> MeteredInterval:
    """Give usage that begins so many hours and minutes after midnight."""
    start = MIDNIGHT + hour * HOUR + timedelta(minutes=minute)
    said: dict[str, Any] = {
        "meter_id": "0012",
        "device_id": "",
        "direction": "net",
        "interval_start_utc": start,
        "duration_seconds": minutes * 60,
        "energy_kwh": None if kwh is None else Decimal(kwh),
        "quality": METERED,
        "version": 1,
        "place": f"hour {hour}",
    }
    return MeteredInterval(**{**said, **changes})


def worked_usage(**kwh_by_hour: str) -> list[MeteredInterval]:
    """Give the worked day; `h18="2.350"` changes hour 18."""
    return [metered(i, kwh_by_hour.get(f"h{i}", kwh)) for i, kwh in enumerate(NET_KWH)]


def settled(
    usage: list[MeteredInterval],
    by: Rate | None = None,
    *,
    prices: dict[datetime, Decimal] | None = None,
    **how: Any,  # noqa: ANN401
) -> Settled:
    """Settle usage at the worked day's prices."""
    by = by or rate()
    period = period_of(usage, by, how.pop("month", None))
    case = Case(
        prices=PRICES if prices is None else prices,
        rate=by,
        period=period,
        demand_kw=how.get("demand_kw"),
    )
    return settle_meter(usage, case, how.get("before", ()))
