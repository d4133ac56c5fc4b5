"""What goes wrong is named, nothing is lost, and nothing else stops."""

from datetime import date

from ter_pipelines.vocab import tables
from tests.assets.conftest import Installation, failed_checks

NOV_3, NOV_4, NOV_5 = date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5)
METERS = '{"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"}]}'

TWO_METERS = """
    {"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1"},
                {"meter_id": "M2", "ven_id": "ven-2", "device_id": "device-2"}]}
"""


def test_a_day_without_prices_is_not_settled_and_names_its_hours(
    installation: Installation,
) -> None:
    installation.post_prices(NOV_3, ["0.10"] * 24)
    installation.post_prices(NOV_5, ["0.10"] * 24)
    installation.post_meters(METERS)
    for day in (NOV_3, NOV_4, NOV_5):
        installation.report(day, ["1.000"] * 24)
    installation.run("publish_prices", NOV_3, NOV_5)
    installation.run("map_meters", "", "")

    result = installation.run("settle_usage", NOV_3, NOV_5)

    assert result.success
    assert failed_checks(result) == ["every_hour_is_priced"]
    found = next(e for e in result.get_asset_check_evaluations() if not e.passed)
    assert "2025-11-04T05:00:00Z" in str(found.metadata["what"].value)
    settled = installation.lake.read(tables.SETTLED_HOUR)
    assert sorted(set(settled["operating_day"])) == ["2025-11-03", "2025-11-05"]


def test_a_day_without_prices_is_told_by_the_price_check(
    installation: Installation,
) -> None:
    installation.post_prices(NOV_3, ["0.10"] * 24)

    result = installation.run("publish_prices", NOV_3, NOV_4)

    assert result.success
    assert failed_checks(result) == ["every_day_is_published"]
    curve = installation.lake.read(tables.PRICE_CURVE)
    assert set(curve["operating_day"]) == {"2025-11-03"}


def test_usage_without_a_price_blocks_the_bill(installation: Installation) -> None:
    installation.post_prices(NOV_3, ["0.10"] * 24)
    installation.post_meters(METERS)
    installation.report(NOV_3, ["1.000"] * 24)
    installation.report(NOV_4, ["1.000"] * 24)
    installation.run("publish_prices", NOV_3, NOV_3)
    installation.run("map_meters", "", "")
    installation.run("settle_usage", NOV_3, NOV_4)

    result = installation.run("close_month", "2025-11-01", "2025-11-01")

    assert "every_meter_can_be_billed" in failed_checks(result)
    month = installation.lake.read(tables.MONTHLY_SETTLEMENT, ["2025-11"])
    assert month["unpriced_seconds"].to_list() == [86400]
    assert month["state"].to_list() == ["INCOMPLETE"]
    assert installation.lake.read(tables.STATEMENT).is_empty()


def test_an_unmapped_device_is_quarantined_until_it_is_listed(
    installation: Installation,
) -> None:
    installation.post_meters(METERS)
    installation.report(NOV_3, ["1.000"] * 24, ven_id="ven-2", resource_id="device-2")
    installation.run("map_meters", "", "")
    installation.run("settle_usage", NOV_3, NOV_3)
    quarantined = installation.lake.read(tables.QUARANTINED_USAGE, [NOV_3])

    installation.post_meters(TWO_METERS)
    installation.run("map_meters", "", "")
    installation.run("settle_usage", NOV_3, NOV_3)

    assert set(quarantined["reason"]) == {"device.not_mapped"}
    assert quarantined.height == 24
    usage = installation.lake.read(tables.INTERVAL_USAGE, [NOV_3])
    assert set(usage["meter_id"]) == {"M2"}
    assert installation.lake.read(tables.QUARANTINED_USAGE, [NOV_3]).is_empty()


def test_a_report_of_no_operating_day_is_seen_on_the_day_it_came(
    installation: Installation,
) -> None:
    installation.post_meters(METERS)
    installation.report(date(1999, 1, 1), ["1.000"] * 24)
    installation.run("map_meters", "", "")

    result = installation.run("settle_usage", "2025-12-01", "2025-12-01")

    assert result.success
    quarantined = installation.lake.read(tables.QUARANTINED_USAGE)
    assert quarantined.height == 24
    assert set(quarantined["reason"]) == {"usage.out_of_range"}
    assert set(quarantined["operating_day"]) == {"2025-12-01"}
