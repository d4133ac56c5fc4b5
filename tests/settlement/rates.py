"""Terms and usage for the tests of a rate: the smallest that do."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ter_pipelines.settlement.energy import PricedInterval
from ter_pipelines.vocab.rate import PriceSource, Terms

WORKED_DAY = """
0.03512 1.250|0.03277 1.100|0.03104 1.050|0.02988 1.000|0.02951 0.950|0.02990 0.900
0.03310 0.875|0.04025 1.200|0.04518 1.500|0.03890 0.400|0.02210 -0.300|0.00455 -1.100
-0.01200 -1.750|-0.00835 -2.000|0.00390 -1.800|0.02875 -1.150|0.05240 -0.250
0.11875 0.650|0.48650 2.100|0.45320 2.600|0.21440 2.450|0.09875 2.200|0.06520 1.900
0.04810 1.600|0.03995 1.400
"""
MIDNIGHT = datetime(2024, 11, 3, 4, tzinfo=UTC)


def terms(**changes: Any) -> Terms:  # noqa: ANN401
    """Give terms of hourly prices and nothing else, with changes."""
    plain: dict[str, Any] = {
        "effective_from": date(2024, 11, 1),
        "price": PriceSource(source="ter-json", unit="USD/kWh"),
        "netting": "interval",
        "energy_lines": "split",
        "rounding": "half-up",
        "minimum_completeness": Decimal("0.95"),
        "maximum_estimated": Decimal("0.05"),
        "cut_off_days": 2,
        "adjustment_days": 60,
    }
    return Terms(**{**plain, **changes})


def used(
    net_kwh: str, price: str | None, minute: int = 0, minutes: int = 60
) -> PricedInterval:
    """Give an interval of net usage, some minutes after midnight."""
    net = Decimal(net_kwh)
    return PricedInterval(
        MIDNIGHT + timedelta(minutes=minute),
        minutes * 60,
        max(net, Decimal(0)),
        max(-net, Decimal(0)),
        None if price is None else Decimal(price),
    )


def worked_day(**kwh_by_hour: str) -> list[PricedInterval]:
    """Give the day of 25 hours of the worked example; `h18="2.350"` changes hour 18."""
    pairs = [
        pair.split() for pair in WORKED_DAY.replace("\n", "|").strip("|").split("|")
    ]
    return [
        used(kwh_by_hour.get(f"h{i}", kwh), price, minute=60 * i)
        for i, (price, kwh) in enumerate(pairs)
    ]
