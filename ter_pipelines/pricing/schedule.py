"""Is a submitted schedule exactly one local day?

A price day is complete, every hour once, or it is not taken. This is the only place
that decides it; the API and the price feed both ask here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ter_pipelines.vocab.clock import (
    HOUR,
    interval_starts_utc,
    iso_utc,
    operating_day_of,
)
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.prices import PriceHour

HOUR_SECONDS = int(HOUR.total_seconds())


def require_whole_day(
    hours: Sequence[PriceHour], zone: ZoneInfo, *, field: str = "schedule.prices"
) -> date:
    """Give the one local day that these hours are, whole.

    Raises:
        FieldError: With a message for each hour that is off the hour, not one hour
            long, repeated or outside the day, and for the hours that are missing.
    """
    if not hours:
        raise FieldError("schedule", {field: ["got no prices, expected a whole day"]})
    day = operating_day_of(hours[0].interval_start_utc, zone)
    expected = interval_starts_utc(day, zone)
    errors = _errors_by_hour(hours, day, expected)
    given = {hour.interval_start_utc for hour in hours}
    missing = [start for start in expected if start not in given]
    if missing or len(given) != len(expected):
        first = f", first missing {iso_utc(missing[0])}" if missing else ""
        errors[field] = [
            f"got {len(given)} hours, expected the {len(expected)} hours of {day} "
            f"({zone.key}){first}"
        ]
    if errors:
        raise FieldError(f"schedule for {day}", errors)
    return day


def _errors_by_hour(
    hours: Sequence[PriceHour], day: date, expected: Sequence[datetime]
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    times_given = Counter((h.interval_start_utc, h.component) for h in hours)
    for hour in hours:
        start = hour.interval_start_utc
        said = []
        if start.minute or start.second or start.microsecond:
            said.append(f"got {iso_utc(start)}, expected the start of an hour")
        elif start not in expected:
            said.append(f"got {iso_utc(start)}, which is not on {day}")
        if hour.duration_seconds != HOUR_SECONDS:
            said.append(f"got {hour.duration_seconds} s, expected one hour")
        if times_given[start, hour.component] > 1:
            said.append(f"got {iso_utc(start)} more than once")
        if said:
            errors[hour.field] = said
    return errors
