"""Usage as hours: versions, repeats, overlaps and shares."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from ter_pipelines.settlement.usage_hours import newest_intervals, used_hours
from ter_pipelines.vocab.errors import InputError
from tests.settlement.files_at_hand import metered


def test_the_newest_version_counts_whatever_the_order() -> None:
    old, new = metered(0, "1"), metered(0, "2", version=2)

    assert newest_intervals([old, new]) == newest_intervals([new, old]) == [new]


def test_the_same_twice_counts_once() -> None:
    again = metered(0, "1", place="another file")

    assert len(newest_intervals([metered(0, "1"), again])) == 1


@pytest.mark.parametrize(
    "other", [{"kwh": "2"}, {"kwh": "1", "minutes": 30}, {"kwh": "1", "quality": "E"}]
)
def test_one_version_that_says_two_things_is_refused_with_both_places(
    other: dict[str, Any],
) -> None:
    kwh = str(other.pop("kwh"))
    second = metered(0, kwh, place="line 9", **other)

    with pytest.raises(InputError, match="hour 0 and line 9: got two values"):
        newest_intervals([metered(0, "1"), second])


def test_intervals_of_a_channel_that_overlap_are_refused() -> None:
    late = metered(0, "1", minute=59, place="line 9")

    with pytest.raises(
        InputError, match=r"line 9.*05:00:00Z, the end of that in hour 0"
    ):
        newest_intervals([metered(0, "1"), late])


def test_intervals_that_meet_and_those_of_other_devices_do_not_overlap() -> None:
    usage = [
        metered(0, "1"),
        metered(1, "1"),
        metered(0, "1", device_id="b"),
        metered(0, "1", direction="received"),
    ]

    assert len(newest_intervals(usage)) == 4


def test_a_daily_total_is_refused_with_its_place() -> None:
    with pytest.raises(InputError, match=r"hour 0: .* got an interval of 86400 s"):
        used_hours([metered(0, "24", minutes=1440)])


def test_received_energy_is_export_and_negative_received_energy_is_import() -> None:
    (hour,) = used_hours(
        [
            metered(0, "3", direction="received"),
            metered(0, "-1", direction="received", device_id="b"),
        ]
    ).values()

    assert (hour.export_kwh, hour.import_kwh) == (Decimal(3), Decimal(1))


@given(
    kwh=st.decimals(-100, 100, places=6),
    minute=st.integers(0, 59),
    minutes=st.integers(1, 60),
)
@tries(deadline=None)
def test_shares_of_an_interval_are_all_of_it(
    kwh: Decimal, minute: int, minutes: int
) -> None:
    usage = metered(0, str(kwh), minute=minute, minutes=minutes)

    hours = used_hours([usage])

    net = [hour.import_kwh - hour.export_kwh for hour in hours.values()]
    assert sum(net, Decimal(0)) == kwh
    assert sum(hour.heard_seconds for hour in hours.values()) == minutes * 60
