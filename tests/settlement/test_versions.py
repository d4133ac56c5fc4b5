"""A statement sent is frozen; a change is a new version that bills the month anew."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.settlement.statement import (
    COMPLETE,
    INCOMPLETE,
    TOTAL,
    WITHIN_LIMIT,
)
from ter_pipelines.settlement.versions import Issue, label_of, next_versions
from ter_pipelines.vocab.rate import Fee, Terms
from tests.settlement.rates import terms

MONTH = "2025-11"
ISSUED = datetime(2025, 12, 3, 11, tzinfo=UTC)
LATER = datetime(2026, 1, 9, 11, tzinfo=UTC)
# Of what statements said before rates were data: they are not issued anew.
SAYS_PLAIN = "bd976a86f436985799e604b2f5549b1eb3dfb31c436dc1a53b741982565c82fc"
Row = dict[str, Any]


def settlement(
    imported: str, exported: str = "0", *, meter: str = "0012", **other: object
) -> Row:
    return {
        "meter_id": meter,
        "import_kwh": Decimal("25.125"),
        "export_kwh": Decimal("8.350"),
        "import_amount": Decimal(imported),
        "export_amount": Decimal(exported),
        "currency": "USD",
        "expected_seconds": 90000,
        "settled_seconds": 90000,
        "served_days": 30,
        "state": COMPLETE,
        **other,
    }


def issue(
    settled: list[Row],
    issued: list[Row],
    *,
    at: datetime = ISSUED,
    rate: Terms | None = None,
    inputs: str = "0" * 64,
) -> list[Row]:
    stamp = Issue(
        billing_month=MONTH,
        terms=rate or terms(),
        rate="ter 2024-11-01",
        inputs_sha256=inputs,
        issued_at=at,
    )
    return next_versions(settled, issued, stamp)


def totals(rows: list[Row]) -> list[str]:
    return [str(row["amount"]) for row in rows if row["line_code"] == TOTAL]


def test_the_first_version_is_initial() -> None:
    rows = issue([settlement("3.63441350", "-0.02711750")], [])

    assert [(r["line_number"], r["line_code"], str(r["amount"])) for r in rows] == [
        (1, "import_energy", "3.63"),
        (2, "export_credit", "-0.03"),
        (3, "total", "3.60"),
    ]
    assert {r["statement_id"] for r in rows} == {"0012-2025-11-INITIAL"}
    assert {(r["version"], r["label"], r["state"]) for r in rows} == {
        (1, "INITIAL", COMPLETE)
    }
    assert {r["meter_id"] for r in rows} == {"0012"}


def test_the_same_settlement_again_adds_nothing() -> None:
    first = issue([settlement("3.63441350", "-0.02711750")], [])
    same = settlement("3.634413500000", "-0.0271175")

    assert issue([same], first, at=LATER) == []
    assert {row["content_sha256"] for row in first} == {SAYS_PLAIN}


def test_other_inputs_that_say_the_same_add_nothing() -> None:
    first = issue([settlement("3.60")], [], inputs="a" * 64)

    assert issue([settlement("3.60")], first, at=LATER, inputs="b" * 64) == []
    assert {row["inputs_sha256"] for row in first} == {"a" * 64}


def test_a_fee_stands_on_its_line_with_its_title_and_comes_back_with_the_rest() -> None:
    fee = Fee(code="fee", title="Programme fee", amount=Decimal("0.10"), per="day")
    month_fee = Fee(code="flat", title="Meter", amount=Decimal(2), per="month")
    rate = terms(fees=(fee, month_fee))
    first = issue([settlement("1.00", meter="A")], [], rate=rate)

    gone = issue([settlement("1.00", meter="B")], first, at=LATER, rate=rate)

    assert [(r["line_title"], str(r["amount"])) for r in first] == [
        ("Energy you used", "1.00"),
        ("Energy you gave back", "0.00"),
        ("Programme fee", "3.00"),
        ("Meter", "2.00"),
        ("Total", "6.00"),
    ]
    assert totals([row for row in gone if row["meter_id"] == "A"]) == ["0.00"]


def test_a_changed_fee_is_a_new_version_and_a_changed_policy_too() -> None:
    fee = Fee(code="fee", title="Programme fee", amount=Decimal(1), per="month")
    first = issue([settlement("3.60")], [])

    with_fee = issue([settlement("3.60")], first, rate=terms(fees=(fee,)))
    to_even = issue([settlement("3.60")], first, rate=terms(rounding="half-even"))

    assert totals(with_fee) == ["4.60"]
    assert totals(to_even) == ["3.60"]
    assert {row["rounding_policy"] for row in to_even} == {
        "each line once to 0.01, half to even"
    }


def test_the_corrected_hour_gives_a_version_of_the_whole_month() -> None:
    first = issue([settlement("3.63441350", "-0.02711750")], [])
    frozen = [dict(row) for row in first]
    # Hour 19 at 0.48650: 2.350 instead of 2.100 kWh.
    correction = Decimal("3.63441350") + Decimal("0.250") * Decimal("0.48650")

    rows = issue([settlement(str(correction), "-0.02711750")], first, at=LATER)

    assert correction == Decimal("3.75603850")
    assert [(r["label"], r["line_code"], str(r["amount"])) for r in rows] == [
        ("R1", "import_energy", "3.76"),
        ("R1", "export_credit", "-0.03"),
        ("R1", "total", "3.73"),
    ]
    assert first == frozen


def test_a_third_version_bills_the_month_anew_likewise() -> None:
    first = issue([settlement("3.60")], [])
    second = issue([settlement("3.73")], first)

    third = issue([settlement("3.50")], [*second, *first])

    assert [r["label"] for r in third] == ["R2"] * 3
    assert [str(r["amount"]) for r in third] == ["3.50", "0.00", "3.50"]


def test_going_back_to_what_an_older_version_said_is_a_change() -> None:
    first = issue([settlement("3.60")], [])
    second = issue([settlement("3.73")], first)

    third = issue([settlement("3.60")], first + second)

    assert totals(third) == ["3.60"]


@pytest.mark.parametrize(
    "change",
    [
        {"import_kwh": Decimal("25.126")},
        {"export_amount": Decimal("-0.00000001")},
        {"state": WITHIN_LIMIT, "settled_seconds": 86400},
        {"currency": "CAD"},
    ],
)
def test_any_change_of_what_a_statement_says_is_a_new_version(change: Row) -> None:
    first = issue([settlement("3.60")], [])

    assert {r["version"] for r in issue([settlement("3.60", **change)], first)} == {2}


def test_an_incomplete_month_gets_no_statement_first_or_later() -> None:
    held = settlement("3.60", state=INCOMPLETE)

    assert issue([held], []) == []
    assert issue([held], issue([settlement("3.50")], [])) == []


def test_missing_time_stands_on_the_statement() -> None:
    row = settlement("3.60", state=WITHIN_LIMIT, settled_seconds=86400)

    assert {r["missing_seconds"] for r in issue([row], [])} == {3600}


def test_meters_do_not_take_from_each_other() -> None:
    first = issue([settlement("1.00", meter="A"), settlement("2.00", meter="B")], [])

    rows = issue([settlement("1.00", meter="A"), settlement("2.50", meter="B")], first)

    assert {r["statement_id"] for r in rows} == {"B-2025-11-R1"}
    assert totals(rows) == ["2.50"]


def test_a_meter_whose_devices_were_anothers_is_billed_nothing() -> None:
    first = issue([settlement("3.63", "-0.03", meter="A")], [])

    rows = issue([settlement("3.63", "-0.03", meter="B")], first, at=LATER)

    assert [(r["statement_id"], str(r["amount"])) for r in rows] == [
        ("B-2025-11-INITIAL", "3.63"),
        ("B-2025-11-INITIAL", "-0.03"),
        ("B-2025-11-INITIAL", "3.60"),
        ("A-2025-11-R1", "0.00"),
        ("A-2025-11-R1", "0.00"),
        ("A-2025-11-R1", "0.00"),
    ]
    again = issue([settlement("3.63", "-0.03", meter="B")], first + rows, at=LATER)
    assert again == []


def test_a_month_that_settles_nobody_gives_nobody_money_back() -> None:
    assert issue([], issue([settlement("3.60")], [])) == []


@pytest.mark.parametrize(
    ("version", "label"), [(1, "INITIAL"), (2, "R1"), (3, "R2"), (11, "R10")]
)
def test_a_version_has_a_name(version: int, label: str) -> None:
    assert label_of(version) == label
