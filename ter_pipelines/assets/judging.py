"""A run of validation: what it reads of the lake, day by day, and what it makes of it.

Gaps are resolved once all days of the run are judged, because an estimate rests on the
days after it, too.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ter_pipelines.assets.sound_days import (
    LEAST_ROWS,
    SoundDays,
    find_sound_days,
)
from ter_pipelines.assets.surroundings import Around, Told, by_channel
from ter_pipelines.metering.mapping import MappedDevice, MeterMap
from ter_pipelines.metering.vee.changes import Key, Why, reasons_of
from ter_pipelines.metering.vee.day import (
    DayFacts,
    find_strays,
    judge_channel,
    take_as_sound,
)
from ter_pipelines.metering.vee.day_channels import (
    ChannelDay,
    ChannelKey,
    channels_of,
    key_of,
)
from ter_pipelines.metering.vee.day_gaps import registers_of, resolve_channel
from ter_pipelines.metering.vee.edits import Edit
from ter_pipelines.metering.vee.findings import UsageFinding
from ter_pipelines.metering.vee.history import PastChannel, PastDays
from ter_pipelines.metering.vee.series import Interval, overlap, seconds_of
from ter_pipelines.metering.vee.standings import JudgedChannel
from ter_pipelines.metering.vee.value_rules import Limits
from ter_pipelines.store.lake import Lake
from ter_pipelines.vee_inputs import NO_GAPS, gap_policy_of, inputs_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, Span, day_span
from ter_pipelines.vocab.programme import Programme


@dataclass(frozen=True)
class JudgedDay:
    """What validation made of a day.

    Args:
        day: The day.
        span: Its time.
        zone: Of its clock.
        inputs: What it was made from.
        gap_policy: What was done with its gaps; empty if it had none.
        devices: Who should be heard, and during which part of the day.
        channels: Of these devices.
        strays: Findings about usage of no mapped device.
    """

    day: date
    span: Span
    zone: ZoneInfo
    inputs: Mapping[str, str]
    gap_policy: str
    devices: Sequence[MappedDevice]
    channels: Sequence[JudgedChannel]
    strays: Sequence[UsageFinding]

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows of `core/validated_usage`."""
        return [row for channel in self.channels for row in channel.rows()]

    def reasons(self) -> dict[Key, Why]:
        """Give why intervals stand as they do, where rows do not say it all."""
        found: dict[Key, Why] = {}
        for channel in self.channels:
            found.update(reasons_of(channel))
        return found

    def findings(self) -> list[UsageFinding]:
        """Give all that the rules found."""
        return [*self.strays, *(f for c in self.channels for f in c.findings)]


