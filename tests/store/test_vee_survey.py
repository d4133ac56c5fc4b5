"""The survey: which days no rule can doubt, and on which side of each limit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.vee_month import rules_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_survey import survey
from ter_pipelines.vocab.clock import day_span
from tests.store.vee_weeks import (
    SOURCES,
    ZONE,
    Source,
    day_of,
    readings_of,
    write_lake,
)

TUESDAY = date(2025, 11, 4)
AUTUMN_DAY, SPRING_DAY = date(2025, 11, 2), date(2026, 3, 8)
DELIVERED, _, NET, HOURS, _ = SOURCES
Rows = list[dict[str, Any]]


def verdicts(lake: Lake, days: Sequence[date]) -> list[tuple[str, str | None]]:
    """Give the verdict and the condition of every channel's day, in order of day."""
    found = survey(lake, days, rules_of(lake).for_sets())
    ordered = found.days.sort("operating_day", "channel")
    return [(row["verdict"], row["condition"]) for row in ordered.iter_rows(named=True)]


def verdict(folder: Path, rows: Rows, **given: Any) -> tuple[str, str | None]:  # noqa: ANN401
    """Give the verdict of the one channel's day that there is."""
    (one,) = verdicts(write_lake(folder, [TUESDAY], rows, **given), [TUESDAY])
    return one


@pytest.mark.parametrize(("day", "hours"), [(AUTUMN_DAY, 25), (SPRING_DAY, 23)])
def test_a_day_of_23_or_25_hours_is_whole(
    tmp_path: Path, day: date, hours: int
) -> None:
    rows = day_of(DELIVERED, day)
    lake = write_lake(tmp_path, [day], rows)

    assert len(rows) == 4 * hours
    assert verdicts(lake, [day]) == [("clean", None)]


def test_a_missing_quarter_is_a_gap_and_is_named(tmp_path: Path) -> None:
    rows = day_of(DELIVERED, TUESDAY)
    lake = write_lake(tmp_path, [TUESDAY], rows[:7] + rows[8:])

    found = survey(lake, [TUESDAY], rules_of(lake).for_sets())

    start_us = found.holes["slot"][0] * 900 * 1_000_000
    assert found.days["verdict"].to_list() == ["gaps"]
    assert found.holes.height == 1
    assert start_us == rows[7]["interval_start_utc"].timestamp() * 1_000_000


def test_a_day_of_which_nothing_is_told_is_a_gap_once_the_channel_was_heard(
    tmp_path: Path,
) -> None:
    days = [TUESDAY, date(2025, 11, 5), date(2025, 11, 6)]
    lake = write_lake(tmp_path, days, day_of(DELIVERED, days[1]))

    assert verdicts(lake, days) == [("clean", None), ("gaps", None)]


def test_two_values_of_one_start_are_doubtful_also_where_another_is_missing(
    tmp_path: Path,
) -> None:
    rows = day_of(DELIVERED, TUESDAY)
    twice = [*rows[:7], rows[6], *rows[8:]]

    assert verdict(tmp_path, twice) == ("doubtful", "off_the_grid")


def test_values_that_lie_beside_the_grid_are_doubtful_also_where_they_even_out(
    tmp_path: Path,
) -> None:
    rows = day_of(DELIVERED, TUESDAY)
    minute = timedelta(minutes=1)
    rows[3]["interval_start_utc"] += minute
    rows[9]["interval_start_utc"] -= minute

    assert verdict(tmp_path, rows) == ("doubtful", "off_the_grid")


@pytest.mark.parametrize("seconds", [300, 1800])
def test_another_length_is_doubtful(tmp_path: Path, seconds: int) -> None:
    rows = day_of(DELIVERED, TUESDAY)
    rows[5]["duration_seconds"] = seconds

    state, _ = verdict_of_any(tmp_path, rows)

    assert state == "doubtful"


def verdict_of_any(folder: Path, rows: Rows) -> tuple[str, str | None]:
    """Give the verdict of a day that may be there once for every length."""
    (one,) = set(verdicts(write_lake(folder, [TUESDAY], rows), [TUESDAY]))
    return one


def test_intervals_shorter_than_twelve_minutes_are_for_the_rules(
    tmp_path: Path,
) -> None:
    rows = day_of(replace(DELIVERED, step=300), TUESDAY)

    assert verdict(tmp_path, rows) == ("doubtful", "exceptional")


