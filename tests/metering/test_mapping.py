"""Which meter a device had is never guessed: lists say it, from when to when."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.mapping import (
    BEGINNING,
    MappedDevice,
    MeterMap,
    map_meters,
    read_meter_map,
)
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import Span

Row = dict[str, Any]
DEVICE = ("ven-1", "battery")
FIRST, SECOND, THIRD = (
    datetime(2025, 11, day, 15, 23, tzinfo=UTC) for day in (1, 10, 20)
)
SECOND_LESS = timedelta(seconds=1)
LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)


def entries(
    submission: int,
    received_at: datetime,
    *lines: tuple[str, str] | tuple[str, str, datetime],
) -> list[Row]:
    """Give a list's rows from (device, meter) or (device, meter, valid_from)."""
    return [
        {
            "submission_id": submission,
            "received_at": received_at,
            "ven_id": "ven-1",
            "device_id": line[0],
            "meter_id": line[1],
            "valid_from": line[2] if len(line) == 3 else None,
        }
        for line in lines
    ]


def history(mapped: MeterMap) -> list[tuple[str, datetime, datetime | None]]:
    return [
        (a.meter_id, a.valid_from, a.valid_to) for a in mapped.by_device.get(DEVICE, [])
    ]


def test_a_device_named_for_the_first_time_was_always_there() -> None:
    mapped = map_meters(entries(1, FIRST, ("battery", "A")))

    assert mapped.meter_at(DEVICE, LONG_AGO) == "A"
    assert history(mapped) == [("A", BEGINNING, None)]


def test_a_stated_start_holds_from_then_and_not_before() -> None:
    mapped = map_meters(entries(1, SECOND, ("battery", "A", FIRST)))

    assert mapped.meter_at(DEVICE, FIRST - SECOND_LESS) is None
    assert mapped.meter_at(DEVICE, FIRST) == "A"


def test_a_replaced_meter_changes_when_the_list_arrived() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A")) + entries(2, SECOND, ("battery", "B"))
    )

    assert mapped.meter_at(DEVICE, SECOND - SECOND_LESS) == "A"
    assert mapped.meter_at(DEVICE, SECOND) == "B"
    assert history(mapped) == [("A", BEGINNING, SECOND), ("B", SECOND, None)]


def test_a_meter_replaced_at_a_stated_moment_changes_then() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"))
        + entries(2, THIRD, ("battery", "B", SECOND))
    )

    assert history(mapped) == [("A", BEGINNING, SECOND), ("B", SECOND, None)]


def test_a_stated_past_takes_the_place_of_what_was_believed_about_it() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"))
        + entries(2, SECOND, ("battery", "B"))
        + entries(3, THIRD, ("battery", "C", FIRST))
    )

    assert history(mapped) == [("A", BEGINNING, FIRST), ("C", FIRST, None)]


def test_a_device_left_out_stops_when_the_list_arrived() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"), ("heat-pump", "A"))
        + entries(2, SECOND, ("heat-pump", "A"))
    )

    assert mapped.meter_at(DEVICE, SECOND - SECOND_LESS) == "A"
    assert mapped.meter_at(DEVICE, SECOND) is None
    assert mapped.meter_at(("ven-1", "heat-pump"), SECOND) == "A"


def test_a_list_without_devices_ends_them_all() -> None:
    empty = entries(2, SECOND, ("", ""))

    mapped = map_meters(entries(1, FIRST, ("battery", "A")) + empty)

    assert history(mapped) == [("A", BEGINNING, SECOND)]
    assert list(mapped.by_device) == [DEVICE]


def test_a_device_listed_again_is_mapped_again_from_then() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"))
        + entries(2, SECOND, ("ev", "A"))
        + entries(3, THIRD, ("battery", "A"), ("ev", "A"))
    )

    assert history(mapped) == [("A", BEGINNING, SECOND), ("A", THIRD, None)]
    assert mapped.meter_at(DEVICE, SECOND) is None


def test_the_same_list_again_changes_nothing() -> None:
    once = entries(1, FIRST, ("battery", "A"))

    again = map_meters(once + entries(2, SECOND, ("battery", "A")))

    assert again.rows() == map_meters(once).rows()


def test_the_first_stated_start_ends_what_was_believed_for_all_time() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"))
        + entries(2, SECOND, ("battery", "A", FIRST))
        + entries(3, THIRD, ("battery", "A", SECOND))
    )

    assert history(mapped) == [("A", FIRST, None)]


def test_an_earlier_stated_start_is_taken() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A", SECOND))
        + entries(2, THIRD, ("battery", "A", FIRST))
    )

    assert history(mapped) == [("A", FIRST, None)]


def test_what_was_to_begin_later_never_does_when_a_list_says_otherwise() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"))
        + entries(2, FIRST, ("battery", "B", THIRD))
        + entries(3, SECOND, ("battery", "C"))
    )

    assert history(mapped) == [("A", BEGINNING, SECOND), ("C", SECOND, None)]


