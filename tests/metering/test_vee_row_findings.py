"""What rows lack is found by channel; states tile the time a device is mapped for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.vee.row_findings import (
    find_missing,
    find_suspect,
    find_unaccounted,
)
from ter_pipelines.vocab.clock import Span
from tests.metering.reported import at
from tests.metering.vee_days import (
    DEVICE,
    TODAY,
    missing,
    states,
    usage,
    validated,
    whole_day,
)


def test_missing_time_is_found_by_channel_with_how_much_and_since_when() -> None:
    findings = find_missing(validated(whole_day(without=[7, 8, 20])))

    assert [str(finding) for finding in findings] == [
        "usage.missing TER0001 0012: seconds 10800, first 2025-11-03T12:00:00Z"
    ]


def test_suspect_usage_is_found_with_its_rules() -> None:
    rows = validated([*whole_day(without=[3]), usage(3, quality="SUSPECT")])

    assert [str(finding) for finding in find_suspect(rows)] == [
        "usage.suspect TER0001 0012: at 2025-11-03T08:00:00Z, "
        "rules usage.suspect_quality"
    ]
    assert find_suspect(validated(whole_day())) == []


@pytest.mark.parametrize(("change", "got"), [(-1, 82800), (1, 90000)])
def test_time_that_is_lost_or_doubled_is_found(change: int, got: int) -> None:
    rows = validated(whole_day())
    rows = rows[:-1] if change < 0 else [*rows, rows[0]]

    assert [str(f) for f in find_unaccounted(rows, [DEVICE], TODAY)] == [
        f"usage.unaccounted TER0001 ven-1 0012 net 2025-11-03: got_seconds {got}, "
        "expected_seconds 86400"
    ]


def test_a_device_without_rows_is_found() -> None:
    assert [f.facts["got_seconds"] for f in find_unaccounted([], [DEVICE], TODAY)] == [
        0
    ]


def test_an_interval_over_the_end_of_the_day_counts_to_the_end() -> None:
    rows = validated([*whole_day(without=[23]), usage(23, seconds=7200)])

    assert missing(rows) == []


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
    device = replace(DEVICE, span=mapped)

    result = validated(rows, [device])

    assert sum(row["duration_seconds"] for row in result) == last - first
    assert set(states(result)) <= {"VALID", "SUSPECT", "MISSING"}
    assert all(row["duration_seconds"] > 0 for row in result)
