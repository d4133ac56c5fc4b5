"""One usage file spoils no other, and none loses an hour when it is read otherwise."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ter_pipelines import freshness
from ter_pipelines.arrivals import days_of_file
from ter_pipelines.registry.submissions import Submission
from ter_pipelines.registry.usage_files import land_cmep, land_green_button
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, HOUR
from tests.assets.conftest import Installation
from tests.formats.cmep_lines import body_of, line
from tests.formats.espi_feeds import HOUSE, house, reading

NOV_3, NOV_4, NOV_5 = date(2025, 11, 3), date(2025, 11, 4), date(2025, 11, 5)
NOV_10 = date(2025, 11, 10)
MIDNIGHT = datetime(2025, 11, 3, 5, tzinfo=UTC)
RECEIVED = datetime(2025, 11, 10, 12, tzinfo=UTC)
METERS = f"""{{"meters": [
    {{"meter_id": "M1", "ven_id": "cmep", "device_id": "TER0001",
      "valid_from": "2025-10-01"}},
    {{"meter_id": "M2", "ven_id": "green-button", "device_id": "{HOUSE}",
      "valid_from": "2025-10-01"}}
]}}"""


def feed(installation: Installation, *readings: str) -> Submission:
    return land_green_button(
        installation.registry,
        house(*readings).encode(),
        source="test",
        submitted_by="test",
        received_at=RECEIVED,
    )


def cmep(installation: Installation, *lines: str) -> Submission:
    return land_cmep(
        installation.registry,
        body_of(*lines),
        installation.programme.cmep_in,
        source="test",
        submitted_by="test",
        received_at=RECEIVED,
    )


def hourly(begin: datetime, hours: int) -> str:
    """Give hours of 1, 2, 3 ... kWh that end at the stamps."""
    stamps = (begin + (n + 1) * HOUR for n in range(hours))
    return ",".join(f"{at:%Y%m%d%H%M},,{n}" for n, at in enumerate(stamps, 1))


def epoch(instant: datetime) -> int:
    return int(instant.timestamp())


def settle(installation: Installation, *days: date) -> None:
    if installation.lake.stored(tables.METER_MAPPING) is None:
        installation.post_meters(METERS)
        assert installation.run("map_meters", "", "").success
    for day in days:
        assert installation.run("settle_usage", day, day).success


def kwh_of(installation: Installation, ven_id: str) -> list[Decimal]:
    """Give what a source's hours hold, in order."""
    usage = installation.lake.read(tables.INTERVAL_USAGE).sort("interval_start_utc")
    return usage.filter(usage["ven_id"] == ven_id)["energy_kwh"].to_list()


def quarantined(installation: Installation) -> list[tuple[str, str]]:
    refused = installation.lake.read(tables.QUARANTINED_USAGE)
    return sorted(zip(refused["reason"], refused["operating_day"], strict=True))


def use_zone(installation: Installation, zone: str) -> None:
    written = replace(installation.programme.cmep_in, zone=ZoneInfo(zone))
    installation.programme = replace(installation.programme, cmep_in=written)


@pytest.mark.parametrize("cost", ["1e30", "0.0000000001"])
def test_a_cost_that_cannot_be_kept_stops_nobody_and_its_energy_counts(
    installation: Installation, cost: str
) -> None:
    priced = reading(500, epoch(MIDNIGHT), 3600, more=f"<cost>{cost}</cost>")
    feed(installation, priced)
    cmep(installation, line(hourly(MIDNIGHT, 1)))

    settle(installation, NOV_3, NOV_10)

    assert kwh_of(installation, "green-button") == [Decimal("0.5")]
    assert kwh_of(installation, "cmep") == [Decimal(1)]
    assert [reason for reason, _ in quarantined(installation)] == ["cost.malformed"]


def test_a_file_that_is_gone_stops_nobody_and_is_named_on_each_of_its_days(
    installation: Installation,
) -> None:
    gone = feed(installation, reading(500, epoch(MIDNIGHT), 3600))
    cmep(installation, line(hourly(MIDNIGHT, 1)))
    (path,) = installation.lake.root.parent.rglob(f"{gone.sha256}*")
    path.unlink()

    settle(installation, NOV_3, NOV_10)

    assert kwh_of(installation, "cmep") == [Decimal(1)]
    assert kwh_of(installation, "green-button") == []
    assert quarantined(installation) == [
        ("file.unreadable", str(NOV_3)),
        ("file.unreadable", str(NOV_10)),
    ]
    (first, _) = installation.lake.read(tables.QUARANTINED_USAGE)["explanation"]
    assert gone.sha256 in first
    raw = installation.lake.read(tables.USAGE_FILE_VALUE)
    assert not raw.select("submission_id", "position").is_duplicated().any()


