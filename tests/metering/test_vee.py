"""Every second of a mapped device's day is VALID, SUSPECT or MISSING."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.mapping import MappedDevice
from ter_pipelines.metering.vee.rules import (
    by_the_hour,
    find_missing,
    find_suspect,
    find_unaccounted,
    gaps,
    validate,
)
from ter_pipelines.metering.vee.value_rules import Limits
from ter_pipelines.vocab.clock import Span
from tests.metering.reported import DAY, at

Row = dict[str, Any]
TODAY = date(2025, 11, 3)
LIMITS = Limits(Decimal(-25), Decimal(24))
DEVICE = MappedDevice("TER0001", "ven-1", "0012", DAY)


def usage(
    hours: float, kwh: str = "1", *, seconds: int = 3600, quality: str = "RAW"
) -> Row:
    return {
        "meter_id": "TER0001",
        "ven_id": "ven-1",
        "device_id": "0012",
        "interval_start_utc": at(hours),
        "duration_seconds": seconds,
        "energy_kwh": Decimal(kwh),
        "quality": quality,
        "version": 1,
    }


def whole_day(*, without: Sequence[int] = ()) -> list[Row]:
    return [usage(hour) for hour in range(24) if hour not in without]


def validated(
    rows: list[Row], devices: Sequence[MappedDevice] = (DEVICE,)
) -> list[Row]:
    result = validate(rows, devices, LIMITS)
    assert find_unaccounted(result, devices, TODAY) == []
    return result


def missing(rows: list[Row]) -> list[tuple[object, int]]:
    return [
        (row["interval_start_utc"], row["duration_seconds"])
        for row in rows
        if row["state"] == "MISSING"
    ]


def test_a_whole_plain_day_is_valid() -> None:
    rows = validated(whole_day())

    assert {(row["state"], row["rules_failed"]) for row in rows} == {("VALID", "")}
    assert len(rows) == 24


def test_a_gap_of_two_hours_is_two_missing_rows() -> None:
    rows = validated(whole_day(without=[7, 8]))

    assert missing(rows) == [(at(7), 3600), (at(8), 3600)]
    assert len(rows) == 24
    lost = [row for row in rows if row["state"] == "MISSING"]
    assert {(r["energy_kwh"], r["version"], r["rules_failed"]) for r in lost} == {
        (None, 0, "usage.missing")
    }


def test_a_gap_inside_an_hour_is_missing_for_its_seconds() -> None:
    day = whole_day(without=[7])
    quarters = [usage(7, seconds=900), usage(7.5, seconds=900)]

    rows = validated(day + quarters)

    assert missing(rows) == [(at(7.25), 900), (at(7.75), 900)]


def test_a_gap_over_a_full_hour_is_cut_there() -> None:
    day = whole_day(without=[7, 8])
    halves = [usage(7, seconds=1800), usage(8.75, seconds=900)]

    assert missing(validated(day + halves)) == [(at(7.5), 1800), (at(8), 2700)]


def test_a_silent_device_is_missing_for_each_of_its_hours() -> None:
    assert missing(validated([])) == [(at(hour), 3600) for hour in range(24)]


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_silent_day_is_as_long_as_the_day(hours: int) -> None:
    device = MappedDevice("TER0001", "ven-1", "0012", Span(at(0), at(hours)))

    assert len(missing(validated([], [device]))) == hours


def test_a_device_is_only_expected_while_it_is_mapped() -> None:
    old = MappedDevice("TER0001", "ven-1", "0012", Span(at(0), at(10.5)))
    new = MappedDevice("TER0002", "ven-1", "0012", Span(at(10.5), at(24)))

    rows = validated([], [old, new])

    assert missing(rows)[10:12] == [(at(10), 1800), (at(10.5), 1800)]
    assert [row["meter_id"] for row in rows] == ["TER0001"] * 11 + ["TER0002"] * 14


def test_a_device_mapped_twice_in_a_day_is_not_expected_between() -> None:
    morning = MappedDevice("TER0001", "ven-1", "0012", Span(at(0), at(2)))
    evening = MappedDevice("TER0001", "ven-1", "0012", Span(at(20), at(24)))

    rows = validated([usage(1), usage(21)], [morning, evening])

    assert missing(rows) == [(at(h), 3600) for h in (0, 20, 22, 23)]


def test_usage_of_one_device_does_not_fill_the_gap_of_another() -> None:
    other = MappedDevice("TER0001", "ven-1", "ev", DAY)

    rows = validated(whole_day(), [DEVICE, other])

    assert len(missing(rows)) == 24
    assert {r["device_id"] for r in rows if r["state"] == "MISSING"} == {"ev"}


@pytest.mark.parametrize(
    ("kwh", "seconds", "state"),
    [
        ("24", 3600, "VALID"),
        ("24.000001", 3600, "SUSPECT"),
        ("-25", 3600, "VALID"),
        ("-25.000001", 3600, "SUSPECT"),
        ("6", 900, "VALID"),
        ("6.000001", 900, "SUSPECT"),
        # A third of an hour has no end as a decimal; its limit is still eight.
        ("8", 1200, "VALID"),
        ("8.000001", 1200, "SUSPECT"),
        ("0", 3600, "VALID"),
    ],
)
def test_energy_beyond_what_the_device_can_is_suspect(
    kwh: str, seconds: int, state: str
) -> None:
    (row,) = validate([usage(0, kwh, seconds=seconds)], [], LIMITS)

    assert row["state"] == state
    failed = "" if state == "VALID" else "usage.beyond_device_limit"
    assert row["rules_failed"] == failed


@pytest.mark.parametrize(
    ("hours", "seconds", "state"),
    [
        (0, 3600, "VALID"),
        (0.5, 1800, "VALID"),
        (0.5, 1801, "SUSPECT"),
        (0.5, 3600, "SUSPECT"),
        (0, 3601, "SUSPECT"),
        (0, 86400, "SUSPECT"),
    ],
)
def test_an_interval_that_crosses_an_hour_is_suspect(
    hours: float, seconds: int, state: str
) -> None:
    (row,) = validate([usage(hours, seconds=seconds)], [], LIMITS)

    assert row["state"] == state
    assert ("usage.crosses_the_hour" in row["rules_failed"]) is (state == "SUSPECT")


def test_suspect_quality_makes_suspect_usage() -> None:
    (row,) = validate([usage(0, quality="SUSPECT")], [], LIMITS)

    assert (row["state"], row["rules_failed"]) == ("SUSPECT", "usage.suspect_quality")


def test_every_rule_that_spoke_is_named_and_the_value_is_kept() -> None:
    (row,) = validate([usage(0.5, "99", quality="SUSPECT")], [], LIMITS)

    assert row["energy_kwh"] == Decimal(99)
    assert row["rules_failed"] == (
        "usage.crosses_the_hour,usage.beyond_device_limit,usage.suspect_quality"
    )


def test_missing_time_is_found_by_device_with_how_much_and_since_when() -> None:
    findings = find_missing(validated(whole_day(without=[7, 8, 20])))

    assert [str(finding) for finding in findings] == [
        "usage.missing TER0001 0012: seconds 10800, first 2025-11-03T12:00:00Z"
    ]


def test_suspect_usage_is_found_with_its_rules() -> None:
    rows = validated([*whole_day(without=[3]), usage(3, "99")])

    assert [str(finding) for finding in find_suspect(rows)] == [
        "usage.suspect TER0001 0012: at 2025-11-03T08:00:00Z, "
        "rules usage.beyond_device_limit"
    ]
    assert find_suspect(validated(whole_day())) == []


@pytest.mark.parametrize(("change", "got"), [(-1, 82800), (1, 90000)])
def test_time_that_is_lost_or_doubled_is_found(change: int, got: int) -> None:
    rows = validated(whole_day())
    rows = rows[:-1] if change < 0 else [*rows, rows[0]]

    assert [str(f) for f in find_unaccounted(rows, [DEVICE], TODAY)] == [
        f"usage.unaccounted TER0001 ven-1 0012 2025-11-03: got_seconds {got}, "
        "expected_seconds 86400"
    ]


def test_an_interval_over_the_end_of_the_day_counts_to_the_end() -> None:
    rows = validated([*whole_day(without=[23]), usage(23, seconds=7200)])

    assert missing(rows) == []


def test_gaps_of_nothing_are_the_whole_span() -> None:
    assert gaps([], DAY) == [DAY]
    assert gaps([], Span(at(1), at(1))) == []


def test_a_span_is_cut_at_full_hours_only() -> None:
    assert by_the_hour(Span(at(0.25), at(2.5))) == [
        Span(at(0.25), at(1)),
        Span(at(1), at(2)),
        Span(at(2), at(2.5)),
    ]


@given(
    cuts=st.lists(st.integers(0, 86400), max_size=20, unique=True),
    kept=st.lists(st.booleans(), min_size=20, max_size=20),
    span=st.tuples(st.integers(0, 86400), st.integers(0, 86400)),
)
@settings(deadline=None)
def test_states_tile_the_time_a_device_is_mapped_for(
    cuts: list[int], kept: list[bool], span: tuple[int, int]
) -> None:
    cuts.sort()
    first, last = min(span), max(span)
    rows = [
        usage(0, seconds=end - start)
        | {"interval_start_utc": at(0) + timedelta(seconds=start)}
        for start, end, keep in zip(cuts, cuts[1:], kept, strict=False)
        if keep and first <= start and end <= last
    ]
    mapped = Span(at(0) + timedelta(seconds=first), at(0) + timedelta(seconds=last))
    device = MappedDevice("TER0001", "ven-1", "0012", mapped)

    result = validate(rows, [device], LIMITS)

    seconds = sum(row["duration_seconds"] for row in result)
    assert seconds == last - first
    assert find_unaccounted(result, [device], TODAY) == []
    assert {row["state"] for row in result} <= {"VALID", "SUSPECT", "MISSING"}
    assert all(row["duration_seconds"] > 0 for row in result)
