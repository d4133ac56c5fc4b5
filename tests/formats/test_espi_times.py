"""Interval readings are placed in time exactly, or quarantined with the reason."""

from decimal import Decimal

import pytest

from tests.formats.espi_feeds import (
    ESPI,
    MIDNIGHT,
    WH,
    entry,
    fields,
    house,
    house_with,
    one_block,
    quarters,
    reading,
    row,
    told,
)

LATEST = 7_258_118_399


def test_a_day_of_25_hours_has_25_readings_and_of_23_has_23() -> None:
    long_day = "".join(reading(1, MIDNIGHT + 86400 + 3600 * i, 3600) for i in range(25))
    short_day = "".join(reading(1, 1552204800 + 3600 * i, 3600) for i in range(23))
    kind = {**WH, "intervalLength": 3600}

    autumn = told(house_with(one_block(long_day, MIDNIGHT + 86400, 90000), **kind))
    spring = told(house_with(one_block(short_day, 1552204800, 82800), **kind))

    starts = [reading.start for reading in autumn.rows]
    assert (len(autumn.rows), len(spring.rows)) == (25, 23)
    assert (starts[1], starts[2], starts[24]) == (1572768000, 1572771600, 1572850800)
    assert autumn.quarantined == spring.quarantined == []


def test_the_time_zone_of_a_feed_moves_nothing() -> None:
    zone = fields(dstOffset=3600, dstStartRule="360E2004", tzOffset=18000)
    wrong = entry(f'<LocalTimeParameters xmlns="{ESPI}">{zone}</LocalTimeParameters>')
    body = house(quarters(1))

    assert told(body.replace("</feed>", f"{wrong}</feed>")).rows == told(body).rows


def test_a_reading_without_a_time_is_the_nth_of_its_block() -> None:
    three = reading(1, duration=None) + reading(2, MIDNIGHT + 900) + reading(3)
    body = house_with(one_block(three, MIDNIGHT, 2700))

    assert told(body).rows == [
        row(MIDNIGHT, "1"), row(MIDNIGHT + 900, "2"), row(MIDNIGHT + 1800, "3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("began", "lasts", "length", "placed"),
    [
        (MIDNIGHT, 1800, 900, 2), (MIDNIGHT, 0, 900, 2), (MIDNIGHT, 1799, 900, 1),
        (None, 1800, 900, 0), (MIDNIGHT, 1800, 0, 0),
    ],
)  # fmt: skip
def test_a_reading_that_cannot_be_counted_is_quarantined(
    began: int | None, lasts: int, length: int, placed: int
) -> None:
    two = reading(1, duration=None) + reading(2, duration=None)
    kind = {**WH, "intervalLength": length}

    found = told(house_with(one_block(two, began, lasts), **kind))

    assert len(found.rows) == placed
    assert found.reasons == ["time.missing"] * (2 - placed)


@pytest.mark.parametrize("duration", [None, 0, "", " "])
def test_a_duration_of_zero_or_none_is_the_types(duration: object) -> None:
    body = house(reading(1, MIDNIGHT, duration))
    without = house(reading(1, MIDNIGHT, duration), flowDirection=1, uom=72)

    assert told(body).rows == [row(MIDNIGHT, "1", 900)]
    assert told(without).reasons == ["duration.missing"]


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        ("1721154384.66136", "time.fractional"), ("-1", "time.malformed"),
        (str(LATEST + 1), "time.malformed"), ("1721154384000", "time.malformed"),
        ("noon", "time.malformed"), ("2019-11-02", "time.malformed"),
        ("\u0661\u0662", "time.malformed"), ("1_000", "time.malformed"),
    ],
)  # fmt: skip
def test_a_start_that_is_no_second_is_quarantined(start: str, reason: str) -> None:
    found = told(house(reading(1, start) + reading(2, MIDNIGHT)))

    (case,) = found.quarantined
    assert (case.reason, case.start_text, case.value_text) == (reason, start, "1")
    assert found.rows == [row(MIDNIGHT, "2")]


@pytest.mark.parametrize("start", ["0", str(LATEST), f" {LATEST}\n", f"{LATEST}.0"])
def test_whole_seconds_up_to_the_year_2199_are_starts(start: str) -> None:
    (found,) = told(house(reading(1, start))).rows

    assert found.start == int(Decimal(start))


@pytest.mark.parametrize(
    ("duration", "is_placed"),
    [(1, True), (31622400, True), (31622401, False), (-900, False), ("1h", False)],
)
def test_durations_are_seconds_up_to_a_leap_year(
    duration: object, *, is_placed: bool
) -> None:
    found = told(house(reading(1, MIDNIGHT, duration)))

    assert (len(found.rows) == 1) is is_placed
    assert found.reasons == [] if is_placed else ["duration.malformed"]


def test_readings_that_all_claim_one_start_are_quarantined() -> None:
    crowd = "".join(reading(n, MIDNIGHT) for n in range(3))
    found = told(house(crowd))

    assert found.rows == []
    assert found.reasons == ["time.same_start"] * 3
    assert [case.value_text for case in found.quarantined] == ["0", "1", "2"]


def test_two_readings_of_one_start_are_versions() -> None:
    found = told(house(reading(707, MIDNIGHT) + reading(721, MIDNIGHT)))

    assert [int(row.value) for row in found.rows] == [707, 721]
    assert found.quarantined == []


def test_readings_of_a_long_block_are_counted_through() -> None:
    count = 12_000
    untimed = reading(1, duration=None) * count

    found = told(house_with(one_block(untimed, MIDNIGHT, 900 * count)))

    assert [row.start for row in found.rows] == [
        MIDNIGHT + 900 * i for i in range(count)
    ]
