"""From a day's prices to what a VEN is told: one event a day, digits as stored."""

from datetime import date
from typing import Any

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.price_day import PriceDay
from ter_pipelines.vocab.programme import Programme

SIGNAL_NAME = "ELECTRICITY_PRICE"
SIGNAL_TYPE = "price"
ITEM_NAME = "currencyPerKWh"


def price_event(prices: PriceDay, programme: Programme) -> dict[str, Any]:
    """Give the body of a day's price event in the words of the VTN's contract.

    Source: OpenADR 2.0b, ELECTRICITY_PRICE signal of type price with item base
    currencyPerKWh; local day as 23, 24 or 25 hourly intervals in UTC.
    """
    return {
        "market_context": programme.market_context,
        "signals": [
            {
                "signal_name": SIGNAL_NAME,
                "signal_type": SIGNAL_TYPE,
                "item_name": ITEM_NAME,
                "item_units": prices.currency,
                "intervals": [
                    {
                        "start_utc": iso_utc(hour.start_utc),
                        "duration_seconds": hour.duration_seconds,
                        "value": hour.value,
                    }
                    for hour in prices.hours
                ],
            }
        ],
    }


def is_worth_telling(day: date, today: date) -> bool:
    """Tell whether a day's prices still matter to a device: it is not over."""
    return day >= today
