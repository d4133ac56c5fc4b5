"""Registers that were read days apart, held against the intervals of all those days.

What differs is told and doubts no interval: nobody knows on which of the days it went
wrong, and a mistyped dial would leave a whole month unbilled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ter_pipelines.metering.vee.findings import SUM_OVER_DAYS, UsageFinding
from ter_pipelines.metering.vee.registers import RegisterWindow
from ter_pipelines.metering.vee.total_rules import find_sum_difference
from ter_pipelines.vocab.clock import Span, operating_day_of
from ter_pipelines.vocab.vee_settings import VeeSettings


@dataclass(frozen=True)
class DialSum:
    """What a register counted from one day to another, and what intervals say.

    Args:
        subject: The channel, as findings call it.
        window: What was counted.
        total_kwh: Sum of the intervals, which cover the window exactly once.
    """

    subject: str
    window: RegisterWindow
    total_kwh: Decimal


def find_sums_over_days(
    sums: Iterable[DialSum], settings: VeeSettings
) -> list[UsageFinding]:
    """Find windows of several days whose intervals are not what the register counted.

    Args:
        sums: In any order.
        settings: How many steps of the register they may differ.
    """
    return [
        finding
        for one in sums
        for finding in find_sum_difference(
            SUM_OVER_DAYS, one.subject, one.window, one.total_kwh, settings
        )
    ]


def closing_day(span: Span, zone: ZoneInfo) -> date:
    """Give the local day a window ends on; one that ends at midnight, the day before.

    >>> from datetime import UTC, datetime
    >>> midnight = datetime(2025, 12, 1, 5, tzinfo=UTC)
    >>> span = Span(midnight - timedelta(days=30), midnight)
    >>> closing_day(span, ZoneInfo("America/New_York"))
    datetime.date(2025, 11, 30)
    """
    return operating_day_of(span.end_utc - timedelta(microseconds=1), zone)
