"""Readings of several feeds as one body of data: repeats, versions, gaps."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ter_pipelines.formats.espi import (
    ChannelSummary,
    Detail,
    Reading,
    Readings,
    ReadingType,
    UsageBook,
    UsagePoint,
)
from tests.formats.espi_feeds import MIDNIGHT, WH, house, quarters, reading, row, told

KIND = ReadingType(uom=72, flow_direction=1)
DAY = 86400


def at(day: int) -> datetime:
    """Give a day on which something was published."""
    return datetime(2019, 11, day, tzinfo=UTC)


def said(
    *rows: Reading, kind: ReadingType = KIND, on: int | None = None, whose: str = "a"
) -> Readings:
    """Make readings as a feed gives them."""
    updated = None if on is None else at(on)
    return Readings(UsagePoint(whose), kind, "entry 1", updated, list(rows))


def summary_of(*readings: Readings) -> ChannelSummary:
    """Take readings of one channel in; sum them up."""
    book = UsageBook()
    for each in readings:
        book.add(each)
    (found,) = book.summaries()
    return found


def counts(found: ChannelSummary) -> tuple[int, int, int, int]:
    """Give intervals, distinct, repeats and conflicts."""
    return found.intervals, found.distinct, found.repeats, found.conflicts


def test_a_repeated_day_counts_once() -> None:
    first = [row(DAY * d + 3600 * h, "1", 3600) for d in (0, 1) for h in range(24)]
    second = [row(DAY * d + 3600 * h, "1", 3600) for d in (1, 2) for h in range(24)]
    book = UsageBook()

    new = [len(book.add(said(*rows))) for rows in (first, second)]

    (found,) = book.summaries()
    assert new == [48, 24]
    assert counts(found) == (96, 72, 24, 0)
    assert (found.first, found.last, found.gaps) == (0, DAY * 3 - 3600, 0)
    assert found.energy_wh == 72


def test_a_different_value_is_a_version_and_the_later_one_holds() -> None:
    book = UsageBook()

    new = [book.add(said(row(0, value), on=on)) for value, on in
           (("5", 2), ("7", 3), ("6", 1), ("7", 3), ("5", 2))]  # fmt: skip

    (found,) = book.summaries()
    assert [len(rows) for rows in new] == [1, 1, 1, 0, 0]
    assert counts(found) == (5, 1, 2, 2)
    assert found.energy_wh == 7


def test_what_is_published_again_last_holds_again() -> None:
    found = summary_of(
        said(row(0, "5"), on=1), said(row(0, "7"), on=2), said(row(0, "5"), on=3)
    )

    assert counts(found) == (3, 1, 1, 1)
    assert found.energy_wh == 5


@pytest.mark.parametrize("on", [None, 4])
def test_of_one_publication_what_comes_last_holds(on: int | None) -> None:
    found = summary_of(said(row(0, "707"), row(0, "721"), row(900, "1"), on=on))

    assert counts(found) == (3, 2, 0, 1)
    assert found.energy_wh == 722


@pytest.mark.parametrize(
    "other",
    [
        Reading(0, 901, Decimal(5)), Reading(0, 900, Decimal("5.001")),
        Reading(0, 900, Decimal(5), Detail((17,))), Reading(0, 900, Decimal(5),
        Detail((), 1)), Reading(0, 900, Decimal(5), Detail(), Decimal(1)),
    ],
)  # fmt: skip
def test_anything_said_differently_is_a_version(other: Reading) -> None:
    assert counts(summary_of(said(row(0, "5")), said(other))) == (2, 1, 0, 1)


def test_the_same_quantity_by_another_multiplier_is_a_repeat() -> None:
    kilo = ReadingType(uom=72, flow_direction=1, power_of_ten=3)

    found = summary_of(said(row(0, "5000")), said(row(0, "5"), kind=kilo))

    assert counts(found) == (2, 1, 1, 0)
    assert found.energy_wh == 5000


def test_directions_units_and_usage_points_are_channels_of_their_own() -> None:
    back = ReadingType(uom=72, flow_direction=19)
    power = ReadingType(uom=38, flow_direction=1)
    book = UsageBook()

    book.add(said(row(0, "1")))
    book.add(said(row(0, "2"), kind=back))
    book.add(said(row(0, "3"), kind=power))
    book.add(said(row(0, "4"), whose="b"))

    assert [
        (s.channel.usage_point, s.channel.reading_type, s.distinct, s.energy_wh)
        for s in book.summaries()
    ] == [
        ("a", KIND, 1, 1),
        ("a", back, 1, 2),
        ("a", power, 1, None),
        ("b", KIND, 1, 4),
    ]


@pytest.mark.parametrize(
    ("starts", "gaps"),
    [
        ((0, 900, 1800), 0), ((0, 900, 1801), 1), ((0, 900, 1799), 0), ((0,), 0),
        ((0, 1800, 3600), 2), ((3600, 0, 900), 1), ((900, 0, 1800), 0),
    ],
)  # fmt: skip
def test_gaps_are_stretches_that_no_interval_covers(
    starts: tuple[int, ...], gaps: int
) -> None:
    assert summary_of(said(*(row(start, "1") for start in starts))).gaps == gaps


def test_an_interval_of_two_hours_covers_both() -> None:
    found = summary_of(said(row(0, "1", 7200), row(3600, "1", 60), row(7200, "1")))

    assert found.gaps == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_the_order_of_files_does_not_matter(order: tuple[int, ...]) -> None:
    days = [
        said(*(row(DAY * d + 3600 * h, str(d + h), 3600) for h in range(30)), on=d + 1)
        for d in range(3)
    ]

    found = summary_of(*(days[d] for d in order))

    assert counts(found) == (90, 78, 0, 12)
    later_days_hold = sum(d + h for d in range(3) for h in range(24))
    assert found.energy_wh == later_days_hold + sum(2 + h for h in range(24, 30))
    assert (found.first, found.last, found.gaps) == (0, DAY * 2 + 29 * 3600, 0)


def test_two_versions_and_a_zero_duration_in_a_file_are_kept() -> None:
    kind = {**WH, "intervalLength": 3600}
    odd = reading(462, MIDNIGHT, 0) + reading(441, MIDNIGHT, 3600)
    more = reading(9, MIDNIGHT + 3600, 7200) + reading(8, MIDNIGHT + 14400, 3600)

    found = summary_of(*told(house(odd + more, **kind)).readings)

    assert counts(found) == (4, 3, 0, 1)
    assert found.gaps == 1
    assert found.energy_wh == 458


def test_a_book_may_be_filled_backwards() -> None:
    book = UsageBook()

    for start in range(MIDNIGHT + 9000, MIDNIGHT - 1, -900):
        book.add(told(house(quarters(1, start=start))).readings[0])

    (found,) = book.summaries()
    assert (found.distinct, found.gaps, found.first) == (11, 0, MIDNIGHT)
