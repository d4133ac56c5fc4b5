"""The days of a statement: their sums, their hours, and the pictures of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.formats.svg_bars import Bar, Line, bar_picture
from ter_pipelines.pages import wording
from ter_pipelines.pages.wording import NOTHING
from ter_pipelines.settlement.document import StatementHour
from ter_pipelines.vocab.clock import operating_day_of

_USUAL_HOURS, _FEW_DAYS = 24, 12
_HOUR_PLACES = 5
_MARKS = {"E": "estimated", "A": "adjusted"}


@dataclass(frozen=True)
class Day:
    """A local day and its hours."""

    day: date
    hours: tuple[StatementHour, ...]
    zone: ZoneInfo

    @property
    def cost(self) -> Decimal:
        """Give what the hours cost that cost something."""
        return sum((max(h.amount, Decimal(0)) for h in self.hours), Decimal(0))

    @property
    def credit(self) -> Decimal:
        """Give what the hours earned that earned something: below zero."""
        return sum((min(h.amount, Decimal(0)) for h in self.hours), Decimal(0))

    def told(self, currency: str) -> dict[str, Any]:
        """Give what the page says of the day."""
        used = sum((hour.import_kwh for hour in self.hours), Decimal(0))
        given = sum((hour.export_kwh for hour in self.hours), Decimal(0))
        return {
            "name": wording.day_name(self.day),
            "used": wording.energy(used),
            "given": wording.energy(given) if given else NOTHING,
            "amount": wording.money(self.cost + self.credit, currency, 3),
            "is_odd": len(self.hours) not in {0, _USUAL_HOURS},
            "count": len(self.hours),
            "hours": [self._hour(hour, currency) for hour in self.hours],
        }

    def _hour(self, hour: StatementHour, currency: str) -> dict[str, Any]:
        local = hour.interval_start_utc.astimezone(self.zone)
        is_usual = len(self.hours) <= _USUAL_HOURS
        known = hour.price_per_kwh
        return {
            "time": f"{local:%H:%M}" if is_usual else f"{local:%H:%M %Z}",
            "used": wording.energy(hour.import_kwh) if hour.import_kwh else NOTHING,
            "given": wording.energy(hour.export_kwh) if hour.export_kwh else NOTHING,
            "price": NOTHING if known is None else wording.price(known, currency, 3),
            "amount": wording.money(hour.amount, currency, _HOUR_PLACES),
            "notes": _notes(hour),
            "usage_version": hour.usage_version or NOTHING,
            "price_version": hour.price_submission_id or NOTHING,
        }


def days_of(hours: Sequence[StatementHour], zone: ZoneInfo) -> list[Day]:
    """Give hours by their local day, in order."""
    by_day: dict[date, list[StatementHour]] = {}
    for hour in hours:
        day = operating_day_of(hour.interval_start_utc, zone)
        by_day.setdefault(day, []).append(hour)
    return [Day(day, tuple(of_day), zone) for day, of_day in sorted(by_day.items())]


def picture_of_month(days: Sequence[Day], currency: str) -> str:
    """Draw what each day cost above the line, and what it earned below."""
    bars = [
        Bar(
            label=str(day.day.day) if _is_labelled(i, len(days)) else "",
            above=day.cost,
            below=day.credit,
            hint=f"{wording.day_name(day.day)}: cost "
            f"{wording.money(day.cost, currency)}, earned "
            f"{wording.money(-day.credit, currency)}",
        )
        for i, day in enumerate(days)
    ]
    return bar_picture(
        bars,
        title="What each day cost and earned",
        words=lambda value: wording.money(value, currency),
    )


def picture_of_day(
    hours: Sequence[StatementHour], zone: ZoneInfo, currency: str
) -> str:
    """Draw a typical day: average usage by the clock, and average price over it."""
    by_hour: dict[int, list[StatementHour]] = {i: [] for i in range(_USUAL_HOURS)}
    for hour in hours:
        by_hour[hour.interval_start_utc.astimezone(zone).hour].append(hour)
    prices = [_average([h.price_per_kwh for h in of]) for of in by_hour.values()]
    bars = []
    for clock, of_clock in by_hour.items():
        used = _average([hour.import_kwh for hour in of_clock]) or Decimal(0)
        given = _average([hour.export_kwh for hour in of_clock]) or Decimal(0)
        known = prices[clock]
        at = "" if known is None else f" at {wording.price(known, currency)}"
        bars.append(
            Bar(
                label=f"{clock:02d}" if clock % 3 == 0 else "",
                above=used,
                below=-given,
                hint=f"{clock:02d}:00, on average: used {wording.energy(used)} kWh, "
                f"gave {wording.energy(given)} kWh{at}",
            )
        )
    return bar_picture(
        bars,
        title="A typical day: usage by the hour, and its price",
        words=wording.short,
        line=Line(prices, lambda value: wording.price(value, currency, 0)),
    )


def _is_labelled(place: int, count: int) -> bool:
    return count <= _FEW_DAYS or place % 2 == 0


def _average(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def _notes(hour: StatementHour) -> str:
    said = [_MARKS[hour.quality]] if hour.quality else []
    if hour.missing_seconds:
        missing = wording.length(hour.missing_seconds)
        said.append("missing" if not hour.heard_seconds else f"{missing} missing")
    return ", ".join(said)
