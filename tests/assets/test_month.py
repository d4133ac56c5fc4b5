"""A month: statements as versions, and the CMEP file that follows them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from ter_pipelines.formats.cmep import read_cmep
from ter_pipelines.freshness import manifest_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_of_month, interval_starts_utc
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.assets.conftest import Installation, failed_checks

MONTH = "2025-11"
KEY = "2025-11-01"
LAST_DAYS = [date(2025, 11, day) for day in (28, 29, 30)]
METERS = """
    {"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1",
                 "valid_from": "2025-11-01"}]}
"""
UNDATED = """
    {"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"}]}
"""


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin on the 28th, so that its first month is three days."""
    installation.programme = replace(
        installation.programme, first_operating_day=LAST_DAYS[0]
    )
    return installation


def settled_month(
    installation: Installation, *, left_out: int = 0, meters: bool = True
) -> None:
    """Publish, map and report the month: 1 kWh an hour, the first hours left out."""
    zone = installation.programme.zone
    first = installation.programme.first_operating_day
    days = [day for day in days_of_month(MONTH) if day >= first]
    for day in days:
        hours = len(interval_starts_utc(day, zone))
        installation.post_prices(day, ["0.10"] * hours)
        gap = left_out if day == days[0] else 0
        values: list[str | None] = ["1.000"] * hours
        values[:gap] = [None] * gap
        installation.report(day, values)
    if meters:
        installation.post_meters(METERS)
    installation.run("map_meters", "", "")
    installation.run("publish_prices", days[0], days[-1])
    installation.run("settle_usage", days[0], days[-1])


def totals(installation: Installation) -> list[tuple[str, Decimal]]:
    lines = installation.lake.read(tables.STATEMENT, [MONTH])
    return lines.filter(pl.col("line_code") == "total").select("label", "amount").rows()


def test_a_whole_month_with_a_long_day_is_stated_and_exported(
    installation: Installation,
) -> None:
    installation.programme = replace(
        installation.programme, first_operating_day=date(2025, 10, 1)
    )
    settled_month(installation)

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert failed_checks(result) == []
    assert totals(installation) == [("INITIAL", Decimal("72.10"))]
    log = installation.lake.read(tables.CMEP_FILE, [MONTH]).row(0, named=True)
    assert log["import_kwh"] == Decimal(721)
    assert log["records"] == 4 * 30
    body = (installation.lake.root / log["path"]).read_bytes()
    assert len(read_cmep(body, is_strict=True)) == 120


def test_a_partner_that_wants_no_months_gets_none(installation: Installation) -> None:
    installation.programme = replace(
        installation.programme, cmep_out=CmepOut(monthly=False)
    )
    settled_month(installation)

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert installation.lake.read(tables.CMEP_FILE).is_empty()
    manifest = manifest_of(installation.lake, MONTH)
    assert installation.lake.marked(tables.CMEP_FILE, MONTH) == manifest


def test_closing_again_adds_nothing(installation: Installation) -> None:
    settled_month(installation)
    installation.run("close_month", KEY, KEY)
    before = installation.lake.read(tables.STATEMENT, [MONTH])

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert installation.lake.read(tables.STATEMENT, [MONTH]).equals(before)
    assert installation.lake.read(tables.CMEP_FILE, [MONTH]).height == 1


def test_a_late_report_makes_a_version_of_the_whole_month(
    installation: Installation,
) -> None:
    settled_month(installation, left_out=2)
    installation.run("close_month", KEY, KEY)
    first = LAST_DAYS[0]
    installation.report(first, ["1.000"] * 2 + [None] * 22)
    installation.run("settle_usage", first, first)

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert totals(installation) == [
        ("INITIAL", Decimal("7.00")),
        ("R1", Decimal("7.20")),
    ]
    log = installation.lake.read(tables.CMEP_FILE, [MONTH]).sort("version")
    assert log["purpose"].to_list() == ["OK", "RESEND"]
    assert log["file_name"].n_unique() == 2


def test_missing_hours_are_sent_as_missing_and_not_billed(
    installation: Installation,
) -> None:
    settled_month(installation, left_out=2)

    installation.run("close_month", KEY, KEY)

    log = installation.lake.read(tables.CMEP_FILE, [MONTH]).row(0, named=True)
    body = (installation.lake.root / log["path"]).read_bytes()
    first_line = body.decode().split("\r\n")[0]
    assert first_line.split(",")[14:20] == [
        "202511010500", "N", "", "202511010600", "N", "",
    ]  # fmt: skip
    lines = installation.lake.read(tables.STATEMENT, [MONTH])
    assert set(lines["state"]) == {"WITHIN_LIMIT"}
    assert set(lines["missing_seconds"]) == {7200}


