"""A correction of a closed month is a line of the next month's statement."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, interval_starts_utc
from tests.assets.conftest import Installation, failed_checks
from tests.settlement.files_at_hand import rate

OCT, NOV, DEC = "2025-10", "2025-11", "2025-12"
LAST_OF_OCT, LONG_DAY, FIRST_OF_DEC = (
    date(2025, 10, 31),
    date(2025, 11, 2),
    date(2025, 12, 1),
)
METERS = """
    {"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"}]}
"""
Lines = dict[str, Decimal]


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin on a month's last day, and bill what there is."""
    installation.programme = replace(
        installation.programme, first_operating_day=LAST_OF_OCT
    )
    installation.rate = rate(minimum_completeness=Decimal(0), adjustment_days=36500)
    installation.post_meters(METERS)
    installation.run("map_meters", "", "")
    return installation


def use(installation: Installation, day: date, kwh: str, price: str = "0.10") -> None:
    """Publish a day's prices and report the same energy for every hour."""
    hours = len(interval_starts_utc(day, installation.programme.zone))
    installation.post_prices(day, [price] * hours)
    installation.report(day, [kwh] * hours, received_at=f"{day + DAY}T12:00:00Z")
    installation.run("publish_prices", day, day)
    installation.run("settle_usage", day, day)


def close(installation: Installation, *months: str) -> list[str]:
    first, last = f"{months[0]}-01", f"{months[-1]}-01"
    result = installation.run("close_month", first, last)
    assert result.success
    return failed_checks(result)


def lines(installation: Installation, month: str, version: int = 1) -> Lines:
    rows = installation.lake.read(tables.STATEMENT, [month])
    chosen = rows.filter(pl.col("version") == version).sort("line_number")
    return dict(chosen.select("line_code", "amount").iter_rows())


def correct(installation: Installation, day: date, kwh: str) -> None:
    hours = len(interval_starts_utc(day, installation.programme.zone))
    installation.report(day, [kwh] * hours, received_at="2026-01-02T00:00:00Z")
    installation.run("settle_usage", day, day)


def test_late_usage_of_a_long_day_stands_on_the_next_months_statement(
    installation: Installation,
) -> None:
    use(installation, LONG_DAY, "1.000")
    close(installation, NOV)
    first = installation.lake.read(tables.STATEMENT, [NOV])
    correct(installation, LONG_DAY, "1.500")
    close(installation, NOV)

    use(installation, FIRST_OF_DEC, "2.000")
    close(installation, DEC)

    # 25 hours of 0.5 kWh at 0.10 = 1.25
    assert lines(installation, NOV, 1)["total"] == Decimal("2.50")
    assert lines(installation, NOV, 2)["total"] == Decimal("3.75")
    assert lines(installation, DEC) == {
        "import_energy": Decimal("4.80"),
        "export_credit": Decimal("0.00"),
        "adjustment.2025-11": Decimal("1.25"),
        "total": Decimal("6.05"),
    }
    frozen = installation.lake.read(tables.STATEMENT, [NOV])
    assert frozen.filter(pl.col("version") == 1).equals(first)


def test_a_revised_price_does_likewise_in_the_same_run_of_both_months(
    installation: Installation,
) -> None:
    use(installation, LONG_DAY, "1.000")
    close(installation, NOV)
    installation.post_prices(LONG_DAY, ["0.08"] * 25)
    installation.run("publish_prices", LONG_DAY, LONG_DAY)
    installation.run("settle_usage", LONG_DAY, LONG_DAY)
    use(installation, FIRST_OF_DEC, "2.000")

    close(installation, NOV, DEC)

    assert lines(installation, DEC)["adjustment.2025-11"] == Decimal("-0.50")


def test_running_again_adds_nothing_and_says_the_same(
    installation: Installation,
) -> None:
    use(installation, LONG_DAY, "1.000")
    close(installation, NOV)
    correct(installation, LONG_DAY, "1.500")
    use(installation, FIRST_OF_DEC, "2.000")
    close(installation, NOV, DEC)
    before = installation.lake.read(tables.STATEMENT)

    assert close(installation, NOV, DEC) == []
    assert installation.lake.read(tables.STATEMENT).equals(before)


def test_a_change_after_the_limit_is_told_and_owed_by_nobody(
    installation: Installation,
) -> None:
    installation.rate = rate(minimum_completeness=Decimal(0), adjustment_days=2)
    use(installation, LONG_DAY, "1.000")
    close(installation, NOV)
    correct(installation, LONG_DAY, "1.500")

    assert close(installation, NOV) == ["every_change_is_in_time"]
    use(installation, FIRST_OF_DEC, "2.000")
    close(installation, DEC)

    assert lines(installation, NOV, 2) == {}
    assert lines(installation, DEC)["total"] == Decimal("4.80")


def test_an_older_month_that_is_closed_anew_owes_nothing_to_strangers_of_it(
    installation: Installation,
) -> None:
    """M2 was never served in October; its correction is December's to say."""
    use(installation, LAST_OF_OCT, "1.000")
    use(installation, LONG_DAY, "1.000")
    close(installation, OCT, NOV)
    installation.post_meters(
        METERS.replace('"M1"', '"M2"').replace(
            '"device-1"}', '"device-1", "valid_from": "2025-11-01"}'
        )
    )
    installation.run("map_meters", "", "")
    installation.run("settle_usage", LAST_OF_OCT, LONG_DAY)

    close(installation, OCT, NOV)
    issued = installation.lake.read(tables.STATEMENT)

    said = issued.filter(pl.col("line_code").str.starts_with("adjustment."))
    assert set(said["billing_month"]) <= {NOV}
