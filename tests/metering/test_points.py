"""Points of a device: which replaces which, and which stand side by side."""

from datetime import timedelta

import pytest

from ter_pipelines.metering.readings import Row
from tests.metering.reported import at, energies, reasons, sorted_out, value_row

FIRST, SECOND = "2025-10-01T00:00:00Z", "2025-11-03T07:00:00Z"


def history_row(hours: float, value: str, **changes: object) -> Row:
    said = {"report_name": "HISTORY_USAGE", "report_seq": 2, "r_id": "h1", **changes}
    return value_row(hours, value, **said)


def test_history_fills_gaps_repeats_and_corrects_like_any_other_report() -> None:
    result = sorted_out(
        value_row(0, "1"),
        value_row(1, "1"),
        history_row(0, "1"),
        history_row(1, "2"),
        history_row(2, "3"),
    )

    assert energies(result) == [("1.000000", 1), ("2.000000", 2), ("3.000000", 1)]
    assert (result.repeats, result.replaced) == (1, 1)


@pytest.mark.parametrize(
    "second",
    [value_row(5, "7", r_id="r2"), history_row(5, "7", r_id="h2")],
)
def test_history_of_one_of_several_points_is_not_taken_for_another(second: Row) -> None:
    result = sorted_out(value_row(0, "1"), second, history_row(0, "2"))

    assert energies(result) == [("1.000000", 1), ("7.000000", 1)]
    assert reasons(result) == [("usage.two_points", "report 2 value 0")]


@pytest.mark.parametrize("r_id", ["r1", "r2"])
@pytest.mark.parametrize("registered_at", [FIRST, "2025-10-01T00:00:01Z"])
def test_two_specifiers_of_a_device_do_not_replace_each_other(
    r_id: str, registered_at: str
) -> None:
    said = {"report_specifier_id": "export", "r_id": r_id, "report_seq": 2}

    result = sorted_out(
        value_row(0, "5", report_specifier_id="import"),
        value_row(0, "0.2", registered_at=registered_at, **said),
        value_row(1, "0.3", registered_at=registered_at, **said),
    )

    assert energies(result) == [("5.000000", 1), ("0.300000", 1)]
    assert reasons(result) == [("usage.two_points", "report 2 value 0")]
    explanation = result.quarantined[0]["explanation"]
    assert f"('import', 'r1') and ('export', '{r_id}')" in explanation


@pytest.mark.parametrize("specifier", ["usage", "usage-of-the-restart"])
@pytest.mark.parametrize(("heard", "version"), [(0, 2), (1, 1)])
def test_a_point_replaces_another_that_was_heard_no_more_once_it_was_registered(
    specifier: str, heard: int, version: int
) -> None:
    last_heard = at(2) + timedelta(seconds=heard)
    again = {"report_specifier_id": specifier, "r_id": "r9", "report_seq": 2}

    result = sorted_out(
        value_row(0, "1", registered_at=FIRST, received_at=last_heard),
        value_row(0, "2", registered_at=SECOND, **again),
    )

    assert [number for _, number in energies(result)] == [version]
    assert len(result.quarantined) == 2 - version


def test_points_of_one_registration_stand_side_by_side_though_one_is_older() -> None:
    result = sorted_out(
        value_row(0, "1", registered_at=FIRST, received_at=at(1)),
        value_row(1, "1", registered_at=SECOND, received_at=at(2), report_seq=2),
        value_row(0, "7", r_id="r2", registered_at=SECOND, report_seq=3),
    )

    assert reasons(result) == [("usage.two_points", "report 3 value 0")]


def test_a_point_that_is_heard_again_was_not_replaced() -> None:
    other = {"report_specifier_id": "export", "registered_at": SECOND}

    result = sorted_out(
        value_row(0, "5", registered_at=FIRST, received_at=at(1)),
        value_row(0, "0.2", report_seq=2, **other),
        value_row(1, "6", registered_at=FIRST, report_seq=3),
    )

    assert energies(result) == [("5.000000", 1), ("6.000000", 1)]
    assert reasons(result) == [("usage.two_points", "report 2 value 0")]
