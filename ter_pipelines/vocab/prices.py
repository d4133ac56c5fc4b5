"""A price as everybody passes it on: one component of one hour."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

WHOLE_PRICE = "price"
PRICE_SOURCES = ("ter-json", "iso-ne-csv", "iso-ne-json", "nyiso", "pjm", "ercot")


@dataclass(frozen=True)
class PriceHour:
    """One component of the price of one interval.

    Args:
        interval_start_utc: Start of the half-open interval.
        duration_seconds: Its length.
        component: Name of the part; `WHOLE_PRICE` where the price came whole. The
            price of an interval is the sum of its components.
        price_per_kwh: In currency per kWh.
        currency: ISO 4217 code.
        field: Where in the submission it stands, for messages about it.
    """

    interval_start_utc: datetime
    duration_seconds: int
    component: str
    price_per_kwh: Decimal
    currency: str
    field: str


@dataclass(frozen=True)
class PriceSchedule:
    """Prices as one submission gave them, not yet held against any day.

    Args:
        publication_day: The day the partner says it was published, where it says so.
        hours: In the order of the submission.
    """

    publication_day: date | None
    hours: tuple[PriceHour, ...]
