"""The rules and the estimates against a second, naive implementation."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.vee.estimation import Evidence, estimate
from ter_pipelines.metering.vee.registers import (
    Register,
    RegisterReading,
    Registers,
)
from ter_pipelines.metering.vee.series import Interval, Mark, State, days_in
from ter_pipelines.metering.vee.time_rules import find_gaps
from ter_pipelines.metering.vee.total_rules import (
    find_high_or_low,
    find_spikes,
    find_sum_differences,
)
from ter_pipelines.metering.vee.value_rules import Limits, find_beyond_device_limit
from ter_pipelines.vocab.clock import Span
from tests.metering.vee_at_hand import (
    DEFAULTS,
    HOURLY,
    SUBJECT,
    ZONE,
    codes,
    local_day,
)
from tests.metering.vee_naive import HOUR, Hour, Naive, nearest, shared

# Two weeks with the autumn day, or with the spring day, in the middle.
WINDOWS = {
    "autumn": Span(local_day(26, 10).start_utc, local_day(9, 11).end_utc),
    "spring": Span(local_day(2, 3).start_utc, local_day(16, 3).end_utc),
}
HOLIDAYS = {date(2025, 10, 28), date(2025, 3, 11)}
SETTINGS = replace(DEFAULTS, holidays=frozenset(HOLIDAYS))
MARKED = frozenset({Mark.OUTAGE})

wh = st.integers(-200, 4000)
seasons = st.sampled_from(sorted(WINDOWS))
damages = st.lists(
    st.tuples(
        st.integers(0, 360),
        st.integers(1, 6),
        st.sampled_from(["MISSING", "SUSPECT", "ESTIMATED", "ADJUSTED", "outage"]),
    ),
    max_size=8,
)


def made(
    season: str, shape: list[int], damage: list[tuple[int, int, str]]
) -> list[Interval]:
    """Make two weeks of hours that repeat a shape, and damage them."""
    window = WINDOWS[season]
    hours = (window.end_utc - window.start_utc) // HOUR
    kinds = ["VALID"] * hours
    for first, length, kind in damage:
        kinds[first : first + length] = [kind] * len(kinds[first : first + length])
    intervals = []
    for n, kind in enumerate(kinds[:hours]):
        state: State = "VALID" if kind == "outage" else kind  # type: ignore[assignment]
        energy_kwh = Decimal(shape[n % len(shape)]).scaleb(-3)
        intervals.append(
            Interval(
                window.start_utc + n * HOUR,
                3600,
                None if state == "MISSING" else energy_kwh,
                state,
                MARKED if kind == "outage" else frozenset(),
            )
        )
    return intervals


def naive_of(intervals: list[Interval]) -> Naive:
    hours = {
        i.interval_start_utc: Hour(
            None if i.energy_kwh is None else Fraction(i.energy_kwh),
            i.state,
            bool(i.marks),
        )
        for i in intervals
    }
    return Naive(hours, min(hours), max(hours) + HOUR, ZONE)


def naive_estimates(
    naive: Naive, windows: list[tuple[datetime, datetime, Fraction]]
) -> dict[datetime, tuple[str, Fraction]]:
    """Estimate every hole by itself, then window by window."""
    holes = naive.holes()
    by_line = {t: naive.line(t) for t in holes}
    long_holes = [t for t in holes if by_line[t] is None]
    raws = {t: by_line[t] or naive.likened(t, long_holes, HOLIDAYS) for t in holes}
    result = {t: (raw[0], nearest(raw[1], raw[2])) for t, raw in raws.items() if raw}
    for begin, end, counted in windows:
        inside = [t for t in holes if begin <= t < end]
        known = sum(
            (h.kwh or Fraction(0) for t, h in naive.hours.items()
             if begin <= t < end and t not in holes),
            start=Fraction(0),
        )  # fmt: skip
        parts = [raw[1] for t in inside if (raw := raws[t])]
        total = sum(parts, start=Fraction(0))
        needed = counted - known
        factor = needed / total if total else Fraction(0 if needed else 1)
        if len(parts) < len(inside) or not Fraction(1, 5) <= factor <= 5:
            for t in inside:
                result.pop(t, None)
            continue
        shares = shared([part * factor for part in parts], needed, 3)
        for t, share in zip(inside, shares, strict=True):
            result[t] = (result[t][0], share)
    return result


@given(
    season=seasons,
    shape=st.lists(wh, min_size=20, max_size=30),
    damage=damages,
    cuts=st.sets(st.integers(0, 336), max_size=4),
    change=st.integers(-3000, 9000),
)
@settings(deadline=None, max_examples=60)
def test_estimates_are_those_of_plain_loops(
    season: str,
    shape: list[int],
    damage: list[tuple[int, int, str]],
    cuts: set[int],
    change: int,
) -> None:
    intervals = made(season, shape, damage)
    window = WINDOWS[season]
    readings, counted = [], Decimal(0)
    for cut in sorted(cuts):
        counted += Decimal(change * (1 + cut % 3)).scaleb(-3) + cut
        readings.append(RegisterReading(window.start_utc + cut * HOUR, counted))
    registers = Registers(Register(Decimal("0.001")), readings)
    windows = [
        (a.at_utc, b.at_utc, Fraction(b.value) - Fraction(a.value))
        for a, b in pairwise(readings)
    ]

    result = estimate(
        HOURLY, intervals, window, Evidence(zone=ZONE, registers=registers), SETTINGS
    )

    got = {
        e.target.interval_start_utc: (e.method, Fraction(e.energy_kwh))
        for e in result.estimates
    }
    assert got == naive_estimates(naive_of(intervals), windows)


@given(season=seasons, shape=st.lists(wh, min_size=20, max_size=30), damage=damages)
@settings(deadline=None, max_examples=60)
def test_findings_are_those_of_plain_loops(
    season: str, shape: list[int], damage: list[tuple[int, int, str]]
) -> None:
    intervals = made(season, shape, damage)
    window = WINDOWS[season]
    naive = naive_of(intervals)
    limits = Limits(Decimal("-0.1"), Decimal("3.5"))

    spikes = find_spikes(HOURLY, intervals, days_in(window, ZONE), SETTINGS)
    gaps = find_gaps(HOURLY, intervals, window)
    beyond = find_beyond_device_limit(SUBJECT, intervals, limits)

    assert [f.span.start_utc for f in spikes] == naive.spikes(Fraction(9, 5), 12)
    assert sum(int(f.facts["seconds"]) for f in gaps) == naive.missing_seconds()
    assert [f.span.start_utc for f in beyond] == [
        t
        for t, hour in sorted(naive.hours.items())
        if hour.kwh is not None and not Fraction(-1, 10) <= hour.kwh <= Fraction(7, 2)
    ]


@given(
    shape=st.lists(wh, min_size=20, max_size=30),
    damage=damages,
    begin=st.integers(0, 200),
    hours=st.integers(1, 100),
    off=st.integers(-4, 4),
    past=st.lists(st.integers(0, 300_000), max_size=4),
)
@settings(deadline=None, max_examples=100)
def test_totals_are_judged_as_plain_loops_do(
    shape: list[int],
    damage: list[tuple[int, int, str]],
    begin: int,
    hours: int,
    off: int,
    past: list[int],
) -> None:
    intervals = made("autumn", shape, damage)
    start = WINDOWS["autumn"].start_utc + begin * HOUR
    period = Span(start, start + timedelta(hours=hours))
    total = naive_of(intervals).total(period.start_utc, period.end_utc)
    counted = Decimal(off).scaleb(-3) + Decimal(int((total or 0) * 1000)).scaleb(-3)
    readings = [
        RegisterReading(period.start_utc, Decimal(7)),
        RegisterReading(period.end_utc, 7 + counted),
    ]
    windows = Registers(Register(Decimal("0.001")), readings).windows(HOURLY)
    history = [Decimal(value).scaleb(-3) for value in past]

    sums = find_sum_differences(HOURLY, intervals, windows, SETTINGS)
    levels = find_high_or_low(HOURLY, intervals, period, history, SETTINGS)

    assert bool(sums) is (total is not None and abs(off) > 2)
    expected = []
    average = Fraction(sum(past), 1000 * max(len(past), 1))
    if total is not None and average > 0:
        if total / average < Fraction(1, 2):
            expected = ["usage.low"]
        elif total / average > 2:
            expected = ["usage.high"]
    assert codes(levels) == expected
