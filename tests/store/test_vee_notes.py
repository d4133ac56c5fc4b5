"""High, low and zero days of many channels at once."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from ter_pipelines.store.vee_notes import find_high_or_low, find_zero
from ter_pipelines.vocab.clock import DAY, days_between
from ter_pipelines.vocab.vee_settings import VeeSettings

MONDAY = date(2025, 11, 10)
SETTINGS = VeeSettings()
# Five weekdays before it, on average 23.3 kWh.
PAST = {
    date(2025, 11, 3): "22.1", date(2025, 11, 4): "24.0", date(2025, 11, 5): "23.3",
    date(2025, 11, 6): "21.9", date(2025, 11, 7): "25.2",
}  # fmt: skip


def totals(kwh: dict[date, str], channel: int = 1) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "channel": [channel] * len(kwh),
            "operating_day": list(kwh),
            "total_micro": [int(Decimal(v).scaleb(6)) for v in kwh.values()],
        },
        schema_overrides={"channel": pl.UInt32},
    )


def codes(found: pl.DataFrame) -> list[tuple[date, str]]:
    return sorted(found.select("operating_day", "code").rows())


@pytest.mark.parametrize(
    ("kwh", "expected"),
    [
        ("23.74", []),
        ("8.2", ["usage.low"]),
        ("61.0", ["usage.high"]),
        ("11.65", []),
        ("11.649999", ["usage.low"]),
        ("46.6", []),
        ("46.600001", ["usage.high"]),
    ],
)
def test_a_day_is_held_against_the_average_of_like_days_before(
    kwh: str, expected: list[str]
) -> None:
    good = totals({**PAST, MONDAY: kwh})

    found = find_high_or_low(good, SETTINGS)

    assert codes(found) == [(MONDAY, code) for code in expected]


def test_another_channel_and_another_type_of_day_are_not_like_it() -> None:
    sunday = MONDAY - DAY
    good = pl.concat(
        [totals({**PAST, sunday: "90", MONDAY: "23"}), totals({MONDAY: "1"}, channel=2)]
    )

    assert codes(find_high_or_low(good, SETTINGS)) == []


def test_days_more_than_thirty_days_back_do_not_count() -> None:
    old = MONDAY - 31 * DAY
    near = MONDAY - 28 * DAY

    found = [
        codes(find_high_or_low(totals({day: "10", MONDAY: "30"}), SETTINGS))
        for day in (old, near)
    ]

    assert found == [[], [(MONDAY, "usage.high")]]


def test_old_days_leave_the_average_one_by_one() -> None:
    days = [d for d in days_between(date(2025, 9, 1), MONDAY) if d.weekday() == 0]
    grown = {day: str(10 + 2 * n) for n, day in enumerate(days)}

    found = find_high_or_low(totals({**grown, MONDAY: "58"}), SETTINGS)

    # The four Mondays of the last 30 days have 22, 24, 26 and 28: 58 is over twice 25.
    assert codes(found) == [(MONDAY, "usage.high")]
    assert found["like_days"].to_list() == [4]
    assert found["like_micro"].to_list() == [100_000_000]


def test_a_day_of_zeros_is_noted_and_one_that_evens_out_is_not() -> None:
    days = totals({MONDAY: "0", MONDAY + DAY: "0", MONDAY + 2 * DAY: "1"})
    clean = days.with_columns(highest_micro=pl.Series([0, 5_000, 1_000]))

    assert codes(find_zero(clean)) == [(MONDAY, "usage.zero")]
