"""VEE over sets decides exactly what the rules of single channels decide."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.vee_compare import find_differences
from benchmarks.vee_month import Outcome, rules_of, validate_month
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab.clock import day_span
from tests.store.vee_weeks import (
    KINDS,
    SEASONS,
    SOURCES,
    ZONE,
    Damage,
    readings_of,
    usage_of,
    write_lake,
)

HOLIDAYS = frozenset({date(2025, 11, 4), date(2026, 3, 11)})
DEVICES = {source.device_id for source in SOURCES}

damages = st.lists(
    st.builds(
        Damage,
        kind=st.sampled_from(KINDS),
        source=st.integers(0, len(SOURCES) - 1),
        first=st.integers(0, 1343),
        length=st.sampled_from([1, 1, 2, 4, 8, 9, 40, 130]),
        size=st.integers(1, 999),
    ),
    max_size=9,
)


@given(
    season=st.sampled_from(sorted(SEASONS)),
    shape=st.lists(st.integers(0, 500), min_size=40, max_size=40),
    damage=damages,
    dials=st.sampled_from(["none", "daily", "weekly", "noon"]),
    more=st.sampled_from(["0", "0.002", "0.3"]),
)
@settings(deadline=None, max_examples=8)
def test_sets_and_rules_decide_what_rules_alone_decide(
    season: str, shape: list[int], damage: list[Damage], dials: str, more: str
) -> None:
    days = SEASONS[season]
    usage = usage_of(days, shape, damage)
    told = usage_of(days, shape, [d for d in damage if d.kind == "milliwatt"])
    midnights = [day_span(day, ZONE).start_utc for day in days]
    instants = {
        "none": [],
        "daily": midnights,
        "weekly": midnights[::7],
        "noon": [at + timedelta(hours=12) for at in midnights],
    }[dials]
    readings = [
        row
        for source in (SOURCES[0], SOURCES[2])
        for row in readings_of(source, told, instants, more=Decimal(more))
    ]
    with tempfile.TemporaryDirectory() as folder:
        lake = write_lake(Path(folder), days, usage, readings)

        _, differences = both(lake, days)

    assert differences == []


def both(lake: Lake, days: Sequence[date]) -> tuple[Outcome, list[str]]:
    """Validate by sets and rules, and compare with the rules alone."""
    rules = rules_of(lake)
    rules = replace(rules, settings=replace(rules.settings, holidays=HOLIDAYS))
    outcome = validate_month(lake, rules, days)
    return outcome, find_differences(lake, outcome, rules, DEVICES)
