"""Intervals that lie in two hours are shared by seconds, and the shares add up."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.settlement.prorating import Share, shares_by_hour
from ter_pipelines.vocab.clock import HOUR
from ter_pipelines.vocab.errors import InputError

MIDNIGHT = datetime(2025, 11, 14, tzinfo=UTC)


def at(minute: int) -> datetime:
    return MIDNIGHT + timedelta(minutes=minute)


def test_the_worked_example_is_shared_ten_to_two() -> None:
    assert shares_by_hour(at(10), 3600, Decimal("1.2")) == [
        Share(at(10), 3000, Decimal("1.0"), is_prorated=True),
        Share(at(60), 600, Decimal("0.2"), is_prorated=True),
    ]


@pytest.mark.parametrize(("minute", "minutes"), [(0, 60), (45, 15), (0, 15), (59, 1)])
def test_an_interval_within_an_hour_stays_whole(minute: int, minutes: int) -> None:
    assert shares_by_hour(at(minute), minutes * 60, Decimal("0.7")) == [
        Share(at(minute), minutes * 60, Decimal("0.7"), is_prorated=False)
    ]


def test_the_last_share_is_what_is_left() -> None:
    first, last = shares_by_hour(at(40), 3600, Decimal("0.000001"))

    assert (first.energy_kwh, last.energy_kwh) == (Decimal(0), Decimal("0.000001"))


@pytest.mark.parametrize("seconds", [0, -1, 3601, 86_400])
def test_what_is_longer_than_an_hour_or_no_time_cannot_be_shared(seconds: int) -> None:
    with pytest.raises(InputError, match=f"{seconds} s"):
        shares_by_hour(at(0), seconds, Decimal(1))


@given(
    second=st.integers(0, 7200),
    seconds=st.integers(1, 3600),
    energy=st.decimals(Decimal(-1000), Decimal(1000), places=6),
)
def test_shares_tile_the_interval_and_add_up(
    second: int, seconds: int, energy: Decimal
) -> None:
    start = MIDNIGHT + timedelta(seconds=second)

    shares = shares_by_hour(start, seconds, energy)

    assert sum(share.energy_kwh for share in shares) == energy
    assert sum(share.duration_seconds for share in shares) == seconds
    assert shares[0].interval_start_utc == start
    for share in shares:
        begin = share.interval_start_utc
        end = begin + timedelta(seconds=share.duration_seconds)
        assert (end - timedelta(seconds=1)) - begin < HOUR
        assert (end - timedelta(seconds=1)).hour == begin.hour
