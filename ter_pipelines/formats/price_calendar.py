"""Cheap and dear hours as a calendar to subscribe to.

Source: RFC 5545, and RFC 7986 for how often to look again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from icalendar import Calendar, Event

from ter_pipelines.vocab.price_day import HourBlock, PriceDay
from ter_pipelines.vocab.programme import Programme

LOOK_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class MarkedDay:
    """A day and what to mark of it.

    Args:
        prices: Of the day.
        cheap: Blocks of cheap hours, in order of time.
        dear: Blocks of dear hours, likewise.
    """

    prices: PriceDay
    cheap: Sequence[HourBlock]
    dear: Sequence[HourBlock]


def price_calendar(days: Iterable[MarkedDay], programme: Programme) -> bytes:
    """Write a calendar with an entry for each block of hours.

    The same block of a day has the same UID in every version, and the version for its
    SEQUENCE: a correction moves the entry that is there.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//TER Pipelines//{programme.programme_id} prices//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", programme.title)
    calendar.add("x-wr-calname", programme.title)
    calendar.add("refresh-interval", LOOK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    for day in days:
        for word, blocks in (("cheap", day.cheap), ("dear", day.dear)):
            for number, block in enumerate(blocks, start=1):
                name = f"{word}-{number}"
                calendar.add_component(_entry(day.prices, block, name, programme))
    written: bytes = calendar.to_ical()
    return written


def _entry(
    prices: PriceDay, block: HourBlock, name: str, programme: Programme
) -> Event:
    word = name.partition("-")[0]
    version = prices.version
    event = Event()
    event.add("uid", f"{prices.operating_day}-{name}@{programme.programme_id}")
    event.add("dtstamp", version.published_at.replace(microsecond=0))
    event.add("last-modified", version.published_at.replace(microsecond=0))
    event.add("sequence", version.number)
    event.add("dtstart", block.start_utc)
    event.add("dtend", block.end_utc)
    event.add("summary", f"{word.capitalize()} power: {_span(block)} {prices.unit}")
    event.add("description", _by_hour(prices, block, programme))
    event.add("categories", [word])
    event.add("transp", "TRANSPARENT")
    return event


def _span(block: HourBlock) -> str:
    ordered = sorted(block.hours, key=lambda hour: hour.price_per_kwh)
    lowest, highest = ordered[0].value, ordered[-1].value
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _by_hour(prices: PriceDay, block: HourBlock, programme: Programme) -> str:
    lines = [
        f"{hour.start_utc.astimezone(programme.zone):%H:%M %Z}: {hour.value} "
        f"{prices.unit}"
        for hour in block.hours
    ]
    version = prices.version
    return "\n".join([*lines, f"Version {version.number}, SHA-256 {version.sha256}"])
