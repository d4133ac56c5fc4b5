"""Estimates over sets: the worked example, and what is left to the rules."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks.vee_month import rules_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.store.vee_pass import VeePass, pass_over
from ter_pipelines.vocab.clock import day_span, days_between
from tests.store.vee_weeks import SOURCES, ZONE, Source, day_of, readings_of, write_lake

DELIVERED, _, _, HOURS, BATTERY = SOURCES
FRIDAY = date(2025, 11, 7)
DAYS = days_between(date(2025, 11, 4), date(2025, 11, 8))
# Five hours of three days, and those of the day that lacks them: 18.34 kWh are known.
FIVE = [
    "0.60 0.55 0.70 1.10 1.60",
    "0.80 0.65 0.80 1.30 1.90",
    "0.70 0.60 0.90 1.20 1.60",
]


def passed(lake: Lake, days: Sequence[date] = DAYS) -> VeePass:
    """Pass over some days with the default rules."""
    return pass_over(lake, days, rules_of(lake).for_sets())


def kwh(found: VeePass) -> list[str]:
    """Give the estimates in order of time."""
    return [str(v) for v in found.estimates.made["energy_kwh"].to_list()]


def like_days(source: Source) -> list[dict[str, object]]:
    """Give three days with known hours from 05:00 and a Friday that lacks them."""
    rows = []
    for day, five in zip(DAYS[:3], FIVE, strict=True):
        of_day = day_of(source, day, kwh="0.9")
        for row, value in zip(of_day[5:10], five.split(), strict=True):
            row["energy_kwh"] = Decimal(value)
        rows += of_day
    friday = day_of(source, FRIDAY, kwh="0.965")
    friday[0]["energy_kwh"] = Decimal("0.97")
    return rows + friday[:5] + friday[10:]


def test_a_line_joins_the_good_values_on_both_sides(tmp_path: Path) -> None:
    rows = day_of(DELIVERED, FRIDAY, kwh="0.3")
    for row in rows[24:]:
        row["energy_kwh"] = Decimal("0.55")
    lake = write_lake(tmp_path, DAYS, rows[:20] + rows[24:])

    found = passed(lake, [FRIDAY])

    assert kwh(found) == ["0.350000", "0.400000", "0.450000", "0.500000"]
    assert set(found.estimates.made["method"]) == {"interpolated"}
    assert found.judge.is_empty()


def test_a_line_reaches_over_midnight(tmp_path: Path) -> None:
    rows = day_of(HOURS, DAYS[0], kwh="1") + day_of(HOURS, DAYS[1], kwh="4")
    lake = write_lake(tmp_path, DAYS[:2], rows[:23] + rows[25:])

    found = passed(lake, DAYS[:2])

    assert kwh(found) == ["2.000000", "3.000000"]


def test_two_hours_are_a_line_and_more_are_like_days(tmp_path: Path) -> None:
    first = day_of(DELIVERED, DAYS[0], kwh="0.5")
    second = day_of(DELIVERED, DAYS[1], kwh="0.4")
    short = write_lake(tmp_path / "8", DAYS, first + second[:20] + second[28:])
    long = write_lake(tmp_path / "9", DAYS, first + second[:20] + second[29:])

    lined, liked = passed(short, DAYS[:2]), passed(long, DAYS[:2])

    assert kwh(lined) == ["0.400000"] * 8
    assert kwh(liked) == ["0.500000"] * 9


def test_five_hours_are_the_average_of_three_like_days(tmp_path: Path) -> None:
    lake = write_lake(tmp_path, DAYS, like_days(HOURS))

    found = passed(lake, DAYS[:4])

    assert kwh(found) == ["0.700000", "0.600000", "0.800000", "1.200000", "1.700000"]
    assert found.estimates.made["lineage"][0] == (
        "like_days from 2025-11-06T10:00:00Z version 1, 2025-11-05T10:00:00Z version "
        "1, 2025-11-04T10:00:00Z version 1"
    )


def test_a_register_scales_them_to_the_last_digit(tmp_path: Path) -> None:
    rows = like_days(HOURS)
    span = day_span(FRIDAY, ZONE)
    readings = readings_of(
        HOURS, rows, [span.start_utc, span.end_utc], more=Decimal("5.4")
    )
    lake = write_lake(tmp_path, DAYS, rows, readings)

    found = passed(lake, DAYS[:4])

    assert kwh(found) == ["0.756000", "0.648000", "0.864000", "1.296000", "1.836000"]
    assert found.estimates.made["lineage"][0].endswith(
        "; scaled from 5 to 5.4 kWh of the register since 2025-11-07T05:00:00Z"
    )


def test_a_factor_beyond_its_limits_is_for_a_person(tmp_path: Path) -> None:
    rows = like_days(HOURS)
    span = day_span(FRIDAY, ZONE)
    readings = readings_of(
        HOURS, rows, [span.start_utc, span.end_utc], more=Decimal("25.001")
    )
    lake = write_lake(tmp_path, DAYS, rows, readings)

    found = passed(lake, DAYS[:4])

    assert kwh(found) == []
    assert found.judge["operating_day"].to_list() == [FRIDAY]


def test_long_gaps_of_what_follows_prices_are_not_filled_from_like_days(
    tmp_path: Path,
) -> None:
    first = day_of(BATTERY, DAYS[0], kwh="0.5")
    second = day_of(BATTERY, DAYS[1], kwh="0.5")
    lake = write_lake(tmp_path, DAYS, first + second[:20] + second[60:])

    found = passed(lake, DAYS[:2])

    assert kwh(found) == []
    assert found.judge["operating_day"].to_list() == [DAYS[1]]


def test_beside_a_doubtful_day_the_rules_decide_and_are_given_its_rows(
    tmp_path: Path,
) -> None:
    first, second = (day_of(HOURS, day, kwh="1") for day in DAYS[:2])
    second[0]["marks"] = "OUTAGE"
    lake = write_lake(tmp_path, DAYS, first[:-1] + second)

    found = passed(lake, DAYS[:2])

    assert kwh(found) == []
    assert sorted(found.judge["operating_day"]) == DAYS[:2]
    assert found.rows.height == 47


def test_nothing_but_short_gaps_needs_no_more_than_two_rows_each(
    tmp_path: Path,
) -> None:
    rows = day_of(HOURS, DAYS[0], kwh="1")
    lake = write_lake(tmp_path, DAYS, rows[:10] + rows[11:])

    found = passed(lake, DAYS[:1])

    assert kwh(found) == ["1.000000"]
    assert found.rows.is_empty()
    assert starts(found) == [day_span(DAYS[0], ZONE).start_utc + timedelta(hours=10)]


def starts(found: VeePass) -> list[datetime]:
    """Give when the estimates begin."""
    return found.estimates.made["interval_start_utc"].to_list()
