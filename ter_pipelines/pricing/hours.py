"""Prices of hours from several files: each hour once, whoever says it how often."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from ter_pipelines.vocab.clock import HOUR, iso_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.prices import PriceHour

_HOUR_SECONDS = int(HOUR.total_seconds())
_Told = tuple[int, str, datetime]


def distinct_hours(
    files: Iterable[Sequence[PriceHour]], currency: str
) -> list[PriceHour]:
    """Give the components of every hour once, in order of time.

    Args:
        files: What each file holds.
        currency: That all of them must be in.

    Raises:
        InputError: If an hour is told in two ways, is none, or is in another currency.
    """
    told: dict[_Told, list[PriceHour]] = {}
    for number, hours in enumerate(files):
        for hour in hours:
            _require_usable(hour, currency)
            key = number, hour.field, hour.interval_start_utc
            told.setdefault(key, []).append(hour)
    kept: dict[datetime, list[PriceHour]] = {}
    for (_, _, start), parts in told.items():
        if _said(kept.setdefault(start, parts)) != _said(parts):
            one, other = sorted(str(_sum(each)) for each in (kept[start], parts))
            raise InputError(
                f"price of {iso_utc(start)}: got {one} and {other}, or other "
                "components of it, expected one price"
            )
    return [part for _, parts in sorted(kept.items()) for part in parts]


def price_by_hour(hours: Iterable[PriceHour]) -> Mapping[datetime, Decimal]:
    """Add the components of each hour up."""
    prices: dict[datetime, Decimal] = {}
    for hour in hours:
        start = hour.interval_start_utc
        prices[start] = prices.get(start, Decimal()) + hour.price_per_kwh
    return prices


def _require_usable(hour: PriceHour, currency: str) -> None:
    start = hour.interval_start_utc
    if start.minute or start.second or start.microsecond:
        wrong = "got no start of an hour, expected one"
    elif hour.duration_seconds != _HOUR_SECONDS:
        wrong = f"got {hour.duration_seconds} s, expected one hour"
    elif hour.currency != currency:
        wrong = f"got {hour.currency}, expected {currency}, the rate's currency"
    else:
        return
    raise InputError(f"price of {iso_utc(start)} ({hour.field}): {wrong}")


def _said(parts: Sequence[PriceHour]) -> list[tuple[str, Decimal]]:
    return sorted((part.component, part.price_per_kwh) for part in parts)


def _sum(parts: Sequence[PriceHour]) -> Decimal:
    return sum((part.price_per_kwh for part in parts), Decimal())
