"""Which stretches of time a report touches, whatever its values claim."""

from datetime import UTC, datetime

import pytest

from tests.vtn_service.messages import interval, report, update_report, value
from vtn_service.contract import MAX_SPANS
from vtn_service.openadr.message import parse_message
from vtn_service.openadr.touching import touched_spans
from vtn_service.openadr.values import read_values
from vtn_service.store.offers import Meaning

RECEIVED = datetime(2025, 11, 3, 1, 2, 3, 400_000, tzinfo=UTC)
SECOND_OF_RECEIPT = ("2025-11-03T01:02:03Z", "2025-11-03T01:02:04Z")


def _touched(*times: tuple[str, str]) -> list[tuple[str, str]]:
    """Give what values with these starts and durations touch."""
    intervals = [interval(value("r1", "1"), start=s, duration=d) for s, d in times]
    message = parse_message(update_report("v1", report(intervals)))
    content = read_values(message, Meaning([], []))
    spans = touched_spans(content.columns, RECEIVED)
    return [(span.start_utc, span.end_utc) for span in spans]


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2025-11-02T05:00:00Z", "PT1H", "2025-11-02T06:00:00Z"),
        ("2025-11-02T05:00:00Z", "PT0S", "2025-11-02T05:00:01Z"),
        ("2025-11-02T05:00:00Z", "-PT1H", "2025-11-02T05:00:01Z"),
        ("2025-11-02T05:00:00Z", "P1M", "2025-11-02T05:00:01Z"),
        ("2025-11-02T05:00:00Z", "", "2025-11-02T05:00:01Z"),
        ("2025-11-02T05:00:00Z", "PT24H", "2025-11-03T05:00:00Z"),
        ("2025-11-02T05:00:00Z", "PT86401S", "2025-11-03T05:00:00Z"),
        ("2025-11-02T05:00:00Z", "P100000D", "2025-11-03T05:00:00Z"),
        ("2199-12-31T23:59:59Z", "P9999D", "2200-01-01T23:59:59Z"),
        ("1900-01-01T00:00:00Z", "PT1H", "1900-01-01T01:00:00Z"),
    ],
)
def test_an_interval_touches_a_second_to_a_day(
    start: str, duration: str, end: str
) -> None:
    assert _touched((start, duration)) == [(start, end)]


def test_a_part_of_a_second_touches_all_of_it() -> None:
    assert _touched(("2025-11-02T05:00:00.5Z", "PT1H")) == [
        ("2025-11-02T05:00:00Z", "2025-11-02T06:00:01Z")
    ]


@pytest.mark.parametrize(
    "start",
    [
        "",
        "2025-11-02T05:00:00",
        "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59.999999Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ],
)
def test_a_start_that_does_not_count_leaves_the_second_of_receipt(start: str) -> None:
    assert _touched((start, "PT1H")) == [SECOND_OF_RECEIPT]


def test_a_report_without_values_touches_the_second_of_receipt() -> None:
    assert _touched() == [SECOND_OF_RECEIPT]


def test_a_start_that_does_not_count_leaves_the_others_alone() -> None:
    assert _touched(
        ("0001-01-01T00:00:00Z", "PT1H"), ("2025-11-02T05:00:00Z", "PT1H")
    ) == [("2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z")]


def test_a_day_of_hours_is_one_stretch_in_whatever_order() -> None:
    hours = [(f"2025-11-02T{at:02}:00:00Z", "PT1H") for at in range(24)]

    assert _touched(*hours[12:], *hours[:12], hours[3]) == [
        ("2025-11-02T00:00:00Z", "2025-11-03T00:00:00Z")
    ]


def test_an_hour_inside_a_longer_interval_does_not_shorten_it() -> None:
    assert _touched(
        ("2025-11-02T05:00:00Z", "PT4H"), ("2025-11-02T06:00:00Z", "PT1H")
    ) == [("2025-11-02T05:00:00Z", "2025-11-02T09:00:00Z")]


def test_two_values_a_year_apart_are_two_stretches_in_order() -> None:
    assert _touched(
        ("2025-11-02T05:00:00Z", "PT1H"), ("2024-11-02T05:00:00Z", "PT1H")
    ) == [
        ("2024-11-02T05:00:00Z", "2024-11-02T06:00:00Z"),
        ("2025-11-02T05:00:00Z", "2025-11-02T06:00:00Z"),
    ]


def test_of_too_many_stretches_only_the_nearest_are_joined() -> None:
    years = [(f"{year}-01-01T00:00:00Z", "") for year in (1950, 1960)]
    seconds = [
        (f"2025-11-02T{hour:02}:{minute:02}:00Z", "")
        for hour in range(24)
        for minute in range(60)
    ]

    touched = _touched(*years, *seconds)

    assert len(touched) == MAX_SPANS
    assert [start for start, _ in touched[:2]] == [start for start, _ in years]
    assert touched[2][0] == seconds[0][0]
    assert touched[-1][1] == "2025-11-02T23:59:01Z"
    for start, _ in seconds:
        assert any(first <= start < end for first, end in touched[2:])
