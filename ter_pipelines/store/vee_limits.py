"""What a survey holds channels' days against, and what it can say of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.vee_settings import VeeSettings

CLEAN, GAPS, DOUBTFUL = "clean", "gaps", "doubtful"
# Products of more would not be kept exactly by what follows.
MOST_MICRO = 10**12
_MICRO = 10**6
_HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class SurveyRules:
    """What every channel's day is held against.

    Args:
        zone: Of the local days.
        settings: The programme's limits.
        hourly_kwh: Least and most energy of an hour, by direction.
    """

    zone: ZoneInfo
    settings: VeeSettings
    hourly_kwh: Mapping[str, tuple[Decimal, Decimal]]

    def most_micro(self, direction: str, step: int) -> int:
        """Give the most micro-kWh that an interval of a length may have."""
        hourly = Fraction(self.hourly_kwh[direction][1])
        return min(floor(hourly * _MICRO * step / _HOUR_SECONDS), MOST_MICRO)

    def least_kwh(self, step: int) -> Decimal:
        """Give the least energy that a net interval of a length may have."""
        hourly = Fraction(self.hourly_kwh["net"][0])
        micro = ceil(hourly * _MICRO * step / _HOUR_SECONDS)
        return Decimal(max(micro, -MOST_MICRO)).scaleb(-6)
