"""What the queries of a rate are asked, and what is refused before they are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ter_pipelines.settlement.rated import (
    Row,
    require_currency,
    served_days,
    state_of,
)
from ter_pipelines.vocab.errors import InputError
from tests.settlement.files_at_hand import NEW_YORK, rate
from tests.settlement.rates import terms


def at(day: int, hour: int) -> datetime:
    return datetime(2024, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stretches", "days"),
    [
        ([], 0),
        ([(at(5, 5), at(5, 5))], 0),
        ([(at(5, 4), at(5, 5))], 1),
        ([(at(5, 4), at(5, 6))], 2),
        ([(at(5, 5), at(6, 5)), (at(5, 9), at(5, 10))], 1),
        ([(at(3, 4), at(4, 5))], 1),
    ],
)
def test_days_of_service_are_local_days_each_counted_once(
    stretches: list[tuple[datetime, datetime]], days: int
) -> None:
    served = [{"since_utc": since, "until_utc": until} for since, until in stretches]

    assert served_days(served, NEW_YORK) == days


def test_estimated_time_is_held_against_the_rates_limit() -> None:
    row = {"expected_seconds": 100, "settled_seconds": 100, "unpriced_seconds": 0}

    states = [state_of(row | {"estimated_seconds": n}, terms()) for n in (0, 5, 6)]

    assert states == ["COMPLETE", "WITHIN_LIMIT", "INCOMPLETE"]


def test_hours_in_another_currency_are_refused() -> None:
    rows: list[Row] = [
        {"meter_id": "A", "currency": None},
        {"meter_id": "B", "currency": "USD"},
    ]

    require_currency(rows, rate())
    with pytest.raises(InputError, match="meter B: got hours priced in USD, expected"):
        require_currency(rows, replace(rate(), currency="CAD"))
