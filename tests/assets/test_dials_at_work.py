"""Validation at work: dials read days apart speak of days that do not add up."""

from decimal import Decimal

import dagster as dg

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import HOUR
from tests.assets.conftest import Installation, failed_checks
from tests.assets.dials import MIDNIGHT, THREE_DAYS, read_dial, sums
from tests.assets.validating import (
    NOV_3,
    NOV_4,
    NOV_5,
    judge,
    put,
    set_policy,
    states,
    usage_of,
)

CODE = "usage.sum_over_days findings"


def told_by_three_days(installation: Installation) -> Lake:
    """Let the house tell the same; nobody judged it yet."""
    for day in THREE_DAYS:
        put(installation, day, ["1"] * 24)
    return installation.lake


def told(result: dg.ExecuteInProcessResult) -> dict[str, int]:
    """Give how many windows each day tells of."""
    return {
        str(event.partition): int(str(facts[CODE].value))
        for event in result.get_asset_materialization_events()
        if CODE in (facts := event.materialization.metadata)
    }


def test_the_day_that_closes_the_window_tells_that_the_days_do_not_add_up(
    installation: Installation,
) -> None:
    lake = told_by_three_days(installation)
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + 72 * HOUR, "172.021")

    result = judge(installation, NOV_3, NOV_5)

    assert failed_checks(result) == ["usage_is_plausible"]
    assert told(result) == {"2025-11-05": 1}
    (check,) = [c for c in result.get_asset_check_evaluations() if not c.passed]
    assert "usage.sum_over_days" in str(check.metadata)
    assert states(installation, NOV_4) == ["VALID"] * 24


def test_a_late_day_inside_the_window_is_held_against_it_by_itself(
    installation: Installation,
) -> None:
    lake = told_by_three_days(installation)
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + 72 * HOUR, "172.02")
    before = judge(installation, NOV_3, NOV_5)
    put(installation, NOV_4, ["1.001"] * 24)

    after = judge(installation, NOV_4, NOV_4)

    assert failed_checks(before) == []
    assert sums(lake, NOV_4, NOV_4) == [(0, 72, Decimal("72.02"), Decimal("72.024"))]
    assert failed_checks(after) == []


def test_a_late_day_that_no_longer_adds_up_is_told_by_its_run(
    installation: Installation,
) -> None:
    lake = told_by_three_days(installation)
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + 72 * HOUR, "172")
    judge(installation, NOV_3, NOV_5)
    put(installation, NOV_4, ["1.001"] * 24)

    after = judge(installation, NOV_4, NOV_4)

    assert failed_checks(after) == ["usage_is_plausible"]
    assert told(after) == {}


def test_estimates_of_the_same_run_count(installation: Installation) -> None:
    set_policy(installation, "estimate")
    lake = told_by_three_days(installation)
    put(installation, NOV_4, ["1"] * 10 + [None] * 6 + ["1"] * 8)
    read_dial(lake, MIDNIGHT, "100")
    read_dial(lake, MIDNIGHT + 72 * HOUR, "175")

    result = judge(installation, NOV_3, NOV_5)

    assert result.success
    assert told(result) == {}
    assert sums(lake, NOV_3, NOV_5) == [(0, 72, Decimal(75), Decimal(75))]
    estimated = [r for r in usage_of(installation, NOV_4) if r["state"] == "ESTIMATED"]
    assert {row["energy_kwh"] for row in estimated} == {Decimal("1.5")}
