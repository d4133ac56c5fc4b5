"""All rules in order over a window, and the state that each interval gets."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.findings import REVIEWS, RULES, Effect, speaking_of
from ter_pipelines.metering.vee.series import (
    ADJUSTED,
    ESTIMATED,
    RAW,
    SUSPECT,
    VALID,
    Channel,
    Interval,
    Mark,
    State,
)
from ter_pipelines.metering.vee.time_rules import ClockCheck
from ter_pipelines.metering.vee.validation import Judged, Known, check, judge
from ter_pipelines.metering.vee.value_rules import Limits
from ter_pipelines.vocab.vee_settings import VeeSettings
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    ZONE,
    at,
    codes,
    flat,
    interval,
    local_day,
    raw,
    register,
    span,
)

DAY = span(0, 24)
PLAIN_DAY = raw("1 " * 24)
KNOWN = Known(
    window=DAY,
    zone=ZONE,
    now=at(30),
    meter_at=lambda _: "TER0001",
    limits=Limits(Decimal(-25), Decimal(25)),
)


def judged(
    intervals: list[Interval],
    what: Known = KNOWN,
    *,
    channel: Channel = HOURLY,
    settings: VeeSettings = DEFAULTS,
) -> Judged:
    findings = check(channel, intervals, what, settings)
    return judge(intervals, findings, who="validation", when_utc=at(31))


def states(result: Judged) -> list[State]:
    return [i.state for i in result.intervals]


def changed(day: list[Interval], hour: int, other: Interval) -> list[Interval]:
    return [*day[:hour], other, *day[hour + 1 :]]


def test_a_plain_day_is_valid_and_every_step_is_a_version() -> None:
    result = judged(PLAIN_DAY)

    assert (set(states(result)), result.findings, result.rejected) == ({VALID}, [], [])
    assert [c.before for c in result.changes] == PLAIN_DAY
    assert {c.after.version for c in result.changes} == {2}
    assert {(c.cause.rule, c.cause.who) for c in result.changes} == {("", "validation")}


@pytest.mark.parametrize(("day", "month"), [(9, 3), (4, 11), (2, 11)])
def test_a_day_of_23_24_or_25_hours_is_whole(day: int, month: int) -> None:
    window = local_day(day, month)
    what = replace(KNOWN, window=window, now=window.end_utc)

    result = judged(flat(window, state=RAW), what)

    assert (set(states(result)), result.findings) == ({VALID}, [])


def test_rules_speak_in_their_order_and_none_stops_another() -> None:
    bad = interval(
        5, "-99", seconds=1800, state=SUSPECT, marks=frozenset({Mark.TEST_MODE})
    )
    channel = replace(HOURLY, direction="delivered", inactive=(span(5, 6),))
    what = replace(
        KNOWN,
        clock_checks=[ClockCheck(at(5), at(6))],
        registers=register((0, "2"), (1, "1")),
    )

    result = judged(changed(PLAIN_DAY, 5, bad), what, channel=channel)

    assert codes(result.findings) == [
        "usage.clock_off", "usage.wrong_length", "usage.missing", "usage.test_mode",
        "usage.suspect_quality", "usage.negative", "usage.beyond_device_limit",
        "usage.on_inactive_meter", "usage.sum_check", "usage.register_step",
    ]  # fmt: skip


def test_an_interval_names_every_rule_that_doubts_it() -> None:
    bad = interval(5, "99", marks=frozenset({Mark.OVERFLOW, Mark.OUTAGE}))

    result = judged(changed(PLAIN_DAY, 5, bad))

    assert [s for s in states(result) if s != VALID] == [SUSPECT]
    assert result.changes[5].cause.rule == (
        "usage.overflow,usage.beyond_device_limit,usage.spike"
    )
    assert result.changes[5].after.energy_kwh == Decimal(99)


def test_a_note_does_not_stop_billing() -> None:
    marked = interval(5, marks=frozenset({Mark.OUTAGE}))

    result = judged(
        changed(PLAIN_DAY, 5, marked), replace(KNOWN, history_kwh=[Decimal(100)])
    )

    assert codes(result.findings) == ["usage.outage", "usage.low"]
    assert set(states(result)) == {VALID}


def test_what_is_rejected_leaves_a_gap_and_counts_in_no_total() -> None:
    foreign = interval(23, "99")
    what = replace(
        KNOWN,
        meter_at=lambda t: "TER0001" if t < at(23) else "TER0002",
        registers=register((0, "0"), (23, "23"), (24, "122")),
    )

    result = judged(changed(PLAIN_DAY, 23, foreign), what)

    assert result.rejected == [foreign]
    assert len(result.intervals) == 23
    assert codes(result.findings) == [
        "usage.wrong_meter", "usage.wrong_count", "usage.missing",
        "usage.beyond_device_limit",
    ]  # fmt: skip


def test_an_estimate_stands_beside_foreign_data_of_the_same_time() -> None:
    foreign = interval(5, "99")
    made = interval(5, "1", state=ESTIMATED, version=2)
    what = replace(
        KNOWN, meter_at=lambda t: "TER0002" if at(5) <= t < at(6) else "TER0001"
    )

    result = judged([*PLAIN_DAY[:5], foreign, made, *PLAIN_DAY[6:]], what)

    assert result.rejected == [foreign]
    assert result.intervals[5] == made
    assert codes(result.findings) == ["usage.wrong_meter", "usage.beyond_device_limit"]


def test_the_future_is_rejected() -> None:
    result = judged(PLAIN_DAY, replace(KNOWN, now=at(23)))

    assert [i.interval_start_utc for i in result.rejected] == [at(23)]
    assert set(states(result)) == {VALID}


def test_a_sum_that_differs_makes_its_window_suspect() -> None:
    what = replace(KNOWN, registers=register((0, "0"), (2, "2"), (5, "4"), (24, "23")))

    result = judged(PLAIN_DAY, what)

    assert states(result) == [VALID] * 2 + [SUSPECT] * 3 + [VALID] * 19


def test_time_since_the_last_good_clock_is_suspect() -> None:
    checks = [ClockCheck(at(6), at(6)), ClockCheck(at(8), at(9))]

    result = judged(PLAIN_DAY, replace(KNOWN, clock_checks=checks))

    assert [h for h, s in enumerate(states(result)) if s == SUSPECT] == [6, 7]


@pytest.mark.parametrize("state", [ESTIMATED, ADJUSTED, VALID])
def test_what_was_judged_keeps_its_state(state: State) -> None:
    made = interval(5, "99", state=state)

    result = judged(changed(PLAIN_DAY, 5, made))

    assert result.intervals[5] == made
    assert codes(result.findings) == ["usage.spike"]


def test_estimates_are_held_against_the_rules_only_if_told() -> None:
    day = changed(PLAIN_DAY, 5, interval(5, "99", state=ESTIMATED))
    told = replace(DEFAULTS, revalidates_estimates=True)

    result = judged(day, settings=told)

    assert codes(result.findings) == ["usage.beyond_device_limit", "usage.spike"]
    assert result.intervals[5].state == ESTIMATED


@pytest.mark.parametrize("is_told", [False, True])
def test_reactive_energy_is_held_against_active_only_if_told(*, is_told: bool) -> None:
    settings = replace(DEFAULTS, checks_kvarh=is_told)
    what = replace(KNOWN, kvarh={at(h): Decimal(h) for h in range(24)})

    result = judged(PLAIN_DAY, what, settings=settings)

    assert codes(result.findings) == (["usage.kvarh_mismatch"] if is_told else [])


def test_the_order_of_intervals_changes_nothing() -> None:
    day = changed(PLAIN_DAY, 5, interval(5, "99"))

    assert judged(day[::-1]) == judged(day)


def test_nothing_is_a_gap_of_the_whole_window() -> None:
    result = judged([])

    assert codes(result.findings) == ["usage.wrong_count", "usage.missing"]
    assert (result.intervals, result.changes) == ([], [])


def test_a_part_of_a_day_is_expected_as_a_part() -> None:
    what = replace(KNOWN, window=span(10, 24))

    assert judged(PLAIN_DAY[10:], what).findings == []


def test_a_window_of_many_days_is_judged_day_by_day() -> None:
    window = span(0, 48)
    what = replace(KNOWN, window=window, now=window.end_utc + timedelta(minutes=1))

    result = judged(raw("1 " * 47), what)

    assert codes(result.findings) == ["usage.wrong_count", "usage.missing"]
    assert {f.span.start_utc for f in result.findings} == {at(24), at(47)}


def test_every_rule_has_one_code_and_one_effect() -> None:
    everything = [*RULES, *REVIEWS]

    assert len({rule.code for rule in everything}) == len(everything)
    assert {rule.effect for rule in RULES} == set(Effect)
    assert speaking_of([], Effect.NOTE) == []
