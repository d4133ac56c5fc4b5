"""Statements that others would be issued beside, and those that are held back."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import dagster as dg
import polars as pl

from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.rate import Fee, PriceRule
from ter_pipelines.vocab.table import Table
from tests.assets.conftest import Installation, failed_checks
from tests.assets.test_true_up import (
    DEC,
    FIRST_OF_DEC,
    LONG_DAY,
    NOV,
    close,
    correct,
    installation,
    lines,
    use,
)
from tests.settlement.files_at_hand import rate

__all__ = ["installation"]

JAN, FIRST_OF_JAN = "2026-01", date(2026, 1, 1)
STATEMENTS = [tables.STATEMENT, tables.STATEMENT_HOUR]
TWO_METERS = """
    {"meters": [
        {"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"},
        {"meter_id": "M2", "ven_id": "ven-2", "device_id": "device-1",
         "valid_from": "2025-12-01"}
    ]}
"""
FEE = Fee(code="service", title="Service", amount=Decimal(5), per="month")


class BusyLake(Lake):
    """A lake in which something happens once what months before owe was read."""

    def __init__(self, root: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(root)
        self._meanwhile: list[Callable[[], object]] = [meanwhile]

    def run(self, sql_name: str, params: Mapping[str, object]) -> pl.DataFrame:
        found = super().run(sql_name, params)
        if sql_name == "corrected_statement" and self._meanwhile:
            self._meanwhile.pop()()
        return found


def run_month(
    installation: Installation, month: str, *only: Table
) -> dg.ExecuteInProcessResult:
    return installation.run("close_month", f"{month}-01", f"{month}-01", only=only)


def bill_anew(installation: Installation, **terms: object) -> None:
    installation.rate = rate(
        minimum_completeness=Decimal(0), adjustment_days=36500, **terms
    )


def why(result: dg.ExecuteInProcessResult) -> str:
    events = result.get_step_failure_events()
    return " ".join(str(event.step_failure_data.user_failure_data) for event in events)


def test_a_difference_is_said_once_when_two_months_are_closed_at_once(
    installation: Installation,
) -> None:
    use(installation, LONG_DAY, "1.000")
    close(installation, NOV)
    correct(installation, LONG_DAY, "1.500")
    close(installation, NOV)
    use(installation, FIRST_OF_DEC, "2.000")
    use(installation, FIRST_OF_JAN, "2.000")
    lake = installation.lake

    def close_january() -> None:
        installation.lake = lake
        close(installation, JAN)

    installation.lake = BusyLake(lake.root, close_january)
    at_once = run_month(installation, DEC)
    stopped = lines(installation, DEC)
    close(installation, DEC)

    assert "others were published since it was read what months before owe" in (
        why(at_once)
    )
    assert stopped == {}
    said = [lines(installation, month) for month in (DEC, JAN)]
    assert [each.get("adjustment.2025-11") for each in said] == [None, Decimal("1.25")]


def test_statements_are_not_made_under_other_terms_than_the_month_was_added_up(
    installation: Installation,
) -> None:
    use(installation, LONG_DAY, "1.000")
    close(installation, NOV)
    bill_anew(installation, fees=(FEE,))

    alone = run_month(installation, NOV, *STATEMENTS)
    before = lines(installation, NOV, 2)
    close(installation, NOV)

    assert "added up under other terms of the rate" in why(alone)
    assert before == {}
    issued = installation.lake.read(tables.STATEMENT, [NOV])
    assert lines(installation, NOV, 2)["service"] == Decimal("5.00")
    assert issued["inputs_sha256"].n_unique() == 2


def test_a_statement_of_older_terms_is_not_shared_out_by_those_that_hold_now(
    installation: Installation,
) -> None:
    bill_anew(installation, export_price=PriceRule(fixed_per_kwh=Decimal("0.05")))
    use(installation, LONG_DAY, "-1.000")
    close(installation, NOV)
    bill_anew(installation, shows_components=True)

    failed = close(installation, NOV)

    parts = installation.lake.read(tables.STATEMENT_COMPONENT, [NOV])
    assert failed == []
    assert set(parts["version"]) == {2}


def test_a_component_that_is_lost_blocks_and_is_not_told(
    installation: Installation,
) -> None:
    bill_anew(installation, shows_components=True)
    use(installation, LONG_DAY, "1.000")
    parts = installation.lake.read(tables.PRICE_COMPONENT, [LONG_DAY])
    some = parts.drop("operating_day").sort("interval_start_utc").slice(1)
    installation.lake.replace(tables.PRICE_COMPONENT, LONG_DAY, some)

    result = run_month(installation, NOV)

    assert "statement_components_sum_to_the_line" in failed_checks(result)
    assert installation.lake.read(tables.STATEMENT_COMPONENT, [NOV]).is_empty()


def test_a_meter_that_is_owed_another_currency_is_held_back_and_no_other(
    installation: Installation,
) -> None:
    use(installation, LONG_DAY, "1.000")
    close(installation, NOV)
    correct(installation, LONG_DAY, "1.500")
    close(installation, NOV)
    issued = installation.lake.read(tables.STATEMENT, [NOV])
    foreign = issued.drop("billing_month").with_columns(
        pl.lit("M2").alias("meter_id"), pl.lit("CAD").alias("currency")
    )
    after = installation.lake.versions(tables.STATEMENT, NOV)
    installation.lake.publish(tables.STATEMENT, NOV, foreign, after=after)
    installation.post_meters(TWO_METERS)
    installation.run("map_meters", "", "")
    installation.report(
        FIRST_OF_DEC, ["1.000"] * 24, ven_id="ven-2", received_at="2025-12-02T11:00:00Z"
    )
    use(installation, FIRST_OF_DEC, "2.000")

    failed = close(installation, DEC)

    december = installation.lake.read(tables.STATEMENT, [DEC])
    assert "every_difference_can_be_billed" in failed
    assert set(december["meter_id"]) == {"M1"}
    assert lines(installation, DEC)["adjustment.2025-11"] == Decimal("1.25")
