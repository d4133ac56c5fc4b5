"""CMEP files: one a day where the partner wants that, and what corrections say."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines import exporting
from ter_pipelines.outbox import waiting
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.assets.conftest import Installation, failed_checks

LONG_DAY = date(2025, 11, 2)
DAYS = [date(2025, 11, 1), LONG_DAY, date(2025, 11, 3)]
KEY = "2025-11-01"
METERS = """
    {"meters": [{"meter_id": "M1", "ven_id": "ven-1", "device_id": "device-1",
                 "valid_from": "2025-11-01"}]}
"""
Row = Mapping[str, Any]


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin in November, and its partner want days."""
    return wants(installation, CmepOut(daily=True))


def wants(installation: Installation, profile: CmepOut) -> Installation:
    installation.programme = replace(
        installation.programme, first_operating_day=DAYS[0], cmep_out=profile
    )
    return installation


def settle(installation: Installation, *, first_hours: str = "1.000") -> None:
    """Publish, map and report three days: 1 kWh an hour, the first two otherwise."""
    zone = installation.programme.zone
    for day in DAYS:
        hours = len(interval_starts_utc(day, zone))
        installation.post_prices(day, ["0.10"] * hours)
        values: list[str | None] = ["1.000"] * hours
        if day == DAYS[0]:
            values[:2] = [first_hours] * 2
        installation.report(day, values)
    installation.post_meters(METERS)
    installation.run("map_meters", "", "")
    installation.run("publish_prices", DAYS[0], DAYS[-1])
    installation.run("settle_usage", DAYS[0], DAYS[-1])


def correct(installation: Installation) -> None:
    """Let the first hour of the first day be heard otherwise."""
    installation.report(
        DAYS[0], ["5.000"] + [None] * 23, received_at="2025-11-05T00:00:00Z"
    )
    installation.run("settle_usage", DAYS[0], DAYS[0])


def log_of(installation: Installation, day: date) -> list[Row]:
    log = installation.lake.read(tables.CMEP_DAY_FILE, [day]).sort("version")
    return list(log.iter_rows(named=True))


