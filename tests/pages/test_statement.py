"""A statement's page: what it says, that it needs nothing, and that it is the same."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from ter_pipelines.pages.statement import StatementPage, statement_page
from ter_pipelines.settlement.differences import differences
from ter_pipelines.settlement.document import Statement
from ter_pipelines.settlement.flat_rate import at_a_flat_rate
from ter_pipelines.vocab.rate import PriceRule
from tests.settlement.files_at_hand import NEW_YORK, rate, settled, worked_usage
from tests.settlement.test_from_files import rows_of

ISSUED = datetime(2024, 12, 3, 11, tzinfo=UTC)
MINUS = "\N{MINUS SIGN}"


def statement(**changes: object) -> Statement:
    found = settled(worked_usage()).statement
    assert found
    return replace(found, **{"issued_at": ISSUED, **changes})  # type: ignore[arg-type]


def corrected(kwh: str = "2.350") -> tuple[Statement, Statement]:
    first = settled(worked_usage())
    again = settled(worked_usage(h18=kwh), before=rows_of(first))
    assert first.statement
    assert again.statement
    return first.statement, replace(again.statement, issued_at=ISSUED)


def page_of(found: Statement, *before: Statement) -> str:
    return statement_page(
        StatementPage(
            title="Transactive Energy Rate",
            zone=NEW_YORK,
            statement=found,
            differences=tuple(differences([*before, found])),
            flat_rate=at_a_flat_rate(found),
        )
    )


def words(page: str) -> str:
    """Give what a reader sees, in one line."""
    (body,) = found_in(page, "//body")
    return " ".join(" ".join(body.itertext()).split())


def found_in(page: str, path: str) -> list[Any]:
    found = etree.fromstring(page, etree.HTMLParser()).xpath(path)
    assert isinstance(found, list)
    return found


def test_it_says_what_is_to_pay_and_how_it_adds_up() -> None:
    said = words(page_of(statement()))

    assert "November 2024" in said
    assert "Meter 0012 · First statement (INITIAL) · issued December 3" in said
    assert "$3.60 to pay" in said
    assert f"Energy you gave back 8.350 0.32 ¢ {MINUS}$0.027118 {MINUS}$0.03" in said
    assert "each line once to 0.01, half away from zero" in said


def test_every_hour_is_there_the_repeated_one_twice() -> None:
    rows = found_in(page_of(statement()), "//details[@class='day']//tbody/tr")

    times = [row[0].text for row in rows]
    assert len(rows) == 25
    assert times[:3] == ["00:00 EDT", "01:00 EDT", "01:00 EST"]
    assert [cell.text for cell in rows[18]][:5] == [
        "17:00 EST", "2.100", "\N{EN DASH}", "48.650 ¢", "$1.02165",
    ]  # fmt: skip


def test_the_same_usage_at_one_price_is_compared() -> None:
    said = words(page_of(statement()))

    assert "Had every hour cost the same" in said
    assert "Hourly prices cost you $2.29 more" in said


def test_a_correction_says_which_hours_changed_and_what_they_come_to() -> None:
    first, again = corrected()

    said = words(page_of(again, first))

    assert "$3.73 is what the month comes to now; nothing is to pay by" in said
    assert "+$0.13 against the version before; it stands on your next" in said
    assert "Correction 1: what changed since first statement" in said
    assert "Hours with usage corrected: +$0.121625 before rounding" in said
    assert "November 3, 2024, 17:00 EST 2.100 → 2.350 48.650 ¢" in said


def test_a_correction_downwards_goes_back_to_the_member() -> None:
    first, again = corrected("0")

    assert f"{MINUS}$1.02 against the version before" in words(page_of(again, first))


def test_a_change_below_a_cent_is_on_no_statement() -> None:
    first, again = corrected("2.10001")

    said = words(page_of(again, first))

    assert "$0.00 against the version before; nothing of it is billed" in said


def test_a_change_that_was_taken_back_says_what_is_left_of_it() -> None:
    first, again = corrected()
    back = replace(first, version=3, label="R2", issued_at=ISSUED)

    said = words(page_of(back, first, again))

    assert f"{MINUS}$0.13 against the version before, $0.00 against the first" in said
    assert "your next statement sets off what was billed otherwise" in said


def test_missing_time_is_said() -> None:
    found = settled(worked_usage()[1:]).statement
    assert found

    said = words(page_of(found))

    assert "Missing and not billed: 1 hour of metered time." in said


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>'])
def test_what_comes_from_outside_is_text(hostile: str) -> None:
    line = replace(statement().lines[0], line_title=hostile)
    found = statement(
        meter_id=hostile, rate=hostile, lines=(line, *statement().lines[1:])
    )

    page = page_of(found)

    assert hostile not in page
    assert found_in(page, "//script | //img") == []
    assert words(page).count(hostile) >= 3


def test_it_needs_no_script_and_nothing_from_elsewhere() -> None:
    first, again = corrected()
    page = page_of(again, first)

    fetched = "//script | //link | //img | //iframe | //@src | //@href"
    assert found_in(page, fetched) == []
    assert found_in(page, "//@*[starts-with(name(), 'on')]") == []
    (style,) = found_in(page, "//style/text()")
    assert "url(" not in style
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_the_same_statement_gives_the_same_page() -> None:
    assert page_of(statement()) == page_of(statement())


def test_hours_that_were_not_kept_leave_their_parts_out() -> None:
    said = words(page_of(statement(hours=())))

    assert "$3.60 to pay" in said
    assert "Your month, day by day" not in said
    assert "Open a day" not in said


@pytest.mark.parametrize(
    ("currency", "said"), [("EUR", "€3.60"), ("CHF", "3.60 CHF"), ("GBP", "£3.60")]
)
def test_other_currencies_are_written_as_they_are(currency: str, said: str) -> None:
    assert said in words(page_of(statement(currency=currency)))


def test_it_says_when_the_lines_are_not_the_sum_of_the_hours() -> None:
    fixed = PriceRule(fixed_per_kwh=Decimal("0.1"))
    dear = replace(fixed, fixed_per_kwh=Decimal("0.2"))
    by = rate(netting="month", import_price=dear, export_price=fixed)
    found = settled(worked_usage(), by).statement
    assert found

    assert "Add the amounts of all hours up" in words(page_of(statement()))
    assert "set off over the whole month" in words(page_of(found))


def test_a_net_line_has_its_own_name() -> None:
    found = settled(worked_usage(), rate(energy_lines="net")).statement
    assert found

    said = words(page_of(found))

    assert "Energy you used, less what you gave back 16.775" in said
    assert found.total.amount == Decimal("3.61")
