"""A day's prices as everybody is told them: devices, readers of the feed, people.

There is one object of a day; events, files and pages only write it down differently.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.units import plain


@dataclass(frozen=True)
class DayHour:
    """One hour of a day's prices.

    Args:
        start_utc: Start of the half-open hour.
        duration_seconds: Its length.
        price_per_kwh: In the day's currency per kWh.
        submission_id: The submission that binds the hour.
    """

    start_utc: datetime
    duration_seconds: int
    price_per_kwh: Decimal
    submission_id: int

    @property
    def end_utc(self) -> datetime:
        """Give the first instant after the hour."""
        return self.start_utc + timedelta(seconds=self.duration_seconds)

    @property
    def value(self) -> str:
        """Give the price in plain digits, as everybody writes it."""
        return plain(self.price_per_kwh)


@dataclass(frozen=True)
class HourBlock:
    """Hours that follow each other.

    Args:
        hours: At least one, in order of time.
    """

    hours: tuple[DayHour, ...]

    @property
    def start_utc(self) -> datetime:
        """Give the start of the first."""
        return self.hours[0].start_utc

    @property
    def end_utc(self) -> datetime:
        """Give the end of the last."""
        return self.hours[-1].end_utc


@dataclass(frozen=True)
class PriceVersion:
    """One version of a day's prices.

    Args:
        number: 1 for what was first published, 2 for its first correction ...
        sha256: Digest of the prices it gives, see `digest_of`.
        published_at: When it came to hold, UTC.
        submission_id: Newest submission in it; the registry knows who sent it.
        source: The way that one came, such as `post` or `iso-ne-da`.
    """

    number: int
    sha256: str
    published_at: datetime
    submission_id: int
    source: str


@dataclass(frozen=True)
class PriceDay:
    """The binding prices of one operating day.

    Args:
        operating_day: Local day of the programme.
        currency: ISO 4217 code.
        hours: All 23, 24 or 25 of them, in order of time.
        version: Which version this is.
        corrects: The version it took the place of; None for the first.
    """

    operating_day: date
    currency: str
    hours: tuple[DayHour, ...]
    version: PriceVersion
    corrects: PriceVersion | None = None

    @property
    def unit(self) -> str:
        """Give the unit of all its values, such as `USD/kWh`."""
        return unit_of(self.currency)


def unit_of(currency: str) -> str:
    """Give the unit that prices of a currency are told in.

    >>> unit_of("USD")
    'USD/kWh'
    """
    return f"{currency}/kWh"


def price_line(hour: DayHour, unit: str) -> str:
    """Write what is said of an hour: start, end, value, unit, by comma."""
    return f"{iso_utc(hour.start_utc)},{iso_utc(hour.end_utc)},{hour.value},{unit}"


def digest_of(hours: Iterable[DayHour], unit: str) -> str:
    r"""Give the SHA-256, hex, of a day's prices.

    Of the lines `start,end,value,unit`, each ended by a line feed: the first four
    columns of the feed's CSV, so that anybody can compute it again.
    """
    lines = "".join(f"{price_line(hour, unit)}\n" for hour in hours)
    return hashlib.sha256(lines.encode()).hexdigest()
