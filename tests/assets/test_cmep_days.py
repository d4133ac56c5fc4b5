"""CMEP files: one a day where the partner wants that, and what corrections say."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ter_pipelines.exporting import Export
from ter_pipelines.outbox import waiting
from ter_pipelines.store.frames import frame_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import interval_starts_utc
from ter_pipelines.vocab.cmep_out import CmepOut
from ter_pipelines.vocab.errors import InputError
from tests.assets.conftest import Installation, failed_checks

LONG_DAY = date(2025, 11, 2)
DAYS = [date(2025, 11, 1), LONG_DAY, date(2025, 11, 3)]
MONTH = "2025-11"
MADE_AT = datetime(2025, 11, 5, 6, tzinfo=UTC)
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


def settle(
    installation: Installation,
    day: date,
    meters: Sequence[str] = ("M1",),
    first: str = "1",
) -> None:
    """Settle 1 kWh an hour for some meters; the first hour of the first otherwise."""
    energy = dict.fromkeys(meters, Decimal(1)) | {meters[0]: Decimal(first)}
    rows = [
        {
            "meter_id": meter_id,
            "interval_start_utc": start,
            "duration_seconds": 3600,
            "import_kwh": energy[meter_id] if place == 0 else Decimal(1),
            "export_kwh": Decimal(0),
            "price_per_kwh": Decimal("0.10"),
            "import_amount": Decimal("0.10"),
            "export_amount": Decimal(0),
            "currency": "USD",
            "price_submission_id": 1,
            "usage_version": 1,
            "quality": "",
            "heard_seconds": 3600,
            "missing_seconds": 0,
        }
        for meter_id in meters
        for place, start in enumerate(
            interval_starts_utc(day, installation.programme.zone)
        )
    ]
    frame = frame_of(tables.SETTLED_HOUR, rows)
    installation.lake.replace(tables.SETTLED_HOUR, day, frame)


def settle_days(installation: Installation) -> None:
    for day in DAYS:
        settle(installation, day)


def correct(installation: Installation) -> None:
    """Let the first hour of the first day be heard otherwise."""
    settle(installation, DAYS[0], first="5")


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
    settle_days(installation)

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
    settle_days(installation)

    for _ in range(2):
        installation.run("export_days", DAYS[0], DAYS[-1])

    assert [len(log_of(installation, day)) for day in DAYS] == [1, 1, 1]


def test_a_correction_is_sent_again_whole_and_marked_where_it_differs(
    installation: Installation,
) -> None:
    settle_days(installation)
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
    settle_days(installation)
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
    settle_days(installation)
    installation.run("export_days", DAYS[0], DAYS[-1])
    correct(installation)

    installation.run("export_days", DAYS[0], DAYS[-1])

    assert [len(log_of(installation, day)) for day in DAYS] == [2, 1, 1]


def test_a_meter_that_lost_its_usage_is_sent_as_missing(
    installation: Installation,
) -> None:
    settle_days(installation)
    installation.run("export_days", DAYS[0], DAYS[0])
    settle(installation, DAYS[0], ["M2"])

    installation.run("export_days", DAYS[0], DAYS[0])

    lines = lines_of(installation, log_of(installation, DAYS[0])[-1])
    assert [line[7] for line in lines] == ["M1"] * 4 + ["M2"] * 4
    assert set(lines[0][15::3]) == {"N"}


def test_a_partner_that_wants_no_days_gets_none(installation: Installation) -> None:
    wants(installation, CmepOut())
    settle_days(installation)

    result = installation.run("export_days", DAYS[0], DAYS[-1])

    assert result.success
    assert installation.lake.read(tables.CMEP_DAY_FILE).is_empty()


def test_files_of_days_wait_for_delivery_with_those_of_their_month(
    installation: Installation,
) -> None:
    settle_days(installation)

    installation.run("export_days", DAYS[0], DAYS[-1])

    names = [log_of(installation, day)[0]["file_name"] for day in DAYS]
    assert [file["file_name"] for file in waiting(installation.lake, MONTH)] == names


def test_a_day_of_local_times_that_repeat_is_refused_and_the_setting_named(
    installation: Installation,
) -> None:
    zone = installation.programme.zone
    wants(installation, CmepOut(daily=True, zone=zone))
    settle_days(installation)

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
    settle_days(installation)
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


def test_many_meters_are_written_a_few_at_a_time(installation: Installation) -> None:
    meters = [f"M{i}" for i in range(5)]
    few = export_of(installation, hours_a_batch=48)
    all_ = export_of(installation, hours_a_batch=10_000)
    settle(installation, DAYS[0], meters)
    settle(installation, DAYS[1], meters)
    few.write(few.content(meters), MADE_AT)
    settle(installation, DAYS[0], meters, first="5")

    content = few.content(meters)
    few.write(content, MADE_AT)

    assert content == all_.content(meters)
    assert few.find_unequal(content) == []
    assert few.meters_sent() == meters
    row = log_of(installation, DAYS[0])[-1]
    assert (row["records"], row["import_kwh"]) == (20, Decimal(124))
    lines = lines_of(installation, row)
    assert [line[7] for line in lines[::4]] == meters
    assert [line[15] for line in lines[::4]] == ["A", "", "", "", ""]


def export_of(installation: Installation, hours_a_batch: int) -> Export:
    return Export(
        installation.lake,
        installation.programme,
        tables.CMEP_DAY_FILE,
        str(DAYS[0]),
        [DAYS[0]],
        943600,
        100,
        hours_a_batch,
    )


def test_a_file_that_was_changed_on_the_disk_is_told(
    installation: Installation,
) -> None:
    settle_days(installation)
    installation.run("export_days", DAYS[0], DAYS[0])
    path = installation.lake.root / log_of(installation, DAYS[0])[0]["path"]
    path.write_bytes(path.read_bytes().replace(b"1.000", b"2.000", 1))

    result = installation.run("export_days", DAYS[0], DAYS[0])

    assert failed_checks(result) == ["day_file_reads_back_to_the_same_kwh"]


def test_a_day_has_so_many_versions_as_its_job_numbers_hold(
    installation: Installation,
) -> None:
    settle_days(installation)
    export = replace(export_of(installation, 48), most_versions=2)
    content = export.content(["M1"])
    export.write(content, MADE_AT)

    with pytest.raises(InputError, match="version 2, expected under 2"):
        export.write(content, MADE_AT)


def test_an_export_that_was_cut_off_before_the_log_is_written_anew(
    installation: Installation,
) -> None:
    settle_days(installation)
    export = export_of(installation, 48)
    content = export.content(["M1"])
    folder = installation.lake.root / "out/cmep_day_file" / f"operating_day={DAYS[0]}"
    export.write(content, MADE_AT)
    (folder / "v000001.parquet").unlink()

    export.write(content, MADE_AT)

    (row,) = log_of(installation, DAYS[0])
    assert lines_of(installation, row)
    assert sorted(path.suffix for path in folder.iterdir()) == [".dat", ".parquet"]
