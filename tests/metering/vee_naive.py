"""VEE a second time, as plainly as it can be said: loops over hours and fractions.

It shares no code with what it is compared to, and only knows hourly channels.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


@dataclass
class Hour:
    """One hour: kWh if there is any, its state, and whether power failed."""

    kwh: Fraction | None
    state: str
    is_outage: bool = False
    places: int = 3

    @property
    def is_good(self) -> bool:
        """Tell whether an estimate may rest on it."""
        return self.state in {"VALID", "ADJUSTED"} and not self.is_outage


@dataclass
class Naive:
    """A channel's hours from a first to a last instant, every one of them."""

    hours: dict[datetime, Hour]
    first: datetime
    last: datetime
    zone: ZoneInfo

    def day_hours(self, day: date) -> list[datetime]:
        """Give every hour of a local day by trying all of two days around it."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone)
        middle = (noon - noon.utcoffset()).replace(tzinfo=self.first.tzinfo)  # type: ignore[operator]
        tried = (middle + n * HOUR for n in range(-20, 21))
        return [t for t in tried if t.astimezone(self.zone).date() == day]

    def missing_seconds(self) -> int:
        """Count the time without a value."""
        return 3600 * sum(hour.kwh is None for hour in self.hours.values())

    def spikes(self, limit: Fraction, least: int) -> list[datetime]:
        """Find the highest hours of days on which they stand out."""
        found = []
        for day in sorted({t.astimezone(self.zone).date() for t in self.hours}):
            values = {}
            for t in self.hours:
                kwh = self.hours[t].kwh
                if t.astimezone(self.zone).date() == day and kwh is not None:
                    values[t] = kwh
            if len(values) < least:
                continue
            ranking = list(values.values())
            highest = max(ranking)
            ranking.remove(highest)
            ranking.remove(max(ranking))
            third = max(ranking)
            if third > 0 and (highest - third) / third > limit:
                found += [t for t, kwh in values.items() if kwh == highest]
        return sorted(found)

    def total(self, begin: datetime, end: datetime) -> Fraction | None:
        """Add hours up; None if one is missing."""
        total = Fraction(0)
        t = begin
        while t < end:
            kwh = self.hours[t].kwh if t in self.hours else None
            if kwh is None:
                return None
            total += kwh
            t += HOUR
        return total

    def holes(self) -> list[datetime]:
        """Give the hours to estimate."""
        return sorted(
            t for t, hour in self.hours.items() if hour.state in {"MISSING", "SUSPECT"}
        )

    def line(self, t: datetime) -> tuple[str, Fraction, int] | None:
        """Estimate an hour from the good values that stand two hours apart or less."""
        before = t - HOUR
        while before >= self.first and not self.hours[before].is_good:
            before -= HOUR
        after = t + HOUR
        while after < self.last and not self.hours[after].is_good:
            after += HOUR
        if after - (before + HOUR) > 2 * HOUR:
            return None
        left, right = self.hours.get(before), self.hours.get(after)
        if left and right and left.kwh is not None and right.kwh is not None:
            share = Fraction((t - before) // HOUR, (after - before) // HOUR)
            value = left.kwh * (1 - share) + right.kwh * share
            return "interpolated", value, max(left.places, right.places)
        one = left or right
        if one is None or one.kwh is None:
            return None
        return "flat", one.kwh, one.places

    def kind(self, day: date, holidays: set[date]) -> int:
        """Give 0 for weekdays, 5 for Saturdays, 6 for Sundays and holidays."""
        if day in holidays:
            return 6
        return day.weekday() if day.weekday() > 4 else 0

    def clock(self, t: datetime) -> str:
        """Give the local hour as a clock shows it."""
        return f"{t.astimezone(self.zone):%H}"

    def usable_days(self, day: date, clocks: set[str]) -> list[date]:
        """Give whole good days that have these hours, going away from a day."""
        usable = []
        for distance in range(60):
            for other in dict.fromkeys(
                (day - timedelta(distance), day + timedelta(distance))
            ):
                hours = self.day_hours(other)
                is_good = all(h in self.hours and self.hours[h].is_good for h in hours)
                if is_good and clocks <= {self.clock(h) for h in hours}:
                    usable.append(other)
        return usable

    def likened(
        self, t: datetime, holes: list[datetime], holidays: set[date]
    ) -> tuple[str, Fraction, int] | None:
        """Estimate an hour from like days that have the whole part of its gap."""
        day = t.astimezone(self.zone).date()
        part = [t]
        for step in (-HOUR, HOUR):
            other = t + step
            while other in holes and other.astimezone(self.zone).date() == day:
                part.append(other)
                other += step
        usable = self.usable_days(day, {self.clock(p) for p in part})
        wanted = self.kind(day, holidays)
        same = [other for other in usable if self.kind(other, holidays) == wanted]
        near = [other for other in same if abs((other - day).days) <= 30]
        method, chosen = "all_days", usable
        if same:
            method, chosen = "same_type_days", same[:10]
        if near:
            method, chosen = "like_days", near[:3]
        if not chosen:
            return None
        return method, *self._mean(self.clock(t), chosen)

    def _mean(self, clock: str, chosen: list[date]) -> tuple[Fraction, int]:
        total, places = Fraction(0), 3
        for day in chosen:
            of_day = []
            for h in self.day_hours(day):
                if self.clock(h) == clock:
                    of_day.append(self.hours[h].kwh or Fraction(0))
                    places = max(places, self.hours[h].places)
            total += sum(of_day, start=Fraction(0)) / len(of_day)
        return total / len(chosen), places


def nearest(value: Fraction, places: int) -> Fraction:
    """Round half away from zero, by trying both neighbours."""
    unit = Fraction(1, 10**places)
    below = value // unit * unit
    above = below + unit
    if value - below == above - value:
        return above if value > 0 else below
    return below if value - below < above - value else above


def shared(parts: list[Fraction], total: Fraction, places: int) -> list[Fraction]:
    """Hand out a total unit by unit, each to the part that lacks most."""
    unit = Fraction(1, 10**places)
    given = [part // unit * unit for part in parts]
    while sum(given) < total:
        lacks = [part - have for part, have in zip(parts, given, strict=True)]
        given[lacks.index(max(lacks))] += unit
    return given
