"""What the pages of meters say: where they stand, newest values, a day of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup

from ter_pipelines.formats.svg_bars import Bar, bar_picture
from ter_pipelines.metering.summaries import Summary
from ter_pipelines.pages import wording
from ter_pipelines.pages.wording import NOTHING
from ter_pipelines.vocab.clock import HOUR, day_span
from ter_pipelines.vocab.modbus import GOOD, ModbusHost
from ter_pipelines.vocab.units import plain

Context = dict[str, Any]
_SILENT_AFTER_POLLS = 5
_HEADLINES = 3
_LABEL_HOURS = 3
_PLACES = 3
_USUAL_HOURS = 24


class Value(Protocol):
    """A value as it was read."""

    @property
    def read_at(self) -> datetime:
        """Give when."""

    @property
    def value(self) -> Decimal:
        """Give the number."""

    @property
    def unit(self) -> str:
        """Give its unit."""

    @property
    def quality(self) -> str:
        """Give GOOD, or why it is doubted."""


@dataclass(frozen=True)
class Place:
    """Where a meter stands."""

    street: str
    city: str


def told_host(
    host: ModbusHost,
    place: Place | None,
    latest: Mapping[str, Value],
    now: datetime,
    zone: ZoneInfo,
) -> Context:
    """Give what is said of a meter in a line."""
    heard_at = max((value.read_at for value in latest.values()), default=None)
    patience = timedelta(seconds=_SILENT_AFTER_POLLS * host.poll_seconds)
    is_silent = heard_at is None or now - heard_at > patience
    return {
        "name": host.host_id,
        "href": f"/pages/sites/{quote(host.host_id, safe='')}",
        "description": host.description,
        "model": host.map_name,
        "street": "" if place is None else place.street,
        "city": "" if place is None else place.city,
        "state": _state(host, is_silent=is_silent),
        "is_well": host.is_enabled and not is_silent,
        "heard": NOTHING if heard_at is None else wording.moment(heard_at, zone),
        "values": [
            {"name": _words(name), "value": _number(value)}
            for name, value in _headlines(latest)
        ],
    }


def told_latest(
    latest: Mapping[str, Value],
    now: datetime,
    zone: ZoneInfo,
    *,
    address: str,
    chosen: str,
) -> list[Context]:
    """Give the newest value of everything a meter measures.

    Args:
        latest: By name of the measurement.
        now: The present.
        zone: By whose clock.
        address: Of the meter's page.
        chosen: The measurement that is drawn.
    """
    return [
        {
            "name": _words(name),
            "href": f"{address}?{urlencode({'measurement': name})}",
            "is_chosen": name == chosen,
            "value": _number(value),
            "quality": "" if value.quality == GOOD else _words(value.quality.lower()),
            "read": wording.moment(value.read_at, zone),
            "is_old": now - value.read_at > HOUR,
        }
        for name, value in latest.items()
    ]


def told_day(
    hours: Sequence[Summary], day: date, zone: ZoneInfo, *, name: str
) -> Context:
    """Give the picture of a measurement's day, and what it came to.

    Args:
        hours: Of the day; those without a value are left out.
        day: Of 23, 24 or 25 hours.
        zone: By whose clock.
        name: Of the measurement.
    """
    good = [hour for hour in hours if hour.mean is not None]
    if not good:
        return {"picture": "", "facts": [], "unit": "", "title": _words(name)}
    unit = good[0].unit
    lowest = min(h.minimum for h in good if h.minimum is not None)
    highest = max(h.maximum for h in good if h.maximum is not None)
    facts = [
        {"name": "Lowest", "value": _figure(lowest, unit)},
        {"name": "Highest", "value": _figure(highest, unit)},
        {"name": "Readings", "value": f"{sum(hour.count for hour in hours):,}"},
    ]
    doubted = sum(hour.doubted for hour in hours)
    if doubted:
        facts.append({"name": "In doubt, not drawn", "value": f"{doubted:,}"})
    return {
        "picture": Markup(_picture(good, day, zone, name)),  # noqa: S704
        "facts": facts,
        "unit": unit,
        "title": _words(name),
    }


def _picture(hours: Sequence[Summary], day: date, zone: ZoneInfo, name: str) -> str:
    span = day_span(day, zone)
    by_start = {hour.span.start_utc: hour for hour in hours}
    bars, start = [], span.start_utc
    while start < span.end_utc:
        bars.append(_bar(start, by_start.get(start), zone))
        start += HOUR
    odd = "" if len(bars) == _USUAL_HOURS else f" It has {len(bars)} hours."
    unit = hours[0].unit
    return bar_picture(
        bars,
        title=f"{_words(name)} on {wording.day_name(day)}, mean of every hour, {unit}",
        description=f"{len(hours)} hours have values.{odd}",
        words=wording.short,
    )


def _bar(start: datetime, hour: Summary | None, zone: ZoneInfo) -> Bar:
    local = start.astimezone(zone)
    label = f"{local:%H}" if local.hour % _LABEL_HOURS == 0 else ""
    mean = None if hour is None else hour.mean
    if hour is None or mean is None:
        return Bar(label, Decimal(0), Decimal(0), f"{local:%H:%M}: no value")
    said = f"{local:%H:%M}: {_figure(mean, hour.unit)}"
    return Bar(label, max(mean, Decimal(0)), min(mean, Decimal(0)), said)


def _state(host: ModbusHost, *, is_silent: bool) -> str:
    if not host.is_enabled:
        return "not polled"
    return "silent" if is_silent else "answers"


def _headlines(latest: Mapping[str, Value]) -> list[tuple[str, Value]]:
    """Choose what says most of a meter: power, then energy."""
    order = {"W": 0, "kW": 0, "kWh": 1, "Wh": 1, "MWh": 1}
    ranked = sorted(
        latest.items(),
        key=lambda item: (order.get(item[1].unit, 2), "total" not in item[0], item[0]),
    )
    return ranked[:_HEADLINES]


def _number(value: Value) -> str:
    return _figure(value.value, value.unit)


def _figure(number: Decimal, unit: str) -> str:
    rounded = round(number, _PLACES)
    text = plain(abs(rounded))
    return f"{wording.MINUS if rounded < 0 else ''}{text} {unit}".rstrip()


def _words(name: str) -> str:
    return name.replace("_", " ")