def test_too_little_usage_is_held_back_and_told(installation: Installation) -> None:
    settled_month(installation)
    installation.vtn.sent[:] = installation.vtn.sent[:2]
    days = LAST_DAYS
    installation.run("settle_usage", days[0], days[-1])

    result = installation.run("close_month", KEY, KEY)

    assert failed_checks(result) == ["every_meter_can_be_billed"]
    assert totals(installation) == []
    assert installation.lake.read(tables.CMEP_FILE).is_empty()


def test_a_meter_that_does_not_fit_cmep_is_told_and_the_others_are_sent(
    installation: Installation,
) -> None:
    zone = installation.programme.zone
    days = LAST_DAYS
    for day in days:
        hours = len(interval_starts_utc(day, zone))
        installation.report(day, ["2.000"] * hours, ven_id="ven-2")
    installation.post_meters(
        """
        {"meters": [
          {"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"},
          {"meter_id": "TOO-LONG-FOR-CMEP", "ven_id": "ven-2", "device_id": "device-1"}
        ]}
        """
    )
    settled_month(installation, meters=False)

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert failed_checks(result) == ["every_meter_is_sent"]
    log = installation.lake.read(tables.CMEP_FILE, [MONTH]).row(0, named=True)
    assert log["import_kwh"] == Decimal(72)
    assert len(totals(installation)) == 2


def test_a_meter_with_two_devices_is_sent_in_part_where_one_was_silent(
    installation: Installation,
) -> None:
    zone = installation.programme.zone
    for day in LAST_DAYS:
        hours = len(interval_starts_utc(day, zone))
        installation.report(day, ["2.000"] * hours, ven_id="ven-2")
    installation.post_meters(
        """
        {"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"},
                    {"meter_id": "M1", "ven_id": "ven-2", "device_id": "device-1"}]}
        """
    )
    settled_month(installation, left_out=1, meters=False)

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    log = installation.lake.read(tables.CMEP_FILE, [MONTH]).row(0, named=True)
    assert log["import_kwh"] == 72 * 3 - 1
    body = (installation.lake.root / log["path"]).read_bytes()
    assert "202511280600,R,2.000" in body.decode()


def test_late_energy_moves_the_registers_of_the_months_after_it(
    installation: Installation,
) -> None:
    settled_month(installation, left_out=2)
    december = date(2025, 12, 1)
    installation.post_prices(december, ["0.10"] * 24)
    installation.report(december, ["1.000"] * 24, received_at="2025-12-03T00:00:00Z")
    installation.post_meters(METERS.replace("2025-11-01", "2025-10-01"))
    installation.run("publish_prices", december, december)
    installation.run("settle_usage", december, december)
    before = manifest_of(installation.lake, "2025-12")
    first = LAST_DAYS[0]

    installation.report(first, ["1.000"] * 2 + [None] * 22)
    installation.run("settle_usage", first, first)

    assert manifest_of(installation.lake, "2025-12") != before


def test_a_meter_that_lost_its_usage_is_sent_as_missing(
    installation: Installation,
) -> None:
    settled_month(installation)
    installation.run("close_month", KEY, KEY)
    days = LAST_DAYS
    installation.post_meters(METERS.replace("M1", "M2"))
    installation.run("map_meters", "", "")
    installation.run("settle_usage", days[0], days[-1])

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert sorted(totals(installation)) == [
        ("INITIAL", Decimal("7.20")),
        ("INITIAL", Decimal("7.20")),
        ("R1", Decimal("0.00")),
    ]
    log = installation.lake.read(tables.CMEP_FILE, [MONTH]).sort("version")
    body = (installation.lake.root / log["path"][-1]).read_bytes()
    m1 = [line for line in body.decode().split("\r\n") if ",M1,RESEND,E,KWH," in line]
    assert len(m1) == 30
    assert set(m1[0].split(",")[15::3]) == {"N"}


def test_a_device_that_joins_without_a_date_is_billed_from_when_it_was_heard(
    installation: Installation,
) -> None:
    installation.post_meters(
        METERS.replace(',\n                 "valid_from": "2025-11-01"', "")
    )
    settled_month(installation, meters=False)
    joined = LAST_DAYS[1]
    installation.vtn.sent[:] = [
        report
        for report in installation.vtn.sent
        if report.values[0].start_text[:10] >= str(joined)
    ]
    days = LAST_DAYS
    installation.run("settle_usage", days[0], days[-1])

    installation.run("close_month", KEY, KEY)

    month = installation.lake.read(tables.MONTHLY_SETTLEMENT, [MONTH])
    assert month["state"].to_list() == ["COMPLETE"]
    assert month["expected_seconds"].to_list() == [2 * 86400]
