"""What channels did on the days before: their directions, and totals of like days."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ter_pipelines.metering.vee.day_channels import ChannelKey, Directions
from ter_pipelines.metering.vee.edits import DIRECTIONS
from ter_pipelines.metering.vee.like_days import day_type
from ter_pipelines.vocab.clock import DAY
from ter_pipelines.vocab.vee_settings import VeeSettings


@dataclass(frozen=True)
class PastChannel:
    """A channel's day.

    Args:
        interval_seconds: Length of its intervals.
        total_kwh: Energy of a whole good day; None of any other.
    """

    interval_seconds: int
    total_kwh: Decimal | None


@dataclass
class PastDays:
    """The channels that were heard, by day."""

    days: dict[date, Mapping[ChannelKey, PastChannel]] = field(default_factory=dict)

    def directions(
        self, owner: tuple[str, str, str], day: date, settings: VeeSettings
    ) -> Directions:
        """Give the directions a device had on the newest day before that heard it.

        Args:
            owner: Meter, VEN and device.
            day: The day itself does not count.
            settings: How many days before do.
        """
        for _, channels in self._before(day, settings):
            found = {
                direction: past.interval_seconds
                for direction in DIRECTIONS
                if (past := channels.get(ChannelKey(*owner, direction)))
            }
            if found:
                return found
        return {}

    def like_totals(
        self, key: ChannelKey, day: date, settings: VeeSettings
    ) -> list[Decimal]:
        """Give the totals of whole good days of the same type before a day."""
        wanted = day_type(day, settings.holidays)
        return [
            past.total_kwh
            for other, channels in self._before(day, settings)
            if day_type(other, settings.holidays) == wanted
            and (past := channels.get(key))
            and past.total_kwh is not None
        ]

    def _before(
        self, day: date, settings: VeeSettings
    ) -> Iterator[tuple[date, Mapping[ChannelKey, PastChannel]]]:
        """Give the days before a day, the newest first."""
        for back in range(1, settings.reference_within_days + 1):
            if channels := self.days.get(day - back * DAY):
                yield day - back * DAY, channels
