"""Until prices are published, a reader is told when to look again."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ter_pipelines.pricing.publication import why_not_published
from ter_pipelines.vocab.programme import parse_programme

PROGRAMME = parse_programme(Path("examples/programme.toml").read_text())
FIRST_LOOK = datetime(2025, 11, 3, 21, 30, tzinfo=UTC)
LAST_LOOK = datetime(2025, 11, 3, 23, 0, tzinfo=UTC)
DAY = date(2025, 11, 4)


@pytest.mark.parametrize(
    ("now", "expected_at"),
    [
        (datetime(2025, 11, 1, tzinfo=UTC), FIRST_LOOK),
        (FIRST_LOOK.replace(minute=29, second=59), FIRST_LOOK),
        (FIRST_LOOK, LAST_LOOK),
        (LAST_LOOK.replace(hour=22, minute=59), LAST_LOOK),
        (LAST_LOOK, None),
    ],
)
def test_prices_are_expected_at_the_first_look_and_then_at_the_last(
    now: datetime, expected_at: datetime | None
) -> None:
    assert why_not_published(DAY, PROGRAMME, now).expected_at == expected_at


@pytest.mark.parametrize(
    ("day", "first_look_utc"),
    [
        (date(2026, 3, 8), datetime(2026, 3, 7, 21, 30, tzinfo=UTC)),
        (date(2026, 3, 9), datetime(2026, 3, 8, 20, 30, tzinfo=UTC)),
        (date(2025, 11, 2), datetime(2025, 11, 1, 20, 30, tzinfo=UTC)),
        (date(2025, 11, 3), datetime(2025, 11, 2, 21, 30, tzinfo=UTC)),
    ],
)
def test_the_look_is_at_local_time_whichever_way_the_clocks_went(
    day: date, first_look_utc: datetime
) -> None:
    now = datetime(2025, 10, 15, tzinfo=UTC)

    assert why_not_published(day, PROGRAMME, now).expected_at == first_look_utc


@pytest.mark.parametrize(
    ("day", "now", "says"),
    [
        (DAY, FIRST_LOOK.replace(hour=12), "on 2025-11-03 from 16:30 on, local time"),
        (DAY, LAST_LOOK, "late"),
        (date(2025, 11, 2), FIRST_LOOK, "never published"),
        (date(2025, 9, 30), FIRST_LOOK, "the programme begins on 2025-10-01"),
    ],
)
def test_a_person_is_told_why(day: date, now: datetime, says: str) -> None:
    assert says in why_not_published(day, PROGRAMME, now).detail


def test_withdrawn_prices_are_told_as_such() -> None:
    why = why_not_published(DAY, PROGRAMME, LAST_LOOK, was_published=True)

    assert "withdrawn" in why.detail
    assert why.expected_at is None
