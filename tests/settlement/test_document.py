"""Rows of the lake as documents; hours that no statement names are left out."""

from typing import Any

from ter_pipelines.settlement.document import statements_of, told
from tests.settlement.test_versions import issue, settlement

HOUR: dict[str, Any] = {
    "duration_seconds": 3600,
    "import_kwh": 1,
    "export_kwh": 0,
    "price_per_kwh": None,
    "import_amount": 0,
    "export_amount": 0,
    "price_submission_id": 7,
    "usage_version": 1,
    "quality": "",
    "heard_seconds": 3600,
    "missing_seconds": 0,
}


def hour(version: int, inputs: str, start: str) -> dict[str, Any]:
    said = {"version": version, "inputs_sha256": inputs, "interval_start_utc": start}
    return HOUR | said


def test_each_version_has_its_own_hours_in_order_of_time() -> None:
    first = issue([settlement("1.00")], [], inputs="a")
    second = issue([settlement("2.00")], first, inputs="b")
    rows = [row | {"billing_month": "2025-11"} for row in [*second, *first]]
    hours = [
        hour(1, "a", "02"),
        hour(1, "a", "01"),
        hour(2, "b", "01"),
        hour(2, "died", "03"),
    ]

    found = statements_of(rows, hours)

    assert [(each.label, len(each.hours)) for each in found] == [
        ("INITIAL", 2),
        ("R1", 1),
    ]
    assert [each.interval_start_utc for each in found[0].hours] == ["01", "02"]
    assert str(found[1].total.amount) == "2.00"


def test_hours_are_told_on_request_only() -> None:
    rows = issue([settlement("1.00")], [], inputs="a")
    (found,) = statements_of([row | {"billing_month": "x"} for row in rows], [])

    assert told(found, has_hours=True)["hours"] == []
    assert "hours" not in told(found, has_hours=False)
