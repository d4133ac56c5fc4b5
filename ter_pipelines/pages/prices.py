"""What the page of prices says of a day. Pure functions.

Everything is told from the one price day that devices and the feed are told from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from ter_pipelines.formats.svg_steps import Step, step_picture
from ter_pipelines.pages import wording
from ter_pipelines.pricing.cheap_hours import blocks_of, cheap_hours, dear_hours
from ter_pipelines.vocab.price_day import DayHour, HourBlock, PriceDay, PriceVersion
from ter_pipelines.vocab.programme import Programme

Context = dict[str, Any]
FEW_HOURS = 4
_USUAL_HOURS, _LABEL_HOURS = 24, 3


@dataclass(frozen=True, kw_only=True)
class PublishedDay:
    """A day's prices, and what is known of how they came.

    Args:
        prices: The day's.
        by: Who sent them; empty if that is not known.
        versions: Every version of the day, the first one first.
    """

    prices: PriceDay
    by: str
    versions: Sequence[PriceVersion] = ()


def told_day(found: PublishedDay, programme: Programme, now: datetime) -> Context:
    """Give what the page says of a day that has prices.

    Args:
        found: The day.
        programme: Whose zone its hours are told in.
        now: Which hour is marked.
    """
    prices = found.prices
    clock = _Clock(programme, is_odd=len(prices.hours) != _USUAL_HOURS)
    cheap = cheap_hours(prices, count=FEW_HOURS)
    dear = dear_hours(prices, count=FEW_HOURS)
    kinds = {hour.start_utc: "cheap" for hour in cheap}
    kinds |= {hour.start_utc: "dear" for hour in dear}
    return {
        "day": prices.operating_day,
        "name": _name(prices.operating_day),
        "is_odd": clock.is_odd,
        "count": len(prices.hours),
        "published": wording.moment(prices.version.published_at, programme.zone),
        "by": found.by,
        "version": prices.version,
        "versions": [
            {
                "number": version.number,
                "published": wording.moment(version.published_at, programme.zone),
                "sha256": version.sha256,
            }
            for version in reversed(found.versions)
        ],
        "cheapest": _told_blocks(cheap, prices, clock),
        "dearest": _told_blocks(dear, prices, clock),
        "facts": _facts(prices, clock, now),
        "picture": Markup(_picture(prices, clock, kinds, now)),  # noqa: S704
        "hours": [_hour(hour, prices, clock, kinds) for hour in prices.hours],
    }


def told_unpublished(day: date, programme: Programme, now: datetime) -> Context:
    """Give what the page says of a day without prices: when they are expected."""
    local = now.astimezone(programme.zone)
    first, last = programme.fetch_prices_at, programme.fetch_prices_until
    days = (day - local.date()).days
    if days < 1:
        said = "No prices are published for this day."
    elif days > 1:
        said = "Its prices are not published yet; they come the day before."
    elif local.time() < last:
        said = (
            f"Not published yet. They are expected today between {first:%H:%M} and "
            f"{last:%H:%M} {local:%Z}."
        )
    else:
        said = (
            f"Not published yet. They were expected today by {last:%H:%M} {local:%Z}."
        )
    return {"day": day, "name": _name(day), "unpublished": said}


@dataclass(frozen=True)
class _Clock:
    """Says times of a day: on one of 23 or 25 hours with the name of their offset."""

    programme: Programme
    is_odd: bool

    def __call__(self, instant: datetime) -> str:
        local = instant.astimezone(self.programme.zone)
        return f"{local:%H:%M %Z}" if self.is_odd else f"{local:%H:%M}"

    def end(self, instant: datetime) -> str:
        """Say an end: midnight is that of the day that ends."""
        said = self(instant)
        return said.replace("00:00", "24:00") if said.startswith("00:00") else said

    def hour(self, instant: datetime) -> int:
        """Give the hour by the clock."""
        return instant.astimezone(self.programme.zone).hour


def _name(day: date) -> str:
    return f"{wording.day_name(day)}, {day.year}"


def _told_blocks(
    hours: Sequence[DayHour], prices: PriceDay, clock: _Clock
) -> list[Context]:
    return [
        {
            "when": _when(block, clock),
            "price": wording.price(_average(block.hours), prices.currency),
            "is_average": len(block.hours) > 1,
        }
        for block in blocks_of(hours)
    ]


def _when(block: HourBlock, clock: _Clock) -> str:
    return f"{clock(block.start_utc)} to {clock.end(block.end_utc)}"


def _facts(prices: PriceDay, clock: _Clock, now: datetime) -> list[Context]:
    lowest = min(prices.hours, key=lambda hour: hour.price_per_kwh)
    highest = max(prices.hours, key=lambda hour: hour.price_per_kwh)
    facts = [
        _fact("Now", hour, prices, f"until {clock.end(hour.end_utc)}")
        for hour in prices.hours
        if hour.start_utc <= now < hour.end_utc
    ]
    for name, hour in (("Lowest", lowest), ("Highest", highest)):
        facts.append(_fact(name, hour, prices, f"at {clock(hour.start_utc)}"))
    average = wording.price(_average(prices.hours), prices.currency)
    return [*facts, {"name": "Average", "value": average, "note": "of all hours"}]


def _fact(name: str, hour: DayHour, prices: PriceDay, note: str) -> Context:
    value = wording.price(hour.price_per_kwh, prices.currency)
    return {"name": name, "value": value, "note": note}


def _average(hours: Iterable[DayHour]) -> Decimal:
    values = [hour.price_per_kwh for hour in hours]
    return sum(values, Decimal(0)) / len(values)


def _picture(
    prices: PriceDay, clock: _Clock, kinds: dict[datetime, str], now: datetime
) -> str:
    steps = []
    for hour in prices.hours:
        kind = kinds.get(hour.start_utc, "")
        at = clock.hour(hour.start_utc)
        steps.append(
            Step(
                label=f"{at:02d}" if at % _LABEL_HOURS == 0 else "",
                value=hour.price_per_kwh,
                hint=f"{clock(hour.start_utc)}: "
                f"{wording.price(hour.price_per_kwh, prices.currency, 3)} per kWh"
                + (f", {kind}" if kind else ""),
                kind=kind,
                is_now=hour.start_utc <= now < hour.end_utc,
            )
        )
    lowest = min(hour.price_per_kwh for hour in prices.hours)
    highest = max(hour.price_per_kwh for hour in prices.hours)
    return step_picture(
        steps,
        title=f"Price of every hour of {_name(prices.operating_day)}",
        description=f"From {wording.price(lowest, prices.currency)} to "
        f"{wording.price(highest, prices.currency)} per kWh. Every hour is in the "
        "table below.",
        words=lambda value: wording.price(value, prices.currency, 0),
    )


def _hour(
    hour: DayHour, prices: PriceDay, clock: _Clock, kinds: dict[datetime, str]
) -> Context:
    kind = kinds.get(hour.start_utc, "")
    return {
        "when": f"{clock(hour.start_utc)} to {clock.end(hour.end_utc)}",
        "price": wording.price(hour.price_per_kwh, prices.currency, 3),
        "exact": f"{hour.value} {prices.unit}",
        "kind": kind,
    }
