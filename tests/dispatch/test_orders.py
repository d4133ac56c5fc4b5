"""Orders: what an operator writes, what is kept, and what is wrong with either."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ter_pipelines.dispatch.orders import (
    MOST_INTERVALS,
    Order,
    read_order,
    read_schedules,
)
from ter_pipelines.vocab.errors import FieldError, FormatError
from tests.dispatch.at_hand import BATTERY, DAY_BEFORE, NOV_3, kept, setpoint
from tests.house.tree import ROOT

LINE = {
    "start_utc": "2025-11-03T10:00:00Z",
    "duration_seconds": 3600,
    "power_kw": "4.5",
}
LATER = {**LINE, "start_utc": "2025-11-03T12:00:00Z", "power_kw": -2.125}
SCHEDULE = {
    "ven_id": "ven-1",
    "device_id": "battery-1",
    "operating_day": "2025-11-03",
    "intervals": [LINE, LATER],
}


def read(document: Any) -> tuple[Order, ...]:  # noqa: ANN401
    return read_schedules(json.dumps(document).encode(), subject="schedules.json")


def wrong(*schedules: Any) -> dict[str, list[str]]:  # noqa: ANN401
    with pytest.raises(FieldError) as error:
        read({"schedules": list(schedules)})
    return error.value.fields


def test_a_schedule_is_read_to_the_last_digit() -> None:
    (order,) = read({"schedules": [{**SCHEDULE, "start_soc": "0.35"}]})

    first, second = order.setpoints
    assert (order.action, order.device) == ("schedule", BATTERY.device)
    assert (order.operating_day, order.start_soc) == (NOV_3, Decimal("0.35"))
    assert (first.power_kw, second.power_kw) == (Decimal("4.5"), Decimal("-2.125"))
    assert (second.start_utc - first.end_utc).total_seconds() == 3600


def test_the_example_is_read() -> None:
    file = ROOT / "examples" / "schedules.json"

    (order,) = read_schedules(file.read_bytes(), subject=str(file))

    assert order.device == ("ven-01", "battery-01")


@given(
    st.sampled_from(["", "0.35"]),
    st.lists(st.integers(-5000, 5000), min_size=1, max_size=24),
)
def test_what_is_kept_is_read_back(soc: str, watts: list[int]) -> None:
    points = [setpoint(i, str(Decimal(w) / 1000)) for i, w in enumerate(watts)]
    order = replace(
        kept("schedule", *points, start_soc=soc).order, ordered_at=DAY_BEFORE
    )

    assert read_order(order.to_json(), subject="order") == order


@pytest.mark.parametrize("action", ["cheapest", "cancel"])
def test_an_order_without_intervals_is_read_back(action: Any) -> None:  # noqa: ANN401
    order = Order(action, "ven-1", "battery-1", NOV_3, ordered_at=DAY_BEFORE)

    assert read_order(order.to_json(), subject="order") == order


@pytest.mark.parametrize(
    "body", [b'{"action": "burn"}', b"{}", b"[]", b'{"action": ["cancel"]}']
)
def test_an_order_of_another_kind_is_refused(body: bytes) -> None:
    with pytest.raises(FieldError, match="expected one of schedule, cheapest, cancel"):
        read_order(body, subject="order")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ven_id": "a b"}, "ven_id"),
        ({"ven_id": 12}, "ven_id"),
        ({"device_id": ""}, "device_id"),
        ({"operating_day": "3 November"}, "operating_day"),
        ({"start_soc": "1.5"}, "start_soc"),
        ({"start_soc": None}, "start_soc"),
        ({"action": "schedule"}, "action"),
        ({"ordered_at": "2025-11-02T18:00:00Z"}, "ordered_at"),
        ({"intervals": []}, "intervals"),
        ({"intervals": {}}, "intervals"),
        ({"intervals": [LINE] * (MOST_INTERVALS + 1)}, "intervals"),
        ({"intervals": [1]}, "intervals[0]"),
        ({"intervals": [{**LINE, "power": 1}]}, "intervals[0]"),
        ({"intervals": [{**LINE, "power_kw": "0.0001"}]}, "intervals[0]"),
        ({"intervals": [{**LINE, "power_kw": "1e7"}]}, "intervals[0]"),
        ({"intervals": [{**LINE, "power_kw": None}]}, "intervals[0]"),
        ({"intervals": [{**LINE, "duration_seconds": 0}]}, "intervals[0]"),
        ({"intervals": [{**LINE, "duration_seconds": 1.5}]}, "intervals[0]"),
        ({"intervals": [{**LINE, "start_utc": "2025-11-03T10:00"}]}, "intervals[0]"),
        ({"intervals": [{**LINE, "start_utc": 5}]}, "intervals[0]"),
        ({"intervals": [LINE, LINE]}, "intervals[1]"),
        ({"intervals": [LATER, LINE]}, "intervals[1]"),
    ],
)
def test_a_field_that_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    assert list(wrong({**SCHEDULE, **change})) == [f"schedules[0].{field}"]


def test_one_interval_may_begin_where_the_one_before_it_ends() -> None:
    next_line = {**LINE, "start_utc": "2025-11-03T11:00:00Z"}

    (order,) = read({"schedules": [{**SCHEDULE, "intervals": [LINE, next_line]}]})

    assert len(order.setpoints) == 2


def test_a_battery_has_one_schedule_a_day() -> None:
    other_day = {**SCHEDULE, "operating_day": "2025-11-04"}

    assert list(wrong(SCHEDULE, SCHEDULE)) == ["schedules[1]"]
    assert [
        order.operating_day for order in read({"schedules": [SCHEDULE, other_day]})
    ] == [
        NOV_3,
        date(2025, 11, 4),
    ]


@pytest.mark.parametrize(
    "document", [{}, [], {"schedules": []}, {"schedules": [SCHEDULE], "x": 1}, None]
)
def test_a_file_of_another_shape_is_refused(document: Any) -> None:  # noqa: ANN401
    with pytest.raises(FieldError, match="schedules"):
        read(document)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(FormatError):
        read_schedules(b"{", subject="schedules.json")
