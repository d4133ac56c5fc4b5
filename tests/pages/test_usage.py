"""What the page of usage says of a day of a device, and of many."""

from datetime import date

import pytest

from ter_pipelines.pages.usage import (
    DayOfDevice,
    share,
    told_columns,
    told_devices,
    told_states,
)
from ter_pipelines.vocab.clock import days_between

DAY_CLOCKS_GO_BACK = date(2025, 11, 2)
HOUR = 3600


@pytest.mark.parametrize(
    ("of_day", "kind", "percent", "said"),
    [
        (DayOfDevice(25 * HOUR, 0, 0), "whole", 100, "complete"),
        (DayOfDevice(23 * HOUR, 0, HOUR), "changed", 100, "complete, 1 hour estimated"),
        (DayOfDevice(86_400, 1, 0), "most", 99, "99 % billed, 1 second lacking"),
        (DayOfDevice(100, 5, 0), "most", 95, "95 % billed, 5 seconds lacking"),
        (DayOfDevice(100, 6, 0), "half", 94, "94 % billed, 6 seconds lacking"),
        (DayOfDevice(100, 50, 0), "half", 50, "50 % billed, 50 seconds lacking"),
        (DayOfDevice(100, 51, 0), "little", 49, "49 % billed, 51 seconds lacking"),
        (DayOfDevice(1000, 999, 1), "little", 0, "0 % billed, 16 minutes lacking"),
        (DayOfDevice(100, 100, 0), "nothing", 0, "nothing billed"),
    ],
)
def test_a_day_is_told_by_what_of_it_is_billed(
    of_day: DayOfDevice, kind: str, percent: int, said: str
) -> None:
    assert (of_day.kind, of_day.percent, of_day.said) == (kind, percent, said)


def test_a_device_has_a_cell_for_every_day_and_none_where_nothing_is_known() -> None:
    days = days_between(date(2025, 11, 1), date(2025, 11, 3))
    device = {
        "ven_id": "ven/1",
        "device_id": "a b",
        "meter_ids": "0012",
        "lacking_seconds": 0,
    }
    of_day = {
        "ven_id": "ven/1",
        "device_id": "a b",
        "operating_day": DAY_CLOCKS_GO_BACK,
        "seconds": 25 * HOUR,
        "unbilled_seconds": 0,
        "changed_seconds": 0,
    }

    (row,) = told_devices([device], [of_day], days)

    assert [bool(cell) for cell in row["cells"]] == [False, True, False]
    assert row["cells"][1]["href"] == "/pages/usage/ven%2F1/a%20b/2025-11-02"
    assert row["lacking"] == 0


def test_columns_stand_below_their_months() -> None:
    told = told_columns(days_between(date(2025, 10, 30), date(2025, 11, 2)))

    assert [(m["name"], m["days"]) for m in told["months"]] == [
        ("October 2025", 2),
        ("November 2025", 2),
    ]
    assert [day["number"] for day in told["days"]] == [30, 31, 1, 2]


def test_without_usage_no_share_is_claimed() -> None:
    assert told_states([]) == {"share": "", "facts": []}


def test_a_share_is_whole_only_where_nothing_lacks() -> None:
    assert share(10**9 - 1, 10**9) == "99.99 %"
    assert share(0, 10) == "0.00 %"
