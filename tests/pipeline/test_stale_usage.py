"""Days of usage that are not what their inputs would make now are found, no others."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ter_pipelines import freshness
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.programme import Programme
from ter_pipelines.vocab.vee_settings import GapPolicy
from tests.pipeline.fresh_days import NEW_YORK, PROGRAMME, write, write_fresh_day

NOV_2, NOV_3, NOV_4 = date(2025, 11, 2), date(2025, 11, 3), date(2025, 11, 4)
NOW = datetime(2025, 11, 10, 12, tzinfo=UTC)
CUT_OFF = datetime(2025, 12, 3, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("", []),
        ("ven_report", [NOV_2]),
        ("meter_mapping", [NOV_2]),
        ("interval_usage", [NOV_2]),
        ("register_reading", [NOV_2]),
        ("edit", [NOV_2]),
        ("validated_usage", [NOV_2]),
        ("price_curve", [NOV_2]),
    ],
)
def test_usage_is_stale_when_any_of_its_inputs_is_another(
    lake: Lake, changed: str, stale: list[date]
) -> None:
    write(lake, tables.METER_MAPPING)
    write_fresh_day(lake, NOV_2, changed)
    write_fresh_day(lake, NOV_3)

    assert freshness.find_stale_usage(lake, PROGRAMME, NOW, {}) == stale


def test_a_run_that_died_after_the_reports_leaves_a_stale_day(lake: Lake) -> None:
    write(lake, tables.VEN_REPORT, NOV_3, report_seq="1")

    assert freshness.find_stale_usage(lake, PROGRAMME, NOW, {}) == [NOV_3]


def test_a_price_curve_that_comes_later_makes_usage_stale(lake: Lake) -> None:
    write_fresh_day(lake, NOV_3)
    write(lake, tables.PRICE_CURVE, NOV_3)

    assert freshness.find_stale_usage(lake, PROGRAMME, NOW, {}) == [NOV_3]


@pytest.mark.parametrize(
    ("programmes", "made_under", "now", "is_stale"),
    [
        ("estimate", "hold", CUT_OFF - SECOND, False),
        ("estimate", "hold", CUT_OFF, True),
        ("estimate", "estimate", CUT_OFF, False),
        ("estimate", "estimate", CUT_OFF - SECOND, True),
        ("estimate", "", CUT_OFF, False),
        ("zero", "estimate", CUT_OFF, True),
        ("hold", "hold", CUT_OFF, False),
        ("hold", "zero", CUT_OFF, True),
    ],
)
def test_held_gaps_are_stale_once_the_closing_day_begins(
    lake: Lake,
    programmes: GapPolicy,
    made_under: str,
    now: datetime,
    is_stale: bool,  # noqa: FBT001
) -> None:
    write_fresh_day(lake, NOV_3, gap_policy=made_under)
    vee = replace(PROGRAMME.vee, gap_policy=programmes)

    found = freshness.find_stale_usage(lake, replace(PROGRAMME, vee=vee), now, {})

    assert found == ([NOV_3] if is_stale else [])


def test_a_day_that_nobody_was_heard_on_is_stale_where_gaps_are_to_be_filled(
    lake: Lake,
) -> None:
    write_fresh_day(lake, NOV_2)
    write_fresh_day(lake, NOV_4)
    filling = replace(PROGRAMME, vee=replace(PROGRAMME.vee, gap_policy="zero"))

    def found(programme: Programme, now: datetime) -> list[date]:
        return freshness.find_stale_usage(lake, programme, now, {})

    assert found(PROGRAMME, CUT_OFF) == []
    assert found(filling, CUT_OFF - SECOND) == []
    assert found(filling, CUT_OFF) == [NOV_3]


def test_an_edit_makes_its_day_stale_even_if_nobody_was_heard(lake: Lake) -> None:
    write_fresh_day(lake, NOV_3)
    too_early, too_late = date(2025, 9, 30), date(2025, 11, 11)
    edits = {NOV_2: 1, NOV_3: 2, too_early: 3, too_late: 4}

    assert freshness.find_stale_usage(lake, PROGRAMME, NOW, edits) == [NOV_2, NOV_3]


def test_a_dial_that_closes_the_day_makes_it_stale_and_later_ones_do_not(
    lake: Lake,
) -> None:
    def read(*instants: datetime) -> None:
        plain = dict.fromkeys(tables.REGISTER_READING.column_names)
        rows = [plain | {"read_at": instant} for instant in instants]
        frame = frame_of(tables.REGISTER_READING, rows)
        lake.replace(tables.REGISTER_READING, NOV_4, frame)

    end = day_span(NOV_3, NEW_YORK).end_utc
    write_fresh_day(lake, NOV_3)

    read(end + SECOND)
    after_the_end = freshness.find_stale_usage(lake, PROGRAMME, NOW, {})
    read(end, end + SECOND)
    at_the_end = freshness.find_stale_usage(lake, PROGRAMME, NOW, {})
    write_fresh_day(lake, NOV_3)
    read(end, end + SECOND, end + 2 * SECOND)
    once_more = freshness.find_stale_usage(lake, PROGRAMME, NOW, {})

    assert (after_the_end, at_the_end, once_more) == ([], [NOV_3], [])
