"""A schedule is exactly one local day, every hour once, or it is not taken."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines.pricing.schedule import require_whole_day
from ter_pipelines.vocab.clock import HOUR, interval_starts_utc
from ter_pipelines.vocab.errors import FieldError
from ter_pipelines.vocab.prices import PriceHour

NEW_YORK = ZoneInfo("America/New_York")
SHORT_DAY, PLAIN_DAY, LONG_DAY = date(2025, 3, 9), date(2025, 11, 3), date(2025, 11, 2)


def hours_from(starts: list[datetime], *, component: str = "price") -> list[PriceHour]:
    return [
        PriceHour(start, 3600, component, Decimal("0.1"), "USD", f"prices[{i}]")
        for i, start in enumerate(starts)
    ]


def whole_day(day: date) -> list[PriceHour]:
    return hours_from(interval_starts_utc(day, NEW_YORK))


def refusals(hours: list[PriceHour]) -> dict[str, list[str]]:
    with pytest.raises(FieldError) as refusal:
        require_whole_day(hours, NEW_YORK, field="prices")
    return refusal.value.fields


@pytest.mark.parametrize("day", [SHORT_DAY, PLAIN_DAY, LONG_DAY])
def test_a_whole_day_is_taken_in_any_order(day: date) -> None:
    hours = whole_day(day)

    assert require_whole_day(hours, NEW_YORK) == day
    assert require_whole_day(hours[::-1], NEW_YORK) == day


def test_an_hour_may_come_in_several_components() -> None:
    starts = interval_starts_utc(PLAIN_DAY, NEW_YORK)
    hours = hours_from(starts, component="energy") + hours_from(starts[3:5])

    assert require_whole_day(hours, NEW_YORK) == PLAIN_DAY


def test_no_prices_are_no_day() -> None:
    assert refusals([]) == {"prices": ["got no prices, expected a whole day"]}


def test_24_hours_on_the_25_hour_day_are_refused_with_the_hour_that_lacks() -> None:
    hours = whole_day(LONG_DAY)
    second_one_oclock = hours.pop(2)

    assert second_one_oclock.interval_start_utc == datetime(2025, 11, 2, 6, tzinfo=UTC)
    assert refusals(hours) == {
        "prices": [
            "got 24 hours, expected the 25 hours of 2025-11-02 (America/New_York), "
            "first missing 2025-11-02T06:00:00Z"
        ]
    }


def test_24_hours_on_the_23_hour_day_reach_into_the_next() -> None:
    starts = interval_starts_utc(SHORT_DAY, NEW_YORK)
    fields = refusals(hours_from([*starts, starts[-1] + HOUR]))

    assert fields == {
        "prices[23]": ["got 2025-03-10T04:00:00Z, which is not on 2025-03-09"],
        "prices": ["got 24 hours, expected the 23 hours of 2025-03-09 "
                   "(America/New_York)"],
    }  # fmt: skip


def test_slots_a_minute_apart_are_each_refused() -> None:
    midnight = datetime(2025, 11, 3, 5, tzinfo=UTC)
    starts = [midnight + i * timedelta(minutes=1) for i in range(24)]

    fields = refusals(hours_from(starts))

    assert len(fields) == 24
    assert "prices[0]" not in fields
    assert fields["prices[1]"] == [
        "got 2025-11-03T05:01:00Z, expected the start of an hour"
    ]
    assert "first missing 2025-11-03T06:00:00Z" in fields["prices"][0]


def test_slots_a_second_apart_are_each_refused() -> None:
    midnight = datetime(2025, 11, 3, 5, tzinfo=UTC)

    fields = refusals(hours_from([midnight + timedelta(seconds=i) for i in range(24)]))

    assert len(fields) == 24


def test_an_hour_given_twice_is_refused_both_times() -> None:
    hours = whole_day(PLAIN_DAY)
    again = replace(hours[4], price_per_kwh=Decimal("0.2"), field="prices[24]")

    fields = refusals([*hours, again])

    message = ["got 2025-11-03T09:00:00Z more than once"]
    assert fields == {"prices[4]": message, "prices[24]": message}


def test_an_hour_of_another_day_is_refused() -> None:
    hours = whole_day(PLAIN_DAY)
    hours[23] = replace(hours[23], interval_start_utc=datetime(2025, 11, 5, tzinfo=UTC))

    fields = refusals(hours)

    assert fields["prices[23]"] == [
        "got 2025-11-05T00:00:00Z, which is not on 2025-11-03"
    ]
    assert "first missing 2025-11-04T04:00:00Z" in fields["prices"][0]


@pytest.mark.parametrize("seconds", [3599, 3601, 900, 7200, 0, -3600])
def test_a_slot_that_is_not_an_hour_long_is_refused(seconds: int) -> None:
    hours = whole_day(PLAIN_DAY)
    hours[0] = replace(hours[0], duration_seconds=seconds)

    assert refusals(hours) == {"prices[0]": [f"got {seconds} s, expected one hour"]}
