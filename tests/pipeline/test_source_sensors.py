"""Sensors ask for usage files and meter readings, and for files to deliver."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import dagster as dg

from ter_pipelines.partitions import RANGE_END_TAG, RANGE_START_TAG
from ter_pipelines.registry.usage_files import land_cmep
from ter_pipelines.sensors.asking import runs_over
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import days_between, interval_starts_utc
from ter_pipelines.vocab.modbus import GOOD, REGISTER, Meaning, MeterReading
from tests.formats.cmep_lines import body_of, line
from tests.pipeline.daemon import Daemon
from tests.pipeline.files_to_send import mdm_at, put_file, send_all
from tests.pipeline.test_sensors import NOV_3, NOV_4, daemon, metered, written_to
from tests.resources.mdm_stub import mdm_at_work

__all__ = ["daemon", "metered"]


def test_a_usage_file_is_asked_for_on_its_days_and_the_day_it_came(
    metered: Daemon,
) -> None:
    metered.installation.run("settle_usage", NOV_3, NOV_3)
    land_cmep(
        metered.installation.registry,
        body_of(line("202511040600,,1.25")),
        metered.installation.programme.cmep_in,
        source="test",
        submitted_by="test",
        received_at=datetime(2025, 11, 6, 12, tzinfo=UTC),
    )

    asked = metered.ranges("usage_arrived")
    for first, last in asked:
        metered.installation.run("settle_usage", first, last)
    done = metered.look("usage_arrived")

    assert asked == [("2025-11-04", "2025-11-04"), ("2025-11-06", "2025-11-06")]
    assert done.run_requests == []
    assert written_to(done) == {"report": 1, "file": 2, "reading": 0}


def test_files_that_are_read_otherwise_ask_for_days_they_never_touched(
    metered: Daemon,
) -> None:
    """An hour of 4 November, as UTC, is one of 5 November if the time is local."""
    installation = metered.installation
    land_cmep(
        installation.registry,
        body_of(line("202511050300,,1.25")),
        installation.programme.cmep_in,
        source="test",
        submitted_by="test",
        received_at=datetime(2025, 11, 7, 12, tzinfo=UTC),
    )
    for day in (NOV_3, NOV_4, date(2025, 11, 7)):
        installation.run("settle_usage", day, day)
    settled = metered.look("usage_arrived")
    quiet = metered.look("usage_arrived", settled.cursor)

    zone = replace(installation.programme.cmep_in, zone=ZoneInfo("America/New_York"))
    installation.programme = replace(installation.programme, cmep_in=zone)
    asked = metered.ranges("usage_arrived", settled.cursor)
    for first, last in asked:
        installation.run("settle_usage", first, last)
    usage = installation.lake.read(tables.INTERVAL_USAGE)
    refused = installation.lake.read(tables.QUARANTINED_USAGE)

    assert quiet.run_requests == []
    assert asked == [("2025-11-01", "2025-11-07")]
    assert set(usage["operating_day"]) == {"2025-11-03"}
    assert refused["operating_day"].to_list() == ["2025-11-05"]
    assert metered.look("usage_arrived", settled.cursor).run_requests == []


def test_a_run_is_asked_for_over_a_months_days_at_most() -> None:
    days = days_between(NOV_3, NOV_3 + timedelta(days=62))

    asked = runs_over(days, "state", datetime(2026, 1, 5, tzinfo=UTC), nothing="")

    assert isinstance(asked, dg.SensorResult)
    assert [
        (request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG])
        for request in asked.run_requests or []
    ] == [
        ("2025-11-03", "2025-12-03"),
        ("2025-12-04", "2026-01-03"),
        ("2026-01-04", "2026-01-04"),
    ]


def test_meter_readings_are_asked_for_at_most_every_quarter_of_an_hour(
    metered: Daemon,
) -> None:
    book = metered.installation.registry.modbus
    midnight = interval_starts_utc(NOV_4, metered.installation.programme.zone)[0]
    book.store_readings([meter_reading(midnight)])
    first = metered.ranges("usage_arrived")
    metered.installation.run("settle_usage", NOV_3, NOV_4)
    book.store_readings([meter_reading(midnight + timedelta(minutes=15))])
    written = metered.installation.lake.written_at(tables.METER_READING, NOV_4)
    metered.instant = written + timedelta(minutes=15, seconds=-1)
    soon = metered.ranges("usage_arrived")
    metered.instant = written + timedelta(minutes=15)
    later = metered.ranges("usage_arrived")

    # The first reading of a day ends the last interval of the day before.
    assert first == later == [("2025-11-03", "2025-11-04")]
    assert soon == []


def test_a_file_waits_until_the_meter_data_system_has_it(metered: Daemon) -> None:
    put_file(metered.installation.lake, 1, b"one")
    unset = metered.look("files_wait")
    with mdm_at_work() as stub:
        metered.mdm = mdm_at(stub.url)
        asked = metered.look("files_wait").run_requests or []
        send_all(metered.installation.lake, metered.mdm)
        done = metered.look("files_wait")

    assert "TER_MDM" in str(unset.skip_reason)
    assert [request.partition_key for request in asked] == ["2025-11-01"]
    assert done.skip_reason == dg.SkipReason("Every file is delivered.")


def meter_reading(read_at: datetime) -> MeterReading:
    """Give a good reading of a counter."""
    meaning = Meaning(REGISTER, "received", Decimal("0.01"))
    return MeterReading(
        "solar-1", "export_energy", read_at, Decimal(7), "kWh", GOOD, "", meaning, 900
    )
