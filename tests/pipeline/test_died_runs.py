"""A run that died after any of its steps is found, and done again to the end."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ter_pipelines import freshness
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc, operating_day_of
from ter_pipelines.vocab.table import Table
from tests.assets.conftest import Installation
from vtn_service.contract import VenStatus

NOV_3 = date(2025, 11, 3)
LONG_AFTER = datetime(2026, 1, 10, tzinfo=UTC)
PRICE_STEPS = [tables.PRICE_COMPONENT, tables.PRICE_CURVE]
MAP_STEPS = [tables.RAW_METER_MAPPING, tables.METER_MAPPING]
USAGE_STEPS = [
    tables.VEN_REPORT,
    tables.INTERVAL_USAGE,
    tables.VALIDATED_USAGE,
    tables.SETTLED_HOUR,
]
MONTH_STEPS = [tables.MONTHLY_SETTLEMENT, tables.STATEMENT, tables.CMEP_FILE]


def first_steps(steps: list[Table], count: int) -> list[Table]:
    """Give the first steps, each with the tables that are made with its own."""
    done = steps[:count]
    if tables.INTERVAL_USAGE in done:
        done += [tables.REGISTER_READING, tables.QUARANTINED_USAGE]
    if tables.VALIDATED_USAGE in done:
        done.append(tables.USAGE_CHANGE)
    if tables.STATEMENT in done:
        done.append(tables.STATEMENT_HOUR)
    return done


def list_meter(installation: Installation, meter_id: str) -> None:
    installation.post_meters(
        f"""{{"meters": [{{"meter_id": "{meter_id}", "ven_id": "ven-1",
        "device_id": "device-1", "valid_from": "2025-11-01"}}]}}"""
    )


def settled_day(installation: Installation) -> None:
    list_meter(installation, "M1")
    installation.run("map_meters", "", "")
    installation.post_prices(NOV_3, ["0.10"] * 24)
    installation.run("publish_prices", NOV_3, NOV_3)
    installation.report(NOV_3, ["1.000"] * 23 + [None])
    installation.run("settle_usage", NOV_3, NOV_3)


@pytest.mark.parametrize("died_after", range(1, len(PRICE_STEPS)))
def test_a_revision_that_is_not_yet_the_curve(
    installation: Installation, died_after: int
) -> None:
    installation.post_prices(NOV_3, ["0.10"] * 24)
    installation.run("publish_prices", NOV_3, NOV_3)
    installation.post_prices(NOV_3, ["0.20"] * 24)
    newest = installation.registry.newest_price_submission_ids()
    only = first_steps(PRICE_STEPS, died_after)

    installation.run("publish_prices", NOV_3, NOV_3, only=only)

    assert freshness.find_unpublished(installation.lake, newest, NOV_3) == [NOV_3]
    installation.run("publish_prices", NOV_3, NOV_3)
    assert freshness.find_unpublished(installation.lake, newest, NOV_3) == []


def test_a_revision_that_no_ven_was_told(installation: Installation) -> None:
    zone = installation.programme.zone
    today = operating_day_of(datetime.now(UTC), zone)
    tomorrow = today + timedelta(days=1)
    hours = len(interval_starts_utc(tomorrow, zone))
    installation.vtn.roster.append(VenStatus("ven-1", "", is_enabled=True))
    installation.post_prices(tomorrow, ["0.10"] * hours)
    installation.run("publish_prices", tomorrow, tomorrow)
    installation.post_prices(tomorrow, ["0.20"] * hours)

    installation.run("publish_prices", tomorrow, tomorrow, only=PRICE_STEPS)

    lake = installation.lake
    assert freshness.find_untold(lake, ["ven-1"], today) == [tomorrow]
    installation.run("publish_prices", tomorrow, tomorrow)
    assert freshness.find_untold(lake, ["ven-1"], today) == []


@pytest.mark.parametrize("died_after", range(1, len(MAP_STEPS)))
def test_a_meter_list_that_is_not_yet_the_map(
    installation: Installation, died_after: int
) -> None:
    list_meter(installation, "M1")
    installation.run("map_meters", "", "")
    list_meter(installation, "M2")
    newest = installation.registry.newest_submission_id("meters")

    installation.run("map_meters", "", "", only=first_steps(MAP_STEPS, died_after))

    assert not freshness.is_mapped(installation.lake, newest)
    installation.run("map_meters", "", "")
    assert freshness.is_mapped(installation.lake, newest)


@pytest.mark.parametrize("died_after", range(1, len(USAGE_STEPS)))
def test_a_late_report_that_is_not_yet_settled(
    installation: Installation, died_after: int
) -> None:
    settled_day(installation)
    installation.report(NOV_3, ["9.000"] * 24)
    only = first_steps(USAGE_STEPS, died_after)

    installation.run("settle_usage", NOV_3, NOV_3, only=only)

    lake, programme = installation.lake, installation.programme
    assert freshness.find_stale_usage(lake, programme, LONG_AFTER, {}) == [NOV_3]
    installation.run("settle_usage", NOV_3, NOV_3)
    assert freshness.find_stale_usage(lake, programme, LONG_AFTER, {}) == []


@pytest.mark.parametrize("died_after", range(1, len(MONTH_STEPS)))
def test_a_month_that_is_not_yet_a_file(
    installation: Installation, died_after: int
) -> None:
    settled_day(installation)
    only = first_steps(MONTH_STEPS, died_after)

    installation.run("close_month", "2025-11-01", "2025-11-01", only=only)

    lake, programme = installation.lake, installation.programme
    unsettled = freshness.find_unsettled_months(lake, LONG_AFTER, programme)
    assert [month for month, _ in unsettled] == ["2025-11"]
    installation.run("close_month", "2025-11-01", "2025-11-01")
    assert freshness.find_unsettled_months(lake, LONG_AFTER, programme) == []
