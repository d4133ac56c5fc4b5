"""Dials read days apart: told where the intervals of those days say something else."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.day_sums import (
    DialSum,
    closing_day,
    find_sums_over_days,
)
from ter_pipelines.metering.vee.findings import Effect, speaking_of
from ter_pipelines.metering.vee.registers import RegisterWindow
from tests.metering.vee_at_hand import DEFAULTS, SUBJECT, ZONE, seen, span


def counted(total: str, step: str = "0.01") -> DialSum:
    """Give two days in which a dial counted 48 kWh, and intervals something."""
    window = RegisterWindow(span(0, 48), Decimal(48), Decimal(step))
    return DialSum(SUBJECT, window, Decimal(total))


@pytest.mark.parametrize("total", ["47.98", "48", "48.02"])
def test_two_steps_of_the_dial_are_inside_the_limit(total: str) -> None:
    assert find_sums_over_days([counted(total)], DEFAULTS) == []


@pytest.mark.parametrize(
    ("total", "observed"), [("47.979", "0.021"), ("48.021", "-0.021")]
)
def test_more_than_two_steps_are_told_with_both_sums(total: str, observed: str) -> None:
    found = find_sums_over_days([counted("48"), counted(total)], DEFAULTS)

    assert seen(found) == [(0, "0.02", observed)]
    (finding,) = found
    assert (finding.code, finding.subject) == ("usage.sum_over_days", SUBJECT)
    assert finding.facts["seconds"] == 48 * 3600
    assert finding.facts["register_kwh"] == "48"
    assert finding.facts["intervals_kwh"] == total


def test_how_many_steps_is_the_programmes() -> None:
    lenient = replace(DEFAULTS, sum_check_resolutions=Decimal(3))

    assert find_sums_over_days([counted("47.97")], lenient) == []
    assert len(find_sums_over_days([counted("47.969")], lenient)) == 1


def test_no_interval_is_doubted_for_it() -> None:
    found = find_sums_over_days([counted("1")], DEFAULTS)

    assert speaking_of(found, Effect.NOTE) == found
    assert speaking_of(found, Effect.SUSPECT) == []


@pytest.mark.parametrize(("ends", "day"), [(48, 5), (48.25, 6), (47.75, 5)])
def test_a_window_that_ends_at_midnight_is_closed_by_the_day_before(
    ends: float, day: int
) -> None:
    assert closing_day(span(0, ends), ZONE) == date(2025, 11, day)
