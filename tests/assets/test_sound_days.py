"""A survey spares the rules sound days, and nothing else is different for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ter_pipelines.assets.judging import JudgedDay, Judging
from ter_pipelines.assets.sound_days import find_sound_days
from ter_pipelines.metering.mapping import read_meter_map
from ter_pipelines.metering.vee.edits import Edit
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import Span, day_span
from ter_pipelines.vocab.programme import Programme, parse_programme
from tests.house.tree import ROOT
from tests.store.vee_weeks import (
    SEASONS,
    SOURCES,
    ZONE,
    Damage,
    day_of,
    readings_of,
    usage_of,
    write_lake,
)

LATER = datetime(2026, 6, 1, tzinfo=UTC)
DAMAGES = [
    Damage(kind, source, first, length, 7)
    for kind, source, first, length in (
        ("missing", 0, 100, 4), ("missing", 3, 200, 30), ("silent_day", 2, 300, 1),
        ("spike", 0, 500, 1), ("negative", 1, 700, 2), ("suspect", 2, 100, 3),
        ("zero", 3, 24, 30), ("outage", 4, 900, 5), ("late", 4, 40, 2),
        ("shorter", 1, 1100, 1), ("early", 3, 300, 1), ("double", 0, 900, 1),
    )
]  # fmt: skip


def programme() -> Programme:
    text = (ROOT / "examples" / "programme.toml").read_text()
    given = parse_programme(text)
    return replace(given, vee=replace(given.vee, gap_policy="estimate"))


def judged(
    lake: Lake, days: Sequence[date], *, least_rows: int, edits: Sequence[Edit] = ()
) -> list[JudgedDay]:
    judging = Judging(
        lake=lake,
        programme=programme(),
        meter_map=read_meter_map(lake.read(tables.METER_MAPPING)),
        edits=edits,
        edit_ids={},
        now=LATER,
        least_rows=least_rows,
    )
    return list(judging.judge(days))


@pytest.mark.parametrize("season", sorted(SEASONS))
def test_a_survey_changes_nothing_of_two_weeks_with_everything_wrong(
    tmp_path: Path, season: str
) -> None:
    days = SEASONS[season]
    usage = usage_of(days, range(0, 400, 11), DAMAGES)
    midnights = [day_span(day, ZONE).start_utc for day in days]
    readings = readings_of(SOURCES[0], usage, midnights, more=Decimal("0.001"))
    lake = write_lake(tmp_path, days, usage, readings)
    edits = [rejection(days[5])]

    surveyed = judged(lake, days, least_rows=0, edits=edits)
    by_rules = judged(lake, days, least_rows=10**9, edits=edits)

    sound = find_sound_days(lake, days, programme(), 0)
    assert 40 < sum(len(keys) for keys in sound.values()) < 60
    assert surveyed == by_rules


def rejection(day: date) -> Edit:
    """Take an hour out of a day that is sound otherwise."""
    start = day_span(day, ZONE).start_utc + timedelta(hours=6)
    return Edit(
        action="reject",
        ven_id="cmep",
        device_id="QUARTERS",
        span=Span(start, start + timedelta(hours=1)),
        reason="the meter was on the bench",
        made_by="vera",
        made_at=LATER,
    )


def test_with_little_usage_nothing_is_surveyed(tmp_path: Path) -> None:
    day = date(2025, 11, 4)
    lake = write_lake(tmp_path, [day], day_of(SOURCES[0], day))

    few, enough = (find_sound_days(lake, [day], programme(), n) for n in (97, 96))

    assert few == {}
    assert [len(keys) for keys in enough.values()] == [1]


def test_usage_that_changed_since_the_survey_is_for_the_rules(tmp_path: Path) -> None:
    day, next_day = date(2025, 11, 4), date(2025, 11, 5)
    rows = [day_of(SOURCES[0], each) for each in (day, next_day)]
    lake = write_lake(tmp_path, [day, next_day], rows[0] + rows[1])
    judging = Judging(
        lake=lake,
        programme=programme(),
        meter_map=read_meter_map(lake.read(tables.METER_MAPPING)),
        edits=[],
        edit_ids={},
        now=LATER,
        least_rows=0,
    )
    days = judging.judge([day, next_day])
    next(days)
    rows[1][9]["quality"] = "SUSPECT"
    changed = frame_of(tables.INTERVAL_USAGE, rows[1])
    lake.replace(tables.INTERVAL_USAGE, next_day, changed)

    second = next(days)

    assert [row["state"] for row in second.rows()].count("VALID") == 95
