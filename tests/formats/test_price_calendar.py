"""The calendar of cheap and dear hours, read by a library that reads calendars."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from ter_pipelines.formats.price_calendar import MarkedDay, price_calendar
from ter_pipelines.pricing.cheap_hours import blocks_of
from ter_pipelines.vocab.price_day import PriceDay
from ter_pipelines.vocab.programme import parse_programme
from tests.pricing.prices_of_days import LONG_DAY, PLAIN_DAY, SHORT_DAY, price_day_of

PROGRAMME = parse_programme(Path("examples/programme.toml").read_text())


def calendar_of(prices: PriceDay) -> bytes:
    """Mark the first two hours as cheap and the last as dear."""
    marked = MarkedDay(
        prices, blocks_of(prices.hours[:2]), blocks_of(prices.hours[-1:])
    )
    return price_calendar([marked], PROGRAMME)


@pytest.mark.parametrize("day", [SHORT_DAY, PLAIN_DAY, LONG_DAY])
def test_blocks_of_hours_are_entries_at_their_instants(day: date) -> None:
    prices = price_day_of(day)

    cheap, dear = Calendar.from_ical(calendar_of(prices)).walk("VEVENT")

    assert cheap.decoded("dtstart") == prices.hours[0].start_utc
    assert cheap.decoded("dtend") == prices.hours[1].end_utc
    assert dear.decoded("dtend") == prices.hours[-1].end_utc
    assert str(cheap["summary"]) == "Cheap power: -0.012 to 0.03512 USD/kWh"
    assert str(dear["summary"]).startswith("Dear power: ")
    assert "00:00 E" in str(cheap["description"])


def test_a_correction_moves_the_entry_that_is_there() -> None:
    first = price_day_of(PLAIN_DAY)
    later = replace(
        first.version, number=2, published_at=first.version.published_at + timedelta(1)
    )
    second = replace(first, version=later, corrects=first.version)

    [before, _], [after, _] = (
        Calendar.from_ical(calendar_of(prices)).walk("VEVENT")
        for prices in (first, second)
    )

    assert before["uid"] == after["uid"] == "2025-11-04-cheap-1@ter"
    assert (before["sequence"], after["sequence"]) == (1, 2)
    assert before.decoded("dtstamp") < after.decoded("dtstamp")


def test_lines_are_folded_and_ended_as_the_standard_has_it() -> None:
    lines = calendar_of(price_day_of(PLAIN_DAY)).split(b"\r\n")

    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)


def test_the_same_prices_give_the_same_bytes() -> None:
    prices = price_day_of(LONG_DAY)

    assert calendar_of(prices) == calendar_of(prices)


def test_a_calendar_without_days_is_a_calendar() -> None:
    empty = Calendar.from_ical(price_calendar([], PROGRAMME))

    assert empty.walk("VEVENT") == []
    assert str(empty["prodid"]) == "-//TER Pipelines//ter prices//EN"
