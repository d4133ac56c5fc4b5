"""When a month may be billed, from when on it is, and until when anew."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.settlement.gate import (
    MeteredTime,
    adjustable_until_utc,
    cut_off_utc,
    gate_state,
)
from ter_pipelines.vocab.clock import iso_utc
from ter_pipelines.vocab.rate import Rate
from tests.settlement.rates import terms


def state(metered: int, estimated: int = 0, unpriced: int = 0) -> str:
    time = MeteredTime(
        expected=1000, metered=metered, estimated=estimated, unpriced=unpriced
    )
    return gate_state(time, terms())


@pytest.mark.parametrize(
    ("metered", "estimated", "expected"),
    [
        (1000, 0, "COMPLETE"),
        (999, 0, "WITHIN_LIMIT"),
        (950, 0, "WITHIN_LIMIT"),
        (949, 0, "INCOMPLETE"),
        (949, 1, "WITHIN_LIMIT"),
        (950, 50, "WITHIN_LIMIT"),
        (949, 51, "INCOMPLETE"),
        (0, 0, "INCOMPLETE"),
    ],
)
def test_enough_must_be_known_and_not_too_much_estimated(
    metered: int, estimated: int, expected: str
) -> None:
    assert state(metered, estimated) == expected


@pytest.mark.parametrize(
    ("metered", "estimated", "unpriced", "minimum", "expected"),
    [
        (1000, 0, 0, "0.95", "COMPLETE"),
        (0, 1000, 0, "0.95", "COMPLETE"),
        (999, 0, 0, "0.95", "WITHIN_LIMIT"),
        (900, 50, 0, "0.95", "WITHIN_LIMIT"),
        (949, 0, 0, "0.95", "INCOMPLETE"),
        (1000, 0, 1, "0.95", "INCOMPLETE"),
        (1000, 0, 0, "1", "COMPLETE"),
        (999, 0, 0, "1", "INCOMPLETE"),
        (1, 0, 0, "0", "WITHIN_LIMIT"),
        (0, 0, 0, "0", "INCOMPLETE"),
    ],
)
def test_without_a_limit_estimated_time_is_as_good_as_metered_time(
    metered: int, estimated: int, unpriced: int, minimum: str, expected: str
) -> None:
    time = MeteredTime(
        expected=1000, metered=metered, estimated=estimated, unpriced=unpriced
    )
    no_limit = terms(
        minimum_completeness=Decimal(minimum), maximum_estimated=Decimal(1)
    )

    assert gate_state(time, no_limit) == expected


def test_usage_without_a_price_blocks_the_bill() -> None:
    assert state(1000, unpriced=1) == "INCOMPLETE"


def test_a_month_is_settled_and_adjusted_between_local_midnights() -> None:
    rate = Rate(
        rate_id="ter",
        title="TER",
        zone=ZoneInfo("America/New_York"),
        currency="USD",
        versions=(terms(cut_off_days=2, adjustment_days=60),),
    )

    assert iso_utc(cut_off_utc(rate, "2025-02")) == "2025-03-03T05:00:00Z"
    assert iso_utc(adjustable_until_utc(rate, "2025-02")) == "2025-04-30T04:00:00Z"
