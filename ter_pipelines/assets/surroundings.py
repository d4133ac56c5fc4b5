"""What lies around a day in the lake: usage, dials, and since when.

Gaps are estimated from it, and what dials counted over days is held against all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ter_pipelines.metering.mapping import BEGINNING, Assignment, Device, MeterMap
from ter_pipelines.metering.vee.day_channels import ChannelKey, key_of
from ter_pipelines.metering.vee.day_gaps import (
    Surroundings,
    neighbour_of,
    registers_of,
)
from ter_pipelines.metering.vee.day_sums import DialSum
from ter_pipelines.metering.vee.registers import RegisterWindow
from ter_pipelines.metering.vee.series import Interval
from ter_pipelines.metering.vee.standings import JudgedChannel
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import DAY, Span, day_span
from ter_pipelines.vocab.programme import Programme

LONGEST_REGISTER_WINDOW = 31 * DAY
Told = Mapping[ChannelKey, Sequence[Interval]]
_Row = Mapping[str, Any]


@dataclass(frozen=True)
class Around:
    """Reads what estimates may rest on.

    Args:
        lake: Where it is.
        programme: How far estimates look.
        meter_map: Which meter is whose, and since when.
        told: Days that are not in the lake as they are judged now.
    """

    lake: Lake
    programme: Programme
    meter_map: MeterMap
    told: Mapping[date, Told]

    def read(
        self, day: date, channels: Sequence[JudgedChannel]
    ) -> dict[int, Surroundings]:
        """Read the surroundings of channels with gaps, by the channel's identity."""
        device_ids = sorted({channel.day.key.device_id for channel in channels})
        dials = self._dials(day, device_ids)
        reach = self.programme.vee.reference_within_days * DAY
        if dials:
            reach += LONGEST_REGISTER_WINDOW
        around = self._usage(day, reach, device_ids)
        assigned = [self._assignment(channel) for channel in channels]
        undated = any(holding.valid_from == BEGINNING for holding in assigned)
        heard = self._first_heard() if undated else {}
        found = {}
        for channel, holding in zip(channels, assigned, strict=True):
            key = channel.day.key
            first = heard.get(key.device, channel.day.window.end_utc)
            found[id(channel)] = Surroundings(
                zone=self.programme.zone,
                around=around.get(key, []),
                registers=registers_of(
                    row for row in dials.get(key, []) if _is_during(row, holding)
                ),
                heard_from=first if holding.valid_from == BEGINNING else None,
            )
        return found

    def _usage(
        self, day: date, reach: timedelta, device_ids: Sequence[str]
    ) -> dict[ChannelKey, list[Interval]]:
        found: dict[ChannelKey, list[Interval]] = {}
        rows = self.lake.run(
            "usage_around",
            {
                "first_day": day - reach,
                "last_day": day + reach,
                "device_ids": list(device_ids),
            },
        )
        for row in rows.iter_rows(named=True):
            if row["operating_day"] != day and row["operating_day"] not in self.told:
                found.setdefault(key_of(row), []).append(neighbour_of(row))
        for other, channels in self.told.items():
            if other != day and abs(other - day) <= reach:
                for key, intervals in channels.items():
                    found.setdefault(key, []).extend(intervals)
        return found

    def _dials(
        self, day: date, device_ids: Sequence[str]
    ) -> dict[ChannelKey, list[_Row]]:
        days = {
            "first_day": day - LONGEST_REGISTER_WINDOW,
            "last_day": day + LONGEST_REGISTER_WINDOW,
            "device_ids": list(device_ids),
        }
        return by_channel(self.lake.run("registers_around", days).rows(named=True))

    def _assignment(self, channel: JudgedChannel) -> Assignment:
        """Give the mapping by which a channel is heard."""
        key, begin = channel.day.key, channel.day.window.start_utc
        assignments = self.meter_map.by_device[key.device]
        return next(held for held in assignments if held.holds_at(begin))

    def _first_heard(self) -> dict[Device, datetime]:
        return {
            (row["ven_id"], row["device_id"]): row["first_utc"]
            for row in self.lake.run("first_heard", {}).iter_rows(named=True)
        }


def dial_sums(lake: Lake, days: Sequence[date], zone: ZoneInfo) -> list[DialSum]:
    """Read what dials counted over several days, and what the intervals say.

    Windows count that touch one of the days and lie in no single one; those longer
    than `LONGEST_REGISTER_WINDOW`, or not covered exactly once, are left out.

    Args:
        lake: With the days as they stand.
        days: In order.
        zone: Of the local days.
    """
    rows = lake.run(
        "dial_sums",
        {
            "first_day": days[0] - LONGEST_REGISTER_WINDOW,
            "last_day": days[-1] + LONGEST_REGISTER_WINDOW,
            "begin_utc": day_span(days[0], zone).start_utc,
            "end_utc": day_span(days[-1], zone).end_utc,
            "most_days": LONGEST_REGISTER_WINDOW.days,
            "zone": zone.key,
        },
    )
    return [
        DialSum(
            str(key_of(row)),
            RegisterWindow(
                Span(row["read_at"], row["until_utc"]),
                row["difference_kwh"],
                row["step_kwh"],
            ),
            row["total_kwh"],
        )
        for row in rows.iter_rows(named=True)
    ]


def by_channel(rows: Iterable[_Row]) -> dict[ChannelKey, list[_Row]]:
    """Group rows by their channel."""
    found: dict[ChannelKey, list[_Row]] = {}
    for row in rows:
        found.setdefault(key_of(row), []).append(row)
    return found


def _is_during(reading: _Row, holding: Assignment) -> bool:
    """Tell whether a reading was taken while the mapping held, or at its end."""
    read_at = reading["read_at"]
    return holding.valid_from <= read_at and (
        holding.valid_to is None or read_at <= holding.valid_to
    )
