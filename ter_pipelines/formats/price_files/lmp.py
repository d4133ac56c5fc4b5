"""A locational marginal price and its parts, as the hours that everybody passes on."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from ter_pipelines.vocab.prices import PriceHour
from ter_pipelines.vocab.strict_json import shown

LARGEST_ROUNDING_PER_KWH = Decimal("0.00002")
LMP_PARTS = ("energy", "congestion", "loss")
ROUNDING = "rounding"
HOUR_SECONDS = 3600
_SHOWN = 5


def hours_of_lmp(
    lmp: Decimal,
    parts: Mapping[str, Decimal],
    *,
    start: datetime,
    currency: str,
    field: str,
) -> list[PriceHour]:
    """Give a price as its parts, which add up to it to the last digit.

    Args:
        lmp: The whole price, per kWh.
        parts: By name, per kWh. Where they miss the price by rounding, the rest
            becomes a part of its own.
        start: UTC start of the hour.
        currency: Of the prices.
        field: Where in the file the price stands.

    Raises:
        ValueError: If the parts miss the price by over 0.02 per MWh.
    """
    rounding = lmp - sum(parts.values())
    if abs(rounding) > LARGEST_ROUNDING_PER_KWH:
        raise ValueError(
            f"the components differ from the LMP by {rounding * 1000} per MWh, "
            f"expected at most {LARGEST_ROUNDING_PER_KWH * 1000}"
        )
    whole = {**parts, ROUNDING: rounding} if rounding else parts
    return [
        PriceHour(
            interval_start_utc=start,
            duration_seconds=HOUR_SECONDS,
            component=component,
            price_per_kwh=price,
            currency=currency,
            field=field,
        )
        for component, price in whole.items()
    ]


def require_location(found: Collection[str], wanted: str | None) -> None:
    """Hold the locations of a file against the one that is wanted.

    Args:
        found: Every location of the file.
        wanted: None where the file is expected to have but one.

    Raises:
        ValueError: If the wanted one is absent, or none is wanted and there are more.
    """
    named = ", ".join(shown(name) for name in sorted(found)[:_SHOWN])
    if wanted is not None and wanted not in found:
        had = f"; it has {len(found)}: {named}" if found else ""
        raise ValueError(f"got no row for location {shown(wanted)}{had}")
    if wanted is None and len(found) > 1:
        raise ValueError(
            f"got prices of {len(found)} locations ({named}), expected to be told "
            "which one is wanted"
        )