@pytest.mark.parametrize(
    "odd",
    [
        {"quality": "SUSPECT"},
        {"quality": "ESTIMATED"},
        {"marks": "OUTAGE"},
        {"energy_kwh": Decimal("-0.001")},
    ],
)
def test_what_one_interval_says_of_itself_is_doubtful(
    tmp_path: Path, odd: dict[str, Any]
) -> None:
    rows = day_of(DELIVERED, TUESDAY)
    rows[40].update(odd)

    assert verdict(tmp_path, rows) == ("doubtful", "exceptional")


# 32 kWh an hour and the factor 1.1 are 17.6 kWh in half an hour; the third highest of
# 10 keeps the highest from being a spike.
@pytest.mark.parametrize(
    ("kwh", "expected"),
    [
        ("17.6", ("clean", None)),
        ("17.600001", ("doubtful", "beyond_device_limit")),
        ("-17.6", ("clean", None)),
        ("-17.600001", ("doubtful", "exceptional")),
    ],
)
def test_a_net_channel_may_take_and_give_what_the_device_can(
    tmp_path: Path, kwh: str, expected: tuple[str, str | None]
) -> None:
    rows = day_of(NET, TUESDAY, kwh="10")
    rows[11]["energy_kwh"] = Decimal(kwh)

    assert verdict(tmp_path, rows) == expected


# (2.8 - 1) / 1 is 1.80, the limit.
@pytest.mark.parametrize(
    ("kwh", "expected"),
    [("2.8", ("clean", None)), ("2.800001", ("doubtful", "spike"))],
)
def test_a_spike_is_more_than_the_ratio_above_the_third(
    tmp_path: Path, kwh: str, expected: tuple[str, str | None]
) -> None:
    rows = day_of(HOURS, TUESDAY, kwh="1")
    rows[13]["energy_kwh"] = Decimal(kwh)

    assert verdict(tmp_path, rows) == expected


def test_what_a_price_steers_has_no_spikes_unless_the_programme_says_so(
    tmp_path: Path,
) -> None:
    battery = SOURCES[4]
    rows = day_of(battery, TUESDAY, kwh="0.5")
    rows[13]["energy_kwh"] = Decimal(7)
    lake = write_lake(tmp_path, [TUESDAY], rows)
    rules = rules_of(lake)
    strict = replace(
        rules, settings=replace(rules.settings, spike_of_controllable=True)
    )

    found = [survey(lake, [TUESDAY], r.for_sets()).days for r in (rules, strict)]

    assert [days["verdict"][0] for days in found] == ["clean", "doubtful"]


# A tolerance of 180 s: the day's last interval ends at midnight.
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-180, ("clean", None)), (-181, ("doubtful", "in_the_future"))],
)
def test_what_came_before_it_ended_is_doubtful(
    tmp_path: Path, seconds: int, expected: tuple[str, str | None]
) -> None:
    came = day_span(TUESDAY, ZONE).end_utc + timedelta(seconds=seconds)
    rows = [{**row, "received_at": came} for row in day_of(DELIVERED, TUESDAY)]

    assert verdict(tmp_path, rows) == expected


# 24 kWh; two steps of 0.001 kWh are the limit.
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("0.002", ("clean", None)),
        ("-0.002", ("clean", None)),
        ("0.003", ("doubtful", "sum_check")),
        ("-0.003", ("doubtful", "sum_check")),
        ("-30", ("doubtful", "dial")),
    ],
)
def test_a_day_is_held_against_its_register(
    tmp_path: Path, more: str, expected: tuple[str, str | None]
) -> None:
    rows = day_of(HOURS, TUESDAY, kwh="1")

    assert verdict(tmp_path, rows, readings=dials(HOURS, rows, more)) == expected


def test_a_reading_inside_the_day_is_for_the_rules(tmp_path: Path) -> None:
    rows = day_of(HOURS, TUESDAY, kwh="1")
    noon = day_span(TUESDAY, ZONE).start_utc + timedelta(hours=12)
    readings = readings_of(HOURS, rows, [noon])

    assert verdict(tmp_path, rows, readings=readings) == ("doubtful", "dial")


def test_a_day_on_which_the_meter_changes_is_for_the_rules(tmp_path: Path) -> None:
    noon = day_span(TUESDAY, ZONE).start_utc + timedelta(hours=12)
    rows = day_of(DELIVERED, TUESDAY)

    assert verdict(tmp_path, rows, mapped_from=noon) == ("doubtful", "mapping")


def dials(source: Source, rows: Rows, more: str) -> Rows:
    """Read the register at both ends of the day."""
    span = day_span(TUESDAY, ZONE)
    return readings_of(source, rows, [span.start_utc, span.end_utc], more=Decimal(more))