def test_a_file_that_cannot_be_read_as_it_is_read_now_stops_nobody(
    installation: Installation,
) -> None:
    no_such_time_in_new_york = "202503090230"
    cmep(installation, line(hourly(MIDNIGHT, 1), made_at=no_such_time_in_new_york))
    feed(installation, reading(500, epoch(MIDNIGHT), 3600))
    use_zone(installation, "America/New_York")

    settle(installation, NOV_3, NOV_10)

    assert kwh_of(installation, "green-button") == [Decimal("0.5")]
    assert quarantined(installation) == [
        ("file.unreadable", str(NOV_3)),
        ("file.unreadable", str(NOV_10)),
    ]


def test_two_readings_far_apart_ask_for_their_own_days(
    installation: Installation,
) -> None:
    last = MIDNIGHT + 366 * DAY
    programme = replace(installation.programme, first_operating_day=date(2021, 1, 1))
    feeds = [
        feed(installation, reading(1, 0, 3600), reading(2, epoch(MIDNIGHT), 3600)),
        feed(installation, reading(1, 0, 3600)),
        feed(installation, reading(1, 0, 3600), reading(3, epoch(last), 3600)),
    ]
    file = cmep(installation, line("190001010100,R,1"), line(hourly(MIDNIGHT, 1)))

    days = [days_of_file(found, programme) for found in [*feeds, file]]

    assert days == [[NOV_3, NOV_10], [NOV_10], [NOV_10], [NOV_3, NOV_10]]


def test_the_year_before_all_years_is_kept_and_read_again(
    installation: Installation,
) -> None:
    long_ago = line("190001010000,R,1", interval="99999999")

    landed = cmep(installation, long_ago)

    assert installation.registry.submission(landed.id) == landed
    assert days_of_file(landed, installation.programme) == [NOV_10]


def test_of_a_file_that_came_before_the_time_between_still_counts(
    installation: Installation,
) -> None:
    landed = cmep(installation, line(hourly(MIDNIGHT, 1) + ",202511060600,,1"))
    before = replace(landed, touched=None, read_as=None)
    read_as_now = replace(before, read_as=landed.read_as)

    assert days_of_file(landed, installation.programme) == [
        NOV_3, date(2025, 11, 6), NOV_10
    ]  # fmt: skip
    assert days_of_file(read_as_now, installation.programme) == [
        NOV_3, NOV_4, NOV_5, date(2025, 11, 6), NOV_10
    ]  # fmt: skip


def test_what_is_not_energy_is_kept_on_the_day_of_receipt(
    installation: Installation,
) -> None:
    gas = land_green_button(
        installation.registry,
        house(reading(12, epoch(MIDNIGHT), 3600), uom=169).encode(),
        source="test",
        submitted_by="test",
        received_at=RECEIVED,
    )

    settle(installation, NOV_3, NOV_10)

    raw = installation.lake.read(tables.USAGE_FILE_VALUE)
    assert days_of_file(gas, installation.programme) == [NOV_10]
    assert raw["operating_day"].to_list() == [str(NOV_10)]
    assert quarantined(installation) == []


def test_when_files_are_read_otherwise_every_hour_moves_and_none_is_lost(
    installation: Installation,
) -> None:
    """Two days of hours, sent with Eastern times and read as if they were UTC."""
    local = MIDNIGHT.replace(hour=0)
    landed = cmep(installation, line(hourly(local, 48)))
    settle(installation, *days_of_file(landed, installation.programme))
    as_utc = installation.lake.read(tables.INTERVAL_USAGE)

    use_zone(installation, "America/New_York")
    now = RECEIVED + DAY
    meant = days_of_file(landed, installation.programme)
    stale = freshness.find_stale_usage(
        installation.lake, installation.programme, now, {}
    )
    settle(installation, *meant)
    as_local = installation.lake.read(tables.INTERVAL_USAGE)
    left = freshness.find_stale_usage(
        installation.lake, installation.programme, now, {}
    )

    assert set(as_utc["operating_day"]) == {"2025-11-02", "2025-11-03", "2025-11-04"}
    assert set(as_local["operating_day"]) == {str(NOV_3), str(NOV_4)}
    assert kwh_of(installation, "cmep") == [Decimal(n) for n in range(1, 49)]
    assert min(as_local["interval_start_utc"]) == MIDNIGHT
    assert set(stale) <= set(meant)
    assert {date(2025, 11, 2), NOV_3, NOV_4} <= set(stale)
    assert left == []


def test_days_without_a_cmep_file_do_not_care_how_these_are_read(
    installation: Installation,
) -> None:
    feed(installation, reading(500, epoch(MIDNIGHT), 3600))
    cmep(installation, line(hourly(MIDNIGHT + 5 * DAY, 1)))
    settle(installation, NOV_3, date(2025, 11, 8), NOV_10)

    use_zone(installation, "America/New_York")

    assert freshness.find_stale_usage(
        installation.lake, installation.programme, RECEIVED + timedelta(days=1), {}
    ) == [date(2025, 11, 8), NOV_10]
