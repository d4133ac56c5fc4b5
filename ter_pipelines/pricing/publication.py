"""When a day's prices are to be expected, and what to say until then."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from ter_pipelines.vocab.clock import DAY, operating_day_of
from ter_pipelines.vocab.programme import Programme


@dataclass(frozen=True)
class NotPublished:
    """Why a day has no prices.

    Args:
        operating_day: The day.
        detail: For a person.
        expected_at: When to look again, UTC; None where nobody can say.
    """

    operating_day: date
    detail: str
    expected_at: datetime | None


def why_not_published(
    day: date, programme: Programme, now: datetime, *, was_published: bool = False
) -> NotPublished:
    """Tell why a day has no prices, and when it will.

    Args:
        day: The operating day.
        programme: Which looks for a day's prices on the day before.
        now: The present.
        was_published: Whether it had some, that were withdrawn.
    """
    expected_at = _expected_at(day, programme, now)
    if day < programme.first_operating_day:
        why = f"There are none: the programme begins on {programme.first_operating_day}"
        return NotPublished(day, f"Prices of {day}: {why}.", None)
    if was_published:
        why = "They were withdrawn and are not published again yet"
        return NotPublished(day, f"Prices of {day}: {why}.", None)
    if day < operating_day_of(now, programme.zone):
        why = "They were never published"
    elif expected_at is None:
        why = "They are late; they may come any minute"
    else:
        local = expected_at.astimezone(programme.zone)
        why = f"They are expected on {local:%Y-%m-%d} from {local:%H:%M} on, local time"
    return NotPublished(day, f"Prices of {day}: {why}.", expected_at)


def _expected_at(day: date, programme: Programme, now: datetime) -> datetime | None:
    """Give the first or the last look for a day's prices, whichever is still ahead."""
    looks = (programme.fetch_prices_at, programme.fetch_prices_until)
    instants = [_local(day - DAY, at, programme) for at in looks]
    return next((instant for instant in instants if instant > now), None)


def _local(day: date, at: time, programme: Programme) -> datetime:
    return datetime.combine(day, at, tzinfo=programme.zone).astimezone(UTC)
