"""A price built from named components, whose sum is the price to the last digit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.errors import InputError
from ter_pipelines.vocab.price_recipe import (
    CAP,
    FLOOR,
    LOSS_UPLIFT,
    MARGIN,
    PriceRecipe,
    to_price_places,
)
from ter_pipelines.vocab.prices import PriceHour

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def build_prices(
    market: Sequence[PriceHour], recipe: PriceRecipe, zone: ZoneInfo
) -> list[PriceHour]:
    """Put on each hour's market price what the recipe says.

    price = market price x (1 + loss uplift) + adders + margin, then floor and cap.
    The market's components stay as they are; each part that is put on is a component
    of every hour, zero outside of its window, and what the cap or the floor changes is
    one where it does. What comes of a product is kept to 8 places, so that every
    component is.

    Args:
        market: Components of the market's prices, any order.
        recipe: What is put on them.
        zone: By whose clock windows are.

    Returns:
        Every component of every hour, in order of time.

    Raises:
        InputError: If the market has a component that is called like a part.
    """
    by_start: dict[datetime, list[PriceHour]] = {}
    for part in market:
        by_start.setdefault(part.interval_start_utc, []).append(part)
    built = []
    for start, parts in sorted(by_start.items()):
        added = _added(_sum(parts), start, recipe, zone)
        _require_other_names(parts, added)
        built += parts
        built += [_component(parts[0], name, value) for name, value in added.items()]
    return built


def _added(
    price: Decimal, start: datetime, recipe: PriceRecipe, zone: ZoneInfo
) -> dict[str, Decimal]:
    """Give the parts that are put on a price."""
    added = {}
    if recipe.loss_uplift:
        uplift = _EXACT.multiply(price, recipe.loss_uplift)
        added[LOSS_UPLIFT] = to_price_places(uplift)
    for adder in recipe.adders:
        is_in = adder.window is None or adder.window.has(start, zone)
        added[adder.name] = adder.per_kwh if is_in else Decimal(0)
    if recipe.margin_per_kwh:
        added[MARGIN] = recipe.margin_per_kwh
    whole = price + sum(added.values())
    if recipe.floor_per_kwh is not None and whole < recipe.floor_per_kwh:
        added[FLOOR] = recipe.floor_per_kwh - whole
    if recipe.cap_per_kwh is not None and whole > recipe.cap_per_kwh:
        added[CAP] = recipe.cap_per_kwh - whole
    return added


def _sum(parts: Sequence[PriceHour]) -> Decimal:
    return sum((part.price_per_kwh for part in parts), Decimal())


def _require_other_names(
    parts: Sequence[PriceHour], added: Mapping[str, Decimal]
) -> None:
    taken = sorted({part.component for part in parts} & added.keys())
    if taken:
        raise InputError(
            f"price of {iso_utc(parts[0].interval_start_utc)}: the market's components "
            f"and the rate's are both called {', '.join(taken)}; rename the rate's"
        )


def _component(hour: PriceHour, name: str, price: Decimal) -> PriceHour:
    return PriceHour(
        interval_start_utc=hour.interval_start_utc,
        duration_seconds=hour.duration_seconds,
        component=name,
        price_per_kwh=price,
        currency=hour.currency,
        field=hour.field,
    )
