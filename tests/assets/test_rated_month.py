"""A month under a rate: fees, netting and losses, versions, and the hours of each.

The programme's first month is three days of 1 kWh an hour at 0.10, as in `test_month`.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import dagster as dg
import polars as pl
import pytest

from ter_pipelines.settlement.document import Statement, statements_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.demand_tags import parse_demand_tags
from ter_pipelines.vocab.rate import Fee, Loss, PriceRule, Rate, Tax
from tests.assets.conftest import Installation, failed_checks
from tests.assets.test_month import KEY, LAST_DAYS, MONTH, settled_month
from tests.settlement.files_at_hand import rate

FEE = Fee(
    code="programme_fee", title="Programme fee", amount=Decimal("0.10"), per="day"
)
TAX = Tax(
    code="tax", title="A tax", share=Decimal("0.05"), on=("net_energy", "programme_fee")
)
ALWAYS = {"adjustment_days": 36500}


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin on the 28th, with a fee, a tax and losses."""
    installation.programme = replace(
        installation.programme, first_operating_day=LAST_DAYS[0]
    )
    installation.rate = rate(
        energy_lines="net",
        netting="hour",
        import_price=PriceRule(adder_per_kwh=Decimal("0.02")),
        loss=Loss(share=Decimal("0.2"), applies_to="quantity"),
        fees=(FEE,),
        taxes=(TAX,),
        **ALWAYS,
    )
    return installation


def statements(installation: Installation) -> list[Statement]:
    lake = installation.lake
    lines, hours = (
        lake.read(table, [MONTH]).rows(named=True)
        for table in (tables.STATEMENT, tables.STATEMENT_HOUR)
    )
    return statements_of(lines, hours)


def lines(statement: Statement) -> dict[str, tuple[str, str]]:
    return {
        line.line_code: (line.line_title, str(line.amount)) for line in statement.lines
    }


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [e for e in result.all_events if e.is_step_failure]
    return str(event.step_failure_data.error) + str(event.step_failure_data)


def test_the_lines_and_hours_are_those_of_the_rate(installation: Installation) -> None:
    settled_month(installation)

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert failed_checks(result) == []
    (found,) = statements(installation)
    # 72 kWh x 1.25 = 90 kWh at 0.12 = 10.80; 3 days at 0.10; 5 % of 11.10 = 0.555
    assert lines(found) == {
        "net_energy": ("Energy you used, less what you gave back", "10.80"),
        "programme_fee": ("Programme fee", "0.30"),
        "tax": ("A tax", "0.56"),
        "total": ("Total", "11.66"),
    }
    assert found.lines[0].energy_kwh == Decimal(90)
    assert (found.rate, found.rounding_policy[:9]) == ("ter 2024-11-01", "each line")
    assert len(found.hours) == 72
    assert {(h.import_kwh, h.price_per_kwh, h.import_amount) for h in found.hours} == {
        (Decimal("1.25"), Decimal("0.10"), Decimal("0.15"))
    }
    assert {h.price_submission_id for h in found.hours} == {1, 2, 3}


def test_closing_again_adds_neither_lines_nor_hours(installation: Installation) -> None:
    settled_month(installation)
    installation.run("close_month", KEY, KEY)
    before = statements(installation)
    files = [installation.lake.versions(t, MONTH) for t in OUT]

    installation.run("close_month", KEY, KEY)

    assert statements(installation) == before
    assert [installation.lake.versions(t, MONTH) for t in OUT] == files == [1, 1]


def test_late_usage_gives_a_version_and_leaves_the_first_as_it_was(
    installation: Installation,
) -> None:
    settled_month(installation, left_out=2)
    installation.run("close_month", KEY, KEY)
    (first,) = statements(installation)

    report_the_rest(installation)
    result = installation.run("close_month", KEY, KEY)

    assert failed_checks(result) == []
    again, r1 = statements(installation)
    assert again == first
    assert (r1.label, len(first.hours), len(r1.hours)) == ("R1", 72, 72)
    assert sum(hour.missing_seconds for hour in first.hours) == 7200
    assert sum(hour.missing_seconds for hour in r1.hours) == 0
    # 2.5 kWh at 0.12 = 0.30; 5 % of 10.80 = 0.54 before, of 11.10 = 0.555 now
    assert lines(first)["total"][1] == "11.34"
    assert lines(r1)["total"][1] == "11.66"
    assert r1.inputs_sha256 != first.inputs_sha256


