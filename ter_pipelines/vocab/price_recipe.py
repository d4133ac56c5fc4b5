"""A price built from parts: what is put on the market's price, hour by hour.

The recipe as data, and its fields in a rate's TOML file; `pricing.components` follows
it. Quotients are kept to the places that prices have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.vocab import fields
from ter_pipelines.vocab.field_tables import read_table, read_tables, under
from ter_pipelines.vocab.units import MAX_PRICE_PER_KWH, PRICE_PLACES

MARGIN, LOSS_UPLIFT, CAP, FLOOR = "margin", "loss_uplift", "cap", "floor"
_OF_A_MARKET = ("price", "energy", "congestion", "loss", "rounding")
PARTS_OF_SOME_HOURS = frozenset({CAP, FLOOR, "rounding"})
RESERVED_PARTS = frozenset({MARGIN, LOSS_UPLIFT, CAP, FLOOR, *_OF_A_MARKET})

_HOURS, _WEEKDAYS, _MONTHS = range(24), range(1, 8), range(1, 13)
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_PRICE = Decimal(1).scaleb(-PRICE_PLACES)


def to_price_places(value: Decimal) -> Decimal:
    """Keep as many places as prices have, half away from zero.

    >>> to_price_places(Decimal("0.000000005"))
    Decimal('1E-8')
    """
    return _EXACT.quantize(value, _PRICE)


@dataclass(frozen=True, kw_only=True)
class PeakWindow:
    """Hours of likely peaks, by the clock of the rate's zone.

    Args:
        hours: Local hours, by their beginning: 17 is 17:00 to 18:00.
        weekdays: 1 is Monday, 7 is Sunday.
        months: 1 to 12.
        left_out: Local days, such as holidays, that have no such hour.
    """

    hours: frozenset[int]
    weekdays: frozenset[int] = frozenset(_WEEKDAYS)
    months: frozenset[int] = frozenset(_MONTHS)
    left_out: frozenset[date] = frozenset()

    def has(self, start: datetime, zone: ZoneInfo) -> bool:
        """Tell whether an hour that begins at an instant is one of these."""
        local = start.astimezone(zone)
        return (
            local.hour in self.hours
            and local.isoweekday() in self.weekdays
            and local.month in self.months
            and local.date() not in self.left_out
        )


@dataclass(frozen=True, kw_only=True)
class Adder:
    """A part put on every hour, or on those of a window.

    Args:
        name: Of the component.
        per_kwh: In currency per kWh.
        window: The hours that have it; None for all.
    """

    name: str
    per_kwh: Decimal
    window: PeakWindow | None = None


def spread_per_kwh(per_kw_month: Decimal, *, expected_hours: int) -> Decimal:
    """Spread a price of demand over the hours in which it is expected to arise.

    >>> spread_per_kwh(Decimal("14"), expected_hours=60)
    Decimal('0.23333333')
    """
    return to_price_places(_EXACT.divide(per_kw_month, Decimal(expected_hours)))


@dataclass(frozen=True, kw_only=True)
class PriceRecipe:
    """How a price comes from the market's.

    Args:
        loss_uplift: Share of the market's price that is put on it for losses.
        adders: Put on it, such as capacity or transmission.
        margin_per_kwh: Put on it last.
        cap_per_kwh: The price is no higher; None without a cap.
        floor_per_kwh: The price is no lower; None without a floor.
    """

    loss_uplift: Decimal = Decimal(0)
    adders: tuple[Adder, ...] = ()
    margin_per_kwh: Decimal = Decimal(0)
    cap_per_kwh: Decimal | None = None
    floor_per_kwh: Decimal | None = None


def per_kwh(value: object) -> Decimal:
    """Read a price per kWh, of no more places than are kept."""
    found = fields.number(value)
    if abs(found) >= MAX_PRICE_PER_KWH:
        raise ValueError(f"got {found}, expected less than {MAX_PRICE_PER_KWH}")
    if to_price_places(found) != found:
        raise ValueError(f"got {found}, expected at most {PRICE_PLACES} places")
    return found


def ratio(value: object) -> Decimal:
    """Read a factor or share, of no more places than prices have."""
    found = fields.number(value)
    if abs(found) >= _LARGEST_RATIO or to_price_places(found) != found:
        raise ValueError(
            f"got {found}, expected less than {_LARGEST_RATIO} of at most "
            f"{PRICE_PLACES} places"
        )
    return found


def read_price_recipe(value: object) -> tuple[PriceRecipe, fields.Errors]:
    """Read the table of a recipe; what it leaves out is not put on the price."""
    given = dict(value) if isinstance(value, Mapping) else value
    listed = given.pop("adder", []) if isinstance(given, dict) else []
    values, errors = read_table(given, _RECIPE, whose="a built price")
    errors |= fields.find_empty_bands(values, (("floor_per_kwh", "cap_per_kwh"),))
    adders, wrong = _read_adders(listed)
    errors |= under("adder", wrong)
    return PriceRecipe(adders=tuple(adders), **({} if errors else values)), errors


def _read_adders(listed: object) -> tuple[list[Adder], fields.Errors]:
    tables, errors = read_tables(listed, _ADDER, whose="an adder", needed=("name",))
    adders: list[Adder] = []
    for i, values in enumerate(tables):
        window, wrong = values.get("window", (None, {}))
        wrong = under("window", wrong) | _wrong_price(values)
        if values.get("name") in {adder.name for adder in adders}:
            wrong["name"] = [f"got {values['name']!r} a second time"]
        errors |= under(f"[{i}]", wrong)
        if not errors:
            adders.append(
                Adder(name=values["name"], per_kwh=_price_of(values), window=window)
            )
    return adders, errors


def _wrong_price(values: Mapping[str, Any]) -> fields.Errors:
    if ("per_kw_month" in values) != ("expected_hours" in values):
        return {"expected_hours": ["expected together with per_kw_month, only"]}
    if ("per_kwh" in values) == ("per_kw_month" in values):
        return {"per_kwh": ["expected either this or per_kw_month"]}
    return {}


def _price_of(values: Mapping[str, Any]) -> Decimal:
    if "per_kwh" in values:
        return Decimal(values["per_kwh"])
    return spread_per_kwh(
        values["per_kw_month"], expected_hours=values["expected_hours"]
    )


def _window(value: object) -> tuple[PeakWindow | None, fields.Errors]:
    values, errors = read_table(value, _WINDOW, whose="a window", needed=("hours",))
    return (None if errors else PeakWindow(**values)), errors


def _name(value: object) -> str:
    name = fields.identifier(value)
    if name in RESERVED_PARTS:
        raise ValueError(f"got {name!r}, which another part of the price is called")
    return str(name)


def _whole_numbers(allowed: range, what: str) -> fields.Reader:
    one = fields.whole(allowed, what)

    def read(value: object) -> object:
        if not isinstance(value, list) or not value:
            raise ValueError(f"got {value!r}, expected a list of {what}s")
        return frozenset(one(item) for item in value)

    return read


_LARGEST_RATIO = 1000
_RECIPE: Mapping[str, fields.Reader] = {
    "loss_uplift": ratio,
    "margin_per_kwh": per_kwh,
    "cap_per_kwh": per_kwh,
    "floor_per_kwh": per_kwh,
}
_ADDER: Mapping[str, fields.Reader] = {
    "name": _name,
    "per_kwh": per_kwh,
    "per_kw_month": per_kwh,
    "expected_hours": fields.whole(range(1, 745), "hours"),
    "window": _window,
}
_WINDOW: Mapping[str, fields.Reader] = {
    "hours": _whole_numbers(_HOURS, "hour"),
    "weekdays": _whole_numbers(_WEEKDAYS, "weekday"),
    "months": _whole_numbers(_MONTHS, "month"),
    "left_out": fields.dates,
}
