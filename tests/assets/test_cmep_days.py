"""CMEP files: one a day where the partner wants that, and what corrections say."""

import pytest

from ter_pipelines.outbox import waiting
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.cmep_out import CmepOut
from tests.assets.cmep_days import (
    DAYS,
    LONG_DAY,
    MONTH,
    correct,
    lines_of,
    log_of,
    settle,
    settle_days,
    wants,
)
from tests.assets.conftest import Installation, failed_checks


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """Let the programme begin in November, and its partner want days."""
    return wants(installation, CmepOut(daily=True))


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