@dataclass
class Judging:
    """The validation of some days.

    Args:
        lake: Where usage is.
        programme: With the limits.
        meter_map: Which meter is whose.
        edits: That touch the days, in the order they were made.
        edit_ids: The newest that touches each day.
        now: The present: whether gaps are held still.
        least_rows: With less usage than this the rules look at every day; with more,
            not at days that a survey finds sound.
    """

    lake: Lake
    programme: Programme
    meter_map: MeterMap
    edits: Sequence[Edit]
    edit_ids: Mapping[date, int]
    now: datetime
    least_rows: int = LEAST_ROWS
    past: PastDays = field(default_factory=PastDays)
    sound: SoundDays = field(default_factory=dict)
    surveyed: dict[date, Mapping[str, str]] = field(default_factory=dict)

    def judge(self, days: Sequence[date]) -> Iterator[JudgedDay]:
        """Judge days; those whose gaps are not held come last.

        Args:
            days: In order.
        """
        self._recall(days[0], days[-1])
        self.surveyed = {day: self._inputs(day) for day in days}
        self.sound = find_sound_days(self.lake, days, self.programme, self.least_rows)
        is_open: dict[date, set[tuple[str, str]]] = {}
        for day in days:
            judged = self._judge_day(day)
            self.past.days[day] = _day_as_past(judged)
            open_channels = self._open(judged)
            if judged.gap_policy in {NO_GAPS, "hold"}:
                yield judged
            else:
                is_open[day] = {channel.day.key.device for channel in open_channels}
        open_devices = {d for devices in is_open.values() for d in devices}
        told: dict[date, Told] = {
            day: self._told_on(day, open_devices) for day in is_open
        }
        for day in is_open:
            yield self._resolve(self._judge_day(day), told)

    def _open(self, judged: JudgedDay) -> list[JudgedChannel]:
        return [c for c in judged.channels if c.holes(self.programme.vee)]

    def _judge_day(
        self, day: date, only: Container[tuple[str, str]] | None = None
    ) -> JudgedDay:
        """Hold a day's channels against the rules; its gaps are left as they are.

        Args:
            day: Which day.
            only: The devices to look at; None for all.
        """
        span = day_span(day, self.programme.zone)
        inputs = self._inputs(day)
        usage = self.lake.read(tables.INTERVAL_USAGE, [day]).rows(named=True)
        devices = self.meter_map.during(span)
        if only is not None:
            usage = [row for row in usage if key_of(row).device in only]
            devices = [d for d in devices if (d.ven_id, d.device_id) in only]
        settings = self.programme.vee
        channels, strays = channels_of(
            usage, devices, lambda owner: self.past.directions(owner, day, settings)
        )
        facts = self._facts(day, span, [channel.key for channel in channels])
        is_surveyed = inputs == self.surveyed.get(day)
        sound = self.sound.get(day, frozenset()) if is_surveyed else frozenset()
        judged = [_judged(channel, facts, span, sound) for channel in channels]
        has_gaps = any(channel.holes(settings) for channel in judged)
        policy = gap_policy_of(day, self.now, self.programme)
        return JudgedDay(
            day=day,
            span=span,
            zone=self.programme.zone,
            inputs=inputs,
            gap_policy=policy if has_gaps else NO_GAPS,
            devices=devices,
            channels=judged,
            strays=find_strays(strays, facts),
        )

    def _inputs(self, day: date) -> dict[str, str]:
        span = day_span(day, self.programme.zone)
        return inputs_of(
            self.lake,
            day,
            self.programme,
            mapping=self.meter_map.digest_during(span),
            edit_id=self.edit_ids.get(day, 0),
        )

    def _facts(self, day: date, span: Span, keys: Iterable[ChannelKey]) -> DayFacts:
        programme = self.programme
        dials = self.lake.read(tables.REGISTER_READING, [day, day + DAY])
        readings = dials.filter(pl.col("read_at") <= span.end_utc).rows(named=True)
        return DayFacts(
            zone=programme.zone,
            settings=programme.vee,
            limits=Limits(programme.lowest_energy_kwh, programme.highest_energy_kwh),
            meter_map=self.meter_map,
            edits=[edit for edit in self.edits if overlap(edit.span, span)],
            registers={
                key: registers
                for key, rows in by_channel(readings).items()
                if (registers := registers_of(rows))
            },
            like_totals={
                key: self.past.like_totals(key, day, programme.vee) for key in keys
            },
        )

    def _recall(self, first_day: date, last_day: date) -> None:
        """Read what channels did on the days before, and on those between."""
        back = self.programme.vee.reference_within_days
        days = {"first_day": first_day - back * DAY, "last_day": last_day}
        found: dict[date, dict[ChannelKey, PastChannel]] = {}
        for row in self.lake.run("channel_day", days).iter_rows(named=True):
            day_seconds = seconds_of(
                day_span(row["operating_day"], self.programme.zone)
            )
            is_whole = row["is_good"] and row["seconds"] == day_seconds
            total_kwh = row["energy_kwh"] if is_whole else None
            past = PastChannel(row["interval_seconds"], total_kwh)
            found.setdefault(row["operating_day"], {})[key_of(row)] = past
        self.past.days.update(found)

    def _told_on(self, day: date, devices: Container[tuple[str, str]]) -> Told:
        """Give the intervals of a day of this run as its sources told them."""
        told: dict[ChannelKey, list[Interval]] = {}
        for channel in self._judge_day(day, devices).channels:
            told.setdefault(channel.day.key, []).extend(
                standing.interval
                for standing in channel.standings
                if standing.interval.energy_kwh is not None
            )
        return told

    def _resolve(self, judged: JudgedDay, told: Mapping[date, Told]) -> JudgedDay:
        """Do with a day's gaps what its policy says.

        Args:
            judged: The day.
            told: Days of this run that are not in the lake as they are judged now.
        """
        policy = gap_policy_of(judged.day, self.now, self.programme)
        settings = self.programme.vee
        around = Around(self.lake, self.programme, self.meter_map, told)
        surroundings = around.read(judged.day, self._open(judged))
        channels = [
            resolve_channel(channel, policy, surroundings[id(channel)], settings)
            if id(channel) in surroundings
            else channel
            for channel in judged.channels
        ]
        return replace(judged, channels=channels)


def _judged(
    channel: ChannelDay, facts: DayFacts, span: Span, sound: Container[ChannelKey]
) -> JudgedChannel:
    """Hold the rules against a channel's day, unless it is sound as a whole.

    Where the device is not mapped all day, or a person decided, it is for the rules.
    """
    edited = {(edit.ven_id, edit.device_id) for edit in facts.edits}
    is_untouched = channel.window == span and channel.key.device not in edited
    if channel.key in sound and is_untouched:
        return take_as_sound(channel, facts)
    return judge_channel(channel, facts)


def _day_as_past(judged: JudgedDay) -> dict[ChannelKey, PastChannel]:
    found = {}
    for channel in judged.channels:
        if any(s.interval.energy_kwh is not None for s in channel.standings):
            is_whole = channel.day.window == judged.span
            total_kwh = channel.total_kwh() if is_whole else None
            seconds = channel.day.channel.interval_seconds
            found[channel.day.key] = PastChannel(seconds, total_kwh)
    return found