def test_another_rate_is_another_version(installation: Installation) -> None:
    settled_month(installation)
    installation.run("close_month", KEY, KEY)
    installation.rate = None

    installation.run("close_month", KEY, KEY)

    _, r1 = statements(installation)
    assert lines(r1)["total"][1] == "7.20"
    assert r1.rate == "ter 2025-11-01"


def test_a_change_after_the_limit_is_told_and_not_issued(
    installation: Installation,
) -> None:
    installation.rate = with_terms(installation.rate, adjustment_days=2)
    settled_month(installation, left_out=2)
    installation.run("close_month", KEY, KEY)

    report_the_rest(installation)
    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert failed_checks(result) == ["every_change_is_in_time"]
    assert [each.label for each in statements(installation)] == ["INITIAL"]


def test_before_the_cut_off_no_statement_is_issued(installation: Installation) -> None:
    installation.rate = with_terms(installation.rate, cut_off_days=36500)
    settled_month(installation)

    result = installation.run("close_month", KEY, KEY)

    assert not result.success
    assert "expected the month's cut-off" in failure(result)
    assert statements(installation) == []


@pytest.mark.parametrize(
    ("body", "billed"),
    [
        ("M1,2025-06-01,2\nM1,2025-11-01,3\nM1,2025-12-01,9", "6.00"),
        ("M1,2025-12-01,3\nM2,2025-01-01,3", None),
        (None, None),
    ],
)
def test_a_fee_by_kw_is_of_the_meters_tag_and_without_one_it_is_held_back(
    installation: Installation, body: str | None, billed: str | None
) -> None:
    tags = None
    if body is not None:
        tags = parse_demand_tags(f"meter_id,effective_from,kw\n{body}\n".encode())
    by_kw = Fee(code="kw", title="kW", amount=Decimal(2), per="kw", tags=tags)
    installation.rate = with_terms(installation.rate, fees=(by_kw,), taxes=())
    settled_month(installation)

    result = installation.run("close_month", KEY, KEY)

    if billed is None:
        assert failed_checks(result) == ["every_meter_can_be_billed"]
        assert statements(installation) == []
    else:
        assert failed_checks(result) == []
        assert lines(statements(installation)[0])["kw"] == ("kW", billed)


def test_a_rate_in_another_currency_is_refused(installation: Installation) -> None:
    assert installation.rate
    installation.rate = replace(installation.rate, currency="CAD")
    settled_month(installation)

    result = installation.run("close_month", KEY, KEY)

    assert "got hours priced in USD, expected CAD" in failure(result)


def test_hours_of_a_run_that_died_before_the_lines_belong_to_no_statement(
    installation: Installation,
) -> None:
    lake = installation.lake
    settled_month(installation, left_out=2)
    installation.run("close_month", KEY, KEY)
    hours = lake.read(tables.STATEMENT_HOUR, [MONTH]).drop("billing_month")
    died = hours.with_columns(
        pl.lit(2, pl.Int32).alias("version"), pl.lit("died").alias("inputs_sha256")
    )
    lake.publish(tables.STATEMENT_HOUR, MONTH, died, after=1)

    report_the_rest(installation)
    installation.run("close_month", KEY, KEY)

    _, r1 = statements(installation)
    assert len(r1.hours) == 72
    assert sum(hour.missing_seconds for hour in r1.hours) == 0


def test_hours_that_are_there_already_are_not_published_twice(
    installation: Installation,
) -> None:
    lake = installation.lake
    settled_month(installation)
    installation.run("close_month", KEY, KEY)
    folder = lake.root / tables.STATEMENT.path
    for file in folder.rglob("*.parquet"):
        file.unlink()

    installation.run("close_month", KEY, KEY)

    assert [lake.versions(table, MONTH) for table in OUT] == [1, 1]
    assert [len(found.hours) for found in statements(installation)] == [72]


def test_a_month_that_changed_meanwhile_is_not_stated(
    installation: Installation,
) -> None:
    settled_month(installation, left_out=2)
    installation.run("close_month", KEY, KEY, only=[tables.MONTHLY_SETTLEMENT])
    report_the_rest(installation)

    result = installation.run("close_month", KEY, KEY, only=OUT)

    assert "run close_month again" in failure(result)
    assert statements(installation) == []


OUT = [tables.STATEMENT, tables.STATEMENT_HOUR]


def with_terms(of: Rate | None, **changes: object) -> Rate:
    assert of
    (terms,) = of.versions
    return replace(of, versions=(replace(terms, **changes),))  # type: ignore[arg-type]


def report_the_rest(installation: Installation) -> None:
    first: date = LAST_DAYS[0]
    installation.report(first, ["1.000"] * 2 + [None] * 22)
    installation.run("settle_usage", first, first)
