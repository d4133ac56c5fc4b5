"""The rules of single channels over rows of usage: what sets leave, or everything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from ter_pipelines.metering.mapping import MeterMap
from ter_pipelines.metering.vee.day import DayFacts, hourly_limits, judge_channel
from ter_pipelines.metering.vee.day_channels import (
    ChannelDay,
    ChannelKey,
    commonest_seconds,
    key_of,
)
from ter_pipelines.metering.vee.day_gaps import (
    Surroundings,
    registers_of,
    resolve_channel,
)
from ter_pipelines.metering.vee.edits import DIRECTIONS
from ter_pipelines.metering.vee.like_days import day_type
from ter_pipelines.metering.vee.raw_estimates import is_good
from ter_pipelines.metering.vee.series import (
    VALID,
    Channel,
    Direction,
    Interval,
    seconds_of,
)
from ter_pipelines.metering.vee.standings import JudgedChannel
from ter_pipelines.metering.vee.value_rules import Limits
from ter_pipelines.store.vee_limits import SurveyRules
from ter_pipelines.vocab.clock import DAY, Span, day_span
from ter_pipelines.vocab.ids import OTHER_SOURCES
from ter_pipelines.vocab.vee_settings import VeeSettings

Row = Mapping[str, Any]
ChannelOnDay = tuple[ChannelKey, date]
RowsByDay = Mapping[ChannelOnDay, Sequence[Row]]
Totals = dict[ChannelKey, dict[date, Decimal]]


@dataclass(frozen=True)
class Rules:
    """What channels are held against.

    Args:
        zone: Of the local days.
        settings: The programme's.
        limits: Least and most net energy of one device in an hour.
        meter_map: Which meter is whose.
        dials: Register readings by channel, in order.
    """

    zone: ZoneInfo
    settings: VeeSettings
    limits: Limits
    meter_map: MeterMap
    dials: Mapping[ChannelKey, Sequence[Row]] = field(default_factory=dict)

    def for_sets(self) -> SurveyRules:
        """Give them as a survey takes them."""
        hourly = {
            name: hourly_limits(
                ChannelKey("", "", "", name), self.limits, self.settings
            )
            for name in DIRECTIONS
        }
        return SurveyRules(
            zone=self.zone,
            settings=self.settings,
            hourly_kwh={n: (h.lowest_kwh, h.highest_kwh) for n, h in hourly.items()},
        )

    def judge(
        self,
        which: ChannelOnDay,
        rows: Sequence[Row],
        otherwise: int,
        totals: Mapping[date, Decimal],
    ) -> JudgedChannel:
        """Hold every rule against a channel's day.

        Args:
            which: The channel and the day.
            rows: Of the day.
            otherwise: Length of intervals, where no row tells it.
            totals: Of whole good days of the channel.
        """
        key, day = which
        span = day_span(day, self.zone)
        seconds = commonest_seconds(rows, otherwise)
        channel = Channel(
            str(key),
            key.meter_id,
            seconds,
            direction=cast("Direction", key.direction),
            is_controllable=key.ven_id not in OTHER_SOURCES,
        )
        of_day = [
            row
            for row in self.dials.get(key, ())
            if span.start_utc <= row["read_at"] <= span.end_utc
        ]
        registers = registers_of(of_day)
        facts = DayFacts(
            zone=self.zone,
            settings=self.settings,
            limits=self.limits,
            meter_map=self.meter_map,
            registers={key: registers} if registers else {},
            like_totals={key: self._like_totals(day, totals)},
        )
        return judge_channel(ChannelDay(key, channel, span, rows), facts)

    def judge_and_estimate(
        self,
        which: Mapping[ChannelOnDay, int],
        rows: RowsByDay,
        totals: Totals,
        *,
        is_sparing: bool = False,
    ) -> dict[ChannelOnDay, JudgedChannel]:
        """Judge channels' days, then estimate their gaps.

        Args:
            which: The days, with the length of intervals where no row tells it.
            rows: Of these days, and of clean days or days with gaps around them.
            totals: Of whole good days by channel; those judged now are added.
            is_sparing: Look no further than to the days beside where all that is not
                good is too short for anything but a line.
        """
        judged: dict[ChannelOnDay, JudgedChannel] = {}
        for one, seconds in sorted(which.items(), key=lambda item: item[0][1]):
            of_channel = totals.setdefault(one[0], {})
            judged[one] = self.judge(one, rows.get(one, ()), seconds, of_channel)
            total_kwh = judged[one].total_kwh()
            if total_kwh is not None:
                of_channel[one[1]] = total_kwh
        days: dict[ChannelKey, set[date]] = {}
        for key, day in [*rows, *judged]:
            days.setdefault(key, set()).add(day)
        around = _Around(judged, rows, days, self.settings, self.zone)
        return {
            (key, day): resolve_channel(
                one,
                "estimate",
                self._surroundings(key, day, around, is_sparing=is_sparing),
                self.settings,
            )
            if one.holes(self.settings)
            else one
            for (key, day), one in judged.items()
        }

    def _like_totals(self, day: date, totals: Mapping[date, Decimal]) -> list[Decimal]:
        within = self.settings.reference_within_days
        wanted = day_type(day, self.settings.holidays)
        return [
            total
            for other, total in totals.items()
            if 0 < (day - other).days <= within
            and day_type(other, self.settings.holidays) == wanted
        ]

    def _surroundings(
        self, key: ChannelKey, day: date, around: "_Around", *, is_sparing: bool
    ) -> Surroundings:
        dials = self.dials.get(key, ())
        is_near = is_sparing and not dials and around.needs_a_line_at_most(key, day)
        days = around.beside(day) if is_near else around.days.get(key, set())
        return Surroundings(
            zone=self.zone,
            around=[i for on in days if on != day for i in around.told(key, on)],
            registers=registers_of(dials),
        )


@dataclass(frozen=True)
class _Around:
    """What was told of channels, as it was judged; what was not judged is valid."""

    judged: Mapping[ChannelOnDay, JudgedChannel]
    rows: RowsByDay
    days: Mapping[ChannelKey, set[date]]
    settings: VeeSettings
    zone: ZoneInfo

    def told(self, key: ChannelKey, day: date) -> list[Interval]:
        """Give the values of a day."""
        one = self.judged.get((key, day))
        if one is None:
            return [_valid(row) for row in self.rows.get((key, day), ())]
        return [s.interval for s in one.standings if s.interval.energy_kwh is not None]

    def beside(self, day: date) -> list[date]:
        """Give the days before and after."""
        return [day - DAY, day + DAY]

    def needs_a_line_at_most(self, key: ChannelKey, day: date) -> bool:
        """Tell whether all that is not good of three days is as long as a line."""
        one = self.judged[key, day]
        step = one.day.channel.interval_seconds
        good = [i for i in (s.interval for s in one.standings) if is_good(i)]
        for beside in self.beside(day):
            good += [i for i in self.told(key, beside) if is_good(i)]
        first, last = (day_span(beside, self.zone) for beside in self.beside(day))
        seconds = seconds_of(Span(first.start_utc, last.end_utc))
        not_good = seconds - sum(i.duration_seconds for i in good)
        is_alike = all(i.duration_seconds == step for i in good)
        return is_alike and not_good <= self.settings.interpolation_seconds


def rows_by_day(rows: Iterable[Row]) -> dict[ChannelOnDay, list[Row]]:
    """Group rows with their operating day by channel and day."""
    found: dict[ChannelOnDay, list[Row]] = {}
    for row in rows:
        found.setdefault((key_of(row), row["operating_day"]), []).append(row)
    return found


def _valid(row: Row) -> Interval:
    return Interval(
        row["interval_start_utc"],
        row["duration_seconds"],
        row["energy_kwh"],
        VALID,
        version=row["version"],
    )
