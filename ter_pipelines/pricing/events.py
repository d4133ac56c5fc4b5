"""From a day's prices to what a VEN is told: one event a day, digits as stored."""

from datetime import date
from typing import Any

import polars as pl

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.price_day import PriceDay
from ter_pipelines.vocab.programme import Programme

SIGNAL_NAME = "ELECTRICITY_PRICE"
SIGNAL_TYPE = "price"
ITEM_NAME = "currencyPerKWh"


def price_event(
    prices: PriceDay, programme: Programme, *, is_withdrawn: bool = False
) -> dict[str, Any]:
    """Give the body of a day's price event in the words of the VTN's contract.

    Args:
        prices: What is told; of a day that was withdrawn, what was told.
        programme: Whose event it is.
        is_withdrawn: Whether the event is cancelled.

    Source: OpenADR 2.0b, ELECTRICITY_PRICE signal of type price with item base
    currencyPerKWh; local day as 23, 24 or 25 hourly intervals in UTC.
    """
    body = {
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
    return {**body, "is_cancelled": True} if is_withdrawn else body


def is_worth_telling(day: date, today: date) -> bool:
    """Tell whether a day's prices still matter to a device: it is not over."""
    return day >= today


def last_told_events(events: pl.DataFrame) -> pl.DataFrame:
    """Keep the last row of each event of `out/price_event`: what a VEN was told."""
    return events.sort("handed_over_at", maintain_order=True).unique(
        "event_id", keep="last", maintain_order=True
    )
