"""Usage never counts twice, and no reported value disappears."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.metering.readings import Row
from ter_pipelines.metering.usage import DayOfUsage, sort_out
from tests.metering.reported import (
    DAY,
    at,
    energies,
    meter_of_all,
    reasons,
    sorted_out,
    value_row,
)


def test_a_day_said_twice_counts_once() -> None:
    result = sorted_out(
        value_row(0, "1.0", report_seq=1), value_row(0, "1.000", report_seq=2)
    )

    assert energies(result) == [("1.000000", 1)]
    assert result.usage[0]["source_reference"] == "report 1 value 0"
    assert (result.repeats, result.replaced) == (1, 0)


def test_a_changed_value_is_a_new_version_and_the_newest_report_wins() -> None:
    result = sorted_out(
        value_row(0, "2.100", report_seq=1),
        value_row(0, "2.350", report_seq=2),
        value_row(0, "2.350", report_seq=3),
    )

    assert energies(result) == [("2.350000", 2)]
    assert result.usage[0]["source_reference"] == "report 2 value 0"
    assert (result.repeats, result.replaced) == (1, 1)


def test_a_value_that_goes_back_is_a_third_version() -> None:
    rows = [value_row(0, v, report_seq=i) for i, v in enumerate(["1", "2", "1"])]

    assert energies(sorted_out(*rows)) == [("1.000000", 3)]


def test_a_changed_quality_is_a_change() -> None:
    result = sorted_out(
        value_row(0, "1", report_seq=1, data_quality="Quality Bad - Non Specific"),
        value_row(0, "1", report_seq=2),
    )

    assert [(r["quality"], r["version"]) for r in result.usage] == [("RAW", 2)]


def test_two_values_for_an_interval_in_one_report_keep_the_first() -> None:
    result = sorted_out(
        value_row(0, "1", report_seq=7, position=0),
        value_row(0, "2", report_seq=7, position=1),
        value_row(0, "1", report_seq=7, position=2),
    )

    assert energies(result) == [("1.000000", 1)]
    assert reasons(result) == [("usage.two_values", "report 7 value 1")]
    assert result.repeats == 1


def test_an_interval_that_overlaps_one_heard_earlier_is_quarantined() -> None:
    result = sorted_out(
        value_row(0, "1", report_seq=1),
        value_row(0.5, "2", report_seq=2),
        value_row(1, "3", report_seq=3),
    )

    assert energies(result) == [("1.000000", 1), ("3.000000", 1)]
    assert reasons(result) == [("usage.overlaps", "report 2 value 0")]
    assert "overlaps report 1 value 0" in result.quarantined[0]["explanation"]
    assert result.quarantined[0]["value_text"] == "2"


def test_intervals_that_only_touch_do_not_overlap() -> None:
    result = sorted_out(
        value_row(0, "1", duration_text="PT30M"), value_row(0.5, "2", position=1)
    )

    assert energies(result) == [("1.000000", 1), ("2.000000", 1)]


def test_what_touches_is_kept_beside_what_overlaps_whatever_came_first() -> None:
    result = sorted_out(
        value_row(1, "2", report_seq=1),
        value_row(0, "1", report_seq=2),
        value_row(0.5, "9", report_seq=3),
    )

    assert sorted(energies(result)) == [("1.000000", 1), ("2.000000", 1)]
    assert reasons(result) == [("usage.overlaps", "report 3 value 0")]


def test_a_second_of_overlap_is_an_overlap() -> None:
    result = sorted_out(
        value_row(0, "1", duration_text="PT1801S"), value_row(0.5, "2", position=1)
    )

    assert reasons(result) == [("usage.overlaps", "report 1 value 1")]


def test_the_same_start_with_another_length_is_an_overlap() -> None:
    result = sorted_out(
        value_row(0, "1"), value_row(0, "24", duration_text="P1D", report_seq=2)
    )

    assert energies(result) == [("1.000000", 1)]
    assert reasons(result) == [("usage.overlaps", "report 2 value 0")]


def test_a_correction_does_not_lose_an_interval_its_place() -> None:
    result = sorted_out(
        value_row(0, "1", report_seq=1),
        value_row(0.5, "9", report_seq=2),
        value_row(0, "2", report_seq=3),
    )

    assert energies(result) == [("2.000000", 2)]
    assert reasons(result) == [("usage.overlaps", "report 2 value 0")]


def test_hours_may_come_out_of_order() -> None:
    result = sorted_out(
        value_row(2, "3", report_seq=1),
        value_row(0, "1", report_seq=2),
        value_row(1, "2", report_seq=3),
    )

    assert [(r["interval_start_utc"], r["energy_kwh"]) for r in result.usage] == [
        (at(0), Decimal(1)),
        (at(1), Decimal(2)),
        (at(2), Decimal(3)),
    ]


def test_status_values_are_counted_and_mean_no_energy() -> None:
    result = sorted_out(
        value_row(0, "1"), value_row(0, "99", report_name="TELEMETRY_STATUS")
    )

    assert energies(result) == [("1.000000", 1)]
    assert result.other_values == 1


def test_an_unusable_value_is_quarantined_with_its_data() -> None:
    row = value_row(0, "plenty", report_seq=4, position=2, unit="Wh", scale="k")

    result = sorted_out(row)

    assert result.usage == []
    assert result.quarantined == [
        {
            "reason": "report.bad_value",
            "explanation": "got 'plenty', expected a decimal number",
            "ven_id": "ven-1",
            "device_id": "0012",
            "interval_start_text": "2025-11-03T05:00:00Z",
            "duration_text": "PT1H",
            "value_text": "plenty",
            "unit": "Wh",
            "scale": "k",
            "source": "openadr",
            "source_reference": "report 4 value 2",
            "received_at": row["received_at"],
        }
    ]


@pytest.mark.parametrize(("hours", "is_taken"), [(-1, False), (0, True), (23, True)])
def test_an_interval_must_begin_on_the_day_it_is_stored_on(
    hours: int,
    is_taken: bool,  # noqa: FBT001
) -> None:
    result = sorted_out(value_row(hours))

    assert len(result.usage) == is_taken
    refused = [row["reason"] for row in result.quarantined]
    assert refused == ([] if is_taken else ["usage.out_of_range"])


def test_nothing_reported_is_nothing() -> None:
    assert sort_out([], meter_of_all, DAY) == DayOfUsage()


ROWS = st.lists(
    st.builds(
        value_row,
        hours=st.sampled_from([0, 0.25, 0.5, 1, 2]),
        value=st.sampled_from(["1", "1.0", "2", "-3", "NaN", ""]),
        report_seq=st.integers(1, 3),
        position=st.integers(0, 3),
        resource_id=st.sampled_from(["0012", "12", ""]),
        report_name=st.sampled_from(
            ["TELEMETRY_USAGE", "HISTORY_USAGE", "TELEMETRY_STATUS"]
        ),
        r_id=st.sampled_from(["r1", "r2"]),
        duration_text=st.sampled_from(["PT1H", "PT15M", "PT0S", "P1D"]),
        data_quality=st.sampled_from(["", "bad", "No New Value - Previous Value Used"]),
    ),
    max_size=25,
)


def meter_of_twelve(device: tuple[str, str], _instant: object) -> str | None:
    return "TER0012" if device[1] == "0012" else None


@given(rows=ROWS)
@settings(deadline=None)
def test_every_value_is_accounted_for_and_no_instant_is_counted_twice(
    rows: list[Row],
) -> None:
    result = sort_out(rows, meter_of_twelve, DAY)

    assert result.accounted_for == len(rows)
    assert {row["device_id"] for row in result.usage} <= {"0012"}
    covered = sorted(
        (row["interval_start_utc"].timestamp(), row["duration_seconds"])
        for row in result.usage
    )
    for (start, seconds), (next_start, _) in pairwise(covered):
        assert start + seconds <= next_start


@given(rows=ROWS, data=st.data())
@settings(deadline=None, max_examples=50)
def test_devices_do_not_influence_each_other(
    rows: list[Row], data: st.DataObject
) -> None:
    mine = [row for row in rows if row["resource_id"] == "0012"]
    others: list[Row] = [{**row, "resource_id": "other"} for row in mine]
    mixed = data.draw(st.permutations([0] * len(mine) + [1] * len(others)))
    queues = [iter(mine), iter(others)]

    together = sort_out([next(queues[which]) for which in mixed], meter_of_all, DAY)

    alone = sort_out(mine, meter_of_all, DAY)
    assert of_device(together, "0012") == of_device(alone, "0012")
    assert len(together.usage) == 2 * len(alone.usage)


def of_device(result: DayOfUsage, device_id: str) -> list[list[dict[str, Any]]]:
    return [
        [row for row in rows if row["device_id"] == device_id]
        for rows in (result.usage, result.quarantined)
    ]


@pytest.mark.parametrize("device", ["12", "0012 ", "00012"])
def test_a_device_whose_name_looks_alike_is_another_device(device: str) -> None:
    result = sort_out([value_row(resource_id=device)], meter_of_twelve, DAY)

    assert result.usage == []
    assert [row["reason"] for row in result.quarantined] == ["device.not_mapped"]


@pytest.mark.parametrize("name", ["green-button", "cmep", "modbus"])
def test_a_ven_cannot_speak_for_the_meters_of_another_source(name: str) -> None:
    result = sorted_out(value_row(0, "1", ven_id=name))

    assert reasons(result) == [("ven.reserved_name", "report 1 value 0")]
