"""Is a price one that can be meant, or a slip of unit or decimal point?"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.units import plain

PRICE_IS_IMPLAUSIBLE = "price.implausible"


def find_implausible_prices(
    hours: Sequence[PriceHour], *, lowest: Decimal, highest: Decimal
) -> list[Finding]:
    """Find the hours whose price, all components together, is outside the band.

    Args:
        hours: Components of hours, in any order.
        lowest: The least that is plausible, currency per kWh; itself plausible.
        highest: The most that is plausible, likewise.

    Returns:
        A finding for each such hour, in order of time; its subject is the hour's start.
    """
    prices: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    for hour in hours:
        prices[hour.interval_start_utc] += hour.price_per_kwh
    return [
        Finding(
            PRICE_IS_IMPLAUSIBLE,
            iso_utc(start),
            {
                "price_per_kwh": plain(price),
                "lowest_per_kwh": plain(lowest),
                "highest_per_kwh": plain(highest),
            },
        )
        for start, price in sorted(prices.items())
        if not lowest <= price <= highest
    ]