def lines_of(installation: Installation, row: Row) -> list[list[str]]:
    body = (installation.lake.root / row["path"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == row["sha256"]
    assert len(body) == row["size_bytes"]
    return [line.split(",") for line in body.decode().split("\r\n")[:-1]]


def test_every_day_is_a_file_and_a_line_of_the_send_log(
    installation: Installation,
) -> None:
    settle(installation)

    result = installation.run("export_days", DAYS[0], DAYS[-1])

    assert result.success
    assert failed_checks(result) == []
    rows = [log_of(installation, day) for day in DAYS]
    assert [len(row) for row in rows] == [1, 1, 1]
    firsts = [row[0] for row in rows]
    assert [row["import_kwh"] for row in firsts] == [24, 25, 24]
    assert [row["records"] for row in firsts] == [4, 4, 4]
    assert len({row["file_name"] for row in firsts}) == 3
    assert [row["file_name"][-11:] for row in firsts] == [
        "0943601.dat", "0943701.dat", "0943801.dat"
    ]  # fmt: skip
    taken, _, register, _ = lines_of(installation, firsts[1])
    assert (taken[8], taken[13]) == ("OK", "25")
    assert register[16::3] == ["24.000", "49.000"]


def test_an_export_that_would_say_the_same_writes_nothing(
    installation: Installation,
) -> None:
    settle(installation)

    for _ in range(2):
        installation.run("export_days", DAYS[0], DAYS[-1])

    assert [len(log_of(installation, day)) for day in DAYS] == [1, 1, 1]


def test_a_correction_is_sent_again_whole_and_marked_where_it_differs(
    installation: Installation,
) -> None:
    settle(installation)
    installation.run("export_days", DAYS[0], DAYS[-1])
    correct(installation)

    installation.run("export_days", DAYS[0], DAYS[-1])

    old, new = log_of(installation, DAYS[0])
    assert (old["purpose"], new["purpose"]) == ("OK", "RESEND")
    assert old["file_name"] != new["file_name"]
    assert lines_of(installation, old)[0][15::3] == [""] * 24
    taken, _, register, _ = lines_of(installation, new)
    assert taken[8] == "RESEND"
    assert taken[14:20] == [
        "202511010500", "A", "5.000", "202511010600", "", "1.000"
    ]  # fmt: skip
    assert register[15::3] == ["A", "A"]


def test_days_after_a_correction_are_sent_again_for_their_registers(
    installation: Installation,
) -> None:
    settle(installation)
    installation.run("export_days", DAYS[0], DAYS[-1])
    correct(installation)

    installation.run("export_days", DAYS[0], DAYS[-1])

    _, new = log_of(installation, LONG_DAY)
    taken, _, register, _ = lines_of(installation, new)
    assert set(taken[15::3]) == {""}
    assert register[15:17] == ["A", "28.000"]


def test_without_registers_only_the_corrected_day_is_sent_again(
    installation: Installation,
) -> None:
    wants(installation, CmepOut(daily=True, registers="none"))
    settle(installation)
    installation.run("export_days", DAYS[0], DAYS[-1])
    correct(installation)

    installation.run("export_days", DAYS[0], DAYS[-1])

    assert [len(log_of(installation, day)) for day in DAYS] == [2, 1, 1]


def test_a_meter_that_lost_its_usage_is_sent_as_missing(
    installation: Installation,
) -> None:
    settle(installation)
    installation.run("export_days", DAYS[0], DAYS[0])
    installation.post_meters(METERS.replace("M1", "M2"))
    installation.run("map_meters", "", "")
    installation.run("settle_usage", DAYS[0], DAYS[-1])

    installation.run("export_days", DAYS[0], DAYS[0])

    lines = lines_of(installation, log_of(installation, DAYS[0])[-1])
    assert [line[7] for line in lines] == ["M1"] * 4 + ["M2"] * 4
    assert set(lines[0][15::3]) == {"N"}


def test_a_partner_that_wants_no_days_gets_none(installation: Installation) -> None:
    wants(installation, CmepOut())
    settle(installation)

    result = installation.run("export_days", DAYS[0], DAYS[-1])

    assert result.success
    assert installation.lake.read(tables.CMEP_DAY_FILE).is_empty()


def test_a_partner_that_wants_no_months_gets_none(installation: Installation) -> None:
    wants(installation, CmepOut(monthly=False))
    settle(installation)

    result = installation.run("close_month", KEY, KEY)

    assert result.success
    assert installation.lake.read(tables.CMEP_FILE).is_empty()


def test_files_of_days_wait_for_delivery_with_those_of_their_month(
    installation: Installation,
) -> None:
    settle(installation)

    installation.run("export_days", DAYS[0], DAYS[-1])

    names = [log_of(installation, day)[0]["file_name"] for day in DAYS]
    assert [file["file_name"] for file in waiting(installation.lake, KEY[:7])] == names


def test_a_day_of_local_times_that_repeat_is_refused_and_the_setting_named(
    installation: Installation,
) -> None:
    zone = installation.programme.zone
    wants(installation, CmepOut(daily=True, zone=zone))
    settle(installation)

    result = installation.run("export_days", LONG_DAY, LONG_DAY)

    assert not result.success
    assert log_of(installation, LONG_DAY) == []
    wants(installation, CmepOut(daily=True, zone=zone, repeated_hour="order"))
    assert installation.run("export_days", LONG_DAY, LONG_DAY).success
    taken = lines_of(installation, log_of(installation, LONG_DAY)[0])[0]
    assert taken[14:23:3] == ["202511020100", "202511020100", "202511020200"]


def test_a_partner_who_changes_its_wishes_can_be_corrected_all_the_same(
    installation: Installation,
) -> None:
    settle(installation)
    installation.run("export_days", DAYS[0], DAYS[-1])
    zone = installation.programme.zone
    wants(installation, CmepOut(daily=True, zone=zone, repeated_hour="order"))
    correct(installation)

    result = installation.run("export_days", DAYS[0], DAYS[-1])

    assert failed_checks(result) == []
    old, new = log_of(installation, DAYS[0])
    assert (old["zone"], new["zone"]) == ("UTC", "America/New_York")
    taken = lines_of(installation, new)[0]
    assert taken[14:20] == [
        "202511010100", "A", "5.000", "202511010200", "", "1.000"
    ]  # fmt: skip


def test_many_meters_are_written_a_few_at_a_time(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    meters = ",".join(
        f'{{"meter_id": "M{i}", "ven_id": "ven-{i}", "device_id": "device-1"}}'
        for i in (1, 2, 3)
    )
    settle(installation)
    for ven_id in ("ven-2", "ven-3"):
        installation.report(DAYS[0], ["2.000"] * 24, ven_id=ven_id)
    installation.post_meters(f'{{"meters": [{meters}]}}')
    installation.run("map_meters", "", "")
    installation.run("settle_usage", DAYS[0], DAYS[0])
    monkeypatch.setattr(exporting, "HOURS_A_BATCH", 48)

    installation.run("export_days", DAYS[0], DAYS[0])
    correct(installation)
    result = installation.run("export_days", DAYS[0], DAYS[0])

    assert failed_checks(result) == []
    row = log_of(installation, DAYS[0])[-1]
    assert (row["records"], row["import_kwh"]) == (12, Decimal(28 + 96))
    lines = lines_of(installation, row)
    assert [line[7] for line in lines[::4]] == ["M1", "M2", "M3"]
    assert [line[15] for line in lines[::4]] == ["A", "", ""]