def test_moments_are_whole_seconds() -> None:
    odd = SECOND.replace(microsecond=999_999)

    mapped = map_meters(
        entries(1, FIRST, ("battery", "A")) + entries(2, odd, ("battery", "B"))
    )

    assert history(mapped) == [("A", BEGINNING, SECOND), ("B", SECOND, None)]


@pytest.mark.parametrize(
    "device",
    [("ven-2", "battery"), ("ven-1", "Battery"), ("ven-1", "batter"), ("", "")],
)
def test_a_device_nobody_listed_has_no_meter(device: tuple[str, str]) -> None:
    mapped = map_meters(entries(1, FIRST, ("battery", "A"), ("ev", "Z")))

    assert mapped.meter_at(device, SECOND) is None


def test_a_day_names_each_meter_for_its_part() -> None:
    day = Span(SECOND.replace(hour=5, minute=0), SECOND.replace(hour=23, minute=0))
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"), ("ev", "A"))
        + entries(2, SECOND, ("battery", "B"))
    )

    assert mapped.during(day) == [
        MappedDevice("A", *DEVICE, Span(day.start_utc, SECOND)),
        MappedDevice("B", *DEVICE, Span(SECOND, day.end_utc)),
        MappedDevice("A", "ven-1", "ev", Span(day.start_utc, SECOND)),
    ]
    assert map_meters([]).during(day) == []


def test_a_days_digest_changes_only_with_what_is_said_about_that_day() -> None:
    before = Span(FIRST - timedelta(days=1), FIRST)
    after = Span(THIRD, THIRD + timedelta(days=1))
    first = entries(1, FIRST, ("battery", "A"))

    once = map_meters(first)
    replaced = map_meters(first + entries(2, SECOND, ("battery", "B")))

    assert once.digest_during(before) == replaced.digest_during(before)
    assert once.digest_during(after) != replaced.digest_during(after)


def test_a_device_left_out_by_mistake_comes_back_without_a_gap() -> None:
    mapped = map_meters(
        entries(1, FIRST, ("battery", "A"))
        + entries(2, SECOND, ("ev", "Z"))
        + entries(3, THIRD, ("battery", "A", FIRST))
    )

    assert mapped.meter_at(DEVICE, SECOND) == "A"
    assert mapped.meter_at(DEVICE, THIRD + timedelta(days=900)) == "A"


LISTS = st.lists(
    st.dictionaries(
        st.sampled_from(["battery", "ev"]),
        st.tuples(
            st.sampled_from("ABC"),
            st.none() | st.datetimes(
                datetime(2025, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
            ),
        ),
    ),
    max_size=6,
)  # fmt: skip


def rows_of(lists: list[dict[str, tuple[str, datetime | None]]]) -> list[Row]:
    rows = []
    for number, listed in enumerate(lists):
        lines = [(d, m) if f is None else (d, m, f) for d, (m, f) in listed.items()]
        received_at = FIRST + timedelta(days=number)
        rows += entries(number, received_at, *(lines or [("", "")]))
    return rows


@given(lists=LISTS, probe=st.integers(-300, 500))
@settings(deadline=None)
def test_a_device_never_has_two_meters_and_only_one_that_was_listed_for_it(
    lists: list[dict[str, tuple[str, datetime | None]]], probe: int
) -> None:
    mapped = map_meters(rows_of(lists))

    instant = FIRST + timedelta(days=probe)
    for device, assignments in mapped.by_device.items():
        for earlier, later in pairwise(assignments):
            assert earlier.valid_to is not None
            assert earlier.valid_from < earlier.valid_to <= later.valid_from
        holding = {a.meter_id for a in assignments if a.holds_at(instant)}
        assert len(holding) <= 1
        assert mapped.meter_at(device, instant) == next(iter(holding), None)
        assert holding <= {li[device[1]][0] for li in lists if device[1] in li}


@given(lists=LISTS)
@settings(deadline=None, max_examples=40)
def test_the_newest_list_says_who_is_mapped_in_the_end(
    lists: list[dict[str, tuple[str, datetime | None]]],
) -> None:
    mapped = map_meters(rows_of(lists))

    in_the_end = datetime(2030, 1, 1, tzinfo=UTC)
    for device in ("battery", "ev"):
        listed = lists[-1].get(device, (None, None))[0] if lists else None
        assert mapped.meter_at(("ven-1", device), in_the_end) == listed


@given(lists=LISTS)
@settings(deadline=None, max_examples=40)
def test_a_map_stored_and_read_back_is_the_same(
    lists: list[dict[str, tuple[str, datetime | None]]],
) -> None:
    mapped = map_meters(rows_of(lists))

    read = read_meter_map(frame_of(tables.METER_MAPPING, mapped.rows()))

    assert read.rows() == mapped.rows()
