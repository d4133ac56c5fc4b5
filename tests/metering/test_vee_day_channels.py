"""Which channels a day has: as heard that day, or when the device was heard last."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ter_pipelines.metering.vee.day_channels import (
    ChannelKey,
    Directions,
    channels_of,
    commonest_seconds,
)
from ter_pipelines.metering.vee.history import PastChannel, PastDays
from tests.metering.vee_at_hand import DEFAULTS
from tests.metering.vee_days import DEVICE, Row, usage, whole_day

OWNER = ("TER0001", "ven-1", "0012")
MONDAY = date(2025, 11, 3)


def directions(rows: list[Row], past: Directions) -> list[tuple[str, int]]:
    found, _ = channels_of(rows, [DEVICE], lambda _: past)
    return [(c.key.direction, c.channel.interval_seconds) for c in found]


@pytest.mark.parametrize(
    ("heard", "past", "expected"),
    [
        ([], {}, [("net", 3600)]),
        (
            [],
            {"delivered": 900, "received": 1800},
            [("delivered", 900), ("received", 1800)],
        ),
        (["net"], {}, [("net", 3600)]),
        (["net"], {"delivered": 900}, [("net", 3600)]),
        (["delivered"], {"net": 900}, [("delivered", 3600)]),
        (["delivered"], {"received": 900}, [("delivered", 3600), ("received", 900)]),
    ],
)
def test_a_device_has_the_channels_that_are_heard_and_those_that_go_with_them(
    heard: list[str], past: dict[str, int], expected: list[tuple[str, int]]
) -> None:
    assert directions([usage(3, direction=d) for d in heard], past) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([900, 900, 3600], 900),
        ([900, 3600], 3600),
        ([7200, 7200, 1800], 1800),
        ([7200, 86400], 3600),
        ([1, 1, 59], 3600),
        ([50, 50, 900], 900),
        ([60, 60, 900], 60),
        ([0, -900], 3600),
        ([], 3600),
    ],
)
def test_intervals_are_as_long_as_most_of_those_that_divide_an_hour(
    seconds: list[int], expected: int
) -> None:
    rows = [usage(0, seconds=length) for length in seconds]

    assert commonest_seconds(rows, 3600) == expected


@pytest.mark.parametrize(
    ("before", "expected"), [(900, 900), (60, 60), (59, 3600), (1, 3600), (7200, 3600)]
)
def test_a_length_from_before_counts_only_if_a_channel_may_have_it(
    before: int, expected: int
) -> None:
    assert commonest_seconds([usage(0, seconds=1)], before) == expected
    assert directions([], {"net": before}) == [("net", expected)]


@pytest.mark.parametrize(
    ("ven_id", "follows_prices"),
    [("ven-1", True), ("green-button", False), ("modbus", False), ("cmep", False)],
)
def test_only_devices_behind_a_ven_follow_prices(
    ven_id: str,
    follows_prices: bool,  # noqa: FBT001
) -> None:
    (channel,), _ = channels_of([], [replace(DEVICE, ven_id=ven_id)], lambda _: {})

    assert channel.channel.is_controllable is follows_prices


def test_usage_of_another_device_meter_or_time_is_a_stray() -> None:
    rows = [usage(3), usage(4, meter_id="TER0002"), usage(25), usage(5, device_id="ev")]

    (channel,), strays = channels_of(rows, [DEVICE], lambda _: {})

    assert list(channel.rows) == rows[:1]
    assert sorted(strays, key=str) == sorted(rows[1:], key=str)


def past_days(**days: Decimal | None) -> PastDays:
    """Give days of November, `d3` the third, with the total of the net channel."""
    key = ChannelKey(*OWNER, "net")
    return PastDays(
        {
            date(2025, 11, int(name[1:])): {key: PastChannel(900, total)}
            for name, total in days.items()
        }
    )


def test_the_channels_of_the_newest_day_that_heard_the_device_count() -> None:
    past = past_days(d3=None)
    past.days[date(2025, 11, 2)] = {
        ChannelKey(*OWNER, "delivered"): PastChannel(1800, None)
    }

    def known(day: date) -> Directions:
        return past.directions(OWNER, day, DEFAULTS)

    assert known(date(2025, 11, 4)) == {"net": 900}
    assert known(MONDAY) == {"delivered": 1800}
    assert known(date(2025, 12, 3)) == {"net": 900}
    assert known(date(2025, 12, 4)) == {}
    assert past.directions(("TER0002", "ven-1", "0012"), MONDAY, DEFAULTS) == {}


def test_like_totals_are_of_whole_good_days_of_the_same_type_before() -> None:
    past = past_days(
        d3=Decimal(3), d4=None, d5=Decimal(5), d8=Decimal(8), d10=Decimal(10)
    )
    key = ChannelKey(*OWNER, "net")

    def like(day: date, holidays: frozenset[date] = frozenset()) -> list[int]:
        vee = replace(DEFAULTS, holidays=holidays)
        return [int(total) for total in past.like_totals(key, day, vee)]

    assert like(date(2025, 11, 10)) == [5, 3]
    assert like(date(2025, 11, 11)) == [10, 5, 3]
    assert like(date(2025, 11, 15)) == [8]
    assert like(date(2025, 11, 11), frozenset({date(2025, 11, 5)})) == [10, 3]


def test_a_day_of_another_length_of_intervals_is_heard_whole() -> None:
    (channel,), _ = channels_of(whole_day(), [DEVICE], lambda _: {"net": 900})

    assert (channel.channel.interval_seconds, len(channel.rows)) == (3600, 24)
