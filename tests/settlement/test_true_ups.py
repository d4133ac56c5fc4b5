"""What a corrected month owes stands once, on the next statement of a later month."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ter_pipelines.settlement.rate import Adjustment
from ter_pipelines.settlement.statement import COMPLETE, INCOMPLETE, TOTAL
from ter_pipelines.settlement.true_ups import find_foreign, owed_by_meter
from ter_pipelines.settlement.versions import Issue, next_versions
from ter_pipelines.vocab.errors import InputError
from tests.settlement.rates import terms

Row = dict[str, Any]
NOV, DEC, JAN, FEB = "2025-11", "2025-12", "2026-01", "2026-02"
CENTS = st.decimals(-(10**6), 10**6, places=4)


def settlement(imported: str, *, meter: str = "0012", **other: object) -> Row:
    return {
        "meter_id": meter,
        "import_kwh": Decimal(10),
        "export_kwh": Decimal(0),
        "import_amount": Decimal(imported),
        "export_amount": Decimal(0),
        "currency": "USD",
        "expected_seconds": 3600,
        "settled_seconds": 3600,
        "served_days": 30,
        "state": COMPLETE,
        **other,
    }


def close(month: str, issued: list[Row], *settled: Row) -> list[Row]:
    """Close a month; add what it issues to what was, and give that."""
    issue = Issue(
        billing_month=month,
        terms=terms(),
        rate="ter 2024-11-01",
        inputs_sha256="0" * 64,
        issued_at=datetime(2026, 3, 1, tzinfo=UTC),
        owed=owed_by_meter(issued, month),
    )
    of_month = [row for row in issued if row["billing_month"] == month]
    rows = next_versions(settled, of_month, issue)
    new = [row | {"billing_month": month} for row in rows]
    issued += new
    return new


def amounts(rows: list[Row], meter: str = "0012") -> dict[str, str]:
    return {
        row["line_code"]: str(row["amount"]) for row in rows if row["meter_id"] == meter
    }


def test_the_correction_of_the_example_is_twelve_cents_of_the_next_month() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.607296"))
    corrected = close(NOV, issued, settlement("3.728921"))

    december = close(DEC, issued, settlement("1.00"))

    assert amounts(corrected)["total"] == "3.73"
    assert amounts(december) == {
        "import_energy": "1.00",
        "export_credit": "0.00",
        "adjustment.2025-11": "0.12",
        "total": "1.12",
    }
    assert december[2]["line_title"] == "Correction of 2025-11"


def test_it_is_said_once_and_closing_again_adds_nothing() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60"))
    close(NOV, issued, settlement("3.70"))
    close(DEC, issued, settlement("1.00"))

    again = close(DEC, issued, settlement("1.00"))
    january = close(JAN, issued, settlement("1.00"))

    assert again == []
    assert amounts(january)["total"] == "1.00"


def test_what_is_corrected_after_the_next_statement_waits_for_the_one_after_it() -> (
    None
):
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60"))
    close(DEC, issued, settlement("1.00"))
    close(NOV, issued, settlement("3.70"))

    again = close(DEC, issued, settlement("1.00"))
    january = close(JAN, issued, settlement("2.00"))

    assert again == []
    assert amounts(january)["adjustment.2025-11"] == "0.10"


def test_two_months_and_two_corrections_of_one_have_a_line_a_month() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60"))
    close(DEC, issued, settlement("1.00"))
    for imported in ("3.70", "3.50"):
        close(NOV, issued, settlement(imported))
    close(DEC, issued, settlement("1.25"))

    january = close(JAN, issued, settlement("2.00"))

    assert amounts(january)["adjustment.2025-11"] == "-0.10"
    assert amounts(january)["adjustment.2025-12"] == "0.25"
    assert amounts(january)["total"] == "2.15"


def test_a_correction_that_was_taken_back_owes_nothing() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60"))
    close(NOV, issued, settlement("3.70"))
    close(NOV, issued, settlement("3.60"))

    december = close(DEC, issued, settlement("1.00"))

    assert list(amounts(december)) == ["import_energy", "export_credit", "total"]


def test_a_later_version_repeats_what_the_first_one_says_of_months_before() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60"))
    close(NOV, issued, settlement("3.70"))
    close(DEC, issued, settlement("1.00"))
    close(NOV, issued, settlement("3.75"))

    corrected = close(DEC, issued, settlement("1.50"))
    january = close(JAN, issued, settlement("2.00"))

    assert amounts(corrected)["adjustment.2025-11"] == "0.10"
    assert amounts(january)["adjustment.2025-11"] == "0.05"
    assert amounts(january)["adjustment.2025-12"] == "0.50"


def test_a_month_that_is_held_back_leaves_it_to_the_next() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60"))
    close(NOV, issued, settlement("3.70"))

    held = close(DEC, issued, settlement("1.00", state=INCOMPLETE))
    january = close(JAN, issued, settlement("2.00"))
    late = close(DEC, issued, settlement("1.00"))

    assert held == []
    assert amounts(january)["adjustment.2025-11"] == "0.10"
    assert "adjustment.2025-11" not in amounts(late)


def test_a_meter_that_is_no_longer_served_gets_a_statement_of_it_alone() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60", meter="A"), settlement("1.00", meter="B"))
    close(NOV, issued, settlement("1.00", meter="B"))

    december = close(DEC, issued, settlement("1.00", meter="B"))

    assert amounts(december, "A") == {
        "import_energy": "0.00",
        "export_credit": "0.00",
        "adjustment.2025-11": "-3.60",
        "total": "-3.60",
    }
    assert amounts(december, "B")["total"] == "1.00"


def test_what_is_owed_in_another_currency_is_not_added() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("3.60"))
    close(NOV, issued, settlement("3.70"))

    with pytest.raises(InputError, match=r"0012, 2025-12: is owed USD .* CAD"):
        close(DEC, issued, settlement("1.00", currency="CAD"))


def test_a_meter_that_is_owed_another_currency_is_found_and_no_other() -> None:
    issued: list[Row] = []
    for imported in ("3.60", "3.70"):
        close(NOV, issued, settlement(imported), settlement(imported, meter="B"))
    owed = owed_by_meter(issued, DEC)
    december = [settlement("1.00", currency="CAD"), settlement("1.00", meter="B")]

    (found,) = find_foreign(december, owed, DEC)

    assert str(found) == (
        "statement.foreign_currency 0012 2025-12: owed_in USD, billed_in CAD"
    )


def test_each_corrected_month_is_owed_in_its_own_currency() -> None:
    issued: list[Row] = []
    close(NOV, issued, settlement("1.00"))
    close(DEC, issued, settlement("5.00", currency="CAD"))
    close(NOV, issued, settlement("2.00"))
    issued.sort(key=lambda row: (row["billing_month"], row["version"]))

    owed = owed_by_meter(issued, JAN)

    assert owed == {"0012": (Adjustment(NOV, Decimal("1.00"), "USD"),)}
    assert find_foreign([settlement("5.00", currency="CAD")], owed, JAN)


def test_versions_that_asked_for_their_own_difference_owe_it_no_more() -> None:
    def old(version: int, **amounts: str) -> list[Row]:
        return [
            {
                "meter_id": "0012",
                "billing_month": NOV,
                "version": version,
                "line_code": code,
                "amount": Decimal(amount),
                "currency": "USD",
            }
            for code, amount in amounts.items()
        ]

    issued = [
        *old(1, import_energy="3.61", total="3.61"),
        *old(2, import_energy="3.73", billed_before="-3.61", total="0.12"),
    ]

    before = owed_by_meter(issued, DEC)
    again = owed_by_meter([*issued, *old(3, import_energy="3.80", total="3.80")], DEC)

    assert before == {}
    assert again == {"0012": (Adjustment(NOV, Decimal("0.07"), "USD"),)}


def test_lines_of_months_to_come_owe_nothing_to_a_month_before_them() -> None:
    issued: list[Row] = []
    close(DEC, issued, settlement("1.00"))
    close(DEC, issued, settlement("1.50"))

    assert owed_by_meter(issued, NOV) == {}
    assert owed_by_meter(issued, JAN) == {
        "0012": (Adjustment(DEC, Decimal("0.50"), "USD"),)
    }


@given(
    turns=st.lists(
        st.tuples(st.sampled_from([NOV, DEC, JAN]), CENTS), min_size=1, max_size=12
    ),
    last=CENTS,
)
@settings(deadline=None, max_examples=60)
def test_all_first_statements_together_are_the_newest_bills(
    turns: list[tuple[str, Decimal]], last: Decimal
) -> None:
    """Whatever is corrected in whichever order, the member pays the newest bills."""
    issued: list[Row] = []
    for month, imported in turns:
        close(month, issued, settlement(str(imported)))
    close(FEB, issued, settlement(str(last)))

    billed = sum(
        row["amount"]
        for row in issued
        if row["line_code"] == TOTAL and row["version"] == 1
    )
    newest = {row["billing_month"]: row["version"] for row in issued}
    bills = sum(
        row["amount"]
        for row in issued
        if row["line_number"] in {1, 2}
        and row["version"] == newest[row["billing_month"]]
    )
    assert billed == bills
