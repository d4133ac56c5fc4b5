"""Which gaps are estimated at all, by which policy, and what a new version says."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.estimation import (
    changes_of,
    policy_at,
    resolve_gaps,
)
from ter_pipelines.metering.vee.scaling import Estimation
from ter_pipelines.metering.vee.series import (
    ESTIMATED,
    State,
)
from ter_pipelines.vocab.vee_settings import GapPolicy
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    at,
    codes,
    flat,
    interval,
    kwh_of,
    local_day,
    series,
    span,
)
from tests.metering.vee_estimating import (
    EVIDENCE,
    TUESDAY,
    estimated,
    methods,
    shaped,
    silent,
)


def test_a_controllable_device_is_not_likened_unless_told() -> None:
    battery = replace(HOURLY, is_controllable=True)
    told = replace(DEFAULTS, controllable_from_like_days=True)
    intervals = [*flat(local_day(3)), *silent(TUESDAY, 8, 12)]

    refused = estimated(intervals, channel=battery, evidence=shaped("1", range(24)))
    allowed = estimated(intervals, channel=battery, settings=told)

    assert refused.estimates == []
    assert codes(refused.review) == ["estimate.controllable_device"]
    assert methods(allowed) == ["like_days"] * 4


def test_a_short_gap_of_a_controllable_device_is_interpolated() -> None:
    battery = replace(HOURLY, is_controllable=True)

    assert methods(estimated(series("1 - 2"), span(0, 3), channel=battery)) == [
        "interpolated"
    ]


@pytest.mark.parametrize(
    ("seconds", "programmes", "expected"),
    [(-1, "estimate", "hold"), (0, "estimate", "estimate"), (0, "zero", "zero"),
     (1, "hold", "hold"), (-1, "zero", "hold")],
)  # fmt: skip
def test_gaps_are_held_until_the_cut_off(
    seconds: int, programmes: GapPolicy, expected: GapPolicy
) -> None:
    settings = replace(DEFAULTS, gap_policy=programmes)
    now: datetime = at(48) + timedelta(seconds=seconds)

    assert policy_at(now, cut_off_utc=at(48), settings=settings) == expected


@pytest.mark.parametrize(
    ("policy", "kwh", "review"),
    [
        ("hold", [], ["estimate.held", "estimate.held"]),
        ("zero", ["0", "0"], []),
        ("estimate", ["2.000", "4.000"], []),
    ],
)
def test_a_policy_holds_zeroes_or_estimates(
    policy: GapPolicy, kwh: list[str], review: list[str]
) -> None:
    intervals = series("1 - 3 - 5")

    result = resolve_gaps(policy, HOURLY, intervals, span(0, 5), EVIDENCE, DEFAULTS)

    assert (kwh_of(result.estimates), codes(result.review)) == (kwh, review)


@pytest.mark.parametrize("policy", ["hold", "zero", "estimate"])
def test_where_nothing_is_missing_nothing_is_estimated(policy: GapPolicy) -> None:
    result = resolve_gaps(policy, HOURLY, flat(TUESDAY), TUESDAY, EVIDENCE, DEFAULTS)

    assert result == Estimation([], [])
    assert changes_of(result, who="estimation", when_utc=at(48)) == []


@pytest.mark.parametrize(("state", "version"), [("MISSING", 1), ("SUSPECT", 5)])
def test_an_estimate_is_a_new_version_that_says_what_it_came_from(
    state: State, version: int
) -> None:
    kwh = None if state == "MISSING" else "99"
    hole = [] if kwh is None else [interval(1, kwh, state=state, version=4)]
    result = estimated([*series("1"), *hole, *series("2", start=at(2))], span(0, 3))

    (made,) = changes_of(result, who="estimation", when_utc=at(48))

    assert (made.after.state, made.after.version) == (ESTIMATED, version)
    assert made.before.energy_kwh == (Decimal(kwh) if kwh else None)
    assert (made.cause.rule, made.cause.who) == ("estimate.interpolated", "estimation")
    assert made.cause.reason == (
        "interpolated from 2025-11-04T05:00:00Z version 1, "
        "2025-11-04T07:00:00Z version 1"
    )
