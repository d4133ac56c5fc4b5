"""The cheap and the dear hours of a day: when to run what can wait, and when not."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from statistics import mean

from ter_pipelines.vocab.price_day import DayHour, HourBlock, PriceDay


def cheap_hours(prices: PriceDay, *, count: int) -> list[DayHour]:
    """Give the cheapest hours of a day, in order of time.

    Args:
        prices: Of the day.
        count: How many at most; of equal ones the earlier.

    Returns:
        Only hours below the day's mean: a day of one price has no cheap hour.
    """
    middle = _mean(prices)
    below = [hour for hour in prices.hours if hour.price_per_kwh < middle]
    ranked = sorted(below, key=lambda hour: (hour.price_per_kwh, hour.start_utc))
    return _in_order(ranked[:count])


def dear_hours(prices: PriceDay, *, count: int) -> list[DayHour]:
    """Give the dearest hours of a day, in order of time; only those above its mean.

    Args:
        prices: Of the day.
        count: How many at most; of equal ones the earlier.
    """
    middle = _mean(prices)
    above = [hour for hour in prices.hours if hour.price_per_kwh > middle]
    ranked = sorted(above, key=lambda hour: (-hour.price_per_kwh, hour.start_utc))
    return _in_order(ranked[:count])


def blocks_of(hours: Sequence[DayHour]) -> list[HourBlock]:
    """Put hours that follow each other together.

    Args:
        hours: In order of time.
    """
    blocks: list[HourBlock] = []
    for hour in hours:
        if blocks and blocks[-1].end_utc == hour.start_utc:
            blocks[-1] = HourBlock((*blocks[-1].hours, hour))
        else:
            blocks.append(HourBlock((hour,)))
    return blocks


def _mean(prices: PriceDay) -> Fraction:
    return Fraction(mean(Fraction(hour.price_per_kwh) for hour in prices.hours))


def _in_order(hours: Iterable[DayHour]) -> list[DayHour]:
    return sorted(hours, key=lambda hour: hour.start_utc)
