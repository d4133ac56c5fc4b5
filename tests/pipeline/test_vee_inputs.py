"""When gaps are held no longer: with the closing day, which is a local one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Stored
from ter_pipelines.vee_inputs import cut_off_of, gap_policy_of, is_made_from

PROGRAMME = read_settings({}).read_programme()


@pytest.mark.parametrize(
    ("day", "cut_off"),
    [
        (date(2025, 11, 1), datetime(2025, 12, 3, 5, tzinfo=UTC)),
        (date(2025, 11, 30), datetime(2025, 12, 3, 5, tzinfo=UTC)),
        (date(2025, 12, 1), datetime(2026, 1, 3, 5, tzinfo=UTC)),
        (date(2026, 1, 31), datetime(2026, 2, 3, 5, tzinfo=UTC)),
        (date(2026, 6, 15), datetime(2026, 7, 3, 4, tzinfo=UTC)),
    ],
)
def test_the_cut_off_is_the_midnight_that_begins_the_closing_day(
    day: date, cut_off: datetime
) -> None:
    filling = replace(PROGRAMME, vee=replace(PROGRAMME.vee, gap_policy="zero"))

    assert cut_off_of(day, PROGRAMME) == cut_off
    assert gap_policy_of(day, cut_off - timedelta(microseconds=1), filling) == "hold"
    assert gap_policy_of(day, cut_off, filling) == "zero"
    assert gap_policy_of(day, cut_off, PROGRAMME) == "hold"


@pytest.mark.parametrize(
    ("stored", "is_fresh"),
    [
        (None, False),
        ({"edit": "0", "gap_policy": ""}, True),
        ({"edit": "0", "gap_policy": "zero"}, True),
        ({"edit": "0", "gap_policy": "hold"}, False),
        ({"edit": "1", "gap_policy": ""}, False),
        ({"edit": "0"}, True),
    ],
)
def test_a_day_is_fresh_if_it_is_made_from_the_same_under_the_same_policy(
    stored: dict[str, str] | None,
    is_fresh: bool,  # noqa: FBT001
) -> None:
    day = None if stored is None else Stored(24, "0" * 64, stored)

    assert is_made_from(day, {"edit": "0"}, "zero") is is_fresh
