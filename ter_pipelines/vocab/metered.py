"""Usage of an interval as a file tells it, before it is settled."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Direction = Literal["delivered", "received", "net"]
METERED, ESTIMATED, ADJUSTED, UNUSABLE = "METERED", "ESTIMATED", "ADJUSTED", "UNUSABLE"


@dataclass(frozen=True, kw_only=True)
class MeteredInterval:
    """Usage of an interval.

    Args:
        meter_id: Meter of the billing system.
        device_id: Device behind it; empty if it is the meter itself.
        direction: What was delivered or received, or the net of both.
        interval_start_utc: Start of the half-open interval.
        duration_seconds: Its length.
        energy_kwh: Its energy; None where it is missing.
        quality: METERED, ESTIMATED, ADJUSTED, or UNUSABLE where it is not billed.
        version: The highest one of an interval counts.
        place: Where in a file it stands, for messages about it.
    """

    meter_id: str
    device_id: str
    direction: Direction
    interval_start_utc: datetime
    duration_seconds: int
    energy_kwh: Decimal | None
    quality: str
    version: int
    place: str

    @property
    def is_billed(self) -> bool:
        """Tell whether its energy counts."""
        return self.energy_kwh is not None and self.quality != UNUSABLE
